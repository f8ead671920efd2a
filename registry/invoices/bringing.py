"""A party brings several files at once: each document in them stands for itself."""

from collections.abc import Iterable

from registry.invoices.registering import IdSource, Uploader
from registry.invoices.use_cases import Brought, register_file
from registry.invoices.verification.examine import Examiner
from registry.kit.clock import Clock
from registry.parties import queries as parties
from registry.relay.context import LiveKeys
from registry.storage.unit_of_work import Database


def bring_invoices(
    uow: Database,
    party: int,
    files: Iterable[tuple[str, bytes]],
    *,
    fingerprint_keys: LiveKeys,
    clock: Clock,
    ids: IdSource,
    examiner: Examiner | None = None,
) -> list[Brought]:
    """Register the invoices of files (name, content) in their order; one that is refused stops no other.

    Raises PartyNotFound, and Unavailable where the registry itself fails: what was registered before stays.
    """
    with uow.read() as session:
        parties.profile(session, party)
        uploader = Uploader(party, parties.identifiers_of(session, party))
    return [
        one
        for name, content in files
        for one in register_file(
            uow,
            content=content,
            name=name,
            uploader=uploader,
            fingerprint_keys=fingerprint_keys,
            clock=clock,
            ids=ids,
            examiner=examiner,
        )
    ]
