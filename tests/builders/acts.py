"""The ledger's acts with everything defaulted: what a test does not name is valid and unimportant.

Acts are sent by the consenting party's own account unless ``sender`` or ``consents`` say otherwise.
"""

from dataclasses import dataclass, replace
from itertools import count

from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Cancellation,
    Confirmation,
    Consent,
    InvoiceEntry,
    Move,
    Payment,
    Reassignment,
    Registration,
    Sale,
    Settlement,
    Terms,
    child_lot,
    keccak256,
    pack_invoices,
)
from registry.chain.words import LotStatus
from tests.builders.ledger import (
    ARBITER,
    CNY,
    DAY,
    FUNDER,
    HOUR,
    OBLIGOR,
    OPERATOR,
    REGISTRAR,
    SETTLER,
    START,
    STRANGER,
    SUPPLIER,
    Ledger,
    account,
)

FACE = 1_000_000
MATURITY = START + 90 * DAY
DOCUMENTS = keccak256(b"documents")
TERMS_HASH = keccak256(b"price and conditions")
PAYMENT = keccak256(b"payment reference")
REASON = keccak256(b"reason")
_fresh = count(1)


def fingerprint(number: int) -> bytes:
    return keccak256(b"invoice" + number.to_bytes(8))


def invoice(
    *, amount: int = FACE, cap: int | None = None, fingerprints: tuple[bytes, ...] | None = None
) -> InvoiceEntry:
    """An invoice nobody has used yet, unless ``fingerprints`` are given."""
    return InvoiceEntry(amount if cap is None else cap, amount, fingerprints or (fingerprint(next(_fresh)),))


@dataclass(frozen=True)
class Claim:
    """A receivable's terms with its packed invoices."""

    terms: Terms
    invoices: bytes

    @property
    def receivable(self) -> int:
        return self.terms.receivable

    @property
    def lot(self) -> int:
        return self.terms.root_lot


def claim(
    *,
    obligor: int = OBLIGOR,
    originator: int = SUPPLIER,
    settler: int = SETTLER,
    face: int | None = None,
    currency: int = CNY,
    maturity: int = MATURITY,
    invoices: list[InvoiceEntry] | None = None,
    packed: bytes | None = None,
    salt: int | None = None,
) -> Claim:
    """Terms over the invoices, whose sum is the face unless it is given."""
    entries = [invoice(amount=FACE if face is None else face)] if invoices is None else invoices
    raw = pack_invoices(entries) if packed is None else packed
    day = START - DAY
    terms = Terms(
        obligor,
        originator,
        settler,
        sum(entry.amount for entry in entries) if face is None else face,
        currency,
        maturity,
        day,
        day,
        day,
        DOCUMENTS,
        keccak256(raw),
        (next(_fresh) if salt is None else salt).to_bytes(32),
    )
    return Claim(terms, raw)


def register(
    ledger: Ledger, new: Claim, *, sender: SigningKey | None = None, consents: list[Consent] | None = None
) -> Claim:
    if consents is None:
        consents = ledger.sign(Registration(new.terms), account(new.terms.originator))
    ledger.send(sender or account(REGISTRAR), "register", new.terms.as_argument(), new.invoices, consents)
    return new


def confirm(
    ledger: Ledger, found: Claim, *, sender: SigningKey | None = None, consents: list[Consent] | None = None
) -> int:
    """The root lot."""
    ledger.send(sender or account(found.terms.obligor), "confirm", found.terms.as_argument(), consents or [])
    return found.lot


def register_confirmed(
    ledger: Ledger, new: Claim, *, sender: SigningKey | None = None, consents: list[Consent] | None = None
) -> int:
    if consents is None:
        consents = [
            *ledger.sign(Registration(new.terms), account(new.terms.originator)),
            *ledger.sign(Confirmation(new.terms), account(new.terms.obligor)),
        ]
    ledger.send(
        sender or account(REGISTRAR), "registerConfirmed", new.terms.as_argument(), new.invoices, consents
    )
    return new.lot


