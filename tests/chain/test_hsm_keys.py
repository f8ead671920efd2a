"""Keys in a token sign like any other and never leave it; what does not fit is refused; no PIN is guessed."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from os import urandom
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from eth_account import Account
from pkcs11 import Attribute, AttributeSensitive, KeyType, Mechanism, MechanismFlag, ObjectClass, TokenFlag

from registry.chain.hsm import keys as hsm_keys
from registry.chain.hsm import module as hsm_module
from registry.chain.hsm.errors import (
    HsmAway,
    HsmKeyMissing,
    HsmKeyUnfit,
    HsmModuleMissing,
    HsmPinLocked,
    HsmPinRefused,
    HsmRefused,
    HsmTokenMissing,
)
from registry.chain.hsm.keys import ORDER, TokenKey, keys_of, make_key
from registry.chain.hsm.opening import token_key
from registry.chain.hsm.uri import parse
from registry.chain.keys import SigningKey
from registry.chain.typed import recover
from tests.builders.softhsm import PIN, SECRETS, WRONG, SoftHsm

SECP256K1, P256 = bytes.fromhex("06052b8104000a"), bytes.fromhex("06082a8648ce3d030107")
TRANSACTION = {
    "type": 2, "chainId": 7, "nonce": 3, "to": b"\x31" * 20, "value": 0, "data": b"\x01\x02", "gas": 90_000,
    "maxFeePerGas": 14, "maxPriorityFeePerGas": 1,
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("no_secret_is_logged")


@pytest.fixture(autouse=True)
def _nobody_rests() -> Iterator[None]:
    with patch.object(hsm_keys, "REST_S", 0.0):
        yield


@pytest.fixture
def token(soft_hsm: SoftHsm) -> str:
    return soft_hsm.new_token()


def refused(kind: type[HsmRefused], key: TokenKey) -> HsmRefused:
    """The refusal, which a key gives again the next time, and which says no PIN."""
    for _ in range(2):
        with pytest.raises(HsmRefused) as found:
            key.sign_digest(bytes(32))
        assert type(found.value) is kind, found.value.detail
    for secret in SECRETS:
        assert secret not in found.value.detail + repr(found.value.fields) + repr(key)
    return found.value


def made(soft_hsm: SoftHsm, token: str, curve: bytes = SECP256K1, label: str = "own", **how: object) -> None:
    """A key as somebody else's tools may make one."""
    with soft_hsm.session(token) as session:
        parameters = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: curve}, local=True)
        parameters.generate_keypair(store=True, label=label, id=urandom(4), **how)


# Signing


def test_every_signature_is_the_addresss_and_has_the_low_s(soft_hsm: SoftHsm) -> None:
    key, high = soft_hsm.new_key(), 0
    for _ in range(100):
        digest = urandom(32)
        signature = key.sign_digest(digest)
        assert recover(digest, signature) == key.address  # which takes no high s
        assert recover(urandom(32), signature) != key.address
    for _ in range(64):  # control: the token itself answers with either
        raw = key._use(lambda handle: handle.sign(bytes(32), mechanism=Mechanism.ECDSA))
        high += int.from_bytes(raw[32:]) > ORDER // 2
    assert 0 < high < 64


def test_a_transaction_is_signed_by_its_hash_and_comes_from_the_address(soft_hsm: SoftHsm) -> None:
    key = soft_hsm.new_key()
    raw, tx_hash = key.sign_transaction(TRANSACTION)
    assert Account.recover_transaction(raw) == key.address
    known = SigningKey.create()
    theirs = Account.sign_transaction(TRANSACTION, known.secret)
    assert known.sign_transaction(TRANSACTION) == (bytes(theirs.raw_transaction), "0x" + theirs.hash.hex())
    assert len(tx_hash) == 66


def test_a_key_made_here_cannot_leave_its_token(soft_hsm: SoftHsm, token: str) -> None:
    soft_hsm.new_key(token=token)
    with soft_hsm.session(token) as session:
        (private,) = session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        assert not private[Attribute.EXTRACTABLE]
        assert private[Attribute.SENSITIVE]
        assert private[Attribute.NEVER_EXTRACTABLE]
        assert private[Attribute.ALWAYS_SENSITIVE]
        with pytest.raises(AttributeSensitive):
            private[Attribute.VALUE]


def test_a_key_is_the_same_in_the_next_process(soft_hsm: SoftHsm, token: str) -> None:
    address = soft_hsm.new_key(token=token).address
    soft_hsm.start_anew()
    assert soft_hsm.key(token).address == address


def test_threads_and_tokens_share_a_module(soft_hsm: SoftHsm, token: str) -> None:
    keys = [soft_hsm.new_key("a", token), soft_hsm.new_key("b", token), soft_hsm.new_key()]
    assert len({key.address for key in keys}) == 3
    soft_hsm.start_anew()

    within: list[int] = []
    most = 0
    done = TokenKey._done

    def watched(key: TokenKey, *given: Any) -> bytes:
        nonlocal most
        within.append(1)
        most = max(most, len(within))
        answer = done(key, *given)
        within.pop()
        return answer

    def sign(number: int) -> bool:
        key, digest = keys[number % 3], number.to_bytes(32)
        return recover(digest, key.sign_digest(digest)) == key.address

    with patch.object(TokenKey, "_done", watched), ThreadPoolExecutor(8) as threads:
        assert all(threads.map(sign, range(120)))
    assert most == 1  # a module need not bear two calls at once


