"""The chain's own evidence for a lot: what a node alone bears out, without this registry's database."""

from collections.abc import Collection

from fastapi import Response

from api import views
from api.portal import behind
from api.portal.ids import LotId
from api.portal.render import minor
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from api.views import View
from registry.chain.keys import same_address
from registry.parties import queries as parties
from registry.provenance.model import Check, Findings, Outcome, TotalVerification, Verdict, Verification
from registry.provenance.report import amount_text
from registry.provenance.verify import verify_lot
from registry.receivables import queries as receivables

router = page_router()
VERDICTS = {
    Verdict.VERIFIED: mark("Verified: every act from the registration to today is signed by those it binds."),
    Verdict.INCOMPLETE: mark("Incomplete: nothing is wrong, but not everything could be checked."),
    Verdict.REFUSED: mark("Refused: what is shown does not hold together. Do not pay on it."),
}
TOTAL_VERIFIED = mark("Verified: this is what the registry's state holds of what it owes.")
OUTCOMES = (
    (Outcome.FAILED, mark("What is wrong")),
    (Outcome.NOT_CHECKED, mark("What could not be checked")),
    (Outcome.CLAIMED, mark("What is somebody's word")),
    (Outcome.PROVEN, mark("What was proven")),
)
EVENTS = {
    "ReceivableRegistered": mark("registered by the supplier"),
    "ReceivableConfirmed": mark("confirmed by the obligor"),
    "LotTransferred": mark("transferred"),
    "LotSplit": mark("a part split off"),
    "LotRejected": mark("given back"),
    "LotLocked": mark("locked for a funder"),
    "LotReleased": mark("released"),
    "LotFinanced": mark("financed"),
    "LotSettled": mark("paid"),
    "LotEnforced": mark("pledge enforced"),
    "LotReassigned": mark("reassigned"),
    "LotPutBack": mark("put back"),
    "LotForced": mark("transferred by the arbiter"),
    "LotWrittenOff": mark("written off"),
    "ReceivableCanceled": mark("canceled"),
}
AUTHORITIES = {
    "account": mark("account"),
    "mandate": mark("mandate"),
    "two keys": mark("two keys"),
    "arbiter": mark("arbiter"),
    "operator": mark("operator"),
}
# What a supplier may show of its invoices in a proof.
FIELDS = (
    ("number", mark("Number")),
    ("issued_on", mark("Date")),
    ("currency", mark("Currency")),
    ("payable_minor", mark("Payable")),
    ("sha256", mark("Hash of the file")),
    ("fingerprint", mark("What the fingerprint is of")),
)


@router.get("/lots/{lot}/evidence")
def evidence_page(lot: LotId, visit: VisitDep) -> Response:
    """Asked of the node now; the database lends only the names of parties and of invoices that the reader may
    see."""
    service = visit.service
    with visit.read() as session:
        record = receivables.lot(session, lot)
        shown = views.lot(session, record)
    found = verify_lot(
        service.node, service.settings.contract, int(lot, 16), chain_id=service.settings.chain_id
    )
    with visit.read() as session, service.database.read() as whole:
        invoices = behind.invoices_behind(whole, session, record.receivable)
    return visit.page(
        "evidence.html",
        one=shown,
        invoices=invoices,
        is_own=found.path is not None and found.path.terms.originator == visit.party,
        fields=FIELDS,
        **told(visit, found),
    )


def told(visit: Visit, found: Verification) -> View:
    """What a page says of a verification; parties by the names the reader may see."""
    hops = found.path.hops if found.path else ()
    numbers = {one for hop in hops for one in (hop.giver, hop.taker)}
    numbers |= {signer.party for hop in hops for signer in hop.signers}
    if found.path:
        numbers |= {found.path.terms.obligor, found.path.word.holder}
    names = _names(visit, found, numbers)
    unit = found.path.terms.currency if found.path else 0
    return {
        "found": found,
        "verdict": VERDICTS[found.verdict],
        "groups": _groups(found),
        "hops": [(hop, minor(hop.amount_minor, unit)) for hop in hops],
        "events": EVENTS,
        "authorities": AUTHORITIES,
        "names": names,
    }


def told_of_total(visit: Visit, found: TotalVerification) -> View:
    """What a page says of an obligor's total."""
    total = found.total
    return {
        "found": found,
        "verdict": TOTAL_VERIFIED if found.verdict is Verdict.VERIFIED else VERDICTS[found.verdict],
        "groups": _groups(found),
        "names": _names(visit, found, {found.obligor}),
        "outstanding": amount_text(total.outstanding, found.currency) if total else "",
        "quota": amount_text(total.quota, found.currency) if total and total.quota else "",
    }


def _groups(found: Findings) -> list[tuple[str, str, list[Check]]]:
    return [(outcome.value, title, found.of(outcome)) for outcome, title in OUTCOMES]


def _names(visit: Visit, found: Findings, numbers: Collection[int]) -> dict[int, str]:
    """Numbers mean nothing in a registry of somebody else's."""
    if not same_address(found.contract, visit.service.settings.contract):
        return {}
    with visit.read() as session:
        return parties.names(session, numbers)
