"""The rules for the rarer acts, and the order in which the machine takes all of them."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from registry.chain.messages import (
    Cancellation,
    Confirmations,
    Contest,
    Enforcement,
    PutBack,
    Reassignment,
    Registrations,
    Settlements,
    Takeover,
    Transfers,
    Veto,
    Withdrawal,
    WriteOff,
)
from registry.chain.words import LotStatus, ReceivableStatus
from tests.builders import acts
from tests.builders.ledger import (
    FUNDER,
    HOUR,
    OPERATOR,
    OTHER_FUNDER,
    REGISTRAR,
    SECOND,
    SETTLER,
    STRANGER,
    SUPPLIER,
    THIRD,
    account,
)
from tests.contracts.machine import ARBITERS, CLERKS, LIMITS, SPARES, SUPPLIERS, Dice
from tests.contracts.machine_rules import LIVE, OrdinaryRules
from tests.contracts.model import Act, Given, Limits, Lot

FINANCINGS = (LotStatus.PLEDGED, LotStatus.FINANCED)
SEEDS = st.integers(0, 2**63)
STEPS = (
    *(["transfer", "split", "reject", "lock", "finance", "settle", "confirm"] * 4),
    *(["register", "issue", "release", "time_passes", "replayed"] * 3),
    *(["enforce", "put_back", "reassign", "recover"] * 4),
    *(["write_off", "transfer_many", "settle_many"] * 2),
    *(["grant", "revoke", "quota", "mend", "withdraw", "expire", "cancel"] * 2),
    *(["decline", "suspend", "force", "contest", "register_many", "confirm_many"] * 2),
    *("admit", "administer", "administer", "graded", "arbiters", "ripen"),
)
NEEDS = {
    "finance": LotStatus.LOCKED,
    "release": LotStatus.LOCKED,
    "confirm": ReceivableStatus.REGISTERED,
    "decline": ReceivableStatus.REGISTERED,
    "withdraw": ReceivableStatus.REGISTERED,
    "expire": ReceivableStatus.REGISTERED,
    "confirm_many": ReceivableStatus.REGISTERED,
    "enforce": LotStatus.PLEDGED,
    "reassign": LotStatus.FINANCED,
    "put_back": LotStatus.FINANCED,
}


class LedgerMachine(OrdinaryRules):
    """Every act in any order, mostly sensible, at any time."""

    # ------------------------------------------------------------------ receivables

    def withdraw(self, dice: Dice) -> None:
        terms, packed, later = self.ending(dice, ReceivableStatus.REGISTERED)
        message = Withdrawal(terms.receivable, acts.REASON)
        self.act(dice, terms.originator, message, "withdraw", terms, acts.REASON, packed, later)

    def expire(self, dice: Dice) -> None:
        terms, packed, later = self.ending(dice, ReceivableStatus.REGISTERED)
        found = self.model.receivables.get(terms.receivable)
        if found and dice.one_in(3):
            self.jump(max(found.expires - self.model.now - dice.pick((0, 0, 1)), 0))
        self.perform(Act(STRANGER, "expire", (terms, packed, later)))

    def cancel(self, dice: Dice) -> None:
        terms, packed, later = self.ending(dice, ReceivableStatus.CONFIRMED)
        lot = self.model.lots.get(terms.root_lot)
        if dice.is_calm and lot and (lot.amount, lot.status) != (terms.face, LotStatus.FREE):
            self.issue(dice)
            return
        message = Cancellation(terms.receivable, lot.seq if lot else 0, lot.amount if lot else 0, acts.REASON)
        values = (terms, acts.REASON, packed, later)
        self.act_of_two(dice, terms.originator, terms.obligor, message, "cancel", *values)

    def register_many(self, dice: Dice) -> None:
        made = [self.new_claim(dice) for _ in range(dice.pick((1, 2, 3)))]
        first = made[0][0]
        if dice.mostly():  # the rest as it should be: of one originator, in one currency
            alike = {"originator": first.originator, "currency": first.currency}
            made = [(replace(each, **alike), packed) for each, packed in made]
        terms, packed = tuple(each[0] for each in made), tuple(each[1] for each in made)
        sender = account(REGISTRAR) if dice.mostly() else STRANGER
        _, given = self.consent(dice, first.originator, Registrations(terms))
        given = given or (Given(self.own(first.originator), Registrations(terms), self.model.now),)
        if self.perform(Act(sender, "registerMany", (terms, packed), given)):
            self.claims += made

    def confirm_many(self, dice: Dice) -> None:
        waiting = [each for each, _ in self.claims if self.model.receivables[each.receivable].status == 1]
        first = dice.pick(waiting or [each for each, _ in self.claims] or [self.new_claim(dice)[0]])
        fit = [
            each
            for each in waiting
            if (each.obligor, each.currency) == (first.obligor, first.currency) or not dice.mostly()
        ]
        terms = (first, *[each for each in fit if each != first][: dice.pick((0, 1, 2))])
        if len({(each.obligor, each.currency) for each in terms}) > 1:
            terms = terms[:2]
        self.act(dice, first.obligor, Confirmations(terms), "confirmMany", terms)

    def contest(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, *LIVE)
        found = self.model.receivables.get(lot.receivable)
        obligor = found.terms.obligor if found else 1
        by = dice.pick([lot.holder, obligor] * 3 + [SECOND])
        named = 0 if by == obligor and dice.coin() else number
        values = (lot.receivable, named, by, dice.pick([1, 6] * 5 + [0, 7]), acts.REASON)
        message = Contest(*values, self.model.parties[by].nonce if by in self.model.parties else 0)
        self.act(dice, by, message, "contest", *values)

    # ------------------------------------------------------------------ the arbiter

    def by_arbiter(self, dice: Dice, name: str, *values: Any) -> None:
        self.operate(name, *values, sender=self.arbiter() if dice.mostly() else OPERATOR)

    def suspend(self, dice: Dice) -> None:
        confirmed = [
            number
            for number, found in sorted(self.model.receivables.items())
            if found.status == ReceivableStatus.CONFIRMED or not dice.mostly()
        ]
        number = dice.pick(confirmed or [5])
        self.by_arbiter(dice, dice.pick(("suspend", "resume")), number, acts.REASON)

    def force(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, *LIVE)
        to = dice.pick([*SUPPLIERS * 2, FUNDER, lot.holder, 99])
        self.by_arbiter(dice, "forcedTransfer", number, to, acts.REASON)

    def arbiters(self, dice: Dice) -> None:
        self.by_arbiter(dice, "setArbiter", dice.pick(ARBITERS).address)

    # ------------------------------------------------------------------ lots

    def ripen(self, dice: Dice) -> None:
        """On to the maturity of something that waits for it, or a second short of it."""
        waiting = [lot for lot in self.model.lots.values() if lot.status in FINANCINGS]
        if waiting:
            self.maybe_ripen(dice, dice.pick(waiting))

    def maybe_ripen(self, dice: Dice, lot: Lot) -> None:
        found = self.model.receivables.get(lot.receivable)
        if dice.coin():
            self.mend(dice)
        if found and not dice.one_in(3):
            self.jump(max(found.terms.maturity - self.model.now - dice.pick((0, 0, 1)), 0))

    def enforce(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.PLEDGED)
        self.maybe_ripen(dice, lot)
        self.act(dice, lot.peer or FUNDER, Enforcement(number, lot.seq, lot.amount), "enforce", number)

    def put_back(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.FINANCED)
        self.maybe_ripen(dice, lot)
        self.act(dice, lot.holder, PutBack(number, lot.seq, lot.amount), "putBack", number)

    def reassign(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.FINANCED)
        to = dice.pick([FUNDER if lot.holder == OTHER_FUNDER else OTHER_FUNDER] * 8 + [SECOND, lot.holder])
        message = Reassignment(number, lot.seq, lot.amount, to, acts.TERMS_HASH)
        self.act_of_two(dice, lot.holder, to, message, "reassign", number, to, acts.TERMS_HASH)

    def write_off(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, *LIVE)
        amount = dice.pick([lot.amount, lot.amount // 2, 1] * 3 + [0, lot.amount + 1])
        message = WriteOff(number, lot.seq, lot.amount, amount, acts.REASON)
        values = (number, amount, acts.REASON)
        if lot.status == LotStatus.PLEDGED:
            self.act_of_two(dice, lot.holder, lot.peer, message, "writeOff", *values)
        else:
            self.act(dice, lot.holder, message, "writeOff", *values)

    def transfer_many(self, dice: Dice) -> None:
        _, first = self.a_lot(dice, LotStatus.FREE)
        own = [
            number
            for number, lot in sorted(self.model.lots.items())
            if (lot.holder == first.holder and lot.status == LotStatus.FREE) or not dice.mostly()
        ]
        wanted = []
        for _ in range(dice.pick((1, 2, 3))):
            number = dice.pick(own or [12_345])
            amount = self.model.lots[number].amount if number in self.model.lots else 5
            to = dice.pick([each for each in (SUPPLIER, SECOND, THIRD, FUNDER) if each != first.holder])
            wanted.append((number, to, dice.pick([amount, amount // 2, amount // 3, 100])))
        message = Transfers(self.model.moves(tuple(wanted)))
        self.act(dice, first.holder, message, "transferMany", first.holder, tuple(wanted))

    def settle_many(self, dice: Dice) -> None:
        live = [number for number, lot in sorted(self.model.lots.items()) if lot.status in LIVE]
        wanted = []
        for _ in range(dice.pick((1, 2, 3))):
            number = dice.pick(live or [12_345])
            lot = self.model.lots.get(number)
            amount = lot.amount if lot else 5
            payee = (lot.peer if lot.status == LotStatus.PLEDGED else lot.holder) if lot else SUPPLIER
            wanted.append((number, payee, amount, dice.pick([amount, amount // 2 or 1]), acts.PAYMENT))
        message = Settlements(self.model.payments(tuple(wanted)))
        by = SETTLER if dice.mostly() else SECOND
        self.act(dice, by, message, "settleMany", by, tuple(wanted))

    # ------------------------------------------------------------------ lost accounts

    def recover(self, dice: Dice) -> None:
        """Propose, object or take over, mostly what comes next."""
        waiting = sorted(self.model.recoveries)
        party = dice.pick(waiting if waiting and dice.mostly() else [SECOND, THIRD, 10])
        if party not in waiting and dice.mostly():
            key = dice.pick([*SPARES * 2, CLERKS[0], account(SECOND)])
            known = self.model.parties.get(party)
            by = self.arbiter() if known and known.is_vetoed and dice.mostly() else OPERATOR
            self.operate("proposeAccount", party, key.address, sender=by if dice.mostly() else STRANGER)
            return
        nonce = self.model.parties[party].nonce if party in self.model.parties else 0
        address, effective = self.model.recoveries.get(party, (SPARES[0].address, 0))
        if dice.coin():
            by = party if dice.is_calm or dice.coin() else SUPPLIER
            self.act(dice, by, Veto(party, address, nonce), "vetoAccount", party)
            return
        if dice.mostly():
            self.jump(max(effective - self.model.now - dice.pick((0, 0, 0, 1)), 0))
        key, message = self.keys[address], Takeover(party, address, nonce)
        given = (Given(key, message, self.model.now + HOUR, None if dice.mostly() else STRANGER),)
        self.perform(Act(STRANGER, "takeAccount", (party,), given))

    # ------------------------------------------------------------------ the order of things

    @initialize(seed=SEEDS)
    def begin(self, seed: int) -> None:
        dice = Dice(seed)
        while not self.model.lots:
            self.issue(Dice(seed + len(self.history)))
        self.grant(dice)

    @rule(seed=SEEDS)
    def step(self, seed: int) -> None:
        # With the number of calls in it, since Hypothesis likes to draw one seed several times.
        dice = Dice(seed + len(self.history))
        name = wanted = dice.pick(STEPS)
        if name in NEEDS and not self.has(NEEDS[name]) and dice.mostly():
            name = dice.pick(("issue", "register"))
            if NEEDS[wanted] in FINANCINGS:
                name = "finance" if self.has(LotStatus.LOCKED) else "lock"
        if self.model.limits != Limits(0, *LIMITS.values()) and dice.one_in(3):
            name = "mend"
        getattr(self, name)(dice)

    def has(self, wanted: LotStatus | ReceivableStatus) -> bool:
        held = self.model.lots if isinstance(wanted, LotStatus) else self.model.receivables
        return any(each.status == wanted for each in held.values())
