"""What each act says, worked out from the lot's word before it and its event: the words it must leave behind,
the arguments it must have been called with, and who had to sign which message (docs/contracts.md, acts and
consent).
"""

from collections.abc import Callable

from registry.chain.messages import (
    Confirmation,
    Lock,
    Registration,
    Rejection,
    Release,
    Sale,
    Settlement,
    Signed,
    Terms,
    Transfer,
)
from registry.chain.words import FactsWord, LotStatus, LotWord, RegisteredWord, Role, Scope
from registry.provenance import batches, remedies, transitions
from registry.provenance.batches import Entry
from registry.provenance.demands import Demand, Needs, Reading, Said
from registry.provenance.history import Act
from registry.provenance.model import Broken

_DAY_SECONDS = 86_400


def terms_of(registration: Act) -> Terms:
    """The terms in a registration's event."""
    return Terms.of_event(registration.event.values)


def read_issue(act: Act, terms: Terms, said: Said) -> Reading:
    """A registration or confirmation, alone or in a batch. Raises Broken with ``call``."""
    if act.name == "ReceivableRegistered":
        return _registered(act, terms, batches.registration(act, said))
    return _confirmed(act, terms, batches.confirmation(act, said))


def _registered(act: Act, terms: Terms, entry: Entry | None) -> Reading:
    commitment = int.from_bytes(terms.struct_hash)
    found = act.number("factsWord")
    # When it expires depends on the limits of that day, which do not bear on who signed what.
    expires = RegisteredWord.unpack(found).expires
    expected = RegisteredWord(commitment & ((1 << 192) - 1), expires, 0, 1, 0).pack()
    alone = Entry({}, Registration(terms), terms.face)
    return Reading(
        ("register", "registerConfirmed", "registerMany"),
        {"terms": terms.as_argument(), "invoices": act.octets("invoices")},
        (_issue_demand(terms.originator, Scope.REGISTER, terms, entry or alone, Role.SUPPLIER),),
        {"facts": (expected, found)},
        giver=terms.originator,
        taker=terms.obligor,
        amount_minor=terms.face,
        given=entry.values if entry else None,
    )


def _confirmed(act: Act, terms: Terms, entry: Entry | None) -> Reading:
    facts = FactsWord(terms.face, 0, terms.maturity, terms.obligor, terms.settler, terms.currency, 2, 0)
    lot = transitions.root(terms.originator, terms.face, terms.receivable)
    alone = Entry({}, Confirmation(terms), terms.face)
    return Reading(
        ("confirm", "registerConfirmed", "confirmMany"),
        {"terms": terms.as_argument()},
        (_issue_demand(terms.obligor, Scope.CONFIRM, terms, entry or alone, Role.OBLIGOR),),
        {"facts": (facts.pack(), act.number("factsWord")), "lot": (lot.pack(), act.number("lotWord"))},
        after=LotWord.unpack(act.number("lotWord")),
        giver=terms.obligor,
        taker=terms.originator,
        amount_minor=terms.face,
        given=entry.values if entry else None,
    )


def _issue_demand(party: int, scope: Scope, terms: Terms, signed: Entry, role: Role) -> Demand:
    return Demand(party, scope, terms.currency, signed.amount_minor, signed.message, role)


def read_lot_act(act: Act, lot: int, before: LotWord, terms: Terms, said: Said) -> Reading:
    """An act on a lot. ``said``: some events do not name who acted, or stand in a batch. Raises Broken for an
    event this version does not know."""
    reader = _READERS.get(act.name)
    if reader is None:
        raise Broken("act_unknown", f"{act.name} is an act this version cannot check.")
    try:
        return reader(act, lot, before, terms, said)
    except OverflowError as error:
        raise Broken("lot_word", f"No {act.name} can come after this lot's last state: {error}.") from error


