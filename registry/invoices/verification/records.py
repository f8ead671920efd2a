"""Between what was found and the rows that keep it. Nothing here changes a row that is there."""

from collections.abc import Sequence
from datetime import datetime

from registry.invoices.model import InvoiceRecord, InvoiceVerification
from registry.invoices.verification.findings import Finding, State, worst
from registry.invoices.verification.provider import Answer

EXAMINATION = "examination"
ANSWER = "answer"
OURSELVES = "counterfoil"


def keep_examination(record: InvoiceRecord, new_id: str, findings: Sequence[Finding]) -> InvoiceVerification:
    """The row of what was found when the document was brought; its doubts are the record's."""
    record.doubts = list(dict.fromkeys(one.check for one in findings if one.is_doubtful))
    return InvoiceVerification(
        id=new_id,
        invoice_id=record.id,
        kind=EXAMINATION,
        provider=OURSELVES,
        state=worst(findings).value,
        was=None,
        findings=[one.as_json() for one in findings],
        document_sha256=record.sha256,
        answer_sha256=None,
        at=record.created_at,
    )


def keep_answer(
    record: InvoiceRecord, new_id: str, answer: Answer, provider: str, was: State | None, at: datetime
) -> InvoiceVerification:
    return InvoiceVerification(
        id=new_id,
        invoice_id=record.id,
        kind=ANSWER,
        provider=provider,
        state=answer.state.value,
        was=None if was is None else was.value,
        findings=[answer.finding.as_json()],
        document_sha256=record.sha256,
        answer_sha256=answer.sha256,
        at=at,
    )
