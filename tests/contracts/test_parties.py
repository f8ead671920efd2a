"""Who is admitted, who may bind which key, and what the operator can and cannot do about it."""

import pytest

from registry.chain.contract import encode_deployment
from registry.chain.messages import Admission, Consent, Mandate, keccak256
from registry.chain.words import PartyFlag, Role, Scope
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    CNY,
    DAY,
    EUR,
    FOREVER,
    HOUR,
    OBLIGOR,
    OPERATOR,
    REGISTRAR,
    SECOND,
    START,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
    identity_of,
    key_named,
    refused,
)

NEW = 40
CLERK = key_named("clerk")
ZERO = "0x" + "00" * 20


def admit(
    ledger: Ledger, *, number: int = NEW, identity: bytes | None = None, address: str | None = None
) -> None:
    key = account(NEW)
    given = (number, identity or identity_of(NEW), address or key.address)
    signed = ledger.sign(Admission(*given), key)
    ledger.send(OPERATOR, "admit", *given, int(Role.FUNDER), START + DAY, signed)


def set_key(ledger: Ledger, key: str, *, signers: tuple = (CLERK,), party: int = SUPPLIER) -> None:
    given = (party, key, 1, 0, FOREVER, 5)
    signed = ledger.sign(Mandate(*given, ledger.party(party).nonce), *signers)
    ledger.send(account(party), "setKey", *given, signed)


# ---------------------------------------------------------------------- admission


def test_an_admitted_party_has_an_account_that_may_do_everything(ledger: Ledger) -> None:
    admit(ledger)
    word, key = ledger.party(NEW), ledger.key(account(NEW))
    assert word.account == int(account(NEW).address, 16)
    assert (word.roles, word.valid_until, word.nonce, word.epoch, word.flags) == (
        Role.FUNDER,
        START + DAY,
        0,
        0,
        0,
    )
    assert (key.party, key.scopes, key.currency, key.valid_until) == (NEW, 0xFFFF, 0, FOREVER)
    assert ledger.view("partyOf", identity_of(NEW)) == NEW


def test_party_zero_cannot_be_admitted(ledger: Ledger) -> None:
    with refused("PartyNumberInvalid", party=0):
        admit(ledger, number=0)


def test_a_number_is_given_once(ledger: Ledger) -> None:
    with refused("PartyAlreadyAdmitted", party=SUPPLIER):
        admit(ledger, number=SUPPLIER)


def test_an_identity_is_admitted_once(ledger: Ledger) -> None:
    with refused("IdentityAlreadyAdmitted", party=SUPPLIER):
        admit(ledger, identity=identity_of(SUPPLIER))


def test_an_account_is_never_the_zero_address(ledger: Ledger) -> None:
    with refused("ZeroAddress"):
        admit(ledger, address=ZERO)


@pytest.mark.parametrize("missing", ["operator", "arbiter"])
def test_no_ledger_is_deployed_without_an_operator_or_an_arbiter(ledger: Ledger, missing: str) -> None:
    limits, given = ledger.view("limits"), {"operator": OPERATOR.address, "arbiter": ARBITER.address}
    with pytest.raises(RuntimeError, match=keccak256(b"ZeroAddress()")[:4].hex()):
        ledger.evm.deploy(STRANGER.address, encode_deployment(limits, **given | {missing: ZERO}))
    ledger.evm.deploy(STRANGER.address, encode_deployment(limits, **given))


def test_a_new_ledger_tells_its_limits_and_its_first_operator(ledger: Ledger) -> None:
    limits = ledger.view("limits")
    code = encode_deployment(limits, operator=OPERATOR.address, arbiter=ARBITER.address)
    ledger.evm.deploy(STRANGER.address, code)
    owned, limited, *_ = ledger.events()
    assert (owned.name, limited.name) == ("OwnershipTransferred", "LimitsSet")
    assert owned.values == {"previousOwner": ZERO, "newOwner": OPERATOR.address.lower()}
    assert limited.values == {"limitsWord": limits}


def test_an_address_belongs_to_one_party(ledger: Ledger) -> None:
    ledger.grant(SUPPLIER, CLERK)
    for taken in (account(SUPPLIER), CLERK):
        with refused("AddressAlreadyBound", party=SUPPLIER):
            admit(ledger, address=taken.address)


