"""A party brings several files at once: each stands for itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.fingerprints.keys import FingerprintKey
from registry.invoices.use_cases import IdSource, Registered, Uploader, register_invoice
from registry.invoices.verification.examine import Examiner
from registry.kit.clock import Clock
from registry.kit.errors import Refusal
from registry.parties import queries as parties
from registry.storage.unit_of_work import Database


@dataclass(frozen=True)
class Brought:
    """What became of one file: ``done``, or ``refusal`` where it was not taken at all."""

    name: str
    done: Registered | None = None
    refusal: Refusal | None = None


def bring_invoices(
    uow: Database,
    party: int,
    files: Iterable[tuple[str, bytes]],
    *,
    fingerprint_key: FingerprintKey,
    clock: Clock,
    ids: IdSource,
    examiner: Examiner | None = None,
) -> list[Brought]:
    """Register the invoices of files (name, content) in their order; one that is refused stops no other.
    Raises PartyNotFound."""
    with uow.read() as session:
        parties.profile(session, party)
        uploader = Uploader(party, parties.identifiers_of(session, party))
    brought = []
    for name, content in files:
        try:
            done = register_invoice(
                uow,
                content=content,
                name=name,
                uploader=uploader,
                fingerprint_key=fingerprint_key,
                clock=clock,
                ids=ids,
                examiner=examiner,
            )
        except Refusal as refusal:
            brought.append(Brought(name, refusal=refusal))
        else:
            brought.append(Brought(name, done))
    return brought
