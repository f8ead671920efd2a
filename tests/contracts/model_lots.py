"""The third part of the model: what happens to lots."""

from dataclasses import replace
from functools import partial

from registry.chain.messages import (
    Lock,
    Move,
    Payment,
    Rejection,
    Release,
    Sale,
    Settlement,
    Settlements,
    Terms,
    Transfer,
    Transfers,
    child_lot,
)
from registry.chain.words import LotStatus, Role, Scope
from tests.contracts.model import DAY, HALTED, MAX_SEQ, Act, Lot, Refusals
from tests.contracts.model_receivables import ReceivablesModel

NO_LOT = Lot(0, 0, 0, status=LotStatus.NONE)


class LotsModel(ReceivablesModel):
    """Transfers, financing, payment."""

    def _terms(self, lot: Lot) -> Terms:
        return self.receivables[lot.receivable].terms

    def _halted(self) -> Refusals:
        return {"Halted"} if self.limits.state >= HALTED else set()

    def _exhausted(self, lot: Lot) -> Refusals:
        return {"SeqExhausted"} if lot.seq == MAX_SEQ else set()

    def _suspended(self, lot: Lot) -> Refusals:
        return {"ReceivableSuspended"} if self.receivables[lot.receivable].is_suspended else set()

    def _frozen(self, number: int) -> Refusals:
        if number not in self.parties:
            return {"UnknownParty"}
        return {"PartyFrozen"} if self.parties[number].is_frozen else set()

    def _not(self, lot: int, status: LotStatus, error: str) -> Refusals:
        found = self.lots.get(lot, NO_LOT)
        if found is NO_LOT:
            return {"LotUnknown"}
        return set() if found.status == status else {error}

    def _transfer(self, act: Act, lot: int, to: int, amount: int) -> Refusals:
        if bad := self._not(lot, LotStatus.FREE, "LotNotFree"):
            return bad
        old = self.lots[lot]
        message = Transfer(lot, old.seq, old.amount, to, amount)
        currency = self._terms(old).currency
        return self._move(
            lot, to, amount, self._dissent(act, old.holder, message, Scope.TRANSFER, currency, amount)
        )

    def moves(self, wanted: tuple[tuple[int, int, int], ...]) -> tuple[Move, ...]:
        """What one signs: each move with its lot's seq and amount when its turn comes."""
        states = {lot: self.lots.get(lot, NO_LOT) for lot, _, _ in wanted}
        found = []
        for lot, to, amount in wanted:
            old = states[lot]
            found.append(Move(lot, old.seq, old.amount, to, amount))
            states[lot] = replace(old, seq=old.seq + 1, amount=max(old.amount - amount, 0))
        return tuple(found)

    def _transferMany(self, act: Act, holder: int, wanted: tuple[tuple[int, int, int], ...]) -> Refusals:  # noqa: N802
        if not wanted:
            return {"BatchInvalid"}
        if bad := self._halted() | self._inactive(holder):
            return bad
        currency = self._terms(self.lots[wanted[0][0]]).currency if wanted[0][0] in self.lots else 0
        message, total = Transfers(self.moves(wanted)), sum(amount for _, _, amount in wanted)

        def step(lot: int, to: int, amount: int) -> Refusals:
            if bad := self._not(lot, LotStatus.FREE, "LotNotFree"):
                return bad
            if self.lots[lot].holder != holder:
                return {"NotEntitled"}
            bad = set() if self._terms(self.lots[lot]).currency == currency else {"BatchMixed"}
            return bad or self._move(lot, to, amount)

        # In a mixed batch the suspension of the lot that does not fit may be named first.
        steps = [partial(step, *each) for each in wanted]
        dissent = self._dissent(act, holder, message, Scope.TRANSFER, currency, total)
        found = self._in_turn([*steps, lambda: dissent])
        return found | {"ReceivableSuspended"} if "BatchMixed" in found else found

    def _move(self, lot: int, to: int, amount: int, dissent: Refusals | None = None) -> Refusals:
        if bad := self._not(lot, LotStatus.FREE, "LotNotFree"):
            return bad
        old, terms = self.lots[lot], self._terms(self.lots[lot])
        rest = old.amount - amount
        bad |= set() if 0 < amount <= old.amount else {"AmountInvalid"}
        bad |= {"BelowMinLot"} if rest > 0 and min(amount, rest) < self.limits.min_lot else set()
        bad |= {"SameParty"} if to == old.holder else set()
        bad |= {"HopLimit"} if old.hops >= self.limits.max_hops else set()
        bad |= self._halted() | self._exhausted(old) | self._inactive(old.holder) | self._inactive(to)
        bad |= self._suspended(old) | (dissent or set())
        if bad:
            return bad
        until = min(self.now + self.limits.reject_window_days * DAY, terms.maturity)
        moved = Lot(to, amount, old.receivable, peer=old.holder, until=until, hops=old.hops + 1)
        if rest == 0:
            self.lots[lot] = replace(moved, seq=old.seq + 1)
        else:
            self.lots[lot] = replace(old, amount=rest, peer=0, until=0, seq=old.seq + 1)
            self.lots[child_lot(lot, old.seq)] = moved
        return set()

    def _reject(self, act: Act, lot: int) -> Refusals:
        if bad := self._not(lot, LotStatus.FREE, "LotNotFree"):
            return bad
        old = self.lots[lot]
        bad |= {"RejectWindowOver"} if self.now >= old.until else set()
        bad |= self._exhausted(old)
        currency = self._terms(old).currency
        message = Rejection(lot, old.seq, old.amount)
        bad |= self._dissent(act, old.holder, message, Scope.TRANSFER, currency, old.amount)
        if not bad:
            self.lots[lot] = replace(old, holder=old.peer, peer=0, until=0, seq=old.seq + 1)
        return bad

    def _lock(self, act: Act, lot: int, funder: int, until: int) -> Refusals:
        if bad := self._not(lot, LotStatus.FREE, "LotNotFree"):
            return bad
        old, terms = self.lots[lot], self._terms(self.lots[lot])
        bad |= {"SameParty"} if funder == old.holder else set()
        bad |= set() if self.now < until <= terms.maturity else {"LockEndInvalid"}
        bad |= self._halted() | self._exhausted(old) | self._inactive(old.holder) | self._inactive(funder)
        bad |= self._out_of_role(funder, Role.FUNDER) | self._suspended(old)
        message = Lock(lot, old.seq, old.amount, funder, until)
        bad |= self._dissent(act, old.holder, message, Scope.FINANCE, terms.currency, old.amount)
        if not bad:
            self.lots[lot] = replace(old, peer=funder, until=until, seq=old.seq + 1, status=LotStatus.LOCKED)
        return bad

    def _release(self, act: Act, lot: int, by: int) -> Refusals:
        old = self.lots.get(lot, NO_LOT)
        is_pledge = old.status == LotStatus.PLEDGED
        if bad := set() if is_pledge else self._not(lot, LotStatus.LOCKED, "LotNotLocked"):
            return bad
        if by != old.peer and (is_pledge or by != old.holder):
            return {"NotEntitled"}
        bad = {"LockNotOver"} if by != old.peer and self.now < old.until else set()
        bad |= self._frozen(by) if is_pledge else set()
        bad |= self._dissent(act, by, Release(lot, old.seq, old.amount), Scope.FINANCE)
        if not bad:
            self.lots[lot] = replace(old, peer=0, until=0, status=LotStatus.FREE)
        return bad

    def _finance(self, act: Act, lot: int, recourse: bool, pledge: bool, terms_hash: bytes) -> Refusals:
        if bad := self._not(lot, LotStatus.LOCKED, "LotNotLocked"):
            return bad
        old = self.lots[lot]
        bad |= {"LockOver"} if self.now >= old.until else set()
        bad |= self._halted() | self._exhausted(old) | self._inactive(old.holder) | self._inactive(old.peer)
        bad |= self._out_of_role(old.peer, Role.FUNDER) | self._suspended(old)
        message = Sale(lot, old.seq, old.amount, old.peer, recourse, pledge, terms_hash)
        for side in (old.holder, old.peer):
            currency = self._terms(old).currency
            bad |= self._dissent(act, side, message, Scope.FINANCE, currency, old.amount)
        if bad:
            return bad
        new = replace(old, until=0, seq=old.seq + 1, status=LotStatus.PLEDGED)
        if not pledge:
            buyer, behind = old.peer, old.holder if recourse else 0
            new = replace(new, holder=buyer, peer=behind, status=LotStatus.FINANCED)
        self.lots[lot] = new
        return bad

    def _unpayable(self, lot: int, payee: int, lot_amount: int, amount: int) -> Refusals:
        old = self.lots.get(lot)
        if old is None:
            return {"LotUnknown"}
        if old.status == LotStatus.REDEEMED:
            return {"LotRedeemed"}
        due = old.peer if old.status == LotStatus.PLEDGED else old.holder
        bad = set() if (payee, lot_amount) == (due, old.amount) else {"LotChanged"}
        return bad | (set() if 0 < amount <= lot_amount else {"AmountInvalid"})

    def _settle(
        self, act: Act, lot: int, by: int, payee: int, lot_amount: int, amount: int, payment: bytes
    ) -> Refusals:
        bad = self._unpayable(lot, payee, lot_amount, amount)
        if bad & {"LotUnknown", "LotRedeemed"}:
            return bad
        old = self.lots[lot]
        terms = self._terms(old)
        if by not in (old.holder, terms.settler) or by == 0:
            return bad | {"NotEntitled"}
        message = Settlement(lot, old.seq, lot_amount, payee, amount, payment)
        needed = {by, payee} if by == old.holder and old.status == LotStatus.PLEDGED else {by}
        for each in needed:
            bad |= self._frozen(each)
            bad |= self._dissent(act, each, message, Scope.SETTLE, terms.currency, amount)
        if not bad:
            self._pay(lot, amount)
        return bad

    def payments(self, wanted: tuple[tuple[int, int, int, int, bytes], ...]) -> tuple[Payment, ...]:
        """What a settler signs: each payment with its lot's seq."""
        return tuple(
            Payment(lot, self.lots.get(lot, NO_LOT).seq, whole, payee, amount, payment)
            for lot, payee, whole, amount, payment in wanted
        )

    def _settleMany(  # noqa: N802
        self, act: Act, settler: int, wanted: tuple[tuple[int, int, int, int, bytes], ...]
    ) -> Refusals:
        if not wanted:
            return {"BatchInvalid"}
        if bad := self._frozen(settler):
            return bad
        currency = self._terms(self.lots[wanted[0][0]]).currency if wanted[0][0] in self.lots else 0
        message, total = Settlements(self.payments(wanted)), sum(each[3] for each in wanted)

        def step(lot: int, payee: int, whole: int, amount: int, _: bytes) -> Refusals:
            bad = self._unpayable(lot, payee, whole, amount)
            if not bad & {"LotUnknown", "LotRedeemed"}:
                terms = self._terms(self.lots[lot])
                bad |= set() if terms.settler == settler else {"NotEntitled"}
                bad |= set() if terms.currency == currency else {"BatchMixed"}
            if not bad:
                self._pay(lot, amount)
            return bad

        dissent = self._dissent(act, settler, message, Scope.SETTLE, currency, total)
        return self._in_turn([*(partial(step, *each) for each in wanted), lambda: dissent])

    def _pay(self, lot: int, amount: int, *, raises_seq: bool = False) -> None:
        old = self.lots[lot]
        rest = old.amount - amount
        new = replace(old, amount=rest, seq=old.seq + raises_seq)
        if old.status == LotStatus.FREE or rest == 0:
            new = replace(new, peer=0, until=0)
        self.lots[lot] = new if rest else replace(new, status=LotStatus.REDEEMED)
        found = self.receivables[old.receivable]
        self.receivables[old.receivable] = replace(found, settled=found.settled + amount)