def _transferred(act: Act, lot: int, before: LotWord, terms: Terms, said: Said) -> Reading:
    after, entry = LotWord.unpack(act.number("lotWord")), batches.transfer(act, said)
    expected = transitions.passed_on(before, after.holder, after.until)
    return Reading(
        ("transfer", "transferMany"),
        {"id": lot, "to": after.holder, "amount": before.amount},
        (_transfer_demand(lot, before, terms, after.holder, before.amount, entry),),
        {"lot": (expected.pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=after.holder,
        amount_minor=before.amount,
        faults=_window_faults(act, after, terms),
        given=entry.values if entry else None,
    )


def _split(act: Act, lot: int, before: LotWord, terms: Terms, said: Said) -> Reading:
    entry = batches.transfer(act, said)
    after, child = (LotWord.unpack(act.number(name)) for name in ("parentWord", "childWord"))
    moved = transitions.part(before, child.holder, child.amount, child.until)
    faults = _window_faults(act, child, terms)
    if before.amount != after.amount + child.amount:
        detail = f"{before.amount} was split into {after.amount} and {child.amount} minor units."
        faults = (*faults, ("split_amounts", detail))
    if child.hops != before.hops + 1:
        faults = (*faults, ("hops", f"The child has {child.hops} hops, its parent {before.hops}."))
    # What does not add up is named above; a word cannot be worked out from it.
    stays = after if child.amount > before.amount else transitions.rest(before, child.amount)
    return Reading(
        ("transfer", "transferMany"),
        {"id": lot, "to": child.holder, "amount": child.amount},
        (_transfer_demand(lot, before, terms, child.holder, child.amount, entry),),
        {
            "lot": (stays.pack(), act.number("parentWord")),
            "child": (moved.pack(), act.number("childWord")),
        },
        after,
        child,
        giver=before.holder,
        taker=child.holder,
        amount_minor=child.amount,
        faults=faults,
        given=entry.values if entry else None,
    )


def _transfer_demand(
    lot: int, before: LotWord, terms: Terms, to: int, amount: int, entry: Entry | None
) -> Demand:
    signed = entry or Entry({}, Transfer(lot, before.seq, before.amount, to, amount), amount)
    return Demand(before.holder, Scope.TRANSFER, terms.currency, signed.amount_minor, signed.message)


def _window_faults(act: Act, moved: LotWord, terms: Terms) -> tuple[tuple[str, str], ...]:
    """The receiver may reject for whole days from the transfer on, at most until the maturity."""
    days, rest = divmod(moved.until - act.at, _DAY_SECONDS)
    if moved.until == terms.maturity or (moved.until < terms.maturity and not rest and 0 <= days < 256):
        return ()
    return (
        ("reject_window", f"The receiver's right to reject ends at {moved.until}, which no limit gives."),
    )


def _rejected(act: Act, lot: int, before: LotWord, terms: Terms, _: Said) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    message = Rejection(lot, before.seq, before.amount)
    return Reading(
        ("reject",),
        {"id": lot},
        (Demand(before.holder, Scope.TRANSFER, terms.currency, before.amount, message, needs=Needs.KNOWN),),
        {"lot": (transitions.given_back(before).pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=before.peer,
        amount_minor=before.amount,
        faults=() if act.at < before.until else (("reject_window", "The right to reject had ended."),),
    )


def _locked(act: Act, lot: int, before: LotWord, terms: Terms, _: Said) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    message = Lock(lot, before.seq, before.amount, after.peer, after.until)
    is_timely = act.at < after.until <= terms.maturity
    return Reading(
        ("lock",),
        {"id": lot, "funder": after.peer, "until": after.until},
        (Demand(before.holder, Scope.FINANCE, terms.currency, before.amount, message),),
        {"lot": (transitions.locked(before, after.peer, after.until).pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=after.peer,
        amount_minor=before.amount,
        faults=() if is_timely else (("lock_end", f"The lock ends at {after.until}, out of its bounds."),),
    )


def _released(act: Act, lot: int, before: LotWord, _: Terms, said: Said) -> Reading:
    # The event does not say who released: only the call does, and without one no consent is checked.
    by = int(said.value("by", before.peer))
    is_pledge = before.status == LotStatus.PLEDGED
    may = by == before.peer or (by == before.holder and not is_pledge and act.at >= before.until)
    message = Release(lot, before.seq, before.amount)
    # A pledge's end gives up security, a lock's end nothing.
    needs = Needs.UNFROZEN if is_pledge else Needs.KNOWN
    return Reading(
        ("release",),
        {"id": lot, "by": by},
        (Demand(by, Scope.FINANCE, 0, 0, message, needs=needs),),
        {"lot": (transitions.unlocked(before).pack(), act.number("lotWord"))},
        LotWord.unpack(act.number("lotWord")),
        giver=by,
        taker=before.holder,
        amount_minor=before.amount,
        faults=() if may else (("not_entitled", f"Party {by} could not release this lot."),),
        is_pledge=is_pledge,
    )


def _financed(act: Act, lot: int, before: LotWord, terms: Terms, said: Said) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    is_pledge, funder, terms_hash = after.status == LotStatus.PLEDGED, before.peer, act.octets("termsHash")
    # A pledge's word has no place for recourse: it is what the call says and both signed.
    recourse = bool(said.value("withRecourse", False)) if is_pledge else after.peer != 0  # noqa: FBT003 - a default
    sale = Sale(lot, before.seq, before.amount, funder, recourse, is_pledge, terms_hash)
    expected = transitions.pledged(before) if is_pledge else transitions.sold(before, with_recourse=recourse)
    both = tuple(
        Demand(party, Scope.FINANCE, terms.currency, before.amount, sale, role)
        for party, role in ((before.holder, None), (funder, Role.FUNDER))
    )
    return Reading(
        ("finance",),
        {"id": lot, "withRecourse": recourse, "pledge": is_pledge, "termsHash": terms_hash},
        both,
        {"lot": (expected.pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=funder,
        amount_minor=before.amount,
        faults=() if act.at < before.until else (("lock_end", "The lock had ended before the sale."),),
        is_pledge=is_pledge,
    )


def _settled(act: Act, lot: int, before: LotWord, terms: Terms, said: Said) -> Reading:
    after, entry = LotWord.unpack(act.number("lotWord")), batches.settlement(act, said)
    amount, payment = before.amount - after.amount, act.octets("payment")
    if amount <= 0:
        raise Broken("lot_word", f"A settlement left {after.amount} of {before.amount} minor units.")
    payee = before.peer if before.status == LotStatus.PLEDGED else before.holder
    by = int(entry.values["by"] if entry else said.value("by", before.holder))
    may = by in ({before.holder, terms.settler} if entry is None else {terms.settler}) - {0}
    signed = entry or Entry({}, Settlement(lot, before.seq, before.amount, payee, amount, payment), amount)
    # A receipt for a pledged lot takes holder and funder.
    signers = (by, payee) if by == before.holder != payee and entry is None else (by,)
    return Reading(
        ("settle", "settleMany"),
        {"id": lot, "by": by, "payee": payee, "lotAmount": before.amount, "amount": amount,
         "payment": payment},
        tuple(_settle_demand(party, terms, signed.amount_minor, signed.message) for party in signers),
        {"lot": (transitions.paid(before, amount).pack(), act.number("lotWord"))},
        after,
        giver=by,
        taker=payee,
        amount_minor=amount,
        faults=() if may else (("not_entitled", f"Party {by} could not record this payment."),),
        given=entry.values if entry else None,
    )  # fmt: skip


def _settle_demand(party: int, terms: Terms, amount: int, message: Signed) -> Demand:
    return Demand(party, Scope.SETTLE, terms.currency, amount, message, needs=Needs.UNFROZEN)


_READERS: dict[str, Callable[[Act, int, LotWord, Terms, Said], Reading]] = {
    "LotTransferred": _transferred,
    "LotSplit": _split,
    "LotRejected": _rejected,
    "LotLocked": _locked,
    "LotReleased": _released,
    "LotFinanced": _financed,
    "LotSettled": _settled,
    "LotEnforced": remedies.enforced,
    "LotReassigned": remedies.reassigned,
    "LotPutBack": remedies.put_back,
    "LotForced": remedies.forced,
    "LotWrittenOff": remedies.written_off,
    "ReceivableCanceled": remedies.canceled,
}
