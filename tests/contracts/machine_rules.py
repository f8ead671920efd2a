"""The rules by which the machine acts: every act in any order, mostly sensible, at any time."""

from dataclasses import replace
from typing import Any

from registry.chain.messages import (
    Admission,
    Confirmation,
    Declinature,
    InvoiceEntry,
    Lock,
    Mandate,
    Quota,
    Registration,
    Rejection,
    Release,
    Revocation,
    Sale,
    Settlement,
    Signed,
    Terms,
    Transfer,
    pack_invoices,
)
from registry.chain.words import LotStatus, ReceivableStatus
from tests.builders import acts
from tests.builders.ledger import (
    ALL_SCOPES,
    CNY,
    DAY,
    EUR,
    FUNDER,
    HOUR,
    OPERATOR,
    OTHER_FUNDER,
    REGISTRAR,
    ROLES,
    SECOND,
    SETTLER,
    STRANGER,
    SUPPLIER,
    THIRD,
    account,
    identity_of,
)
from tests.contracts.machine import CLERKS, LIMITS, Dice, Driver
from tests.contracts.model import Act, Given, Lot

SUPPLIERS = (SUPPLIER, SECOND, THIRD)
OBLIGORS = (1, 9)
LIVE = (LotStatus.FREE, LotStatus.LOCKED, LotStatus.PLEDGED, LotStatus.FINANCED)
NEWCOMERS = (10, 11, 12)
PRINTS = [acts.fingerprint(5 * 10**9 + number) for number in range(400)]


