"""Ask an outside service about an invoice and keep what it says, beside all it said before."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from registry.invoices import queries as invoices
from registry.invoices.corrections import correct_by_finding, withdraw_finding
from registry.invoices.invoice import Invoice
from registry.invoices.model import InvoiceVerification
from registry.invoices.verification import queries
from registry.invoices.verification.errors import NoVerificationService
from registry.invoices.verification.findings import GONE_BAD, State
from registry.invoices.verification.provider import Inquiry
from registry.invoices.verification.records import keep_answer
from registry.kit.clock import Clock
from registry.storage.unit_of_work import Database


def verify_invoice(
    uow: Database, inquiry: Inquiry | None, invoice: str, *, clock: Clock, ids: Callable[[str], str]
) -> InvoiceVerification:
    """Ask now; the answer is kept whatever it is, also that there was none.

    The service is asked between two transactions: nobody waits for it but the caller. Raises InvoiceUnknown,
    NoVerificationService.
    """
    if inquiry is None:
        raise NoVerificationService("The operator sets one up: see verification_file in the settings.")
    with uow.read() as session:
        record = invoices.invoice_by_id(session, invoice)
    answer = inquiry.ask(Invoice.from_json(record.parsed))
    with uow.write() as session:
        before = queries.newest_answers(session, [invoice]).get(invoice)
        was = None if before is None else State(before.state)
        row = keep_answer(record, ids("ver"), answer, inquiry.provider.name, was, clock.now())
        session.add(row)
        _follow(session, row, clock, ids)
    return row


def _follow(session: Session, row: InvoiceVerification, clock: Clock, ids: Callable[[str], str]) -> None:
    """What its own authority calls void or reversed is worth nothing, until the authority calls it good again."""
    state = State(row.state)
    if state in GONE_BAD:
        said = f"{row.provider}: {state.value.replace('_', ' ')}"
        correct_by_finding(session, row.invoice_id, finding=state.value, number=said, clock=clock, ids=ids)
    elif state is State.VERIFIED:
        for one in sorted(GONE_BAD):
            withdraw_finding(session, row.invoice_id, one.value)
