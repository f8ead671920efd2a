"""What the fold of receivables has to look up."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from registry.receivables.model import InvoiceUse, ReceivableInvoice


def invoices_of(session: Session, receivable: str) -> list[ReceivableInvoice]:
    """The fingerprints a receivable's registration named, by place and fingerprint."""
    wanted = (
        select(ReceivableInvoice)
        .where(ReceivableInvoice.receivable == receivable)
        .order_by(ReceivableInvoice.place, ReceivableInvoice.fingerprint)
    )
    return list(session.scalars(wanted))


def uses_of_same_invoice(session: Session, use: InvoiceUse) -> list[InvoiceUse]:
    """All fingerprints of the invoice, this one included.

    They all hold one word, and its latest receivable with the place there names the invoice.
    """
    wanted = select(InvoiceUse).where(InvoiceUse.receivable == use.receivable, InvoiceUse.place == use.place)
    return list(session.scalars(wanted))
