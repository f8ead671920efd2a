"""The rules by which the machine acts: every act in any order, mostly sensible, at any time."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

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
from registry.chain.words import LotStatus
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
from tests.contracts.machine import CLERKS, LIMITS, Driver
from tests.contracts.model import Act, Given, Lot

SUPPLIERS = (SUPPLIER, SECOND, THIRD)
OBLIGORS = (1, 9)
NEWCOMERS = (10, 11, 12)
PRINTS = [acts.fingerprint(5 * 10**9 + number) for number in range(400)]
often = st.integers(0, 9).map(lambda roll: roll < 9)


class LedgerMachine(Driver):
    """Every act in any order, mostly sensible, at any time."""

    # ------------------------------------------------------------------ issues

    def entries(self, data: st.DataObject) -> list[InvoiceEntry]:
        """Mostly fresh invoices in full or in part; sometimes one used before, with prints added."""
        found = []
        for _ in range(data.draw(st.sampled_from([1, 1, 1, 2, 3]))):
            amount = data.draw(st.sampled_from([60, 1_000, 2_500, 10_000]))
            if self.model.invoices and data.draw(st.integers(0, 4)) == 0:
                old = data.draw(st.sampled_from(sorted(self.model.invoices)))
                use = self.model.invoices[old]
                prints, cap = set(use.prints), use.cap
                amount = data.draw(st.sampled_from([amount, max(cap - use.used, 1)]))
                if data.draw(st.booleans()):
                    prints.add(data.draw(st.sampled_from(PRINTS)))
            else:
                size = data.draw(st.sampled_from([1, 1, 2, 3]))
                prints = set(PRINTS[self.fresh : self.fresh + size])
                self.fresh = (self.fresh + size) % (len(PRINTS) - 3)
                cap = amount * data.draw(st.sampled_from([1, 2, 3]))
            found.append(InvoiceEntry(cap, amount, tuple(sorted(prints))))
        return found

    def new_claim(self, data: st.DataObject) -> tuple[Terms, bytes]:
        entries = self.entries(data)
        packed = pack_invoices(entries)
        tenor = data.draw(st.sampled_from([40, 90, 90, 200, 365, 366]))
        off = 0 if data.draw(often) else 1
        party = st.sampled_from([*SUPPLIERS * 4, 1, 99])
        made = acts.claim(
            obligor=data.draw(st.sampled_from([*OBLIGORS * 5, 3, 99])),
            originator=data.draw(party),
            settler=data.draw(st.sampled_from([SETTLER] * 8 + [0, 1, 2])),
            face=sum(entry.amount for entry in entries) + off,
            currency=data.draw(st.sampled_from([CNY, CNY, EUR])),
            maturity=self.model.now + tenor * DAY,
            packed=packed,
            salt=len(self.history) + 1,
        )
        return made.terms, packed

    def brought(self, data: st.DataObject, name: str, terms: Terms, packed: bytes, *messages: Signed) -> bool:
        given: tuple[Given, ...] = ()
        for party, message in zip((terms.originator, terms.obligor), messages, strict=False):
            given += self.consent(data, party, message)[1] or (
                Given(account(party), message, self.model.now + HOUR),
            )
        sender = account(REGISTRAR) if data.draw(often) else STRANGER
        return self.perform(Act(sender, name, (terms, packed), given))

    @rule(data=st.data())
    def register(self, data: st.DataObject) -> None:
        terms, packed = self.new_claim(data)
        if self.brought(data, "register", terms, packed, Registration(terms)):
            self.claims.append((terms, packed))

    @rule(data=st.data())
    def issue(self, data: st.DataObject) -> None:
        terms, packed = self.new_claim(data)
        if self.brought(data, "registerConfirmed", terms, packed, Registration(terms), Confirmation(terms)):
            self.claims.append((terms, packed))

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        waiting = [each for each in self.claims if self.model.receivables[each[0].receivable].status == 1]
        terms, _ = data.draw(st.sampled_from(waiting or self.claims or [self.new_claim(data)]))
        self.act(data, terms.obligor, Confirmation(terms), "confirm", terms)

    @rule(data=st.data())
    def decline(self, data: st.DataObject) -> None:
        waiting = [each for each in self.claims if self.model.receivables[each[0].receivable].status == 1]
        terms, packed = data.draw(st.sampled_from(waiting or self.claims or [self.new_claim(data)]))
        later = tuple(frozenset(each) for each in self.model.later_prints(packed))
        if not any(later) or not data.draw(often):
            later = data.draw(st.sampled_from([(), later]))
        owed = data.draw(st.sampled_from([0, terms.face // 2]))
        message = Declinature(terms.receivable, owed, acts.REASON)
        self.act(data, terms.obligor, message, "decline", terms, owed, acts.REASON, packed, later)

    # ------------------------------------------------------------------ lots

    def a_lot(self, data: st.DataObject, *statuses: LotStatus) -> tuple[int, Lot]:
        """One in this status if there is one, mostly."""
        fitting = sorted(key for key, lot in self.model.lots.items() if lot.status in statuses)
        anything = sorted(self.model.lots)
        pool = fitting if fitting and data.draw(often) else anything
        number = data.draw(st.sampled_from(pool or [12_345]))
        return number, self.model.lots.get(number, Lot(SUPPLIER, 1_000, 0))

    def act(self, data: st.DataObject, party: int, message: Signed, name: str, *values: Any) -> None:
        sender, given = self.consent(data, party, message)
        self.perform(Act(sender, name, values, given))

    @rule(data=st.data())
    def transfer(self, data: st.DataObject) -> None:
        number, lot = self.a_lot(data, LotStatus.FREE)
        to = data.draw(st.sampled_from([*SUPPLIERS * 3, FUNDER, lot.holder, 99]))
        self.move(data, number, lot, to, lot.amount)

    @rule(data=st.data())
    def split(self, data: st.DataObject) -> None:
        number, lot = self.a_lot(data, LotStatus.FREE)
        to = data.draw(
            st.sampled_from([each for each in SUPPLIERS if each != lot.holder] * 4 + [FUNDER, lot.holder])
        )
        part = data.draw(
            st.sampled_from([lot.amount // 2, lot.amount // 2, 100, lot.amount - 100, 0, lot.amount + 1])
        )
        self.move(data, number, lot, to, max(part, 0))

    def move(self, data: st.DataObject, number: int, lot: Lot, to: int, amount: int) -> None:
        message = Transfer(number, lot.seq, lot.amount, to, amount)
        self.act(data, lot.holder, message, "transfer", number, to, amount)

    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        open_ = sorted(
            key
            for key, lot in self.model.lots.items()
            if lot.status == LotStatus.FREE and lot.until > self.model.now
        )
        number, lot = self.a_lot(data, LotStatus.FREE)
        if open_ and data.draw(often):
            number = data.draw(st.sampled_from(open_))
            lot = self.model.lots[number]
        self.act(data, lot.holder, Rejection(number, lot.seq, lot.amount), "reject", number)

    @rule(data=st.data())
    def lock(self, data: st.DataObject) -> None:
        number, lot = self.a_lot(data, LotStatus.FREE)
        funder = data.draw(st.sampled_from([FUNDER] * 4 + [OTHER_FUNDER, SECOND, lot.holder]))
        until = self.model.now + data.draw(st.sampled_from([0, HOUR, DAY, 10 * DAY, 10 * DAY, 400 * DAY]))
        message = Lock(number, lot.seq, lot.amount, funder, until)
        self.act(data, lot.holder, message, "lock", number, funder, until)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        number, lot = self.a_lot(data, LotStatus.LOCKED)
        over = self.model.now >= lot.until
        by = data.draw(
            st.sampled_from([lot.peer or SUPPLIER] * 4 + [lot.holder] * (4 if over else 1) + [SECOND])
        )
        self.act(data, by, Release(number, lot.seq, lot.amount), "release", number, by)

    @rule(data=st.data())
    def finance(self, data: st.DataObject) -> None:
        number, lot = self.a_lot(data, LotStatus.LOCKED)
        recourse = data.draw(st.booleans())
        message = Sale(number, lot.seq, lot.amount, lot.peer, recourse, False, acts.TERMS_HASH)
        sender, given = self.consent(data, lot.holder, message)
        _, more = self.consent(data, lot.peer if lot.peer in ROLES else FUNDER, message)
        more = more or (Given(account(lot.peer or FUNDER), message, self.model.now),)
        self.perform(Act(sender, "finance", (number, recourse, acts.TERMS_HASH), given + more))

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        number, lot = self.a_lot(data, LotStatus.FREE, LotStatus.LOCKED, LotStatus.FINANCED)
        by = data.draw(st.sampled_from([SETTLER] * 3 + [lot.holder] * 3 + [SECOND]))
        payee = lot.holder if data.draw(often) else SUPPLIER
        whole = lot.amount if data.draw(often) else lot.amount + 1
        amount = data.draw(st.sampled_from([lot.amount, lot.amount, lot.amount // 2, 1, 0, lot.amount + 1]))
        message = Settlement(number, lot.seq, lot.amount, lot.holder, amount, acts.PAYMENT)
        self.act(data, by, message, "settle", number, by, payee, whole, amount, acts.PAYMENT)

    # ------------------------------------------------------------------ keys and quotas

    @rule(data=st.data())
    def grant(self, data: st.DataObject) -> None:
        party = data.draw(st.sampled_from([1, *SUPPLIERS, FUNDER, SETTLER]))
        key = data.draw(st.sampled_from([*CLERKS] * 3 + [account(SECOND)]))
        scopes = data.draw(st.sampled_from([int(ALL_SCOPES)] * 3 + [0, 1, 4, 12, 16]))
        values = (
            party,
            key.address,
            scopes,
            data.draw(st.sampled_from([0, 0, CNY, EUR])),
            self.model.now + data.draw(st.sampled_from([0, DAY, 400 * DAY, 400 * DAY])),
            data.draw(st.sampled_from([0, 1_000, 10**9])),
        )
        message = Mandate(*values, self.model.parties[party].nonce)
        sender, given = self.consent(data, party, message)
        bound = (Given(key, message, self.model.now + HOUR),) if data.draw(often) else ()
        self.perform(Act(sender, "setKey", values, given + bound))

    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(CLERKS))
        word = self.model.keys.get(key.address)
        party = word.party if word else SUPPLIER
        message = Revocation(party, key.address, self.model.parties[party].nonce)
        self.act(data, party, message, "revokeKey", party, key.address)

    @rule(data=st.data())
    def quota(self, data: st.DataObject) -> None:
        party = data.draw(st.sampled_from([*OBLIGORS, SUPPLIER]))
        values = (
            party,
            data.draw(st.sampled_from([CNY, EUR])),
            data.draw(st.sampled_from([0, 0, 20_000, 10**6])),
        )
        self.act(data, party, Quota(*values, self.model.parties[party].nonce), "setQuota", *values)

    # ------------------------------------------------------------------ the operator, and time

    @rule(data=st.data())
    def admit(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from([*NEWCOMERS * 2, 0, SUPPLIER]))
        key = data.draw(st.sampled_from([account(number)] * 3 + [CLERKS[0]]))
        message = Admission(number, identity_of(number), key.address)
        given = (Given(key, message, self.model.now + HOUR, None if data.draw(often) else STRANGER),)
        values = (number, identity_of(number), key.address, 2, self.model.now + 400 * DAY)
        self.perform(Act(OPERATOR if data.draw(often) else STRANGER, "admit", values, given))

    @rule(data=st.data())
    def administer(self, data: st.DataObject) -> None:
        party = data.draw(st.sampled_from([1, *SUPPLIERS, FUNDER, SETTLER, REGISTRAR, 99]))
        flag = data.draw(st.booleans())
        act = data.draw(
            st.sampled_from(
                [
                    ("freeze", party, flag),
                    ("bar", party, flag),
                    ("setRoles", party, 0, self.model.now + 9 * DAY),
                    ("setRoles", party, 31, self.model.now - 1),
                    ("setLimits", 365, 3, 1, 30, 1_000),
                    ("setLimits", 365, 3, 1, 0, 1_000),
                ]
            )
        )
        self.operate(*act, sender=OPERATOR if data.draw(often) else STRANGER)

    @rule()
    def mend(self) -> None:
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
        self.graded(0)

    @rule(state=st.sampled_from([0, 0, 1, 2]))
    def graded(self, state: int) -> None:
        """Written directly: there is no act for it yet, and so no event."""
        self.ledger.set_state(state)
        self.model.limits = replace(self.model.limits, state=state)
        self.replay.words["limits", 0] = self.ledger.view("limits")

    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        """Some time, or right up to a boundary, or a second short of it."""
        ends = {lot.until for lot in self.model.lots.values()}
        ends |= {each.expires for each in self.model.receivables.values()}
        ends |= {each.terms.maturity for each in self.model.receivables.values()}
        waits = [end - self.model.now for end in sorted(ends) if end > self.model.now + 1]
        exact = [wait - data.draw(st.integers(0, 1)) for wait in waits]
        self.jump(data.draw(st.sampled_from([1, HOUR, DAY, DAY, *exact[:4]])))

    @rule(data=st.data())
    def replayed(self, data: st.DataObject) -> None:
        """Somebody sends an earlier call once more, signatures and all."""
        if self.history:
            old = data.draw(st.sampled_from(self.history[-60:]))
            if old.given:
                self.perform(replace(old, sender=data.draw(st.sampled_from([old.sender, STRANGER]))))

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        for _ in range(2):
            self.issue(data)
        self.grant(data)
