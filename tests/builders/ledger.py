"""A ledger on an in-process EVM: parties with deterministic keys, acts by name, state as decoded words.

A fresh one takes a few milliseconds, so every test has its own. Times are seconds since 1970, amounts in
minor units.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import pytest
from pyrevm import EVM, BlockEnv

from registry.chain.contract import (
    Event,
    Revert,
    decode_event,
    decode_result,
    decode_revert,
    encode_call,
    encode_deployment,
)
from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Admission,
    Consent,
    Domain,
    Mandate,
    Signed,
    keccak256,
)
from registry.chain.words import (
    FactsWord,
    InvoiceUseWord,
    KeyWord,
    LimitsWord,
    LotWord,
    ObligationWord,
    PartyWord,
    RegisteredWord,
    Role,
    Scope,
)

START = 1_800_000_000
DAY = 86_400
HOUR = 3_600
CNY = 156
EUR = 978
FOREVER = 2**40 - 1
ALL_SCOPES = Scope.REGISTER | Scope.CONFIRM | Scope.TRANSFER | Scope.FINANCE | Scope.SETTLE

OBLIGOR, SUPPLIER, SECOND, THIRD, FUNDER, OTHER_FUNDER, REGISTRAR, SETTLER, OTHER_OBLIGOR = range(1, 10)
ROLES = {
    OBLIGOR: Role.OBLIGOR,
    SUPPLIER: Role.SUPPLIER,
    SECOND: Role.SUPPLIER,
    THIRD: Role.SUPPLIER,
    FUNDER: Role.FUNDER,
    OTHER_FUNDER: Role.FUNDER,
    REGISTRAR: Role.REGISTRAR,
    SETTLER: Role.SETTLER,
    OTHER_OBLIGOR: Role.OBLIGOR,
}
STORAGE = {"limits": 0, "parties": 1, "recoveries": 2, "keyOf": 5, "facts": 7, "lots": 8}


@cache
def key_named(name: str) -> SigningKey:
    """The same key for the same name, always."""
    return SigningKey.from_secret(keccak256(name.encode()))


def account(party: int) -> SigningKey:
    """The key of a party's account."""
    return key_named(f"account of party {party}")


OPERATOR = key_named("operator")
ARBITER = key_named("arbiter")
STRANGER = key_named("stranger")


def identity_of(party: int) -> bytes:
    return keccak256(b"identity" + bytes([party]))


@lru_cache(20_000)
def _signed(message: Signed, key: SigningKey, domain: Domain, deadline: int) -> Consent:
    """Signing takes longer than executing, and every ledger begins with the same messages."""
    return message.sign(key, domain, deadline)


@lru_cache(20_000)
def _encoded(act: str, *arguments: Any) -> bytes:
    return encode_call(act, *(list(each) if isinstance(each, tuple) else each for each in arguments))


class Refused(Exception):  # noqa: N818 - a refusal is what it is, whether or not it is an error
    """The contract reverted, with the decoded reason in ``revert``."""

    def __init__(self, revert: Revert | None) -> None:
        super().__init__(str(revert))
        self.revert = revert


@contextmanager
def refused(name: str, **values: Any) -> Iterator[None]:
    """Within it the contract refuses with the named custom error and, where given, these values."""
    with pytest.raises(Refused) as caught:
        yield
    revert = caught.value.revert
    assert revert is not None, f"reverted without a reason instead of {name}"
    assert revert.name == name, f"{revert} instead of {name}"
    assert {key: revert.values[key] for key in values} == values


