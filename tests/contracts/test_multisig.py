"""A company whose account is a wallet contract with three owners, two of whom act (ERC-1271)."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from registry.chain.contract import encode_call
from registry.chain.keys import SigningKey
from registry.chain.messages import Admission, Consent, Settlement, Signed, Transfer
from registry.chain.words import LotStatus, Role
from tests.builders import acts
from tests.builders.ledger import (
    DAY,
    OPERATOR,
    SECOND,
    STRANGER,
    THIRD,
    Ledger,
    Refused,
    identity_of,
    key_named,
    refused,
)

ARTIFACT = Path(__file__).parent / "solidity/TwoOfThree.json"
OWNERS = sorted((key_named(f"owner {number}") for number in range(3)), key=lambda key: int(key.address, 16))
COMPANY = 60


class Wallet:
    """The wallet, admitted as a party."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        code = bytes.fromhex(orjson.loads(ARTIFACT.read_bytes())["bytecode"][2:])
        arguments = encode(["address"] * 3, [key.address for key in OWNERS])
        self.address = str(ledger.evm.deploy(STRANGER.address, code + arguments))
        message = Admission(COMPANY, identity_of(COMPANY), self.address)
        given = (COMPANY, identity_of(COMPANY), self.address, int(Role.SUPPLIER), ledger.now + DAY)
        ledger.send(OPERATOR, "admit", *given, [self.sign(message, *OWNERS[:2])])

    def sign(self, message: Signed, *owners: SigningKey) -> Consent:
        digest = message.digest(self.ledger.domain, self.ledger.now)
        return Consent(self.address, self.ledger.now, b"".join(key.sign_digest(digest) for key in owners))

    def execute(self, act: str, *arguments: Any, nonce: int = 0) -> None:
        """Two owners have the wallet send an act of its own."""
        ledger = self.ledger
        data = encode_call(act, *arguments)
        inner = (self.address, nonce, ledger.address, data)
        digest = keccak(encode(["address", "uint256", "address", "bytes"], inner))
        signatures = b"".join(key.sign_digest(digest) for key in OWNERS[1:])
        selector = keccak(text="execute(address,bytes,bytes)")[:4]
        call = selector + encode(["address", "bytes", "bytes"], [ledger.address, data, signatures])
        ledger.evm.message_call(STRANGER.address, self.address, calldata=call)


@pytest.fixture
def wallet(ledger: Ledger) -> Wallet:
    return Wallet(ledger)


@pytest.fixture
def lot(ledger: Ledger, wallet: Wallet) -> int:
    return acts.transfer(ledger, acts.issue(ledger, face=1_000), to=COMPANY)


def passing_on(ledger: Ledger, lot: int) -> Transfer:
    return Transfer(lot, ledger.lot(lot).seq, 1_000, THIRD, 1_000)


@pytest.mark.parametrize("pair", [(0, 1), (0, 2), (1, 2)])
def test_any_two_owners_together_act_for_the_company(
    ledger: Ledger, wallet: Wallet, lot: int, pair: tuple[int, int]
) -> None:
    consent = wallet.sign(passing_on(ledger, lot), *(OWNERS[each] for each in pair))
    acts.transfer(ledger, lot, to=THIRD, sender=STRANGER, consents=[consent])
    assert ledger.lot(lot).holder == THIRD


def test_one_owner_one_owner_twice_or_a_stranger_does_not(ledger: Ledger, wallet: Wallet, lot: int) -> None:
    first, second, third = OWNERS
    for owners in ((first,), (first, first), (second, first), (first, STRANGER), (first, second, third)):
        with refused("SignatureInvalid", signer=wallet.address.lower()):
            consent = wallet.sign(passing_on(ledger, lot), *owners)
            acts.transfer(ledger, lot, to=THIRD, sender=STRANGER, consents=[consent])
    for owner in OWNERS:
        with refused("ConsentMissing", party=COMPANY):
            acts.transfer(ledger, lot, to=THIRD, sender=owner)


def test_two_owners_sign_what_they_sign_and_nothing_else(ledger: Ledger, wallet: Wallet, lot: int) -> None:
    consent = wallet.sign(passing_on(ledger, lot), *OWNERS[:2])
    with refused("SignatureInvalid"):
        acts.transfer(ledger, lot, to=SECOND, sender=STRANGER, consents=[consent])
    with refused("SignatureInvalid"):
        acts.transfer(ledger, lot, to=THIRD, amount=500, sender=STRANGER, consents=[consent])
    acts.transfer(ledger, lot, to=THIRD, sender=STRANGER, consents=[consent])
    with pytest.raises(Refused):
        acts.transfer(ledger, lot, to=THIRD, sender=STRANGER, consents=[consent])


def test_the_wallet_may_also_send(ledger: Ledger, wallet: Wallet, lot: int) -> None:
    wallet.execute("transfer", lot, THIRD, 400, [])
    assert ledger.lot(lot).amount == 600
    wallet.execute("lock", lot, 5, ledger.now + DAY, [], nonce=1)
    assert ledger.lot(lot).status == LotStatus.LOCKED


def test_the_wallet_gives_receipts_and_joins_batches(ledger: Ledger, wallet: Wallet, lot: int) -> None:
    word = ledger.lot(lot)
    receipt = Settlement(lot, word.seq, 1_000, COMPANY, 400, acts.PAYMENT)
    consent = wallet.sign(receipt, *OWNERS[:2])
    acts.settle(ledger, lot, by=COMPANY, amount=400, sender=STRANGER, consents=[consent])
    wallet.execute("transferMany", COMPANY, [(lot, THIRD, 100), (lot, SECOND, 500)], [])
    assert ledger.lot(lot).holder == SECOND