def test_an_account_whose_key_was_revoked_stays_bound(ledger: Ledger) -> None:
    ledger.grant(SUPPLIER, CLERK)
    ledger.send(account(SUPPLIER), "revokeKey", SUPPLIER, CLERK.address, [])
    with refused("AddressAlreadyBound", party=SUPPLIER):
        admit(ledger, address=CLERK.address)


# ---------------------------------------------------------------------- keys


def test_a_new_key_signs_its_own_binding(ledger: Ledger) -> None:
    with refused("SignatureInvalid", signer=CLERK.address.lower()):
        set_key(ledger, CLERK.address, signers=())
    set_key(ledger, CLERK.address)
    assert ledger.key(CLERK).party == SUPPLIER


def test_a_new_key_may_send_its_binding_if_the_account_signs(ledger: Ledger) -> None:
    given = (SUPPLIER, CLERK.address, 1, 0, FOREVER, 5)
    signed = ledger.sign(Mandate(*given, 0), account(SUPPLIER))
    ledger.send(CLERK, "setKey", *given, signed)


def test_each_of_a_partys_own_acts_raises_its_nonce(ledger: Ledger) -> None:
    ledger.grant(OBLIGOR, CLERK)
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 5, [])
    ledger.send(account(OBLIGOR), "revokeKey", OBLIGOR, CLERK.address, [])
    assert ledger.party(OBLIGOR).nonce == 3


def test_a_nonce_at_its_maximum_starts_again_without_touching_its_neighbors(ledger: Ledger) -> None:
    before = ledger.view("party", OBLIGOR)
    ledger.write("parties", OBLIGOR, before | (0xFFFFFFFF << 200))
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 5, [])
    assert ledger.view("party", OBLIGOR) == before


def test_neither_the_zero_address_nor_anothers_address_becomes_a_key(ledger: Ledger) -> None:
    with refused("ZeroAddress"):
        set_key(ledger, ZERO)
    with refused("AddressAlreadyBound", party=SECOND):
        set_key(ledger, account(SECOND).address)


def test_an_account_cannot_narrow_its_own_word(ledger: Ledger) -> None:
    with refused("AddressAlreadyBound", party=SUPPLIER):
        set_key(ledger, account(SUPPLIER).address)


def test_only_a_partys_own_further_keys_can_be_revoked(ledger: Ledger) -> None:
    ledger.grant(SECOND, CLERK)
    for address in (CLERK.address, STRANGER.address, account(SUPPLIER).address):
        with refused("KeyUnknown", key=address.lower()):
            ledger.send(account(SUPPLIER), "revokeKey", SUPPLIER, address, [])


def test_a_frozen_party_grants_no_keys_and_sets_no_quota_but_may_revoke(ledger: Ledger) -> None:
    ledger.grant(SUPPLIER, CLERK)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    with refused("PartyFrozen", party=SUPPLIER):
        set_key(ledger, CLERK.address)
    with refused("PartyFrozen", party=SUPPLIER):
        ledger.send(account(SUPPLIER), "setQuota", SUPPLIER, CNY, 5, [])
    ledger.send(account(SUPPLIER), "revokeKey", SUPPLIER, CLERK.address, [])


def test_a_party_is_active_until_its_last_second(ledger: Ledger) -> None:
    ledger.set_roles(SUPPLIER, valid_until=ledger.now)
    ledger.send(account(SUPPLIER), "setQuota", SUPPLIER, CNY, 5, [])
    ledger.pass_time(1)
    with refused("PartyExpired", party=SUPPLIER):
        ledger.send(account(SUPPLIER), "setQuota", SUPPLIER, CNY, 5, [])


def test_a_party_nobody_admitted_is_unknown_to_every_act(ledger: Ledger) -> None:
    with refused("UnknownParty", party=NEW):
        ledger.send(STRANGER, "setQuota", NEW, CNY, 5, [])
    with refused("UnknownParty", party=NEW):
        ledger.send(STRANGER, "setKey", NEW, CLERK.address, 1, 0, FOREVER, 5, [])
    with refused("KeyUnknown"):
        ledger.send(account(SUPPLIER), "revokeKey", SUPPLIER, CLERK.address, [])
    with refused("UnknownParty", party=NEW):
        ledger.send(STRANGER, "revokeKey", NEW, CLERK.address, [])
    for act, arguments in (("setRoles", (1, START)), ("freeze", (True,)), ("bar", (True,))):
        with refused("UnknownParty", party=NEW):
            ledger.send(OPERATOR, act, NEW, *arguments)


