"""What a key other than the account may do: scopes, currency, cap, validity, and four eyes over the cap."""

from dataclasses import replace
from typing import Any

import pytest

from registry.chain.keys import SigningKey
from registry.chain.words import Scope
from tests.builders.ledger import (
    ALL_SCOPES,
    CNY,
    EUR,
    OBLIGOR,
    SECOND,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
    key_named,
    refused,
)
from tests.builders.signables import CAPPED, MANDATED, SIGNABLES, Signable

CLERK, SECOND_CLERK = key_named("clerk"), key_named("second clerk")
ACCOUNT_ONLY = ("setKey", "revokeKey", "setQuota")
for_every_act = pytest.mark.parametrize("name", MANDATED)
for_capped_acts = pytest.mark.parametrize("name", CAPPED)


@pytest.fixture
def waiting(ledger: Ledger, name: str) -> Signable:
    return SIGNABLES[name](ledger)


def send(ledger: Ledger, waiting: Signable, *keys: SigningKey) -> None:
    message: Any = waiting.message
    if hasattr(message, "nonce"):  # granting a mandate raised it
        message = replace(message, nonce=ledger.party(waiting.party).nonce)
    waiting.send(ledger, *ledger.sign(message, *keys))


@for_every_act
def test_a_key_with_the_scope_suffices(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, scopes=waiting.scope, currency=CNY, cap=waiting.capped)
    send(ledger, waiting, CLERK)


@for_every_act
def test_a_key_with_every_other_scope_does_not(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, scopes=ALL_SCOPES & ~waiting.scope)
    with refused("ConsentMissing", party=waiting.party, scope=waiting.scope):
        send(ledger, waiting, CLERK)


@for_every_act
def test_a_key_for_another_currency_does_not(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, currency=EUR)
    if waiting.has_currency:
        with refused("ConsentMissing"):
            send(ledger, waiting, CLERK)
    else:
        send(ledger, waiting, CLERK)


@for_every_act
def test_a_mandate_is_good_until_its_last_second(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, valid_until=ledger.now)
    send(ledger, waiting, CLERK)


@for_every_act
def test_a_mandate_that_is_over_counts_no_more(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, valid_until=ledger.now - 1)
    with refused("ConsentMissing"):
        send(ledger, waiting, CLERK)


@for_every_act
def test_a_revoked_key_counts_no_more(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK)
    ledger.send(account(waiting.party), "revokeKey", waiting.party, CLERK.address, [])
    with refused("ConsentMissing"):
        send(ledger, waiting, CLERK)


@for_every_act
def test_another_partys_key_never_counts(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(OBLIGOR if waiting.party != OBLIGOR else SECOND, CLERK)
    with refused("ConsentMissing"):
        send(ledger, waiting, CLERK)


@for_every_act
def test_a_key_of_an_older_epoch_counts_no_more(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK)
    word = ledger.view("party", waiting.party)
    ledger.write("parties", waiting.party, word + (1 << 232))
    with refused("ConsentMissing"):
        send(ledger, waiting, CLERK)


@for_every_act
def test_a_key_may_send_what_it_may_sign(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, scopes=waiting.scope, cap=waiting.capped)
    if waiting.is_sendable:
        waiting.send(ledger, sender=CLERK)
    else:
        with refused("SenderNotRegistrar", sender=CLERK.address.lower()):
            waiting.send(ledger, sender=CLERK)


@for_capped_acts
def test_a_key_over_its_cap_does_not_suffice(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=waiting.capped - 1)
    with refused("CapExceeded", party=waiting.party, amount=waiting.capped):
        send(ledger, waiting, CLERK)


@for_capped_acts
def test_two_keys_together_pass_any_cap(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=0)
    ledger.grant(waiting.party, SECOND_CLERK, cap=0)
    send(ledger, waiting, CLERK, SECOND_CLERK)


@for_capped_acts
def test_one_key_twice_is_not_four_eyes(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=waiting.capped - 1)
    with refused("CapExceeded"):
        send(ledger, waiting, CLERK, CLERK)


@for_capped_acts
def test_a_second_key_without_the_scope_is_not_four_eyes(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=0)
    ledger.grant(waiting.party, SECOND_CLERK, scopes=ALL_SCOPES & ~waiting.scope)
    with refused("CapExceeded"):
        send(ledger, waiting, CLERK, SECOND_CLERK)


@for_capped_acts
def test_the_second_pair_of_eyes_must_have_signed_this(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=0)
    ledger.grant(waiting.party, SECOND_CLERK, cap=0)
    first = ledger.sign(waiting.message, CLERK)
    with refused("SignatureInvalid", signer=SECOND_CLERK.address.lower()):
        other = SECOND_CLERK.sign_digest(bytes(32))
        waiting.send(ledger, *first, type(first[0])(SECOND_CLERK.address, ledger.now, other))


@pytest.mark.parametrize("name", [name for name in CAPPED if "egister" not in name])
def test_the_sender_can_be_the_second_pair_of_eyes(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=0)
    ledger.grant(waiting.party, SECOND_CLERK, cap=0)
    with ledger.undone(), refused("CapExceeded"):
        waiting.send(ledger, *ledger.sign(waiting.message, CLERK), sender=CLERK)
    waiting.send(ledger, *ledger.sign(waiting.message, CLERK), sender=SECOND_CLERK)


@pytest.mark.parametrize("name", [name for name in CAPPED if "egister" not in name])
def test_the_sender_over_its_cap_does_not_suffice_alone(ledger: Ledger, waiting: Signable) -> None:
    ledger.grant(waiting.party, CLERK, cap=waiting.capped - 1)
    with refused("CapExceeded", party=waiting.party, amount=waiting.capped):
        waiting.send(ledger, sender=CLERK)
    ledger.grant(waiting.party, CLERK, cap=waiting.capped)
    waiting.send(ledger, sender=CLERK)


@pytest.mark.parametrize("name", ACCOUNT_ONLY)
def test_no_mandate_reaches_what_is_the_accounts_alone(ledger: Ledger, name: str) -> None:
    waiting = SIGNABLES[name](ledger)
    ledger.grant(waiting.party, CLERK, scopes=0xFFFF)
    ledger.grant(waiting.party, SECOND_CLERK, scopes=0xFFFF)
    again = SIGNABLES[name](ledger)
    with refused("ConsentMissing", party=waiting.party, scope=0):
        send(ledger, again, CLERK, SECOND_CLERK)
    with refused("ConsentMissing", party=waiting.party, scope=0):
        again.send(ledger, sender=CLERK)


def test_a_mandate_can_be_narrowed_by_granting_it_again(ledger: Ledger) -> None:
    ledger.grant(SUPPLIER, CLERK)
    ledger.grant(SUPPLIER, CLERK, scopes=Scope.TRANSFER, currency=CNY, cap=5, valid_until=ledger.now)
    word = ledger.key(CLERK)
    assert (word.scopes, word.currency, word.cap, word.valid_until) == (Scope.TRANSFER, CNY, 5, ledger.now)


def test_a_stray_consent_beside_a_good_one_does_no_harm(ledger: Ledger) -> None:
    waiting = SIGNABLES["transfer whole"](ledger)
    send(ledger, waiting, STRANGER, account(OBLIGOR), account(SUPPLIER))
