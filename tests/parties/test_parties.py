"""Who is admitted, what keys may do, and what the operator may not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from registry.chain.keys import SigningKey
from registry.chain.messages import Quota, Revocation
from registry.chain.words import Scope
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.kit.money import Money
from registry.parties import queries
from registry.parties.use_cases import (
    NewParty,
    admit_party,
    grant_key,
    mandate_message,
    prepare_admission,
    revoke_key,
    set_quota,
)
from registry.receivables import queries as receivables
from registry.receivables.lots import transfer_lot, transfer_message
from registry.relay.model import Act
from tests.builders.office import Office


def refused_code(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value.code


def newcomer(office: Office, key: SigningKey) -> NewParty:
    return NewParty(
        name="Neue Gießerei GmbH",
        country="DE",
        identifiers=(TaxId.of("DE136695976", country="DE"),),
        roles=("supplier",),
        account=key.address,
        valid_until=(office.clock.now() + timedelta(days=30)).date(),
    )


def admit(office: Office, party: NewParty, key: SigningKey) -> Act:
    message = prepare_admission(office.context, party)
    consent = message.sign(key, office.context.domain, office.context.deadline())
    return admit_party(office.context, party, message.party, [consent])


def test_a_party_is_admitted_with_its_own_signature(office: Office) -> None:
    key = SigningKey.create()
    office.settle(admit(office, newcomer(office, key), key))
    with office.service.database.read() as session:
        number = queries.party_with_identifier(session, TaxId.of("136 695 976", country="DE"))
        assert number is not None
        assert queries.party(session, number).account == key.address
        assert queries.profile(session, number).name == "Neue Gießerei GmbH"


def test_nobody_is_admitted_without_its_own_signature(office: Office) -> None:
    key, other = SigningKey.create(), SigningKey.create()
    party = newcomer(office, key)
    message = prepare_admission(office.context, party)
    forged = message.sign(other, office.context.domain, office.context.deadline())
    assert (
        refused_code(lambda: admit_party(office.context, party, message.party, [forged]))
        == "signature_invalid"
    )
    assert refused_code(lambda: admit_party(office.context, party, message.party, [])) == "signature_invalid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": "  "}, "bad_party_name"),
        ({"roles": ("emperor",)}, "bad_role"),
        ({"roles": ()}, "bad_role"),
        ({"identifiers": ()}, "bad_identifier"),
        ({"identifiers": (TaxId.of("91310114MA1HY2026T", country="CN"),)}, "identifier_taken"),
    ],
)
def test_each_wrong_field_has_a_code(office: Office, change: dict[str, object], code: str) -> None:
    key = SigningKey.create()
    party = replace(newcomer(office, key), **change)  # type: ignore[arg-type]
    assert refused_code(lambda: prepare_admission(office.context, party)) == code


def test_an_address_belongs_to_one_party(office: Office) -> None:
    party = newcomer(office, office.key("tier1"))
    assert refused_code(lambda: prepare_admission(office.context, party)) == "account_taken"


def test_a_number_given_meanwhile_is_not_given_twice(office: Office) -> None:
    one, two = SigningKey.create(), SigningKey.create()
    first = newcomer(office, one)
    second = replace(
        newcomer(office, two), identifiers=(TaxId.of("DE129274202", country="DE"),), name="Zweite GmbH"
    )
    message = prepare_admission(office.context, second)
    admit(office, first, one)
    consent = message.sign(two, office.context.domain, office.context.deadline())
    assert (
        refused_code(lambda: admit_party(office.context, second, message.party, [consent]))
        == "party_number_taken"
    )


def grant(office: Office, key: SigningKey, *, cap: str, days: int = 10) -> None:
    until = (office.clock.now() + timedelta(days=days)).date()
    with office.service.database.read() as session:
        mandate = mandate_message(
            session,
            office.number("tier1"),
            key.address,
            Scope.TRANSFER,
            valid_until=until,
            cap=Money.parse(cap, "CNY"),
        )
    consents = [
        office.sign("tier1", mandate),
        mandate.sign(key, office.context.domain, office.context.deadline()),
    ]
    office.settle(grant_key(office.context, mandate, consents))


def transfer(office: Office, minor: int, *keys: SigningKey) -> Act:
    with office.service.database.read() as session:
        lot = receivables.lots(session, holder=office.number("tier1"))[0]
        message = transfer_message(session, lot.id, office.number("tier2"), minor)
    consents = [message.sign(key, office.context.domain, office.context.deadline()) for key in keys]
    return transfer_lot(office.context, lot.id, office.number("tier2"), minor, consents)


def test_a_key_acts_up_to_its_cap_and_two_keys_beyond_it(office: Office) -> None:
    one, two = SigningKey.create(), SigningKey.create()
    grant(office, one, cap="1000.00")
    grant(office, two, cap="1000.00")
    assert refused_code(lambda: transfer(office, 100_001, one)) == "cap_exceeded"
    assert refused_code(lambda: transfer(office, 100_001, one, one)) == "cap_exceeded"
    office.settle(transfer(office, 100_000, one))
    office.settle(transfer(office, 100_001, one, two))


def test_a_key_ends_with_its_validity_and_with_its_revocation(office: Office) -> None:
    short, revoked = SigningKey.create(), SigningKey.create()
    grant(office, short, cap="1000.00", days=1)
    grant(office, revoked, cap="1000.00", days=100)
    with office.service.database.read() as session:
        nonce = queries.party(session, office.number("tier1")).nonce
    message = Revocation(office.number("tier1"), revoked.address, nonce)
    stranger = [office.sign("tier2", message)]
    assert refused_code(lambda: revoke_key(office.context, message, stranger)) == "consent_missing"
    office.settle(revoke_key(office.context, message, [office.sign("tier1", message)]))
    assert refused_code(lambda: transfer(office, 100, revoked)) == "consent_missing"
    office.clock.advance(days=2)
    assert refused_code(lambda: transfer(office, 100, short)) == "consent_missing"


def test_an_old_mandate_cannot_be_handed_in_again(office: Office) -> None:
    key = SigningKey.create()
    with office.service.database.read() as session:
        mandate = mandate_message(
            session,
            office.number("tier1"),
            key.address,
            Scope.TRANSFER,
            valid_until=(office.clock.now() + timedelta(days=10)).date(),
        )
    consents = [
        office.sign("tier1", mandate),
        mandate.sign(key, office.context.domain, office.context.deadline()),
    ]
    office.settle(grant_key(office.context, mandate, consents))
    assert refused_code(lambda: grant_key(office.context, mandate, consents)) == "party_changed"


def test_an_obligor_bounds_what_it_may_owe(office: Office) -> None:
    with office.service.database.read() as session:
        nonce = queries.party(session, office.number("obligor")).nonce
    quota = Quota(office.number("obligor"), 156, 5_000, nonce)
    office.settle(set_quota(office.context, quota, [office.sign("obligor", quota)]))
    with office.service.database.read() as session:
        found = receivables.obligation(session, office.number("obligor"), 156)
        assert found is not None
        assert found.quota == 5_000
