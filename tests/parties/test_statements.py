"""A company's word for its account counts if its certificate's key signed just this text."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from registry.parties.statements import (
    Statement,
    StatementRefused,
    company_of,
    read_chain,
    read_pem,
    require_signed,
    said_at_in,
)
from tests.builders.companies import KEYS, a_company, a_root, an_intermediate, der, pem, signed

SAID = Statement(5_230_018, "0x" + "Ab" * 20, 7, "0x" + "cD" * 20, "3f" * 32, 1_790_000_000)
ROOT = a_root()


def test_the_text_is_the_same_to_the_byte_for_everybody() -> None:
    assert SAID.text == (
        "In the registry 0xabababababababababababababababababababab on chain 5230018 we are party 7.\n"
        "What the account 0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd signs there, or a key that it mandates, binds us.\n"
        f"The SHA-256 of our certificates, one behind the other, is {'3f' * 32}.\n"
        "2026-09-21T14:13:20Z\n"
    )
    assert said_at_in(SAID.text.encode()) == SAID.said_at


@pytest.mark.parametrize("kind", KEYS)
def test_a_company_is_named_by_its_certificate_whatever_key_it_has(kind: str) -> None:
    company = a_company(ROOT, key=KEYS[kind]())
    found = require_signed(SAID, read_chain(der(company)), signed(company, SAID))
    assert (found.name, found.country, found.identifiers, found.issuer) == (
        "Nordlicht GmbH", "DE", ("VATDE-271828180",), "Handelsregister-CA",
    )  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize(
    "other",
    [
        {"chain_id": 1},
        {"contract": "0x" + "ac" * 20},
        {"party": 8},
        {"account": "0x" + "ce" * 20},
        {"certificates": "3e" * 32},
        {"said_at": SAID.said_at + 1},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_was_signed_of_something_else_does_not_count(kind: str, other: dict[str, object]) -> None:
    company = a_company(ROOT, key=KEYS[kind]())
    with pytest.raises(StatementRefused):
        require_signed(SAID, read_chain(der(company)), signed(company, replace(SAID, **other)))  # type: ignore[arg-type]


def test_another_key_than_the_certificates_does_not_count() -> None:
    company, other = a_company(ROOT), a_company(ROOT)
    with pytest.raises(StatementRefused):
        require_signed(SAID, read_chain(der(company)), signed(other, SAID))


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.BrainpoolP256R1())],
    ids=["RSA of 1,024 bits", "another curve"],
)
def test_a_key_that_is_too_weak_or_of_no_known_kind_does_not_count(key: object) -> None:
    company = a_company(ROOT, key=key)
    with pytest.raises(StatementRefused, match="of no kind"):
        require_signed(SAID, read_chain(der(company)), signed(company, SAID))


def test_each_certificate_is_issued_by_the_next_and_no_root_among_them() -> None:
    between = an_intermediate(ROOT)
    company = a_company(between)
    assert read_chain(der(company, between)) == [company.certificate, between.certificate]
    alone = a_company(None)
    assert read_chain(der(alone)) == [alone.certificate]
    for wrong in ((between, company), (company, ROOT), (company, between, ROOT), (company, company), ()):
        with pytest.raises(StatementRefused):
            read_chain(der(*wrong))
    with pytest.raises(StatementRefused):
        read_chain([*der(company), b"\x30\x00"])


def test_pem_is_read_without_the_root_that_it_ends_with() -> None:
    between = an_intermediate(ROOT)
    company = a_company(between)
    assert read_pem(pem(company, between, ROOT).encode()) == der(company, between)
    for wrong in (b"", b"-----BEGIN CERTIFICATE-----", b"no pem", b"\n" * 65_537 + pem(company).encode()):
        with pytest.raises(StatementRefused):
            read_pem(wrong)


@pytest.mark.parametrize(
    ("identifier", "country", "value", "is_it"),
    [
        ("VATDE-271828180", "DE", "271828180", True),
        ("VATDE-271 828.180", "DE", "271828180", True),
        ("VATAT-271828180", "DE", "271828180", False),  # another country's number
        ("VATDE-271828181", "DE", "271828180", False),
        ("LEIXG-52990034RLKT0WSOAM90", "DE", "52990034RLKT0WSOAM90", True),
        ("271828180", "DE", "271828180", True),
        ("271828180", "AT", "271828180", False),  # the certificate is of a German company
        (None, "DE", "271828180", False),
    ],
)
def test_a_certificate_names_a_number_of_its_register(
    identifier: str | None, country: str, value: str, is_it: bool
) -> None:
    company = company_of(a_company(ROOT, identifier=identifier).certificate)
    assert company.has(country, value) is is_it


def test_a_name_moves_no_cursor() -> None:
    assert company_of(a_company(ROOT, name="Nord\x1b[2Jlicht").certificate).name == "Nord [2Jlicht"


@pytest.mark.parametrize("text", [b"", b"\xff", b"yesterday\n", b"2026-13-01T00:00:00Z\n"])
def test_a_text_without_its_time_is_no_statement(text: bytes) -> None:
    with pytest.raises(StatementRefused):
        said_at_in(text)


def test_the_time_is_utc() -> None:
    assert said_at_in(b"2026-09-21T14:13:20Z") == int(
        datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC).timestamp()
    )