def test_a_module_that_does_not_answer_holds_nobody_for_ever(soft_hsm: SoftHsm) -> None:
    key = soft_hsm.new_key()
    with patch.object(hsm_module, "WAIT_S", 0.01), soft_hsm.module.alone():
        refused(HsmAway, key)
    assert key.sign_digest(bytes(32))


# Which key


def test_keys_are_shown_with_their_addresses_and_what_lacks(soft_hsm: SoftHsm, token: str) -> None:
    address = soft_hsm.new_key("good", token).address
    made(soft_hsm, token, P256, "other curve")
    made(soft_hsm, token, label="loose", private_template={Attribute.EXTRACTABLE: True})
    uri = soft_hsm.parsed(token, None)
    good, loose, other = keys_of(uri, uri.pin)
    assert (good.label, good.address, good.is_extractable) == ("good", address, False)
    assert (loose.label, loose.is_extractable) == ("loose", True)
    assert loose.address is not None
    assert (other.label, other.address) == ("other curve", None)
    assert "secp256k1" in other.unfit


def test_a_name_is_given_once(soft_hsm: SoftHsm, token: str) -> None:
    soft_hsm.new_key(token=token)
    uri = soft_hsm.parsed(token)
    with pytest.raises(HsmKeyUnfit):
        make_key(uri, uri.pin, b"1")
    nameless = soft_hsm.parsed(token, None)
    with pytest.raises(HsmKeyMissing):
        make_key(nameless, nameless.pin, b"1")
    assert len(keys_of(nameless, nameless.pin)) == 1


def test_a_key_that_is_not_there_or_there_twice_is_refused(soft_hsm: SoftHsm, token: str) -> None:
    uri = soft_hsm.parsed(token)
    assert "key list" in refused(HsmKeyMissing, soft_hsm.key(token)).detail
    made(soft_hsm, token)
    made(soft_hsm, token)
    assert "Several" in refused(HsmKeyMissing, soft_hsm.key(token)).detail
    one, other = keys_of(uri, uri.pin)
    by_id = parse(soft_hsm.uri(token, more=f";id=%{one.id.hex('%')}"))
    assert TokenKey(by_id, by_id.pin).address == one.address != other.address


@pytest.mark.parametrize("kind", ["another curve", "no signing", "rsa", "no public half"])
def test_a_key_of_another_kind_is_refused(soft_hsm: SoftHsm, token: str, kind: str) -> None:
    soft_hsm.new_key("good", token)
    match kind:
        case "another curve":
            made(soft_hsm, token, P256)
        case "no signing":
            made(soft_hsm, token, capabilities=MechanismFlag.DERIVE)
        case "rsa":
            with soft_hsm.session(token) as session:
                session.generate_keypair(KeyType.RSA, 1024, store=True, label="own", id=b"1")
        case _:
            made(soft_hsm, token)
            with soft_hsm.session(token) as session:
                session.get_key(ObjectClass.PUBLIC_KEY, label="own").destroy()
    refused(HsmKeyUnfit, soft_hsm.key(token))
    assert soft_hsm.key(token, "good").address  # control


@pytest.mark.parametrize(
    "point", [b"", b"\x04" * 65, b"\x04\x41" + b"\x04" * 65, b"\x00", b"\x02" + b"\xff" * 32]
)
def test_what_is_no_point_of_the_curve_has_no_address(point: bytes) -> None:
    with pytest.raises(HsmKeyUnfit):
        hsm_keys._address(point)


def test_a_point_has_the_same_address_however_a_token_writes_it() -> None:
    known = SigningKey.from_secret(b"\x3f" * 32)
    bare = b"\x04" + Account.from_key(known.secret)._key_obj.public_key.to_bytes()
    short = bytes([2 + bare[-1] % 2]) + bare[1:33]
    for point in (bare, b"\x04\x41" + bare, short, b"\x04\x21" + short):
        assert hsm_keys._address(point) == known.address


@pytest.mark.parametrize("answer", [b"", bytes(64), b"\xff" * 64, b"\x01" * 64, b"\x01" * 70])
def test_what_a_token_answers_is_checked(soft_hsm: SoftHsm, answer: bytes) -> None:
    key = soft_hsm.new_key()
    assert key.address
    with patch.object(key, "_use", return_value=answer):
        refused(HsmKeyUnfit, key)


# PINs