def issue(ledger: Ledger, new: Claim | None = None, **terms: int) -> int:
    """A confirmed receivable's root lot."""
    new = new or claim(**terms)
    return confirm(ledger, register(ledger, new))


def decline(
    ledger: Ledger,
    found: Claim,
    *,
    owed: int = 0,
    reason: bytes = REASON,
    later: bytes = b"",
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    given = (found.terms.as_argument(), owed, reason, found.invoices, later, consents or [])
    ledger.send(sender or account(found.terms.obligor), "decline", *given)


def transfer(
    ledger: Ledger,
    lot: int,
    *,
    to: int,
    amount: int | None = None,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> int:
    """The lot that moved: the same, or the child that a part makes."""
    word = ledger.lot(lot)
    part = word.amount if amount is None else amount
    ledger.send(sender or account(word.holder), "transfer", lot, to, part, consents or [])
    return lot if part == word.amount else child_lot(lot, word.seq)


def reject(
    ledger: Ledger, lot: int, *, sender: SigningKey | None = None, consents: list[Consent] | None = None
) -> None:
    ledger.send(sender or account(ledger.lot(lot).holder), "reject", lot, consents or [])


def lock(
    ledger: Ledger,
    lot: int,
    *,
    funder: int = FUNDER,
    until: int | None = None,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> int:
    end = ledger.now + 24 * HOUR if until is None else until
    ledger.send(sender or account(ledger.lot(lot).holder), "lock", lot, funder, end, consents or [])
    return lot


def release(
    ledger: Ledger,
    lot: int,
    *,
    by: int | None = None,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    who = ledger.lot(lot).peer if by is None else by
    ledger.send(sender or account(who), "release", lot, who, consents or [])


def sale(
    ledger: Ledger,
    lot: int,
    *,
    recourse: bool = True,
    pledge: bool = False,
    terms_hash: bytes = TERMS_HASH,
) -> Sale:
    word = ledger.lot(lot)
    return Sale(lot, word.seq, word.amount, word.peer, recourse, pledge, terms_hash)


def finance(
    ledger: Ledger,
    lot: int,
    *,
    recourse: bool = True,
    pledge: bool = False,
    terms_hash: bytes = TERMS_HASH,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> int:
    word = ledger.lot(lot)
    if consents is None:
        consents = ledger.sign(
            sale(ledger, lot, recourse=recourse, pledge=pledge, terms_hash=terms_hash), account(word.holder)
        )
    ledger.send(sender or account(word.peer), "finance", lot, recourse, pledge, terms_hash, consents)
    return lot


def settle(
    ledger: Ledger,
    lot: int,
    *,
    by: int = SETTLER,
    payee: int | None = None,
    lot_amount: int | None = None,
    amount: int | None = None,
    payment: bytes = PAYMENT,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    word = ledger.lot(lot)
    whole = word.amount if lot_amount is None else lot_amount
    given = (
        lot,
        by,
        word.holder if payee is None else payee,
        whole,
        whole if amount is None else amount,
        payment,
        consents or [],
    )
    ledger.send(sender or account(by), "settle", *given)


# ---------------------------------------------------------------------- the rarer acts


def pledge(ledger: Ledger, lot: int) -> int:
    return finance(ledger, lock(ledger, lot), recourse=False, pledge=True)


def receipt(ledger: Ledger, lot: int) -> Settlement:
    """Over the whole of a pledged lot."""
    word = ledger.lot(lot)
    return Settlement(lot, word.seq, word.amount, word.peer, word.amount, PAYMENT)


def withdraw(ledger: Ledger, found: Claim, *, sender: SigningKey | None = None, later: bytes = b"") -> None:
    given = (found.terms.as_argument(), REASON, found.invoices, later, [])
    ledger.send(sender or account(found.terms.originator), "withdraw", *given)


def expire(ledger: Ledger, found: Claim, *, later: bytes = b"") -> None:
    ledger.send(STRANGER, "expire", found.terms.as_argument(), found.invoices, later)


def cancel(
    ledger: Ledger,
    found: Claim,
    *,
    sender: SigningKey | None = None,
    later: bytes = b"",
    consents: list[Consent] | None = None,
) -> None:
    if consents is None:
        word = ledger.lot(found.lot)
        message = Cancellation(found.receivable, word.seq, word.amount, REASON)
        consents = ledger.sign(message, account(found.terms.originator))
    given = (found.terms.as_argument(), REASON, found.invoices, later, consents)
    ledger.send(sender or account(found.terms.obligor), "cancel", *given)


def suspend(ledger: Ledger, lot: int, *, suspended: bool = True) -> None:
    ledger.send(ARBITER, "suspend" if suspended else "resume", ledger.lot(lot).receivable, REASON)


def enforce(ledger: Ledger, lot: int, *, sender: SigningKey | None = None) -> None:
    ledger.send(sender or account(ledger.lot(lot).peer), "enforce", lot, [])


def put_back(ledger: Ledger, lot: int, *, sender: SigningKey | None = None) -> None:
    ledger.send(sender or account(ledger.lot(lot).holder), "putBack", lot, [])


def reassign(
    ledger: Ledger,
    lot: int,
    *,
    to: int,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    word = ledger.lot(lot)
    if consents is None:
        consents = ledger.sign(Reassignment(lot, word.seq, word.amount, to, TERMS_HASH), account(word.holder))
    ledger.send(sender or account(to), "reassign", lot, to, TERMS_HASH, consents)


def write_off(
    ledger: Ledger,
    lot: int,
    *,
    amount: int | None = None,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    word = ledger.lot(lot)
    given = (lot, word.amount if amount is None else amount, REASON, consents or [])
    ledger.send(sender or account(word.holder), "writeOff", *given)


def force(ledger: Ledger, lot: int, *, to: int, sender: SigningKey = ARBITER) -> None:
    ledger.send(sender, "forcedTransfer", lot, to, REASON)


def moves_of(ledger: Ledger, *wanted: tuple[int, int, int]) -> tuple[Move, ...]:
    """Moves (lot, to, amount) with the seq and amount each lot has when its turn comes."""
    state = {lot: ledger.lot(lot) for lot, _, _ in wanted}
    found = []
    for lot, to, amount in wanted:
        word = state[lot]
        found.append(Move(lot, word.seq, word.amount, to, amount))
        state[lot] = replace(word, seq=word.seq + 1, amount=word.amount - amount)
    return tuple(found)


def transfer_many(
    ledger: Ledger,
    *wanted: tuple[int, int, int],
    by: int = SUPPLIER,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    arguments = [(lot, to, amount) for lot, to, amount in wanted]
    ledger.send(sender or account(by), "transferMany", by, arguments, consents or [])


def payments_of(ledger: Ledger, *wanted: tuple[int, int]) -> tuple[Payment, ...]:
    """Payments (lot, amount) to whom they are due."""
    found = []
    for lot, amount in wanted:
        word = ledger.lot(lot)
        payee = word.peer if word.status == LotStatus.PLEDGED else word.holder
        found.append(Payment(lot, word.seq, word.amount, payee, amount, PAYMENT))
    return tuple(found)


def settle_many(
    ledger: Ledger,
    *payments: Payment,
    by: int = SETTLER,
    sender: SigningKey | None = None,
    consents: list[Consent] | None = None,
) -> None:
    ledger.send(sender or account(by), "settleMany", by, list(payments), consents or [])


def propose(ledger: Ledger, party: int, key: SigningKey, *, sender: SigningKey = OPERATOR) -> None:
    ledger.send(sender, "proposeAccount", party, key.address)


def take(ledger: Ledger, party: int, key: SigningKey) -> None:
    ledger.send(key, "takeAccount", party, [])
