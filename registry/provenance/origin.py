"""Both ends of the path: the terms and invoices a receivable was made of, and the lot as it stands now."""

from registry.chain.messages import InvoiceEntry, Terms, keccak256, unpack_invoices
from registry.chain.words import FactsWord, InvoiceUseWord, LotWord, ObligationWord, ReceivableStatus
from registry.provenance.history import History, lot_name
from registry.provenance.model import Broken, Checks, InvoiceUse
from registry.provenance.reading import Reader

_NO_STATE = "The node does not hold the state at this block; ask an archive node."


def check_origin(reader: Reader, history: History, terms: Terms, checks: Checks) -> list[InvoiceUse]:
    """Lot, receivable and invoices all follow from the terms by hashing."""
    registered, confirmed, root = history.registration, history.confirmation, history.lots[0].lot
    subject = f"receivable {terms.receivable:016x}"
    checks.holds(
        "commitment",
        subject,
        "The root lot's id is the hash of the terms.",
        otherwise="The terms do not hash to the root lot's id.",
        if_true=terms.root_lot == root == confirmed.number("rootLot"),
    )
    checks.holds(
        "receivable_id",
        subject,
        "The receivable's id is the head of that hash.",
        otherwise="The receivable's id is not the head of the root lot's.",
        if_true=root >> 192 == registered.number("receivable") == confirmed.number("receivable"),
    )
    checks.holds(
        "order",
        subject,
        "It was registered before it was confirmed.",
        otherwise="It was confirmed before it was registered.",
        if_true=registered.place < confirmed.place,
    )
    packed = registered.octets("invoices")
    checks.holds(
        "invoices_hash",
        subject,
        "The invoice list is the one the terms commit to.",
        otherwise="The invoice list does not hash to what the terms commit to.",
        if_true=keccak256(packed) == terms.invoices_hash,
    )
    try:
        entries = unpack_invoices(packed)
    except ValueError:
        raise Broken(
            "invoices_unreadable", "The registration's invoice list cannot be taken apart."
        ) from None
    checks.holds(
        "face_covered",
        subject,
        "The invoices' amounts used add up to the face.",
        otherwise="The invoices' amounts used do not add up to the face.",
        if_true=sum(entry.amount for entry in entries) == terms.face,
    )
    if history.is_canceled:
        # Its invoices are free again, and whose they are now is no matter of this lot.
        return [InvoiceUse(entry.fingerprints, entry.cap, entry.amount, None) for entry in entries]
    return [_check_invoice(reader, entry, terms, checks) for entry in entries]


def _check_invoice(reader: Reader, entry: InvoiceEntry, terms: Terms, checks: Checks) -> InvoiceUse:
    """All fingerprints of an invoice hold one word: its cap, and at least this use of it, within the cap."""
    subject = f"invoice {entry.fingerprints[0].hex()[:8]}…"
    words = {reader.word("invoiceOf", each) for each in entry.fingerprints}
    shown = InvoiceUse(entry.fingerprints, entry.cap, entry.amount, None)
    if None in words:
        checks.not_checked("invoice_use", subject, _NO_STATE)
        return shown
    use = InvoiceUseWord.unpack(next(word for word in words if word is not None))
    is_same = (use.cap, use.currency) == (entry.cap, terms.currency)
    # Another receivable may have come and gone since: it leaves its number, place and further fingerprints.
    others = use.used - entry.amount
    holds_this = others >= 0 if use.uses > 1 else (use.uses, others) == (1, 0)
    checks.holds(
        "invoice_use",
        subject,
        f"{use.used} of {use.cap} minor units are used, {entry.amount} of them here.",
        otherwise="The registry's record of the invoice does not hold this use within its cap.",
        if_true=len(words) == 1
        and is_same
        and holds_this
        and use.used <= use.cap
        and use.fingerprints >= len(entry.fingerprints),
    )
    return InvoiceUse(entry.fingerprints, entry.cap, entry.amount, use.used)


def check_present(
    reader: Reader, history: History, word: LotWord, terms: Terms, checks: Checks
) -> FactsWord | None:
    """The lot's and the receivable's state are where the events lead."""
    lot = history.lots[-1].lot
    state = reader.word("lotOf", lot)
    if state is None:
        checks.not_checked("lot_state", lot_name(lot), _NO_STATE)
    else:
        checks.holds(
            "lot_state",
            lot_name(lot),
            "The lot's state is the one its last act left.",
            otherwise="The lot's state is not the one its last act left.",
            if_true=state == word.pack(),
        )
    subject, found = f"receivable {terms.receivable:016x}", reader.word("facts", terms.receivable)
    if found is None:
        checks.not_checked("receivable_state", subject, _NO_STATE)
        return None
    facts = FactsWord.unpack(found)
    status = ReceivableStatus.CANCELED if history.is_canceled else ReceivableStatus.CONFIRMED
    expected = (terms.face, terms.maturity, terms.obligor, terms.settler, terms.currency)
    held = (facts.face, facts.maturity, facts.obligor, facts.settler, facts.currency)
    checks.holds(
        "receivable_state",
        subject,
        f"It is {status.name.lower()}, with face, maturity, obligor, settler and currency as in the terms.",
        otherwise=f"The registry's record of it differs from the terms, or it is not {status.name.lower()}.",
        if_true=facts.status == status and held == expected and facts.settled + word.amount <= facts.face,
    )
    return facts


def check_obligation(
    reader: Reader, facts: FactsWord | None, terms: Terms, checks: Checks
) -> ObligationWord | None:
    """What the obligor owes in all in this currency, which holds what is left of this receivable."""
    subject = f"party {terms.obligor} in currency {terms.currency}"
    found = reader.word("obligation", terms.obligor, terms.currency)
    if found is None or facts is None:
        checks.not_checked("obligor_total", subject, _NO_STATE)
        return None
    total = ObligationWord.unpack(found)
    is_confirmed = facts.status == ReceivableStatus.CONFIRMED
    open_here = facts.face - facts.settled if is_confirmed else 0
    checks.holds(
        "obligor_total",
        subject,
        f"It owes {total.outstanding} minor units on what it confirmed here, {open_here} of them on this receivable.",
        otherwise="The registry's total of what it owes does not hold what is left of this receivable.",
        if_true=total.outstanding >= open_here and total.count >= (open_here > 0),
    )
    return total
