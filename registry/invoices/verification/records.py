"""Between what was found and the rows that keep it. Nothing here changes a row that is there."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from registry.invoices.model import InvoiceRecord, InvoiceVerification
from registry.invoices.verification.findings import Finding, State, worst
from registry.invoices.verification.provider import Answer

EXAMINATION = "examination"
ANSWER = "answer"
OURSELVES = "counterfoil"


def doubts_of(findings: Iterable[Finding]) -> list[str]:
    """What looks wrong, in stable words: each once."""
    return list(dict.fromkeys(one.check for one in findings if one.is_doubtful))


def examination_row(
    new_id: str, invoice_id: str, document_sha256: str, findings: Sequence[Finding], at: datetime
) -> dict[str, Any]:
    """The row of what was found when the document was brought."""
    return {
        "id": new_id,
        "invoice_id": invoice_id,
        "kind": EXAMINATION,
        "provider": OURSELVES,
        "state": worst(findings).value,
        "was": None,
        "findings": [one.as_json() for one in findings],
        "document_sha256": document_sha256,
        "answer_sha256": None,
        "at": at,
    }


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