class OrdinaryRules(Driver):
    """What parties do with receivables and lots, day by day, and what the operator does."""

    # ------------------------------------------------------------------ issues

    def entries(self, dice: Dice) -> list[InvoiceEntry]:
        """Mostly fresh invoices in full or in part; sometimes one used before, with prints added."""
        found = []
        for _ in range(dice.pick([1, 1, 1, 2, 3])):
            amount = dice.pick([1_000, 2_500, 10_000] if dice.is_calm else [1_000, 60])
            if self.model.invoices and dice.one_in(5):
                old = dice.pick(sorted(self.model.invoices))
                use = self.model.invoices[old]
                prints, cap = set(use.prints), use.cap
                amount = dice.pick([amount, max(cap - use.used, 1)])
                if dice.coin():
                    prints.add(dice.pick(PRINTS))
            else:
                size = dice.pick([1, 1, 2, 3])
                prints = set(PRINTS[self.fresh : self.fresh + size])
                self.fresh = (self.fresh + size) % (len(PRINTS) - 3)
                cap = amount * dice.pick([1, 2, 3])
            found.append(InvoiceEntry(cap, amount, tuple(sorted(prints))))
        return found

    def new_claim(self, dice: Dice) -> tuple[Terms, bytes]:
        entries = self.entries(dice)
        packed = pack_invoices(entries)
        tenor = dice.pick([40, 90, 200, 365] if dice.is_calm else [40, 90, 366])
        off = 0 if dice.mostly() else 1
        made = acts.claim(
            obligor=dice.pick(OBLIGORS if dice.is_calm else [*OBLIGORS * 3, 3, 99]),
            originator=dice.pick(SUPPLIERS if dice.is_calm else [*SUPPLIERS * 3, 1, 99]),
            settler=dice.pick([SETTLER, SETTLER, 0] if dice.is_calm else [SETTLER, SETTLER, 1, 2]),
            face=sum(entry.amount for entry in entries) + off,
            currency=dice.pick([CNY, CNY, EUR]),
            maturity=self.model.now + tenor * DAY,
            packed=packed,
            salt=len(self.history) + 1,
        )
        return made.terms, packed

    def brought(self, dice: Dice, name: str, terms: Terms, packed: bytes, *messages: Signed) -> bool:
        given: tuple[Given, ...] = ()
        for party, message in zip((terms.originator, terms.obligor), messages, strict=False):
            given += self.consent(dice, party, message)[1] or (
                Given(self.own(party), message, self.model.now + HOUR),
            )
        sender = account(REGISTRAR) if dice.mostly() else STRANGER
        return self.perform(Act(sender, name, (terms, packed), given))

    def register(self, dice: Dice) -> None:
        terms, packed = self.new_claim(dice)
        if self.brought(dice, "register", terms, packed, Registration(terms)):
            self.claims.append((terms, packed))

    def issue(self, dice: Dice) -> None:
        terms, packed = self.new_claim(dice)
        if self.brought(dice, "registerConfirmed", terms, packed, Registration(terms), Confirmation(terms)):
            self.claims.append((terms, packed))

    def confirm(self, dice: Dice) -> None:
        waiting = [each for each in self.claims if self.model.receivables[each[0].receivable].status == 1]
        terms, _ = dice.pick(waiting or self.claims or [self.new_claim(dice)])
        self.act(dice, terms.obligor, Confirmation(terms), "confirm", terms)

    def ending(
        self, dice: Dice, status: ReceivableStatus
    ) -> tuple[Terms, bytes, tuple[frozenset[bytes], ...]]:
        """A claim in this status, mostly, and the fingerprints that later registrations added."""
        fit = [each for each in self.claims if self.model.receivables[each[0].receivable].status == status]
        terms, packed = dice.pick(fit or self.claims or [self.new_claim(dice)])
        later = tuple(frozenset(each) for each in self.model.later_prints(packed))
        if not any(later) or not dice.mostly():
            later = dice.pick([(), later])
        return terms, packed, later

    def decline(self, dice: Dice) -> None:
        terms, packed, later = self.ending(dice, ReceivableStatus.REGISTERED)
        owed = dice.pick([0, terms.face // 2])
        message = Declinature(terms.receivable, owed, acts.REASON)
        self.act(dice, terms.obligor, message, "decline", terms, owed, acts.REASON, packed, later)

    # ------------------------------------------------------------------ lots

    def a_lot(self, dice: Dice, *statuses: LotStatus) -> tuple[int, Lot]:
        """One in this status if there is one, mostly."""
        fitting = sorted(
            key
            for key, lot in self.model.lots.items()
            if lot.status in statuses
            and (lot.hops < self.model.limits.max_hops or lot.status != LotStatus.FREE)
        )
        anything = sorted(self.model.lots)
        pool = fitting if fitting and dice.mostly() else anything
        number = dice.pick(pool or [12_345])
        return number, self.model.lots.get(number, Lot(SUPPLIER, 1_000, 0))

    def act(self, dice: Dice, party: int, message: Signed, name: str, *values: Any) -> None:
        sender, given = self.consent(dice, party, message)
        self.perform(Act(sender, name, values, given))

    def act_of_two(
        self, dice: Dice, first: int, second: int, message: Signed, name: str, *values: Any
    ) -> None:
        """One of them may send it; the other signs."""
        sender, given = self.consent(dice, first, message)
        _, more = self.consent(dice, second, message)
        more = more or (Given(self.own(second), message, self.model.now),)
        self.perform(Act(sender, name, values, given + more))

    def transfer(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.FREE)
        self.move(dice, number, lot, self.receiver(dice, lot), lot.amount)

    def split(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.FREE)
        to = self.receiver(dice, lot)
        part = dice.pick([lot.amount // 2] * 5 + [100, lot.amount - 100, 0, lot.amount + 1])
        self.move(dice, number, lot, to, max(part, 0))

    def receiver(self, dice: Dice, lot: Lot) -> int:
        good = [each for each in SUPPLIERS if each != lot.holder]
        return dice.pick(good if dice.is_calm else [*good * 4, FUNDER, lot.holder, 99])

    def move(self, dice: Dice, number: int, lot: Lot, to: int, amount: int) -> None:
        message = Transfer(number, lot.seq, lot.amount, to, amount)
        self.act(dice, lot.holder, message, "transfer", number, to, amount)

    def reject(self, dice: Dice) -> None:
        open_ = sorted(
            key
            for key, lot in self.model.lots.items()
            if lot.status == LotStatus.FREE and lot.until > self.model.now
        )
        if not open_ and dice.is_calm:
            self.transfer(dice)
            return
        number, lot = self.a_lot(dice, LotStatus.FREE)
        if open_ and dice.mostly():
            number = dice.pick(open_)
            lot = self.model.lots[number]
        self.act(dice, lot.holder, Rejection(number, lot.seq, lot.amount), "reject", number)

    def lock(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.FREE)
        funder = dice.pick([FUNDER] * 3 + [OTHER_FUNDER] + ([] if dice.is_calm else [SECOND, lot.holder]))
        until = self.model.now + dice.pick(
            [DAY, 10 * DAY] * 3 + ([] if dice.is_calm else [0, HOUR, 400 * DAY])
        )
        claim = self.model.receivables.get(lot.receivable)
        if claim and dice.mostly():
            until = min(until, claim.terms.maturity)
        message = Lock(number, lot.seq, lot.amount, funder, until)
        self.act(dice, lot.holder, message, "lock", number, funder, until)

    def release(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.LOCKED, LotStatus.PLEDGED)
        over = self.model.now >= lot.until
        by = dice.pick([lot.peer or SUPPLIER] * 4 + [lot.holder] * (4 if over else 1) + [SECOND])
        self.act(dice, by, Release(number, lot.seq, lot.amount), "release", number, by)

    def finance(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, LotStatus.LOCKED)
        recourse = dice.coin()
        pledge = dice.coin()
        message = Sale(number, lot.seq, lot.amount, lot.peer, recourse, pledge, acts.TERMS_HASH)
        values = (number, recourse, pledge, acts.TERMS_HASH)
        self.act_of_two(dice, lot.holder, lot.peer or FUNDER, message, "finance", *values)

    def settle(self, dice: Dice) -> None:
        number, lot = self.a_lot(dice, *LIVE)
        by = dice.pick([SETTLER] * 3 + [lot.holder] * 3 + [SECOND])
        is_pledge = lot.status == LotStatus.PLEDGED
        payee = (lot.peer if is_pledge else lot.holder) if dice.mostly() else SUPPLIER
        whole = lot.amount if dice.mostly() else lot.amount + 1
        amount = dice.pick([lot.amount, lot.amount // 2, lot.amount // 2, 1] * 3 + [0, lot.amount + 1])
        message = Settlement(number, lot.seq, whole, payee, amount, acts.PAYMENT)
        values = (number, by, payee, whole, amount, acts.PAYMENT)
        if is_pledge and by == lot.holder:
            self.act_of_two(dice, by, lot.peer, message, "settle", *values)
        else:
            self.act(dice, by, message, "settle", *values)

    # ------------------------------------------------------------------ keys and quotas

    def grant(self, dice: Dice) -> None:
        party = dice.pick([1, *SUPPLIERS, FUNDER, SETTLER])
        key = dice.pick([*CLERKS] * 3 + [account(SECOND)])
        scopes = dice.pick([int(ALL_SCOPES)] * 3 + [0, 1, 4, 12, 16])
        values = (
            party,
            key.address,
            scopes,
            dice.pick([0, 0, CNY, EUR]),
            self.model.now + dice.pick([0, DAY, 400 * DAY, 400 * DAY]),
            dice.pick([0, 1_000, 10**9]),
        )
        message = Mandate(*values, self.model.parties[party].nonce)
        sender, given = self.consent(dice, party, message)
        bound = (Given(key, message, self.model.now + HOUR),) if dice.mostly() else ()
        self.perform(Act(sender, "setKey", values, given + bound))

    def revoke(self, dice: Dice) -> None:
        key = dice.pick(CLERKS)
        word = self.model.keys.get(key.address)
        party = word.party if word else SUPPLIER
        message = Revocation(party, key.address, self.model.parties[party].nonce)
        self.act(dice, party, message, "revokeKey", party, key.address)

    def quota(self, dice: Dice) -> None:
        party = dice.pick([*OBLIGORS, SUPPLIER])
        values = (
            party,
            dice.pick([CNY, EUR]),
            dice.pick([0, 0, 20_000, 10**6]),
        )
        self.act(dice, party, Quota(*values, self.model.parties[party].nonce), "setQuota", *values)

    # ------------------------------------------------------------------ the operator, and time

    def admit(self, dice: Dice) -> None:
        number = dice.pick([*NEWCOMERS * 2, 0, SUPPLIER])
        key = dice.pick([account(number)] * 3 + [CLERKS[0]])
        message = Admission(number, identity_of(number), key.address)
        given = (Given(key, message, self.model.now + HOUR, None if dice.mostly() else STRANGER),)
        values = (number, identity_of(number), key.address, 2, self.model.now + 400 * DAY)
        self.perform(Act(OPERATOR if dice.mostly() else STRANGER, "admit", values, given))

    def administer(self, dice: Dice) -> None:
        party = dice.pick([1, *SUPPLIERS, FUNDER, SETTLER, REGISTRAR, 99])
        flag = dice.coin()
        act = dice.pick(
            [
                ("freeze", party, flag),
                ("bar", party, flag),
                ("setRoles", party, 0, self.model.now + 9 * DAY),
                ("setRoles", party, 31, self.model.now - 1),
                ("setLimits", 365, 3, 1, 30, 1_000),
                ("setLimits", 365, 3, 1, 0, 1_000),
            ]
        )
        self.operate(*act, sender=OPERATOR if dice.mostly() else STRANGER)

    def mend(self, _: Dice) -> None:
        """Undo what would bring the campaign to a standstill."""
        for number, party in list(self.model.parties.items()):
            if party.is_frozen:
                self.operate("freeze", number, False)
            if party.is_barred:
                self.operate("bar", number, False)
            wanted = int(ROLES.get(number, 2))
            if party.valid_until < self.model.now + 400 * DAY or party.roles != wanted:
                self.operate("setRoles", number, wanted, self.model.now + 3_000 * DAY)
        if self.model.limits.min_lot != LIMITS["min_lot"]:
            self.operate("setLimits", *LIMITS.values())
        if self.model.limits.state:
            self.operate("setState", 0)
        for number, found in list(self.model.receivables.items()):
            if found.is_suspended and found.status == ReceivableStatus.CONFIRMED:
                self.operate("resume", number, acts.REASON, sender=self.arbiter())

    def graded(self, dice: Dice) -> None:
        self.operate("setState", dice.pick((1, 2, 3)), sender=OPERATOR if dice.mostly() else STRANGER)

    def time_passes(self, dice: Dice) -> None:
        """Some time, or right up to a boundary, or a second short of it."""
        ends = {lot.until for lot in self.model.lots.values()}
        ends |= {each.expires for each in self.model.receivables.values()}
        ends |= {each.terms.maturity for each in self.model.receivables.values()}
        waits = [end - self.model.now for end in sorted(ends) if end > self.model.now + 1]
        exact = [wait - dice.pick((0, 1)) for wait in waits]
        self.jump(dice.pick([1, HOUR, DAY, DAY, *exact[:4]]))

    def replayed(self, dice: Dice) -> None:
        """Somebody sends an earlier call once more, signatures and all."""
        if self.history:
            old = dice.pick(self.history[-60:])
            if old.given:
                self.perform(replace(old, sender=dice.pick([old.sender, STRANGER])))
