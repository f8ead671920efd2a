"""The ledger's rules in plain Python, written from its specification and not from its source.

An act is given to ``judge``: the answer is the set of refusals that apply; if none does it takes effect.
Where several apply the contract may name any of them, since the specification gives no order among refusals.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Admission,
    Mandate,
    Quota,
    Revocation,
    Signed,
    Terms,
)
from registry.chain.words import LotStatus, ReceivableStatus, Role

DAY = 86_400
MAX_SEQ = 2**16 - 1
MAX_AMOUNT = 2**64 - 1
OPEN, HALTED = 0, 2
Refusals = set[str]


@dataclass(frozen=True)
class Given:
    """A consent as a test hands it over: who is named, over what, until when, and who really signed."""

    signer: SigningKey
    message: Signed
    deadline: int
    really_by: SigningKey | None = None


@dataclass(frozen=True)
class Act:
    """One call. ``values`` are the act's arguments without the consents."""

    sender: SigningKey
    name: str
    values: tuple[Any, ...]
    given: tuple[Given, ...] = ()


@dataclass(frozen=True)
class Party:
    account: str
    valid_until: int
    roles: int
    nonce: int = 0
    is_frozen: bool = False
    is_barred: bool = False
    is_vetoed: bool = False
    epoch: int = 0


@dataclass(frozen=True)
class Key:
    party: int
    scopes: int
    currency: int
    valid_until: int
    cap: int
    epoch: int = 0


@dataclass(frozen=True)
class Receivable:
    terms: Terms
    packed: bytes
    expires: int
    status: ReceivableStatus = ReceivableStatus.REGISTERED
    settled: int = 0
    is_suspended: bool = False
    consented: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Lot:
    holder: int
    amount: int
    receivable: int
    peer: int = 0
    until: int = 0
    seq: int = 0
    hops: int = 0
    status: LotStatus = LotStatus.FREE


@dataclass(frozen=True)
class Invoice:
    """``uses``: receivable and amount as registered; ``latest`` and ``place``: the last registration."""

    cap: int
    currency: int
    latest: int
    place: int
    prints: frozenset[bytes]
    uses: tuple[tuple[int, int], ...]

    @property
    def used(self) -> int:
        return sum(amount for _, amount in self.uses)


@dataclass(frozen=True)
class Limits:
    state: int
    max_tenor_days: int
    max_hops: int
    reject_window_days: int
    expiry_days: int
    min_lot: int