def test_a_wrong_pin_is_refused_and_never_tried_again(soft_hsm: SoftHsm, token: str, tmp_path: Path) -> None:
    good, pin_file = soft_hsm.new_key(token=token), tmp_path / "pin"
    uri = parse(soft_hsm.uri(token, pin_file=pin_file))
    key = TokenKey(uri, uri.pin)
    pin_file.write_text(WRONG)
    soft_hsm.start_anew()

    def is_one_counted() -> bool:
        with soft_hsm.module.alone():
            return TokenFlag.USER_PIN_COUNT_LOW in soft_hsm.module.token(uri).flags

    assert not is_one_counted()
    with pytest.raises(HsmPinRefused) as found:
        key.sign_digest(bytes(32))
    assert "3 to 10" in found.value.detail
    assert is_one_counted()
    assert good.sign_digest(bytes(32))  # the right one sets the token's count back
    soft_hsm.start_anew()
    assert not is_one_counted()
    assert "before" in refused(HsmPinRefused, key).detail
    assert not is_one_counted()
    pin_file.write_text(PIN)  # control: what is corrected is tried
    assert key.address == good.address


@pytest.mark.parametrize(
    ("flag", "tries"),
    [
        (TokenFlag.USER_PIN_FINAL_TRY, False),
        (TokenFlag.USER_PIN_LOCKED, False),
        (TokenFlag.USER_PIN_COUNT_LOW, True),
    ],
)
def test_the_last_try_is_left_to_a_person(
    soft_hsm: SoftHsm, token: str, flag: TokenFlag, tries: bool
) -> None:
    class Counting:
        label, serial, flags, opened = "T", b"1", flag, 0

        def open(self, user_pin: str) -> object:
            assert user_pin == PIN
            self.opened += 1
            return self

    there = Counting()
    if tries:
        assert soft_hsm.module._log_in(there, PIN) is there
    else:
        with pytest.raises(HsmPinLocked):
            soft_hsm.module._log_in(there, PIN)
    assert there.opened == tries


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (TokenFlag(0), "do not guess"),
        (TokenFlag.USER_PIN_COUNT_LOW, "do not guess"),
        (TokenFlag.USER_PIN_FINAL_TRY, "the next wrong one locks it"),
        (TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_FINAL_TRY, "locked now"),
    ],
)
def test_a_wrong_pin_is_told_how_dangerous_the_next_is(flags: TokenFlag, says: str) -> None:
    assert says in hsm_module._danger(flags)


# Tokens and modules


def test_a_token_that_is_not_there_or_there_twice_is_refused(soft_hsm: SoftHsm, token: str) -> None:
    assert token in refused(HsmTokenMissing, soft_hsm.key("nowhere")).detail
    vague = parse(f"pkcs11:manufacturer=SoftHSM%20project;object=own?module-path={soft_hsm.path}")
    soft_hsm.new_token()
    assert "serial" in refused(HsmTokenMissing, TokenKey(vague, vague.pin)).detail


def test_what_is_no_module_is_refused(soft_hsm: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "module.so").write_bytes(b"\x7fELF")
    for path in (tmp_path / "none.so", tmp_path / "module.so", tmp_path):
        uri = parse(f"pkcs11:token=A;object=own?module-path={path}")
        refused(HsmModuleMissing, TokenKey(uri, lambda: PIN))


def test_a_token_taken_away_is_said_and_found_again(soft_hsm: SoftHsm, token: str) -> None:
    key, other = soft_hsm.new_key(token=token), soft_hsm.new_key()
    assert key.address
    with soft_hsm.away(token):
        starts = soft_hsm.module.starts
        refused(HsmAway, key)
        assert soft_hsm.module.starts == starts + 2  # once a use
        assert other.sign_digest(bytes(32))
    assert recover(bytes(32), key.sign_digest(bytes(32))) == key.address
    starts = soft_hsm.module.starts
    assert key.sign_digest(bytes(32))
    assert soft_hsm.module.starts == starts


def test_a_module_that_does_not_start_is_said_and_started_later(soft_hsm: SoftHsm) -> None:
    key = soft_hsm.new_key()
    assert key.address
    with soft_hsm.all_away():
        refused(HsmAway, key)
    assert key.sign_digest(bytes(32))


def test_after_a_failure_the_module_is_left_alone_for_a_while(soft_hsm: SoftHsm, token: str) -> None:
    key = soft_hsm.new_key(token=token)
    assert key.address
    with soft_hsm.away(token), patch.object(hsm_keys, "REST_S", 600.0), pytest.raises(HsmAway):
        key.sign_digest(bytes(32))
    starts = soft_hsm.module.starts
    refused(HsmAway, key)
    assert soft_hsm.module.starts == starts


def test_another_key_under_the_same_name_does_not_take_its_place(soft_hsm: SoftHsm, token: str) -> None:
    key = soft_hsm.new_key(token=token)
    assert key.address
    with soft_hsm.session(token) as session:
        for one in list(session.get_objects({Attribute.LABEL: "own"})):
            one.destroy()
    refused(HsmAway, key)
    made(soft_hsm, token)
    assert "another key" in refused(HsmKeyUnfit, key).detail


def test_the_library_is_needed_only_for_keys_in_tokens(soft_hsm: SoftHsm, token: str) -> None:
    code = "import api.service, sys; sys.exit('pkcs11' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0
    uri = soft_hsm.parsed(token)
    with (
        patch("registry.chain.hsm.opening.find_spec", return_value=None),
        pytest.raises(HsmModuleMissing) as found,
    ):
        token_key(uri, uri.pin)
    assert "counterfoil[hsm]" in found.value.detail
