"""Verification of a lot for people: the verifier's findings with the names this registry knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.service import Service
from registry.invoices import queries as invoices
from registry.parties import queries as parties
from registry.provenance import report
from registry.provenance.model import TotalVerification, Verdict, Verification
from registry.provenance.verify import verify_lot


@dataclass(frozen=True)
class Named:
    """A verification and the names for its party numbers and fingerprints."""

    verification: Verification | TotalVerification
    parties: Mapping[int, str]
    invoices: dict[bytes, str]

    @property
    def is_verified(self) -> bool:
        return self.verification.verdict is Verdict.VERIFIED

    def lines(self) -> list[str]:
        return report.report_lines(self.verification, self.parties, self.invoices)

    def as_json(self) -> dict[str, Any]:
        return report.as_json(self.verification)


def verification_of(opened: Service, lot_id: str) -> Named:
    """Verify a lot (0x hex) by the node alone; the database lends only names."""
    found = verify_lot(
        opened.node, opened.settings.contract, int(lot_id, 16), chain_id=opened.settings.chain_id
    )
    if found.path is None:
        return Named(found, {}, {})
    numbers = {hop.giver for hop in found.path.hops} | {hop.taker for hop in found.path.hops}
    numbers |= {found.path.terms.obligor, found.path.terms.originator, found.path.terms.settler}
    numbers |= {signer.party for hop in found.path.hops for signer in hop.signers}
    prints = {one for use in found.path.invoices for one in use.fingerprints}
    with opened.database.read() as session:
        return Named(
            found,
            parties.names(session, numbers),
            {one: invoices.name_by_fingerprint(session, one) or "" for one in prints},
        )