# ---------------------------------------------------------------------- the operator

ADMIN = {
    "admit": (NEW, bytes(32), ZERO, 1, START, []),
    "setRoles": (SUPPLIER, 0, 0),
    "freeze": (SUPPLIER, True),
    "bar": (OBLIGOR, True),
    "setLimits": (1, 1, 1, 1, 1),
    "setFingerprintKey": (1, bytes(32)),
    "transferOwnership": (STRANGER.address,),
    "renounceOwnership": (),
}


@pytest.mark.parametrize("act", ADMIN)
def test_the_operators_acts_are_nobody_elses(ledger: Ledger, act: str) -> None:
    for sender in (STRANGER, ARBITER, account(SUPPLIER), account(OBLIGOR)):
        with refused("OwnableUnauthorizedAccount", account=sender.address.lower()):
            ledger.send(sender, act, *ADMIN[act])


def test_roles_and_validity_change_and_nothing_else_of_a_party_does(ledger: Ledger) -> None:
    ledger.grant(SUPPLIER, CLERK)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    before = ledger.party(SUPPLIER)
    ledger.send(OPERATOR, "setRoles", SUPPLIER, 0xFF, 2**40 - 1)
    after = ledger.party(SUPPLIER)
    assert (after.roles, after.valid_until) == (0xFF, 2**40 - 1)
    assert (after.account, after.nonce, after.epoch, after.flags) == (
        before.account,
        before.nonce,
        before.epoch,
        before.flags,
    )


def test_freezing_and_barring_are_two_flags_that_can_be_lifted(ledger: Ledger) -> None:
    ledger.send(OPERATOR, "freeze", OBLIGOR, True)
    ledger.send(OPERATOR, "bar", OBLIGOR, True)
    assert ledger.party(OBLIGOR).flags == PartyFlag.FROZEN | PartyFlag.BARRED
    ledger.send(OPERATOR, "freeze", OBLIGOR, False)
    assert ledger.party(OBLIGOR).flags == PartyFlag.BARRED
    ledger.send(OPERATOR, "bar", OBLIGOR, False)
    assert ledger.party(OBLIGOR).flags == 0


def test_limits_without_a_tenor_a_hop_or_a_time_to_confirm_are_refused(ledger: Ledger) -> None:
    for wrong in ((0, 1, 0, 1, 0), (1, 0, 0, 1, 0), (1, 1, 0, 0, 0)):
        with refused("LimitsInvalid"):
            ledger.send(OPERATOR, "setLimits", *wrong)
    ledger.send(OPERATOR, "setLimits", 1, 1, 0, 1, 0)


def test_new_limits_keep_the_graded_state(ledger: Ledger) -> None:
    ledger.set_state(2)
    ledger.send(OPERATOR, "setLimits", 65_535, 255, 255, 255, 2**64 - 1)
    limits = ledger.limits
    assert limits.state == 2
    assert (limits.max_tenor_days, limits.max_hops, limits.reject_window_days) == (65_535, 255, 255)
    assert (limits.expiry_days, limits.min_lot) == (255, 2**64 - 1)


def test_a_fingerprint_key_is_published_once_per_version(ledger: Ledger) -> None:
    ledger.send(OPERATOR, "setFingerprintKey", 1, b"\1" * 32)
    [event] = ledger.events()
    assert event.values == {"version": 1, "publicKey": b"\1" * 32}
    with refused("FingerprintKeyAlreadySet", version=1):
        ledger.send(OPERATOR, "setFingerprintKey", 1, b"\2" * 32)
    ledger.send(OPERATOR, "setFingerprintKey", 2, b"\2" * 32)
    assert ledger.view("fingerprintKey", 1) == b"\1" * 32


