"""A Hypothesis machine that drives contract and model side by side and compares them after every call."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from registry.chain.contract import encode_call
from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Consent,
    Signed,
    Terms,
    keccak256,
)
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    DAY,
    HOUR,
    OPERATOR,
    ROLES,
    SECOND,
    START,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    Refused,
    account,
    identity_of,
    key_named,
)
from tests.contracts.comparison import (
    Replay,
    assert_what_must_always_hold,
    chain_words,
    model_words,
)
from tests.contracts.model import Act, Given, Key, Limits, Party
from tests.contracts.model_ledger import LedgerModel

T = TypeVar("T")
CLERKS = [key_named(f"clerk {number}") for number in range(5)]
LIMITS = {"max_tenor_days": 365, "max_hops": 6, "reject_window_days": 5, "expiry_days": 30, "min_lot": 100}
SUPPLIERS = (SUPPLIER, SECOND, THIRD)
OBLIGORS = (1, 9)
NEWCOMERS = (10, 11, 12)
PRINTS = [acts.fingerprint(5 * 10**9 + number) for number in range(400)]


OPERATORS_ALONE = ("setRoles", "freeze", "bar", "setLimits", "setState")
ARBITERS_ALONE = ("suspend", "resume", "forcedTransfer", "setArbiter")
UNSIGNED = (*OPERATORS_ALONE, *ARBITERS_ALONE, "proposeAccount", "expire")
ENDINGS = ("decline", "withdraw", "expire", "cancel")
# An act costs so much at most, whatever the ledger holds; the costliest bytes are fingerprints, 32 for a new word.
GAS, GAS_PER_BYTE = 100_000, 700
SPARES = [key_named(f"spare account {number}") for number in range(6)]
ARBITERS = [ARBITER, key_named("next arbiter")]
# One step in so many is not calm. Long campaigns take more, to get further between two refusals.
WILD = int(os.environ.get("COUNTERFOIL_LEDGER_WILD", "3"))


class Dice:
    """Evenly spread choices from one drawn seed: Hypothesis's own draws crowd around small values."""

    def __init__(self, seed: int) -> None:
        self._random = Random(keccak256(seed.to_bytes(8)))
        self.is_calm = not self.one_in(WILD)  # tries to do all things right

    def pick(self, pool: Sequence[T]) -> T:
        return pool[self._random.randrange(len(pool))]

    def one_in(self, number: int) -> bool:
        return self._random.randrange(number) == 0

    def mostly(self) -> bool:
        return self.is_calm or not self.one_in(10)

    def coin(self) -> bool:
        return self.one_in(2)