@dataclass
class PartiesModel:
    now: int
    operator: str
    limits: Limits
    arbiter: str = ""
    parties: dict[int, Party] = field(default_factory=dict)
    identities: dict[bytes, int] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    quotas: dict[tuple[int, int], int] = field(default_factory=dict)
    receivables: dict[int, Receivable] = field(default_factory=dict)
    lots: dict[int, Lot] = field(default_factory=dict)
    invoices: dict[bytes, Invoice] = field(default_factory=dict)
    recoveries: dict[int, tuple[str, int]] = field(default_factory=dict)

    def judge(self, act: Act) -> Refusals:
        """Which refusals apply; when none does the act has taken effect."""
        return getattr(self, "_" + act.name)(act, *act.values)

    # ------------------------------------------------------------------ what several acts ask

    def outstanding(self, obligor: int, currency: int) -> tuple[int, int]:
        """What is owed and on how many receivables, added up afresh."""
        owed = [
            each.terms.face - each.settled
            for each in self.receivables.values()
            if each.status == ReceivableStatus.CONFIRMED
            and (each.terms.obligor, each.terms.currency) == (obligor, currency)
        ]
        return sum(owed), sum(1 for each in owed if each)

    def _inactive(self, number: int) -> Refusals:
        party = self.parties.get(number)
        if party is None:
            return {"UnknownParty"}
        found = {"PartyFrozen"} if party.is_frozen else set()
        return found | ({"PartyExpired"} if party.valid_until < self.now else set())

    def _out_of_role(self, number: int, role: Role) -> Refusals:
        party = self.parties.get(number)
        return {"RoleMissing"} if party is not None and not party.roles & role else set()

    def _counts(self, address: str, number: int, scope: int, currency: int) -> bool:
        key = self.keys.get(address)
        return (
            key is not None
            and key.party == number
            and bool(key.scopes & scope)
            and (not currency or key.currency in (0, currency))
            and key.valid_until >= self.now
            and key.epoch == self.parties[number].epoch
        )

    def _flaw(self, given: Given, message: Signed) -> Refusals:
        if given.deadline < self.now:
            return {"ConsentExpired"}
        return set() if given.message == message and given.really_by is None else {"SignatureInvalid"}

    def _dissent(  # noqa: PLR0911
        self, act: Act, number: int, message: Signed, scope: int = 0, currency: int = 0, amount: int = 0
    ) -> Refusals:
        """Why none of these consents: the account, a key within its mandate, two keys with the scope."""
        if number not in self.parties:
            return set()  # unknown, which is refused for itself
        account = self.parties[number].account
        if act.sender.address == account:
            return set()
        for given in act.given:
            if given.signer.address == account:
                return self._flaw(given, message)
        eyes: set[str] = set()
        for given in act.given:
            signer = given.signer.address
            if signer in eyes or not self._counts(signer, number, scope, currency):
                continue
            if flaw := self._flaw(given, message):
                return flaw
            eyes.add(signer)
            if len(eyes) == 2 or self.keys[signer].cap >= amount:
                return set()
        sender = act.sender.address
        if self._counts(sender, number, scope, currency):
            if self.keys[sender].cap >= amount or eyes - {sender}:
                return set()
            eyes.add(sender)
        return {"CapExceeded"} if eyes else {"ConsentMissing"}

    def _unsigned(self, act: Act, key: str, message: Signed) -> Refusals:
        if act.sender.address == key:
            return set()
        for given in act.given:
            if given.signer.address == key:
                return self._flaw(given, message)
        return {"SignatureInvalid"}

    # ------------------------------------------------------------------ the operator

    def _foreign(self, act: Act, number: int | None = None) -> Refusals:
        found = set() if act.sender.address == self.operator else {"OwnableUnauthorizedAccount"}
        return found | ({"UnknownParty"} if number is not None and number not in self.parties else set())

    def _admit(
        self, act: Act, number: int, identity: bytes, account: str, roles: int, valid_until: int
    ) -> Refusals:
        bad = self._foreign(act)
        bad |= {"PartyNumberInvalid"} if number == 0 else set()
        bad |= {"PartyAlreadyAdmitted"} if number in self.parties else set()
        bad |= {"IdentityAlreadyAdmitted"} if identity in self.identities else set()
        bad |= {"AddressAlreadyBound"} if account in self.keys else set()
        bad |= self._unsigned(act, account, Admission(number, identity, account))
        if not bad:
            self.parties[number] = Party(account, valid_until, roles)
            self.identities[identity] = number
            self.keys[account] = Key(number, 0xFFFF, 0, 2**40 - 1, MAX_AMOUNT)
        return bad

    def _change(self, act: Act, number: int, **changes: Any) -> Refusals:
        if bad := self._foreign(act, number):
            return bad
        self.parties[number] = replace(self.parties[number], **changes)
        return set()

    def _setRoles(self, act: Act, number: int, roles: int, valid_until: int) -> Refusals:  # noqa: N802
        return self._change(act, number, roles=roles, valid_until=valid_until)

    def _freeze(self, act: Act, number: int, frozen: bool) -> Refusals:
        return self._change(act, number, is_frozen=frozen)

    def _bar(self, act: Act, number: int, barred: bool) -> Refusals:
        return self._change(act, number, is_barred=barred)

    def _setLimits(self, act: Act, tenor: int, hops: int, window: int, expiry: int, min_lot: int) -> Refusals:  # noqa: N802
        bad = self._foreign(act) | (set() if tenor and hops and expiry else {"LimitsInvalid"})
        if not bad:
            self.limits = Limits(self.limits.state, tenor, hops, window, expiry, min_lot)
        return bad

    def _setState(self, act: Act, state: int) -> Refusals:  # noqa: N802
        bad = self._foreign(act) | (set() if state <= HALTED else {"StateInvalid"})
        if not bad:
            self.limits = replace(self.limits, state=state)
        return bad

    # ------------------------------------------------------------------ all or nothing

    def _in_turn(self, steps: Iterable[Callable[[], Refusals]]) -> Refusals:
        """Each step on what the one before left; the first refusal takes all of them back."""
        kept = {name: dict(getattr(self, name)) for name in ("receivables", "lots", "invoices")}
        for step in steps:
            if bad := step():
                self._take_back(kept)
                return bad
        return set()

    def _take_back(self, kept: dict[str, Any]) -> None:
        for name, value in kept.items():
            setattr(self, name, value)

    # ------------------------------------------------------------------ a party's own acts

    def _raise_nonce(self, number: int) -> None:
        self.parties[number] = replace(self.parties[number], nonce=self.parties[number].nonce + 1)

    def _nonce(self, number: int) -> int:
        return self.parties[number].nonce if number in self.parties else 0

    def _setKey(  # noqa: N802
        self, act: Act, number: int, key: str, scopes: int, currency: int, valid_until: int, cap: int
    ) -> Refusals:
        bad = self._inactive(number)
        known = self.keys.get(key)
        if known is not None and (known.party != number or self.parties[number].account == key):
            bad |= {"AddressAlreadyBound"}
        message = Mandate(number, key, scopes, currency, valid_until, cap, self._nonce(number))
        bad |= self._dissent(act, number, message) | self._unsigned(act, key, message)
        if not bad:
            self.keys[key] = Key(number, scopes, currency, valid_until, cap, self.parties[number].epoch)
            self._raise_nonce(number)
        return bad

    def _revokeKey(self, act: Act, number: int, key: str) -> Refusals:  # noqa: N802
        if number not in self.parties:
            return {"UnknownParty"}
        bad: Refusals = set()
        if key not in self.keys or self.keys[key].party != number or self.parties[number].account == key:
            bad |= {"KeyUnknown"}
        bad |= self._dissent(act, number, Revocation(number, key, self._nonce(number)))
        if not bad:
            self.keys[key] = Key(number, 0, 0, 0, 0, self.parties[number].epoch)
            self._raise_nonce(number)
        return bad

    def _setQuota(self, act: Act, number: int, currency: int, quota: int) -> Refusals:  # noqa: N802
        bad = self._inactive(number)
        bad |= self._dissent(act, number, Quota(number, currency, quota, self._nonce(number)))
        if not bad:
            self.quotas[number, currency] = quota
            self._raise_nonce(number)
        return bad
