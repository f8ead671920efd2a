"""The second part of the model: receivables and the invoices they use."""

from dataclasses import replace
from functools import partial

from registry.chain.messages import (
    Cancellation,
    Confirmation,
    Confirmations,
    Declinature,
    Registration,
    Registrations,
    Terms,
    Withdrawal,
    unpack_invoices,
)
from registry.chain.words import LotStatus, ReceivableStatus, Role, Scope
from tests.contracts.model import (
    DAY,
    MAX_AMOUNT,
    MAX_SEQ,
    OPEN,
    Act,
    Invoice,
    Lot,
    Receivable,
    Refusals,
)
from tests.contracts.model_recovery import RecoveryModel


class ReceivablesModel(RecoveryModel):
    """Registration, confirmation, and what comes to nothing."""

    def _unripe(self, terms: Terms) -> Refusals:
        """What both halves of an issue ask: state, maturity, obligor and originator."""
        bad = set() if self.limits.state == OPEN else {"NoNewReceivables"}
        if not self.now < terms.maturity <= self.now + self.limits.max_tenor_days * DAY:
            bad |= {"MaturityInvalid"}
        if terms.obligor in self.parties and self.parties[terms.obligor].is_barred:
            bad |= {"ObligorBarred"}
        bad |= self._inactive(terms.obligor) | self._out_of_role(terms.obligor, Role.OBLIGOR)
        return bad | self._inactive(terms.originator)

    def _unregistrable(self, act: Act, terms: Terms) -> Refusals:
        bad = self._unripe(terms) | self._out_of_role(terms.originator, Role.SUPPLIER)
        key = self.keys.get(act.sender.address)
        if key is None or key.valid_until < self.now or not self.parties[key.party].roles & Role.REGISTRAR:
            bad |= {"SenderNotRegistrar"}
        bad |= set() if key is None else self._inactive(key.party)
        bad |= {"ObligorIsOriginator"} if terms.obligor == terms.originator else set()
        bad |= {"SettlerInvalid"} if terms.settler == terms.obligor else set()
        bad |= {"FaceTooSmall"} if terms.face < max(self.limits.min_lot, 1) else set()
        bad |= {"IdAlreadyUsed"} if terms.receivable in self.receivables else set()
        return bad

    def _use_invoices(self, terms: Terms, packed: bytes) -> tuple[Refusals, dict[bytes, Invoice]]:
        bad: Refusals = set()
        after = dict(self.invoices)
        for place, entry in enumerate(unpack_invoices(packed)):
            named = frozenset(entry.fingerprints)
            known = {after[each] for each in named if each in after}
            old = next(iter(known), None)
            if any(invoice.latest == terms.receivable for invoice in known):
                bad |= {"InvoiceTwice"}
            if len(known) > 1 or (
                old and (not old.prints <= named or (old.cap, old.currency) != (entry.cap, terms.currency))
            ):
                bad |= {"InvoiceDiffers"}
            uses = (*(old.uses if old else ()), (terms.receivable, entry.amount))
            new = Invoice(entry.cap, terms.currency, terms.receivable, place, named, uses)
            bad |= {"InvoiceOverCap"} if new.used > entry.cap else set()
            after |= dict.fromkeys(named, new)
        if sum(entry.amount for entry in unpack_invoices(packed)) != terms.face:
            bad |= {"FaceNotCovered"}
        return bad, after

    def _originator_dissents(self, act: Act, terms: Terms) -> Refusals:
        message = Registration(terms)
        return self._dissent(act, terms.originator, message, Scope.REGISTER, terms.currency, terms.face)

    def _register(self, act: Act, terms: Terms, packed: bytes) -> Refusals:
        return self._enter(act, terms, packed, self._originator_dissents(act, terms))

    def _registerMany(self, act: Act, terms: tuple[Terms, ...], packed: tuple[bytes, ...]) -> Refusals:  # noqa: N802
        if not terms or len(terms) != len(packed):
            return {"BatchInvalid"}
        if len({(each.originator, each.currency) for each in terms}) > 1:
            return (
                {"BatchMixed"}
                | self._unregistrable(act, terms[0])
                | self._use_invoices(terms[0], packed[0])[0]
            )
        first, total = terms[0], sum(each.face for each in terms)
        message = Registrations(terms)
        dissent = self._dissent(act, first.originator, message, Scope.REGISTER, first.currency, total)
        pairs = zip(terms, packed, strict=True)
        return self._in_turn([partial(self._enter, act, *pair) for pair in pairs] + [lambda: dissent])

    def _enter(self, act: Act, terms: Terms, packed: bytes, dissent: Refusals | None = None) -> Refusals:
        bad, after = self._use_invoices(terms, packed)
        bad |= self._unregistrable(act, terms) | (dissent or set())
        if not bad:
            self.invoices = after
            expires = self.now + self.limits.expiry_days * DAY
            self.receivables[terms.receivable] = Receivable(
                terms, packed, expires, consented=frozenset({terms.originator})
            )
        return bad

    def _unconfirmable(self, terms: Terms) -> Refusals:
        bad: Refusals = set()
        if terms.settler:
            bad |= self._inactive(terms.settler) | self._out_of_role(terms.settler, Role.SETTLER)
        owed, _ = self.outstanding(terms.obligor, terms.currency)
        quota = self.quotas.get((terms.obligor, terms.currency), 0) or MAX_AMOUNT
        return bad | ({"QuotaExceeded"} if owed + terms.face > quota else set())

    def _obligor_dissents(self, act: Act, terms: Terms) -> Refusals:
        message = Confirmation(terms)
        return self._dissent(act, terms.obligor, message, Scope.CONFIRM, terms.currency, terms.face)

    def _issue(self, terms: Terms) -> None:
        self.receivables[terms.receivable] = replace(
            self.receivables[terms.receivable],
            status=ReceivableStatus.CONFIRMED,
            consented=frozenset({terms.originator, terms.obligor}),
        )
        self.lots[terms.root_lot] = Lot(terms.originator, terms.face, terms.receivable)

    def _unregistered(self, terms: Terms) -> Refusals:
        found = self.receivables.get(terms.receivable)
        if found is None:
            return {"ReceivableUnknown"}
        return set() if found.status == ReceivableStatus.REGISTERED else {"ReceivableNotRegistered"}

    def _confirm(self, act: Act, terms: Terms) -> Refusals:
        return self._accept(terms, self._obligor_dissents(act, terms))

    def _confirmMany(self, act: Act, terms: tuple[Terms, ...]) -> Refusals:  # noqa: N802
        if not terms:
            return {"BatchInvalid"}
        if len({(each.obligor, each.currency) for each in terms}) > 1:
            unfit = self._unregistered(terms[0]) | self._unripe(terms[0]) | self._unconfirmable(terms[0])
            return {"BatchMixed", "ConfirmationPeriodOver"} | unfit
        first, total = terms[0], sum(each.face for each in terms)
        message = Confirmations(terms)
        dissent = self._dissent(act, first.obligor, message, Scope.CONFIRM, first.currency, total)
        return self._in_turn([partial(self._accept, each) for each in terms] + [lambda: dissent])

    def _accept(self, terms: Terms, dissent: Refusals | None = None) -> Refusals:
        bad = (
            self._unregistered(terms) | self._unripe(terms) | self._unconfirmable(terms) | (dissent or set())
        )
        found = self.receivables.get(terms.receivable)
        if found is not None and self.now >= found.expires:
            bad |= {"ConfirmationPeriodOver"}
        if not bad:
            self._issue(terms)
        return bad

    def _registerConfirmed(self, act: Act, terms: Terms, packed: bytes) -> Refusals:  # noqa: N802
        bad, after = self._use_invoices(terms, packed)
        bad |= self._unregistrable(act, terms) | self._unconfirmable(terms)
        bad |= self._originator_dissents(act, terms) | self._obligor_dissents(act, terms)
        if not bad:
            self.invoices = after
            self.receivables[terms.receivable] = Receivable(terms, packed, 0)
            self._issue(terms)
        return bad

    def later_prints(self, packed: bytes) -> list[set[bytes]]:
        """Per invoice, the fingerprints that later registrations added."""
        return [
            set(self.invoices[entry.fingerprints[0]].prints) - set(entry.fingerprints)
            if entry.fingerprints[0] in self.invoices
            else set()
            for entry in unpack_invoices(packed)
        ]

    def _decline(
        self,
        act: Act,
        terms: Terms,
        owed: int,
        reason: bytes,
        packed: bytes,
        later: tuple[frozenset[bytes], ...],
    ) -> Refusals:
        message = Declinature(terms.receivable, owed, reason)
        dissent = self._dissent(act, terms.obligor, message, Scope.CONFIRM, terms.currency)
        return self._end(terms, packed, later, ReceivableStatus.DECLINED, dissent)

    def _withdraw(
        self, act: Act, terms: Terms, reason: bytes, packed: bytes, later: tuple[frozenset[bytes], ...]
    ) -> Refusals:
        message = Withdrawal(terms.receivable, reason)
        dissent = self._dissent(act, terms.originator, message, Scope.REGISTER, terms.currency)
        return self._end(terms, packed, later, ReceivableStatus.WITHDRAWN, dissent)

    def _expire(self, _: Act, terms: Terms, packed: bytes, later: tuple[frozenset[bytes], ...]) -> Refusals:
        found = self.receivables.get(terms.receivable)
        early = {"ConfirmationPeriodNotOver"} if found and self.now < found.expires else set()
        return self._end(terms, packed, later, ReceivableStatus.EXPIRED, early)

    def _cancel(
        self, act: Act, terms: Terms, reason: bytes, packed: bytes, later: tuple[frozenset[bytes], ...]
    ) -> Refusals:
        lot = self.lots.get(terms.root_lot)
        if lot is None:
            return {"LotUnknown"}
        bad = {"LotNotFree"} if lot.status != LotStatus.FREE else set()
        bad |= {"NotEntitled"} if lot.holder != terms.originator else set()
        bad |= {"LotNotWhole"} if lot.amount != terms.face else set()
        bad |= {"SeqExhausted"} if lot.seq == MAX_SEQ else set()
        bad |= {"PartyFrozen"} if self.parties[terms.originator].is_frozen else set()
        message = Cancellation(terms.receivable, lot.seq, lot.amount, reason)
        bad |= self._dissent(
            act, terms.originator, message, Scope.REGISTER, terms.currency, terms.face
        ) | self._dissent(act, terms.obligor, message, Scope.CONFIRM, terms.currency)
        bad |= self._unreleasable(packed, later)
        if not bad:
            self._release_invoices(terms, packed, ReceivableStatus.CANCELED)
            ended = replace(lot, amount=0, peer=0, until=0, status=LotStatus.REDEEMED)
            self.lots[terms.root_lot] = ended
        return bad

    def _unreleasable(self, packed: bytes, later: tuple[frozenset[bytes], ...]) -> Refusals:
        needed = self.later_prints(packed)
        if later != tuple(frozenset(each) for each in needed) and (later or any(needed)):
            return {"InvoicesMismatch", "InvoiceDiffers", "InvoicesMalformed"}
        return set()

    def _end(
        self,
        terms: Terms,
        packed: bytes,
        later: tuple[frozenset[bytes], ...],
        status: ReceivableStatus,
        obstacles: Refusals,
    ) -> Refusals:
        if bad := self._unregistered(terms):
            return bad
        bad = obstacles | self._unreleasable(packed, later)
        if not bad:
            self._release_invoices(terms, packed, status)
        return bad

    def _release_invoices(self, terms: Terms, packed: bytes, status: ReceivableStatus) -> None:
        for entry in unpack_invoices(packed):
            old = self.invoices[entry.fingerprints[0]]
            uses = tuple(use for use in old.uses if use[0] != terms.receivable)
            for each in old.prints:
                if uses:
                    self.invoices[each] = replace(old, uses=uses)
                else:
                    del self.invoices[each]
        found = self.receivables[terms.receivable]
        self.receivables[terms.receivable] = replace(found, status=status)