class Tally:
    """What a whole campaign did, over all its examples."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    @property
    def calls(self) -> int:
        return self.done.total() + self.refused.total()


TALLY = Tally()


class Driver(RuleBasedStateMachine):
    """Performs acts on both sides; the rules are in ``LedgerMachine``."""

    model_class: type[LedgerModel] = LedgerModel

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(**LIMITS)
        self.model = self.model_class(START, OPERATOR.address, Limits(0, *LIMITS.values()), ARBITER.address)
        self.replay = Replay()
        for number, role in ROLES.items():
            key = account(number).address
            self.model.parties[number] = Party(key, START + 3_000 * DAY, int(role))
            self.model.keys[key] = Key(number, 0xFFFF, 0, 2**40 - 1, 2**64 - 1)
            self.model.identities[identity_of(number)] = number
        self.replay.words = chain_words(self.ledger, model_words(self.model))
        self.keys = {key.address: key for key in (*SPARES, *CLERKS, *(account(each) for each in range(13)))}
        self.history: list[Act] = []
        self.claims: list[tuple[Terms, bytes]] = []
        self.fresh = 0

    def perform(self, act: Act) -> bool:
        """Whether it took effect. Contract and model must agree on that, on why not, and on all state."""
        before = self._holders()
        expected = self.model.judge(act)
        consents = [self._signed(given) for given in act.given]
        reason = self._reason(act, consents)
        if reason is None:
            assert not expected, f"done, the model says {expected}: {act}"
            TALLY.done[act.name] += 1
            events = self.ledger.events()
            for event in events:
                self.replay.apply(event)
            told = [tuple(event.values.values()) for event in events if event.name == "Transfer"]
            assert sorted(told) == self._moves(before), "explorers see who got which lot"
        else:
            assert reason in expected, f"{reason}, the model says {expected or 'done'}: {act}"
            TALLY.refused[act.name] += 1
            TALLY.reasons[reason] += 1
        self.history.append(act)
        self.compare()
        return not expected

    def _reason(self, act: Act, consents: list[Consent]) -> str | None:
        """The name of the contract's refusal, None if it took effect."""
        arguments = self._arguments(act)
        if act.name not in UNSIGNED:
            arguments = (*arguments, consents)
        data = encode_call(act.name, *arguments)
        try:
            self.ledger.send_raw(act.sender, data)
        except Refused as refusal:
            return refusal.revert.name if refusal.revert else "nothing decodable"
        spent = self.ledger.evm.result.gas_used
        assert spent <= GAS + GAS_PER_BYTE * len(data), f"{spent} gas for {len(data)} bytes: {act}"
        return None

    def compare(self) -> None:
        expected = model_words(self.model)
        found = chain_words(self.ledger, {**expected, **self.replay.words})
        assert found == {**dict.fromkeys(found, 0), **expected}
        carried = {place: word for place, word in found.items() if word and place[0] != "invoice"}
        assert {place: word for place, word in self.replay.words.items() if word} == carried, (
            "events tell the whole state"
        )
        assert_what_must_always_hold(self.model, found)

    def _holders(self) -> dict[int, int]:
        return {number: lot.holder for number, lot in self.model.lots.items() if lot.amount}

    def _moves(self, before: dict[int, int]) -> list[tuple[str, str, int]]:
        """From, to and lot of each that is new, ended or has another holder."""
        after = self._holders()
        accounts = {number: party.account.lower() for number, party in self.model.parties.items()}
        nobody = "0x" + "00" * 20
        return sorted(
            (accounts.get(before.get(lot, 0), nobody), accounts.get(after.get(lot, 0), nobody), lot)
            for lot in before.keys() | after.keys()
            if before.get(lot) != after.get(lot)
        )

    def operate(self, name: str, *values: Any, sender: SigningKey = OPERATOR) -> bool:
        return self.perform(Act(sender, name, values))

    def _signed(self, given: Given) -> Consent:
        key = given.really_by or given.signer
        (consent,) = self.ledger.sign(given.message, key, deadline=given.deadline)
        return replace(consent, signer=given.signer.address)

    def _arguments(self, act: Act) -> tuple[Any, ...]:
        values = tuple(list(value) if isinstance(value, tuple) else value for value in act.values)
        if act.name not in ENDINGS:
            return values
        later = b"".join(bytes([len(prints)]) + b"".join(sorted(prints)) for prints in values[-1])
        return (*values[:-1], later)

    def jump(self, seconds: int) -> None:
        self.model.now += seconds
        self.ledger.pass_time(seconds)

    def own(self, party: int) -> SigningKey:
        """The key of the party's account, which may have been replaced."""
        known = self.model.parties.get(party)
        return self.keys[known.account] if known and known.account in self.keys else account(party)

    def arbiter(self) -> SigningKey:
        return next(key for key in ARBITERS if key.address == self.model.arbiter)

    # ------------------------------------------------------------------ who consents, and how

    def consent(self, dice: Dice, party: int, message: Signed) -> tuple[SigningKey, tuple[Given, ...]]:
        """A sender and signatures: mostly good ones, of every kind, and some of every kind of bad ones."""
        own, deadline = self.own(party), self.model.now + dice.pick([0, HOUR, 90 * DAY])
        clerks = [key for key in CLERKS if (word := self.model.keys.get(key.address)) and word.party == party]
        match dice.pick(
            ["send"] * 5 + ["relay"] * 5 + ["clerk", "clerk", "eyes", "relay" if dice.is_calm else "wrong"]
        ):
            case "send":
                return own, ()
            case "clerk" if clerks:
                key = dice.pick(clerks)
                return dice.pick([(key, ()), (STRANGER, (Given(key, message, deadline),))])
            case "eyes" if clerks:
                pair = [dice.pick(clerks) for _ in range(2)]
                return STRANGER, tuple(Given(key, message, deadline) for key in pair)
            case "wrong":
                return self._wrong(dice, own, message, deadline)
        return STRANGER, (Given(own, message, deadline),)

    def _wrong(
        self, dice: Dice, own: SigningKey, message: Signed, deadline: int
    ) -> tuple[SigningKey, tuple[Given, ...]]:
        other = dice.pick([STRANGER, OPERATOR, *CLERKS, *(account(each) for each in ROLES)])
        old = [given.message for act in self.history[-40:] for given in act.given]
        return dice.pick(
            [
                (other, ()),
                (STRANGER, ()),
                (STRANGER, (Given(other, message, deadline),)),
                (STRANGER, (Given(own, message, self.model.now - 1),)),
                (
                    STRANGER,
                    (Given(own, message, deadline, really_by=other if other != own else STRANGER),),
                ),
                (STRANGER, (Given(own, dice.pick(old or [message]), deadline),)),
            ]
        )
