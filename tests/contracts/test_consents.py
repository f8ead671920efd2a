"""One way to consent, for every act: by sending it, or by a signature over exactly this act."""

from dataclasses import fields, replace
from typing import Any

import pytest

from registry.chain.messages import Consent, Domain, Signed, Terms
from tests.builders.ledger import ROLES, STRANGER, Ledger, Refused, account, refused
from tests.builders.signables import SIGNABLES, Signable

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

pytestmark = pytest.mark.parametrize("name", SIGNABLES)


@pytest.fixture
def waiting(ledger: Ledger, name: str) -> Signable:
    return SIGNABLES[name](ledger)


def signed(ledger: Ledger, waiting: Signable, **changes: Any) -> Consent:
    return replace(ledger.sign(waiting.message, waiting.own_key)[0], **changes)


def test_a_relayed_signature_is_enough(ledger: Ledger, waiting: Signable) -> None:
    waiting.send(ledger, signed(ledger, waiting))


def test_the_sender_needs_no_signature_of_its_own(ledger: Ledger, waiting: Signable) -> None:
    if waiting.is_sendable:
        waiting.send(ledger, sender=waiting.own_key)
    else:
        with refused("OwnableUnauthorizedAccount" if waiting.act == "admit" else "SenderNotRegistrar"):
            waiting.send(ledger, sender=waiting.own_key)


def test_nobody_else_can_send_it(ledger: Ledger, waiting: Signable) -> None:
    with refused(waiting.lack):
        waiting.send(ledger)
    if waiting.is_sendable:
        for other in ROLES:
            if other != waiting.party:
                with refused(waiting.lack):
                    waiting.send(ledger, sender=account(other))


def test_nobody_elses_signature_counts(ledger: Ledger, waiting: Signable) -> None:
    wrong = ledger.sign(
        waiting.message, STRANGER, *(account(other) for other in ROLES if other != waiting.party)
    )
    with refused(waiting.lack):
        waiting.send(ledger, *wrong)


def test_a_signature_in_the_partys_name_by_another_key_is_refused(ledger: Ledger, waiting: Signable) -> None:
    forged = replace(ledger.sign(waiting.message, STRANGER)[0], signer=waiting.own_key.address)
    with refused("SignatureInvalid", signer=waiting.own_key.address.lower()):
        waiting.send(ledger, forged)


def test_at_the_deadline_a_signature_is_still_good(ledger: Ledger, waiting: Signable) -> None:
    waiting.send(ledger, *ledger.sign(waiting.message, waiting.own_key, deadline=ledger.now))


def test_a_second_after_the_deadline_it_is_not(ledger: Ledger, waiting: Signable) -> None:
    with refused("ConsentExpired", deadline=ledger.now - 1):
        waiting.send(ledger, *ledger.sign(waiting.message, waiting.own_key, deadline=ledger.now - 1))


def test_a_deadline_moved_after_signing_is_refused(ledger: Ledger, waiting: Signable) -> None:
    with refused("SignatureInvalid"):
        waiting.send(ledger, signed(ledger, waiting, deadline=ledger.now + 3_601))


def test_the_high_s_twin_of_a_signature_is_refused(ledger: Ledger, waiting: Signable) -> None:
    good = signed(ledger, waiting).signature
    twin = good[:32] + (ORDER - int.from_bytes(good[32:64])).to_bytes(32) + bytes([55 - good[64]])
    with refused("SignatureInvalid"):
        waiting.send(ledger, signed(ledger, waiting, signature=twin))


def test_zero_short_and_empty_signatures_are_refused(ledger: Ledger, waiting: Signable) -> None:
    good = signed(ledger, waiting).signature
    for bad in (bytes(65), b"", good[:64], good + b"\0", good[:64] + b"\0", good[1:]):
        with refused("SignatureInvalid"):
            waiting.send(ledger, signed(ledger, waiting, signature=bad))


def test_the_zero_address_signs_for_nobody(ledger: Ledger, waiting: Signable) -> None:
    nobody = Consent("0x" + "00" * 20, ledger.now, bytes(65))
    with refused(waiting.lack):
        waiting.send(ledger, nobody)


def test_a_signature_for_another_chain_contract_or_version_is_refused(
    ledger: Ledger, waiting: Signable
) -> None:
    here = ledger.domain
    others = (
        Domain(2, here.contract),
        Domain(1, STRANGER.address),
        replace(here, version="2"),
        replace(here, name="Other"),
    )
    for domain in others:
        with refused("SignatureInvalid"):
            waiting.send(ledger, waiting.message.sign(waiting.own_key, domain, ledger.now))


def test_a_used_message_is_refused_the_second_time(ledger: Ledger, waiting: Signable) -> None:
    consent = signed(ledger, waiting)
    waiting.send(ledger, consent)
    with pytest.raises(Refused):
        waiting.send(ledger, consent)


def altered(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1
        case bytes():
            return bytes([value[0] ^ 1]) + value[1:]
        case str():
            return STRANGER.address
    raise AssertionError(value)


def altered_parts(value: Any) -> list[tuple[str, Any]]:
    return [
        (inner.name, replace(value, **{inner.name: altered(getattr(value, inner.name))}))
        for inner in fields(value)
    ]


def altered_messages(message: Signed) -> list[tuple[str, Signed]]:
    """The message with each field, and each field of its terms, altered in turn."""
    found = []
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, tuple):
            variants = [
                (name, (*value[:place], each, *value[place + 1 :]))
                for place, item in enumerate(value)
                for name, each in altered_parts(item)
            ]
            variants += [("fewer", value[1:]), ("more", (*value, value[0])), ("order", value[::-1])]
            found += [(name, replace(message, **{field.name: each})) for name, each in variants]
        elif isinstance(value, Terms):
            found += [(name, replace(message, **{field.name: each})) for name, each in altered_parts(value)]
        else:
            found.append((field.name, replace(message, **{field.name: altered(value)})))
    return found


def test_each_field_altered_in_turn_is_refused(ledger: Ledger, waiting: Signable) -> None:
    found = altered_messages(waiting.message)
    assert len(found) >= 2
    for _, message in found:
        with refused("SignatureInvalid"):
            waiting.send(ledger, *ledger.sign(message, waiting.own_key))