def test_the_operator_hands_over_in_two_steps(ledger: Ledger) -> None:
    ledger.send(OPERATOR, "transferOwnership", STRANGER.address)
    ledger.send(OPERATOR, "freeze", SUPPLIER, True)
    with refused("OwnableUnauthorizedAccount"):
        ledger.send(ARBITER, "acceptOwnership")
    ledger.send(STRANGER, "acceptOwnership")
    with refused("OwnableUnauthorizedAccount"):
        ledger.send(OPERATOR, "freeze", SUPPLIER, False)
    ledger.send(STRANGER, "freeze", SUPPLIER, False)


def test_the_operator_never_leaves_without_a_successor(ledger: Ledger) -> None:
    """Else a party once frozen would stay so, and what it holds or settles with it."""
    with refused("OwnableInvalidOwner", owner=ZERO):
        ledger.send(OPERATOR, "renounceOwnership")
    ledger.send(OPERATOR, "transferOwnership", ZERO)
    assert ledger.view("owner") == OPERATOR.address.lower()


def test_the_arbiter_is_the_one_named_at_deployment(ledger: Ledger) -> None:
    assert ledger.view("arbiter") == ARBITER.address.lower()


# ---------------------------------------------------------------------- quota


def test_a_quota_bounds_what_is_outstanding_in_its_currency_only(ledger: Ledger) -> None:
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 1_000, [])
    acts.issue(ledger, face=600)
    waiting = acts.register(ledger, acts.claim(face=401))
    with refused("QuotaExceeded", obligor=OBLIGOR, quota=1_000, outstanding=1_001):
        acts.confirm(ledger, waiting)
    acts.issue(ledger, face=400)
    acts.issue(ledger, face=5_000, currency=EUR)
    assert ledger.obligation().outstanding == 1_000


def test_settlement_makes_room_under_a_quota(ledger: Ledger) -> None:
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 1_000, [])
    lot = acts.issue(ledger, face=1_000)
    acts.settle(ledger, lot, amount=300)
    acts.issue(ledger, face=300)
    assert (ledger.obligation().outstanding, ledger.obligation().count) == (1_000, 2)


def test_a_quota_below_what_is_outstanding_stops_only_what_is_new(ledger: Ledger) -> None:
    lot = acts.issue(ledger, face=1_000)
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 1, [])
    acts.settle(ledger, lot)
    with refused("QuotaExceeded", quota=1):
        acts.issue(ledger, face=1_000)


def test_outstanding_never_runs_over_64_bits(ledger: Ledger) -> None:
    acts.issue(ledger, face=2**64 - 1)
    with refused("QuotaExceeded", quota=0, outstanding=2**64 - 1 + 100):
        acts.issue(ledger, face=100)


def test_a_registrars_key_without_the_scope_brings_nothing(ledger: Ledger) -> None:
    ledger.grant(REGISTRAR, CLERK, scopes=Scope.SETTLE | Scope.TRANSFER)
    with refused("SenderNotRegistrar"):
        acts.register(ledger, acts.claim(), sender=CLERK)
    ledger.grant(REGISTRAR, CLERK, scopes=Scope.REGISTER)
    acts.register(ledger, acts.claim(), sender=CLERK)


def test_a_frozen_registrar_brings_nothing(ledger: Ledger) -> None:
    ledger.grant(REGISTRAR, CLERK, scopes=Scope.REGISTER, valid_until=START + DAY)
    acts.register(ledger, acts.claim(), sender=CLERK)
    ledger.send(OPERATOR, "freeze", REGISTRAR, True)
    with refused("PartyFrozen", party=REGISTRAR):
        acts.register(ledger, acts.claim())
    ledger.send(OPERATOR, "freeze", REGISTRAR, False)
    ledger.pass_time(DAY + 1)
    with refused("SenderNotRegistrar"):
        acts.register(ledger, acts.claim(), sender=CLERK)
    ledger.set_roles(REGISTRAR, roles=Role.SUPPLIER)
    with refused("SenderNotRegistrar"):
        acts.register(ledger, acts.claim())


def test_a_signature_that_nobody_made_is_not_even_a_precompiles(ledger: Ledger) -> None:
    """Recovering gives back nothing, and what lies in its place must not pass for an address."""
    for number in (1, 2, 4, 32):
        address = f"0x{number:040x}"
        nobodys = Consent(address, ledger.now + HOUR, bytes(65))
        with refused("SignatureInvalid", signer=address):
            ledger.send(OPERATOR, "admit", 77, identity_of(77), address, 1, ledger.now + DAY, [nobodys])
