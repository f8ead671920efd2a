"""How fingerprint keys are exchanged: what still rests on each, and when one may go."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKeyUnknown
from registry.invoices import entry_queries as invoices
from registry.kit.errors import Conflict
from registry.parties import queries as parties
from registry.parties.model import RetiredFingerprintKey
from registry.parties.queries import PublishedKey
from registry.receivables.use_queries import open_uses
from registry.relay.context import Context


class FingerprintKeyNeeded(Conflict):
    """``invoices_alone``: entered here under it and no other live key; ``uses_alone``: partly used on the ledger
    under it and no other, so that the rest can still be registered."""

    code = "fingerprint_key_needed"
    title = "Invoices rest on this fingerprint key alone"


@dataclass(frozen=True)
class KeyStanding:
    """A published key and what rests on it alone among the live ones."""

    key: PublishedKey
    invoices_alone: int
    uses_alone: int


def standing_of_keys(session: Session) -> list[KeyStanding]:
    """Every key published, by version; on a retired one nothing rests."""
    published = parties.fingerprint_keys(session)
    live = [one.version for one in published if one.retired_at is None]
    uses = _uses_alone(session, live)
    return [
        KeyStanding(one, _invoices_alone(session, one.version, live), uses.get(one.version, 0))
        for one in published
    ]


def retire_fingerprint_key(context: Context, version: int) -> RetiredFingerprintKey:
    """Enter nothing under a key any more, and answer nothing. What was entered keeps its entries: the ledger has
    them, and every later registration names them.

    Raises FingerprintKeyUnknown for one that is not live, FingerprintKeyNeeded for the only one, and while an
    invoice entered under it alone can still be registered.
    """
    with context.database.write() as session:
        found = {one.key.version: one for one in standing_of_keys(session) if one.key.retired_at is None}
        one = found.get(version)
        if one is None:
            raise FingerprintKeyUnknown(f"Version {version} is not live.", version=version)
        if len(found) == 1:
            raise FingerprintKeyNeeded(
                "It is the only live key; `counterfoil fingerprint rotate` makes another.", version=version
            )
        if one.invoices_alone or one.uses_alone:
            raise FingerprintKeyNeeded(
                f"{one.invoices_alone} invoices are entered under it alone (`counterfoil fingerprint rotate` enters "
                f"them under the newer key), {one.uses_alone} are partly used on the ledger under it alone.",
                version=version,
                invoices_alone=one.invoices_alone,
                uses_alone=one.uses_alone,
            )
        retired = RetiredFingerprintKey(version=version, retired_at=context.clock.now())
        session.add(retired)
    return retired


def _invoices_alone(session: Session, version: int, live: Sequence[int]) -> int:
    if version not in live:
        return 0
    return invoices.count_alone(session, version, [one for one in live if one != version])


def _uses_alone(session: Session, live: Sequence[int]) -> dict[int, int]:
    """Version → how many invoices of which the ledger has something left to use are named there under it alone."""
    groups = open_uses(session)
    keys = {name: bytes.fromhex(name[2:]) for group in groups for name in group}
    versions = invoices.versions_of(session, keys.values())
    counts: dict[int, int] = {}
    for group in groups:
        under = {versions[keys[name]] for name in group if keys[name] in versions} & set(live)
        if len(under) == 1:
            (version,) = under
            counts[version] = counts.get(version, 0) + 1
    return counts
