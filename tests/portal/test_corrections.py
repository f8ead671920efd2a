"""A credit note on the pages: its chain, the warning, what it holds up, and the operator's decision."""

import pytest

from registry.chain.keys import SigningKey
from registry.invoices import correction_queries as corrections
from registry.notices import queries as notices
from tests.portal.browsing import Site
from tests.portal.dealing import confirmed, with_operator
from tests.portal.posting import Browser
from tests.receivables.corrected import brought, credited, link_of

HELD = "More rests on an invoice behind it than that is worth after its corrections: 200.00 CNY too much."


@pytest.fixture
def signed_in(site: Site):  # type: ignore[no-untyped-def]
    def come_in(handle: str) -> Browser:
        person = Browser(site)
        key: SigningKey = site.office.key(handle)
        assert person.sign_in(key) == 303
        return person

    return come_in


def test_a_credit_note_shows_on_every_page_of_what_rests_on_its_invoice(site: Site, signed_in) -> None:  # type: ignore[no-untyped-def]
    receivable, lot = confirmed(site, "1000.00")
    number = f"PORTAL-{site._serial}"
    note = credited(site.office, "200.00", of=number, number=f"GS-{site._serial}")
    link = link_of(site.office, note)
    supplier = signed_in("tier1")
    for address in (f"/receivables/{receivable}", f"/lots/{lot}", f"/holdings/{lot}"):
        page = supplier.http.get(address).text
        assert HELD in page, address
        assert f"/corrections/{link.id}" in page
    invoice = supplier.http.get(f"/invoices/{link.corrected}").text
    assert "What corrects it" in invoice
    assert "800.00 CNY" in invoice
    assert "What it corrects" in supplier.http.get(f"/invoices/{note}").text
    shown = supplier.http.get(f"/corrections/{link.id}").text
    assert "Worth after its corrections" in shown
    assert "It concerns something else" not in shown
    assert supplier.http.get(f"/corrections/{link.id}?lang=zh").text.count("更正后的可用金额") == 1


def test_whom_it_concerns_finds_it_among_what_awaits_and_says_that_it_read_it(site: Site, signed_in) -> None:  # type: ignore[no-untyped-def]
    confirmed(site, "1000.00")
    link = link_of(
        site.office, credited(site.office, "200.00", of=f"PORTAL-{site._serial}", number=f"GS-{site._serial}")
    )
    with site.office.context.database.read() as session:
        mine = next(
            one
            for one in notices.warnings(session, party=site.office.number("obligor"))
            if one.correction == link.id
        )
    obligor = signed_in("obligor")
    assert f"/warnings/{mine.id}" in obligor.http.get("/").text
    assert f"/warnings/{mine.id}" in obligor.http.get("/notices").text
    assert HELD in obligor.http.get(f"/warnings/{mine.id}").text
    assert signed_in("tier1").http.get(f"/warnings/{mine.id}").status_code == 404
    posted = {"form_token": obligor.form_token}
    assert obligor.http.post(f"/warnings/{mine.id}", data=posted).status_code == 303
    assert f"/warnings/{mine.id}" not in obligor.http.get("/").text
    assert "I have read it" not in obligor.http.get(f"/warnings/{mine.id}").text


def test_the_operator_decides_and_nobody_else(site: Site, signed_in) -> None:  # type: ignore[no-untyped-def]
    receivable, _ = confirmed(site, "1000.00")
    link = link_of(
        site.office, credited(site.office, "200.00", of=f"PORTAL-{site._serial}", number=f"GS-{site._serial}")
    )
    with_operator(site)
    supplier, operator = signed_in("tier1"), signed_in("operator")
    address = f"/corrections/{link.id}"
    words = {"verdict": "dismissed", "why": "another delivery"}
    assert supplier.http.post(address, data=words | {"form_token": supplier.form_token}).status_code == 403
    assert address in operator.http.get("/corrections?standing=stands").text
    assert operator.http.post(address, data=words | {"form_token": operator.form_token}).status_code == 303
    assert "another delivery" in operator.http.get(address).text
    assert HELD not in supplier.http.get(f"/receivables/{receivable}").text


def test_an_unclear_correction_waits_for_the_operator_who_names_its_invoice(site: Site, signed_in) -> None:  # type: ignore[no-untyped-def]
    confirmed(site, "1000.00")
    note = brought(
        site.office, number=f"GS-N-{site._serial}", gross="5.00", type_code="381", issued_on="2026-11-02"
    )
    link = link_of(site.office, note)
    with_operator(site)
    operator = signed_in("operator")
    address = f"/corrections/{link.id}"
    assert address in operator.http.get("/").text
    assert "It names no invoice." in operator.http.get(address).text
    words = {"verdict": "stands", "why": "by its lines", "form_token": operator.form_token}
    refused = operator.http.post(address, data=words | {"invoice": "inv_0"})
    assert refused.status_code == 404
    assert "There is no invoice inv_0." in refused.text
    with site.office.context.database.read() as session:
        of = corrections.with_number(session, f"PORTAL{site._serial}", party=site.office.number("tier1"))[
            0
        ].id
    assert operator.http.post(address, data=words | {"invoice": of}).status_code == 303
    assert "995.00 CNY" in operator.http.get(f"/invoices/{of}").text
