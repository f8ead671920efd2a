"""The third part of the model: what happens to lots."""

from dataclasses import replace

from registry.chain.messages import Lock, Rejection, Release, Sale, Settlement, Terms, Transfer, child_lot
from registry.chain.words import LotStatus, Role, Scope
from tests.contracts.model import DAY, HALTED, MAX_SEQ, Act, Lot, Refusals
from tests.contracts.model_receivables import ReceivablesModel

NO_LOT = Lot(0, 0, 0, status=LotStatus.NONE)


class LedgerModel(ReceivablesModel):
    """The whole ledger."""

    def _terms(self, lot: Lot) -> Terms:
        return self.receivables[lot.receivable].terms

    def _halted(self) -> Refusals:
        return {"Halted"} if self.limits.state >= HALTED else set()

    def _exhausted(self, lot: Lot) -> Refusals:
        return {"SeqExhausted"} if lot.seq == MAX_SEQ else set()

    def _not(self, lot: int, status: LotStatus, error: str) -> Refusals:
        found = self.lots.get(lot, NO_LOT)
        if found is NO_LOT:
            return {"LotUnknown"}
        return set() if found.status == status else {error}

    def _transfer(self, act: Act, lot: int, to: int, amount: int) -> Refusals:
        if bad := self._not(lot, LotStatus.FREE, "LotNotFree"):
            return bad
        old, terms = self.lots[lot], self._terms(self.lots[lot])
        rest = old.amount - amount
        bad |= set() if 0 < amount <= old.amount else {"AmountInvalid"}
        bad |= {"BelowMinLot"} if rest > 0 and min(amount, rest) < self.limits.min_lot else set()
        bad |= {"SameParty"} if to == old.holder else set()
        bad |= {"HopLimit"} if old.hops >= self.limits.max_hops else set()
        bad |= self._halted() | self._exhausted(old) | self._inactive(old.holder) | self._inactive(to)
        message = Transfer(lot, old.seq, old.amount, to, amount)
        bad |= self._dissent(act, old.holder, message, Scope.TRANSFER, terms.currency, amount)
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
        bad |= self._out_of_role(funder, Role.FUNDER)
        message = Lock(lot, old.seq, old.amount, funder, until)
        bad |= self._dissent(act, old.holder, message, Scope.FINANCE, terms.currency, old.amount)
        if not bad:
            self.lots[lot] = replace(old, peer=funder, until=until, seq=old.seq + 1, status=LotStatus.LOCKED)
        return bad

    def _release(self, act: Act, lot: int, by: int) -> Refusals:
        if bad := self._not(lot, LotStatus.LOCKED, "LotNotLocked"):
            return bad
        old = self.lots[lot]
        if by not in (old.holder, old.peer):
            return {"NotEntitled"}
        bad |= {"LockNotOver"} if by == old.holder and self.now < old.until else set()
        bad |= self._dissent(act, by, Release(lot, old.seq, old.amount), Scope.FINANCE)
        if not bad:
            self.lots[lot] = replace(old, peer=0, until=0, status=LotStatus.FREE)
        return bad

    def _finance(self, act: Act, lot: int, recourse: bool, terms_hash: bytes) -> Refusals:
        if bad := self._not(lot, LotStatus.LOCKED, "LotNotLocked"):
            return bad
        old = self.lots[lot]
        bad |= {"LockOver"} if self.now >= old.until else set()
        bad |= self._halted() | self._exhausted(old) | self._inactive(old.holder) | self._inactive(old.peer)
        bad |= self._out_of_role(old.peer, Role.FUNDER)
        message = Sale(lot, old.seq, old.amount, old.peer, recourse, False, terms_hash)
        for side in (old.holder, old.peer):
            currency = self._terms(old).currency
            bad |= self._dissent(act, side, message, Scope.FINANCE, currency, old.amount)
        if not bad:
            self.lots[lot] = replace(
                old,
                holder=old.peer,
                peer=old.holder if recourse else 0,
                until=0,
                seq=old.seq + 1,
                status=LotStatus.FINANCED,
            )
        return bad

    def _settle(
        self, act: Act, lot: int, by: int, payee: int, lot_amount: int, amount: int, payment: bytes
    ) -> Refusals:
        old = self.lots.get(lot)
        if old is None:
            return {"LotUnknown"}
        if old.status == LotStatus.REDEEMED:
            return {"LotRedeemed"}
        terms = self._terms(old)
        bad = set() if (payee, lot_amount) == (old.holder, old.amount) else {"LotChanged"}
        bad |= set() if 0 < amount <= lot_amount else {"AmountInvalid"}
        if by not in (payee, terms.settler) or by == 0:
            return bad | {"NotEntitled"}
        bad |= {"PartyFrozen"} if by in self.parties and self.parties[by].is_frozen else set()
        bad |= {"UnknownParty"} if by not in self.parties else set()
        message = Settlement(lot, old.seq, old.amount, old.holder, amount, payment)
        bad |= self._dissent(act, by, message, Scope.SETTLE, terms.currency, amount)
        if bad:
            return bad
        rest = old.amount - amount
        new = replace(old, amount=rest)
        if old.status == LotStatus.FREE or rest == 0:
            new = replace(new, peer=0, until=0)
        self.lots[lot] = new if rest else replace(new, status=LotStatus.REDEEMED)
        found = self.receivables[old.receivable]
        self.receivables[old.receivable] = replace(found, settled=found.settled + amount)
        return set()
