"""What tests of corrections do in an office."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from registry.invoices import correction_queries as corrections
from registry.invoices.model import InvoiceCorrection
from registry.invoices.registering import Uploader
from registry.invoices.use_cases import read_invoice, register_document
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.receivables import queries
from registry.receivables.checks import Use
from registry.receivables.exposure import Exposure, exposure
from registry.receivables.model import Receivable
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from registry.relay.model import Act
from tests.builders.office import Office
from tests.invoices.builders import preceding, ubl

SELLER, BUYER = "CN91330206MA2NB8Q357", "CN91310114MA1HY2026T"
SAMPLE = "NBJG-2026-0917"  # of 452,000.00 CNY, behind the office's confirmed receivable


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def brought(office: Office, *, by: str = "tier1", tax_id: str = SELLER, **terms: Any) -> str:
    """A document of the supplier to the obligor; ``gross`` stands for all its amounts."""
    if "gross" in terms:
        terms = {"net": terms["gross"], "payable": terms["gross"], **terms}
    content = ubl(**{"seller_vat": SELLER, "buyer_vat": BUYER, "currency": "CNY", **terms})
    (invoice,) = read_invoice(content, "own.xml")
    done = register_document(
        office.service.database,
        invoice=invoice,
        content_sha256=sha256(content).hexdigest(),
        name="own.xml",
        uploader=Uploader(office.number(by), (TaxId.of(tax_id),)),
        fingerprint_keys=office.context.fingerprint_keys,
        clock=office.clock,
        ids=office.context.new_id,
    )
    assert done.id is not None
    return done.id


def credited(office: Office, gross: str, *, of: str = SAMPLE, number: str = "GS-1", **terms: Any) -> str:
    """A credit note, brought today."""
    how = {"type_code": "381", "issued_on": office.clock.now().date().isoformat(), **terms}
    return brought(office, number=number, gross=gross, extra=preceding(of), **how)


def link_of(office: Office, correcting: str) -> InvoiceCorrection:
    with office.service.database.read() as session:
        return next(
            one
            for one in corrections.corrections(session, invoice=correcting)
            if one.correcting == correcting
        )


def registered(office: Office, invoice: str, minor: int | None = None) -> str:
    """A registered receivable over so much of an invoice, or over what is left."""
    receivable = handed_in(office, invoice, minor)
    office.service.worker.run_until_idle()
    return receivable


def handed_in(office: Office, invoice: str, minor: int | None = None) -> str:
    """The same, not waited for."""
    prepared = prepare_receivable(office.context, office.request(Use(invoice, minor)))
    with office.service.database.read() as session:
        message = registration_message(session, prepared.receivable)
    register_receivable(office.context, prepared.receivable, [office.sign("tier1", message)])
    return prepared.receivable


def confirm(office: Office, receivable: str) -> Act:
    with office.service.database.read() as session:
        message = confirmation_message(session, receivable)
    return confirm_receivable(office.context, receivable, [office.sign("obligor", message)])


def on_ledger(office: Office, receivable: str) -> Receivable:
    with office.service.database.read() as session:
        return queries.receivable(session, receivable)


def exposed(office: Office, invoice: str) -> Exposure:
    with office.service.database.read() as session:
        return exposure(session, invoice)


def sample(office: Office) -> str:
    """The id of the sample invoice behind the office's receivable."""
    with office.service.database.read() as session:
        return corrections.with_number(session, SAMPLE.replace("-", ""), party=office.number("tier1"))[0].id