class Ledger:
    """The deployed contract and the time. ``parties`` of ``ROLES`` are admitted at the start."""

    def __init__(
        self,
        *,
        max_tenor_days: int = 365,
        max_hops: int = 10,
        reject_window_days: int = 5,
        expiry_days: int = 30,
        min_lot: int = 100,
        state: int = 0,
        parties: tuple[int, ...] = tuple(ROLES),
    ) -> None:
        self.evm = EVM(spec_id="PRAGUE")
        self.set_time(START)
        limits = LimitsWord(state, max_tenor_days, max_hops, reject_window_days, expiry_days, min_lot).pack()
        self.address = self.evm.deploy(
            OPERATOR.address, encode_deployment(limits, OPERATOR.address, ARBITER.address)
        )
        self.domain = Domain(1, self.address)
        for number in parties:
            self.admit(number)

    # ------------------------------------------------------------------ time and calls

    def set_time(self, now: int) -> None:
        self.now = now
        self.evm.set_block_env(BlockEnv(number=now, timestamp=now, gas_limit=10**12))

    def pass_time(self, seconds: int) -> None:
        self.set_time(self.now + seconds)

    def send(self, sender: SigningKey | str, act: str, *arguments: Any) -> Any:
        """The act's result. Raises Refused with the decoded reason."""
        return self.send_raw(sender, encode_call(act, *arguments))

    def send_raw(self, sender: SigningKey | str, data: bytes) -> bytes:
        caller = sender if isinstance(sender, str) else sender.address
        try:
            return bytes(self.evm.message_call(caller, self.address, calldata=data))
        except RuntimeError as error:
            found = re.search(r"output: 0x([0-9a-f]*)", str(error))
            if found is None:
                raise
            raise Refused(decode_revert(bytes.fromhex(found[1]))) from None

    def view(self, name: str, *arguments: Any) -> Any:
        return decode_result(name, self.send(STRANGER, name, *arguments))

    def events(self) -> list[Event]:
        """What the last call emitted."""
        return [
            decode_event([bytes.fromhex(topic[2:]) for topic in log.topics], bytes(log.data[1]))
            for log in self.evm.result.logs
        ]

    def write(self, name: str, key: int | None, word: int) -> None:
        """Write a storage word that no act can reach within a test's patience."""
        slot = STORAGE[name]
        if key is not None:
            slot = int.from_bytes(keccak256(key.to_bytes(32) + slot.to_bytes(32)))
        self.evm.insert_account_storage(self.address, slot, word)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What happens within is taken back."""
        checkpoint, now = self.evm.snapshot(), self.now
        try:
            yield
        finally:
            self.evm.revert(checkpoint)
            self.set_time(now)

    # ------------------------------------------------------------------ state

    @property
    def limits(self) -> LimitsWord:
        return LimitsWord.unpack(self.view("limits"))

    def party(self, number: int) -> PartyWord:
        return PartyWord.unpack(self.view("party", number))

    def key(self, key: SigningKey) -> KeyWord:
        return KeyWord.unpack(self.view("keyOf", key.address))

    def facts(self, receivable: int) -> FactsWord:
        return FactsWord.unpack(self.view("facts", receivable))

    def registered(self, receivable: int) -> RegisteredWord:
        return RegisteredWord.unpack(self.view("facts", receivable))

    def obligation(self, obligor: int = OBLIGOR, currency: int = CNY) -> ObligationWord:
        return ObligationWord.unpack(self.view("obligation", obligor, currency))

    def invoice(self, fingerprint: bytes) -> InvoiceUseWord:
        return InvoiceUseWord.unpack(self.view("invoiceOf", fingerprint))

    def lot(self, lot: int) -> LotWord:
        return LotWord.unpack(self.view("lotOf", lot))

    # ------------------------------------------------------------------ consents and set-up

    def sign(self, message: Signed, *keys: SigningKey, deadline: int | None = None) -> list[Consent]:
        """Signatures good for an hour."""
        until = self.now + HOUR if deadline is None else deadline
        return [_signed(message, key, self.domain, until) for key in keys]

    def admit(
        self,
        number: int,
        *,
        roles: int | None = None,
        valid_until: int = START + 3_000 * DAY,
        key: SigningKey | None = None,
    ) -> None:
        holder, identity = key or account(number), identity_of(number)
        wanted = ROLES[number] if roles is None else roles
        consents = self.sign(Admission(number, identity, holder.address), holder)
        values = (number, identity, holder.address, int(wanted), valid_until, tuple(consents))
        self.send_raw(OPERATOR, _encoded("admit", *values))

    def grant(
        self,
        party: int,
        key: SigningKey,
        *,
        scopes: int = ALL_SCOPES,
        currency: int = 0,
        valid_until: int = FOREVER,
        cap: int = 2**64 - 1,
    ) -> None:
        """The party's account gives a key a mandate."""
        given = (party, key.address, int(scopes), currency, valid_until, cap)
        message = Mandate(*given, self.party(party).nonce)
        self.send(account(party), "setKey", *given, self.sign(message, key))

    def set_roles(self, party: int, roles: int | None = None, valid_until: int | None = None) -> None:
        word = self.party(party)
        kept = (
            word.roles if roles is None else int(roles),
            word.valid_until if valid_until is None else valid_until,
        )
        self.send(OPERATOR, "setRoles", party, *kept)

    def take_role(self, party: int) -> None:
        """It keeps every role but its own: no other may do in its place."""
        self.set_roles(party, roles=sum(Role) & ~int(ROLES[party]))

    def set_limits(self, **changes: int) -> None:
        word = self.limits
        names = ("max_tenor_days", "max_hops", "reject_window_days", "expiry_days", "min_lot")
        self.send(OPERATOR, "setLimits", *(changes.get(name, getattr(word, name)) for name in names))

    def set_state(self, state: int) -> None:
        self.send(OPERATOR, "setState", state)

    def set_lot(self, lot: int, **changes: int) -> None:
        """A lot's word altered directly: the ends of seq and hops lie thousands of acts away."""
        self.write("lots", lot, replace(self.lot(lot), **changes).pack())
