"""The last part of the model: what happens when things go wrong. With it the model is whole."""

from dataclasses import replace

from registry.chain.messages import Contest, Enforcement, PutBack, Reassignment, Signed, WriteOff
from registry.chain.words import LotStatus, ReceivableStatus, Role, Scope
from tests.contracts.model import Act, Lot, Refusals
from tests.contracts.model_lots import LotsModel


class LedgerModel(LotsModel):
    """The whole ledger."""

    def _unconfirmed(self, receivable: int) -> Refusals:
        found = self.receivables.get(receivable)
        if found is None:
            return {"ReceivableUnknown"}
        return set() if found.status == ReceivableStatus.CONFIRMED else {"ReceivableNotConfirmed"}

    def _dead(self, lot: int) -> Refusals:
        if lot not in self.lots:
            return {"LotUnknown"}
        return {"LotRedeemed"} if self.lots[lot].status == LotStatus.REDEEMED else set()

    def _contest(self, act: Act, receivable: int, lot: int, by: int, code: int, evidence: bytes) -> Refusals:
        bad = set() if 1 <= code <= 6 else {"CodeInvalid"}
        bad |= self._unconfirmed(receivable)
        if bad:
            return bad
        terms = self.receivables[receivable].terms
        if lot or by != terms.obligor:
            if dead := self._dead(lot):
                return dead
            found = self.lots[lot]
            if found.receivable != receivable or by not in (found.holder, terms.obligor):
                return {"NotEntitled"}
        message = Contest(receivable, lot, by, code, evidence, self._nonce(by))
        scope = Scope.CONFIRM if by == terms.obligor else Scope.TRANSFER
        bad |= self._dissent(act, by, message, scope, terms.currency)
        if not bad:
            self._raise_nonce(by)
        return bad

    def _set_suspended(self, act: Act, receivable: int, suspended: bool) -> Refusals:
        bad = self._foreign_to_arbiter(act) | self._unconfirmed(receivable)
        if not bad:
            found = self.receivables[receivable]
            self.receivables[receivable] = replace(found, is_suspended=suspended)
        return bad

    def _suspend(self, act: Act, receivable: int, _: bytes) -> Refusals:
        return self._set_suspended(act, receivable, True)

    def _resume(self, act: Act, receivable: int, _: bytes) -> Refusals:
        return self._set_suspended(act, receivable, False)

    def _forcedTransfer(self, act: Act, lot: int, to: int, _: bytes) -> Refusals:  # noqa: N802
        bad = self._foreign_to_arbiter(act) | self._dead(lot) | self._inactive(to)
        if lot in self.lots and self.lots[lot].holder == to:
            bad |= {"SameParty"}
        if not bad:
            old = self.lots[lot]
            new = replace(old, holder=to)
            self.lots[lot] = replace(new, peer=0, until=0) if old.status == LotStatus.FREE else new
        return bad

    def _immature(self, lot: Lot) -> Refusals:
        return {"NotMature"} if self.now < self._terms(lot).maturity else set()

    def _funder_dissents(self, act: Act, lot: Lot, party: int, message: Signed) -> Refusals:
        return self._dissent(act, party, message, Scope.FINANCE, self._terms(lot).currency, lot.amount)

    def _enforce(self, act: Act, lot: int) -> Refusals:
        if bad := self._not(lot, LotStatus.PLEDGED, "LotNotPledged"):
            return bad
        old = self.lots[lot]
        bad = self._halted() | self._suspended(old) | self._immature(old) | self._exhausted(old)
        bad |= self._inactive(old.peer)
        bad |= self._funder_dissents(act, old, old.peer, Enforcement(lot, old.seq, old.amount))
        if not bad:
            self.lots[lot] = replace(old, holder=old.peer, peer=0, seq=old.seq + 1, status=LotStatus.FINANCED)
        return bad

    def _reassign(self, act: Act, lot: int, to: int, terms_hash: bytes) -> Refusals:
        if bad := self._not(lot, LotStatus.FINANCED, "LotNotFinanced"):
            return bad
        old = self.lots[lot]
        bad = self._halted() | self._suspended(old) | self._exhausted(old)
        bad |= {"SameParty"} if to == old.holder else set()
        bad |= self._inactive(old.holder) | self._inactive(to) | self._out_of_role(to, Role.FUNDER)
        message = Reassignment(lot, old.seq, old.amount, to, terms_hash)
        for side in (old.holder, to):
            bad |= self._funder_dissents(act, old, side, message)
        if not bad:
            self.lots[lot] = replace(old, holder=to, seq=old.seq + 1)
        return bad

    def _putBack(self, act: Act, lot: int) -> Refusals:  # noqa: N802
        if bad := self._not(lot, LotStatus.FINANCED, "LotNotFinanced"):
            return bad
        old = self.lots[lot]
        bad = self._immature(old) | self._exhausted(old)
        bad |= {"NoRecourse"} if old.peer == 0 else set()
        bad |= self._funder_dissents(act, old, old.holder, PutBack(lot, old.seq, old.amount))
        if not bad:
            self.lots[lot] = replace(old, holder=old.peer, peer=0, seq=old.seq + 1, status=LotStatus.FREE)
        return bad

    def _writeOff(self, act: Act, lot: int, amount: int, reason: bytes) -> Refusals:  # noqa: N802
        if bad := self._dead(lot):
            return bad
        old = self.lots[lot]
        bad = self._exhausted(old) | (set() if 0 < amount <= old.amount else {"AmountInvalid"})
        message = WriteOff(lot, old.seq, old.amount, amount, reason)
        for each in {old.holder, old.peer} if old.status == LotStatus.PLEDGED else {old.holder}:
            bad |= self._frozen(each)
            bad |= self._dissent(act, each, message, Scope.SETTLE, self._terms(old).currency, amount)
        if not bad:
            self._pay(lot, amount, raises_seq=True)
        return bad
