"""What a receivable must satisfy before its supplier is asked to sign."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from registry.invoices import queries as invoices
from registry.invoices.invoice import Invoice
from registry.invoices.registering import Uploader
from registry.invoices.use_cases import read_invoice, register_document
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.receivables import queries
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.rules import leaf_hash, merkle_root
from registry.receivables.use_cases import prepare_receivable, register_receivable, registration_message
from tests.builders.office import Office
from tests.invoices.builders import ubl

FAPIAO = "invoice-6.fapiao-2019.xml"


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


@pytest.fixture
def fresh(office: Office) -> str:
    """An invoice of the supplier to the obligor of which nothing is used yet."""
    brought = office.bring(FAPIAO)
    assert brought.id is not None
    return brought.id


def number_of_drafts(office: Office) -> int:
    with office.service.database.read() as session:
        return (
            len(queries.draft_invoices(session, "nothing"))
            + session.connection().exec_driver_sql("select count(*) from receivable_draft").scalar_one()
        )


def test_a_receivable_over_an_unused_invoice_is_prepared(office: Office, fresh: str) -> None:
    prepared = prepare_receivable(office.context, office.request(Use(fresh)))
    with office.service.database.read() as session:
        record = invoices.invoice_by_id(session, fresh)
    assert prepared.terms.face == record.payable_minor
    assert prepared.terms.obligor == office.number("obligor")
    assert prepared.receivable == f"0x{prepared.terms.struct_hash[:8].hex()}"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda request: replace(request, maturity=request.maturity - timedelta(days=90)), "maturity_passed"),
        (lambda request: replace(request, maturity=request.maturity + timedelta(days=400)), "tenor_too_long"),
        (lambda request: replace(request, obligor=request.originator), "obligor_is_originator"),
        (lambda request: replace(request, settler=request.obligor), "settler_invalid"),
        (lambda request: replace(request, uses=()), "no_invoices"),
        (lambda request: replace(request, uses=request.uses * 2), "too_many_invoices"),
        (lambda request: replace(request, uses=(Use("inv_nowhere"),)), "invoice_unknown"),
        (lambda request: replace(request, obligor=4711), "party_not_found"),
        (lambda request: replace(request, delivered_on=request.maturity), "dates_disagree"),
    ],
)
def test_each_wrong_field_has_a_code_and_leaves_no_draft(
    office: Office, fresh: str, change: Callable[[DraftRequest], DraftRequest], code: str
) -> None:
    request = change(office.request(Use(fresh)))
    before = number_of_drafts(office)
    assert refused_code(lambda: prepare_receivable(office.context, request)) == code
    assert number_of_drafts(office) == before


def test_the_seller_must_be_the_originator(office: Office) -> None:
    theirs = office.bring(FAPIAO, by="tier2")
    assert theirs.id is not None
    request = office.request(Use(theirs.id), originator="tier2")
    assert refused_code(lambda: prepare_receivable(office.context, request)) == "seller_mismatch"


def test_another_partys_upload_does_not_block_the_sellers_own(office: Office) -> None:
    office.bring(FAPIAO, by="tier2")
    own = office.bring(FAPIAO)
    assert own.id is not None
    assert prepare_receivable(office.context, office.request(Use(own.id))).terms.face > 0


def test_only_the_uploader_uses_its_invoice(office: Office, fresh: str) -> None:
    request = office.request(Use(fresh), originator="tier2")
    assert refused_code(lambda: prepare_receivable(office.context, request)) == "invoice_not_yours"


def test_the_buyer_must_be_the_obligor(office: Office, fresh: str) -> None:
    request = office.request(Use(fresh), obligor="stranger")
    assert refused_code(lambda: prepare_receivable(office.context, request)) == "buyer_mismatch"


def test_an_obligor_needs_its_role(office: Office, fresh: str) -> None:
    request = office.request(Use(fresh), obligor="tier2")
    assert refused_code(lambda: prepare_receivable(office.context, request)) == "role_missing"


def test_an_invoice_that_is_used_up_backs_nothing_more(office: Office) -> None:
    with office.service.database.read() as session:
        found = invoices.invoices_of(session, office.number("tier1"))
        used = next(one for one in found if one.is_accepted)
    request = office.request(Use(used.id))
    assert refused_code(lambda: prepare_receivable(office.context, request)) == "invoice_over_cap"


def test_a_conflicting_invoice_backs_nothing(office: Office) -> None:
    with office.service.database.read() as session:
        found = invoices.invoices_of(session, office.number("tier1"))
    blocked = next(one for one in found if one.outcome == "conflict")
    request = office.request(Use(blocked.id))
    assert refused_code(lambda: prepare_receivable(office.context, request)) == "invoice_blocked"


def test_not_a_cent_more_than_the_invoice(office: Office, fresh: str) -> None:
    with office.service.database.read() as session:
        cap = invoices.invoice_by_id(session, fresh).cap_minor
    over = office.request(Use(fresh, cap + 1))
    assert refused_code(lambda: prepare_receivable(office.context, over)) == "invoice_over_cap"
    assert prepare_receivable(office.context, office.request(Use(fresh, cap))).terms.face == cap


def test_two_drafts_of_one_invoice_cannot_both_be_handed_in(office: Office, fresh: str) -> None:
    one = prepare_receivable(office.context, office.request(Use(fresh)))
    two = prepare_receivable(office.context, office.request(Use(fresh)))
    for prepared, code in ((one, None), (two, "invoice_over_cap")):
        with office.service.database.read() as session:
            message = registration_message(session, prepared.receivable)
        consents = [office.sign("tier1", message)]

        def hand_in(receivable: str = prepared.receivable, consents: list = consents) -> object:  # type: ignore[type-arg]
            return register_receivable(office.context, receivable, consents)

        if code is None:
            office.settle(hand_in())  # type: ignore[arg-type]
        else:
            assert refused_code(hand_in) == code


SELLER, BUYER = "CN91330206MA2NB8Q357", "CN91310114MA1HY2026T"


def brought(office: Office, content: bytes) -> str:
    """An invoice of the supplier's own that no sample holds."""
    (invoice,) = read_invoice(content, "own.xml")
    return registered(office, invoice)


