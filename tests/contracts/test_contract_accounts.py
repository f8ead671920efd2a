"""Accounts that are contracts (ERC-1271), and accounts with a key that delegate to code (EIP-7702)."""

from pyrevm import AccountInfo

from registry.chain.keys import SigningKey
from registry.chain.messages import Admission, Consent, Transfer
from registry.chain.words import Role
from tests.builders import acts
from tests.builders.ledger import (
    DAY,
    OPERATOR,
    SECOND,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    account,
    identity_of,
    refused,
)

WALLET = 60
# Answers 0x1626ba7e if the hash asked about is the one in its slot 0, else zero:
# calldataload(4) == sload(0), times the answer, returned as one word.
APPROVES_SLOT_0 = bytes.fromhex("60043560005414631626ba7e60e01b0260005260206000f3")
ALWAYS_NO = bytes.fromhex("600060005260206000f3")
REVERTS = bytes.fromhex("60006000fd")
ONE_BYTE = bytes.fromhex("60016000f3")


def deploy(ledger: Ledger, runtime: bytes) -> str:
    """A contract with this code: its creation code copies what follows it."""
    prefix = bytes([0x60, len(runtime), 0x60, 0x0C, 0x60, 0x00, 0x39, 0x60, len(runtime), 0x60, 0x00, 0xF3])
    return str(ledger.evm.deploy(STRANGER.address, prefix + runtime))


def approve(ledger: Ledger, wallet: str, digest: bytes) -> None:
    ledger.evm.insert_account_storage(wallet, 0, int.from_bytes(digest))


def admitted_wallet(ledger: Ledger) -> str:
    wallet = deploy(ledger, APPROVES_SLOT_0)
    message = Admission(WALLET, identity_of(WALLET), wallet)
    approve(ledger, wallet, message.digest(ledger.domain, ledger.now))
    consent = Consent(wallet, ledger.now, b"whatever this wallet takes")
    given = (WALLET, identity_of(WALLET), wallet, int(Role.SUPPLIER), ledger.now + DAY, [consent])
    ledger.send(OPERATOR, "admit", *given)
    return wallet


def test_a_contract_account_consents_by_erc_1271(ledger: Ledger) -> None:
    wallet = admitted_wallet(ledger)
    lot = acts.transfer(ledger, acts.issue(ledger), to=WALLET)
    message = Transfer(lot, 1, acts.FACE, THIRD, acts.FACE)
    consent = Consent(wallet, ledger.now, b"")
    with refused("SignatureInvalid", signer=wallet.lower()):
        acts.transfer(ledger, lot, to=THIRD, sender=STRANGER, consents=[consent])
    approve(ledger, wallet, message.digest(ledger.domain, ledger.now))
    with refused("SignatureInvalid"):
        acts.transfer(ledger, lot, to=SECOND, sender=STRANGER, consents=[consent])
    acts.transfer(ledger, lot, to=THIRD, sender=STRANGER, consents=[consent])
    assert ledger.lot(lot).holder == THIRD


def test_code_that_says_no_reverts_or_answers_too_little_admits_nobody(ledger: Ledger) -> None:
    for runtime in (ALWAYS_NO, REVERTS, ONE_BYTE):
        wallet = deploy(ledger, runtime)
        given = (WALLET, identity_of(WALLET), wallet, 2, ledger.now + DAY)
        with refused("SignatureInvalid", signer=wallet.lower()):
            ledger.send(OPERATOR, "admit", *given, [Consent(wallet, ledger.now, bytes(65))])


def delegate(ledger: Ledger, key: SigningKey, code: bytes) -> None:
    ledger.evm.insert_account_info(key.address, AccountInfo(code=code))


def test_an_account_that_delegates_to_code_still_signs_with_its_key() -> None:
    ledger = Ledger()
    lot = acts.issue(ledger)
    message = Transfer(lot, 0, acts.FACE, SECOND, acts.FACE)
    consents = ledger.sign(message, account(SUPPLIER))
    delegate(ledger, account(SUPPLIER), ALWAYS_NO)
    acts.transfer(ledger, lot, to=SECOND, sender=STRANGER, consents=consents)
    assert ledger.lot(lot).holder == SECOND


def test_code_at_one_account_does_not_speak_for_another(ledger: Ledger) -> None:
    wallet = admitted_wallet(ledger)
    lot = acts.issue(ledger)
    message = Transfer(lot, 0, acts.FACE, SECOND, acts.FACE)
    approve(ledger, wallet, message.digest(ledger.domain, ledger.now))
    with refused("ConsentMissing", party=SUPPLIER):
        acts.transfer(ledger, lot, to=SECOND, sender=STRANGER, consents=[Consent(wallet, ledger.now, b"")])
