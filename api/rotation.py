"""A new fingerprint key beside the old: made, published on the ledger, and every invoice entered under it."""

from collections.abc import Callable

from api.service import Service, fingerprint_keys
from registry.fingerprints.keys import FingerprintKey
from registry.invoices.entry_queries import count_unentered
from registry.invoices.filling import Filled, fill_entries
from registry.kit.errors import Conflict
from registry.parties import queries
from registry.parties.use_cases import publish_fingerprint_key

MAX_VERSION = 255  # the ledger counts them in 8 bits


class FingerprintKeysUsedUp(Conflict):
    code = "fingerprint_keys_used_up"
    title = "The ledger takes no further fingerprint key"


def rotate(opened: Service, progress: Callable[[Filled], None]) -> tuple[int, Filled]:
    """Version of the newest key, and what became of the invoices. A rotation that was interrupted is finished
    before another begins.

    Raises FingerprintKeysUsedUp, and what settling an act raises.
    """
    newest, is_finished = _newest(opened)
    if is_finished:
        newest += 1
        if newest > MAX_VERSION:
            raise FingerprintKeysUsedUp(f"{MAX_VERSION} versions is all it counts.")
        keys = fingerprint_keys(opened.folder)
        if not keys.path(newest).exists():
            FingerprintKey.create(version=newest).save(keys.path(newest))
        opened.settle(publish_fingerprint_key(opened.context, keys.key(newest)))
    filled = Filled(0, 0)
    for filled in fill_entries(opened.database, opened.context.fingerprint_keys):
        progress(filled)
    return newest, filled


def _newest(opened: Service) -> tuple[int, bool]:
    """The newest version published, and whether every invoice that can be is entered under it."""
    with opened.database.read() as session:
        newest = queries.fingerprint_keys(session)[-1]
        return newest.version, newest.retired_at is not None or not count_unentered(session, newest.version)