def registered(office: Office, invoice: Invoice) -> str:
    done = register_document(
        office.service.database,
        invoice=invoice,
        content_sha256=sha256(invoice.number.encode()).hexdigest(),
        name="own.xml",
        uploader=Uploader(office.number("tier1"), (TaxId.of(SELLER),)),
        fingerprint_keys=office.context.fingerprint_keys,
        clock=office.clock,
        ids=office.context.new_id,
    )
    assert done.id is not None
    return done.id


@pytest.mark.parametrize(("currency", "code"), [("CNY", None), ("EUR", "currency_mismatch")])
def test_invoices_of_one_receivable_are_in_one_currency(
    office: Office, fresh: str, currency: str, code: str | None
) -> None:
    other = brought(office, ubl(seller_vat=SELLER, buyer_vat=BUYER, currency=currency))
    request = office.request(Use(fresh), Use(other))
    if code is None:
        assert prepare_receivable(office.context, request).terms.currency == 156
    else:
        assert refused_code(lambda: prepare_receivable(office.context, request)) == code


@pytest.mark.parametrize(("type_code", "code"), [("380", None), ("381", "credit_note")])
def test_a_credit_note_backs_nothing(office: Office, type_code: str, code: str | None) -> None:
    own = brought(office, ubl(seller_vat=SELLER, buyer_vat=BUYER, currency="CNY", type_code=type_code))
    request = office.request(Use(own))
    if code is None:
        assert prepare_receivable(office.context, request).terms.face == 119_000
    else:
        assert refused_code(lambda: prepare_receivable(office.context, request)) == code


@pytest.mark.parametrize(("scheme", "code"), [("VAT", None), ("", "no_official_identity")])
def test_only_an_identifier_that_a_state_gave_tells_an_invoice_from_others(
    office: Office, scheme: str, code: str | None
) -> None:
    (invoice,) = read_invoice(ubl(seller_vat=SELLER, buyer_vat=BUYER, currency="CNY"), "own.xml")
    (identifier,) = invoice.seller.identifiers
    seller = replace(invoice.seller, identifiers=(replace(identifier, scheme=scheme),))
    request = office.request(Use(registered(office, replace(invoice, seller=seller))))
    if code is None:
        assert prepare_receivable(office.context, request).terms.face == 119_000
    else:
        assert refused_code(lambda: prepare_receivable(office.context, request)) == code


def test_a_field_of_the_documents_is_provable_and_hidden_by_its_salt() -> None:
    one = leaf_hash(b"salt", "number", "A-1")
    assert merkle_root([one]) == one
    assert leaf_hash(b"other", "number", "A-1") != one
    assert leaf_hash(b"salt", "numberA", "-1") != one
    assert merkle_root([one, one]) != one
    assert merkle_root([]) == bytes(32)
