"""The second part of the model: receivables and the invoices they use."""

from dataclasses import replace

from registry.chain.messages import Confirmation, Declinature, Registration, Terms, unpack_invoices
from registry.chain.words import ReceivableStatus, Role, Scope
from tests.contracts.model import (
    DAY,
    MAX_AMOUNT,
    OPEN,
    Act,
    Invoice,
    Lot,
    PartiesModel,
    Receivable,
    Refusals,
)


class ReceivablesModel(PartiesModel):
    """Registration, confirmation, declinature."""

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
        message = Registration(terms)
        return bad | self._dissent(act, terms.originator, message, Scope.REGISTER, terms.currency, terms.face)

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

    def _register(self, act: Act, terms: Terms, packed: bytes) -> Refusals:
        bad, after = self._use_invoices(terms, packed)
        bad |= self._unregistrable(act, terms)
        if not bad:
            self.invoices = after
            expires = self.now + self.limits.expiry_days * DAY
            self.receivables[terms.receivable] = Receivable(
                terms, packed, expires, consented=frozenset({terms.originator})
            )
        return bad

    def _unconfirmable(self, act: Act, terms: Terms) -> Refusals:
        bad: Refusals = set()
        if terms.settler:
            bad |= self._inactive(terms.settler) | self._out_of_role(terms.settler, Role.SETTLER)
        owed, _ = self.outstanding(terms.obligor, terms.currency)
        quota = self.quotas.get((terms.obligor, terms.currency), 0) or MAX_AMOUNT
        bad |= {"QuotaExceeded"} if owed + terms.face > quota else set()
        message = Confirmation(terms)
        return bad | self._dissent(act, terms.obligor, message, Scope.CONFIRM, terms.currency, terms.face)

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
        bad = self._unregistered(terms) | self._unripe(terms) | self._unconfirmable(act, terms)
        found = self.receivables.get(terms.receivable)
        if found is not None and self.now >= found.expires:
            bad |= {"ConfirmationPeriodOver"}
        if not bad:
            self._issue(terms)
        return bad

    def _registerConfirmed(self, act: Act, terms: Terms, packed: bytes) -> Refusals:  # noqa: N802
        bad, after = self._use_invoices(terms, packed)
        bad |= self._unregistrable(act, terms) | self._unconfirmable(act, terms)
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
        if bad := self._unregistered(terms):
            return bad
        needed = self.later_prints(packed)
        if later != tuple(frozenset(each) for each in needed) and (later or any(needed)):
            bad |= {"InvoicesMismatch", "InvoiceDiffers", "InvoicesMalformed"}
        message = Declinature(terms.receivable, owed, reason)
        bad |= self._dissent(act, terms.obligor, message, Scope.CONFIRM, terms.currency)
        if bad:
            return bad
        for entry in unpack_invoices(packed):
            old = self.invoices[entry.fingerprints[0]]
            uses = tuple(use for use in old.uses if use[0] != terms.receivable)
            for each in old.prints:
                if uses:
                    self.invoices[each] = replace(old, uses=uses)
                else:
                    del self.invoices[each]
        found = self.receivables[terms.receivable]
        self.receivables[terms.receivable] = replace(found, status=ReceivableStatus.DECLINED)
        return set()
