"""The registry keeps what a company signed about its party's account, and nothing else as such."""

from dataclasses import replace

import pytest

from registry.parties import queries
from registry.parties.certifying import opened_identity, record_statement, statement_about
from registry.parties.errors import PartyNotFound
from registry.parties.model import CompanyStatement
from registry.parties.rules import IDENTITY_DOMAIN, identity_fields
from registry.parties.statements import Statement, StatementRefused
from tests.builders.companies import a_company, a_root, der, signed
from tests.builders.office import Office

DAY = 86_400
COMPANY = a_company(a_root())


def statement(office: Office, handle: str = "tier1", **other: object) -> Statement:
    with office.service.database.read() as session:
        return replace(statement_about(session, office.context, office.number(handle), der(COMPANY)), **other)  # type: ignore[arg-type]


def record(office: Office, said: Statement, *, as_of: Statement | None = None) -> CompanyStatement:
    """``as_of``: what it is brought as, where that is something else than was signed."""
    told = as_of or said
    return record_statement(office.context, told.party, told.said_at, der(COMPANY), signed(COMPANY, said))


def test_it_is_kept_for_the_account_the_party_has_now(office: Office) -> None:
    said = statement(office)
    kept = record(office, said)
    assert (kept.party, kept.account, kept.said_at) == (said.party, office.key("tier1").address, said.said_at)
    with office.service.database.read() as session:
        (found,) = queries.statements_about(session, said.party)
        assert bytes.fromhex(found.signature) == bytes.fromhex(kept.signature)


def test_a_later_one_about_the_same_account_takes_its_place(office: Office) -> None:
    first, later = statement(office, "tier2"), statement(office, "tier2", said_at=office.context.now - DAY)
    record(office, first)
    record(office, later)
    with office.service.database.read() as session:
        assert [one.said_at for one in queries.statements_about(session, first.party)] == [later.said_at]


@pytest.mark.parametrize(
    "other",
    [{"party": 3}, {"account": "0x" + "11" * 20}, {"chain_id": 1}, {"contract": "0x" + "22" * 20}],
    ids=lambda other: next(iter(other)),
)
def test_what_was_signed_of_another_is_refused(office: Office, other: dict[str, object]) -> None:
    own = statement(office, "bank")
    with pytest.raises(StatementRefused, match="not of the certificate's key"):
        record(office, replace(own, **other), as_of=own)  # type: ignore[arg-type]


def test_what_is_yet_to_be_signed_or_was_before_its_certificate_is_refused(office: Office) -> None:
    with pytest.raises(StatementRefused, match="yet to come"):
        record(office, statement(office, "bank", said_at=office.context.now + DAY))
    with pytest.raises(StatementRefused, match="not in force"):
        record(office, statement(office, "bank", said_at=DAY))
    record(office, statement(office, "bank", said_at=office.context.now + 60))  # clocks differ


def test_who_is_no_party_says_nothing(office: Office) -> None:
    with pytest.raises(PartyNotFound):
        record_statement(office.context, 99, office.context.now, der(COMPANY), b"x")


def test_what_a_party_was_admitted_as_is_opened_by_the_key_in_use(office: Office) -> None:
    with office.service.database.read() as session:
        party = queries.party(session, office.number("tier1"))
        own = queries.identifiers_of(session, party.number)
        identity = bytes.fromhex(party.identity[2:])
        found = opened_identity(session, office.context, party.number, identity)
        assert found is not None
        assert (found.fingerprint, found.domain) == (identity, IDENTITY_DOMAIN)
        assert found.fields in [identity_fields(one) for one in own]
        assert opened_identity(session, office.context, party.number, bytes(32)) is None
