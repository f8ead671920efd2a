"""What each act says, worked out from the lot's word before it and its event: the words it must leave behind,
the arguments it must have been called with, and who had to sign which message (docs/contracts.md, acts and
consent).
"""

from dataclasses import dataclass, field
from typing import Any

from registry.chain.contract import Call
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
from registry.chain.words import FactsWord, LotWord, RegisteredWord, Role, Scope
from registry.provenance import transitions
from registry.provenance.history import Act
from registry.provenance.model import Broken

_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Demand:
    """One party's consent to an act: its mandate must cover ``scope``, ``currency`` (0 = none) and
    ``amount_minor``. ``role``: what the party must be admitted as. ``is_open``: a frozen or expired party may
    consent too."""

    party: int
    scope: Scope
    currency: int
    amount_minor: int
    message: Signed
    role: Role | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Reading:
    """``functions``: those that may have caused the event, and ``arguments`` what each must have been given.
    ``words``: expected and found word by name. ``after`` and ``child``: the lot's and its child's word."""

    functions: tuple[str, ...]
    arguments: dict[str, Any]
    demands: tuple[Demand, ...]
    words: dict[str, tuple[int, int]]
    after: LotWord | None = None
    child: LotWord | None = None
    giver: int = 0
    taker: int = 0
    amount_minor: int = 0
    faults: tuple[tuple[str, str], ...] = field(default=())


def terms_of(registration: Act) -> Terms:
    """The terms in a registration's event."""
    return Terms(*registration.event.values["terms"])


def read_issue(act: Act, terms: Terms) -> Reading:
    """A registration or confirmation."""
    arguments: dict[str, Any] = {"terms": terms.as_argument()}
    if act.name == "ReceivableRegistered":
        commitment = int.from_bytes(terms.struct_hash)
        found = act.number("factsWord")
        # When it expires depends on the limits of that day, which do not bear on who signed what.
        expires = RegisteredWord.unpack(found).expires
        expected = RegisteredWord(commitment & ((1 << 192) - 1), expires, 0, 1, 0).pack()
        arguments["invoices"] = act.octets("invoices")
        return Reading(
            ("register", "registerConfirmed"),
            arguments,
            (_issue_demand(terms.originator, Scope.REGISTER, terms, Registration(terms), Role.SUPPLIER),),
            {"facts": (expected, found)},
            giver=terms.originator,
            taker=terms.obligor,
            amount_minor=terms.face,
        )
    facts = FactsWord(terms.face, 0, terms.maturity, terms.obligor, terms.settler, terms.currency, 2, 0)
    lot = transitions.root(terms.originator, terms.face, terms.receivable)
    return Reading(
        ("confirm", "registerConfirmed"),
        arguments,
        (_issue_demand(terms.obligor, Scope.CONFIRM, terms, Confirmation(terms), Role.OBLIGOR),),
        {"facts": (facts.pack(), act.number("factsWord")), "lot": (lot.pack(), act.number("lotWord"))},
        after=LotWord.unpack(act.number("lotWord")),
        giver=terms.obligor,
        taker=terms.originator,
        amount_minor=terms.face,
    )


def _issue_demand(party: int, scope: Scope, terms: Terms, message: Signed, role: Role) -> Demand:
    return Demand(party, scope, terms.currency, terms.face, message, role)


def read_lot_act(act: Act, lot: int, before: LotWord, terms: Terms, call: Call | None) -> Reading:
    """An act on a lot. ``call``: only a settlement needs it, to know who recorded the payment. Raises Broken
    for an event this version does not know."""
    reader = _READERS.get(act.name)
    if reader is None:
        raise Broken("act_unknown", f"{act.name} is an act this version cannot check.")
    try:
        return reader(act, lot, before, terms, call)
    except OverflowError as error:
        raise Broken("lot_word", f"No {act.name} can come after this lot's last state: {error}.") from error


def _transferred(act: Act, lot: int, before: LotWord, terms: Terms, _: Call | None) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    expected = transitions.passed_on(before, after.holder, after.until)
    return Reading(
        ("transfer",),
        {"id": lot, "to": after.holder, "amount": before.amount},
        (_transfer_demand(lot, before, terms, after.holder, before.amount),),
        {"lot": (expected.pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=after.holder,
        amount_minor=before.amount,
        faults=_window_faults(act, after, terms),
    )


def _split(act: Act, lot: int, before: LotWord, terms: Terms, _: Call | None) -> Reading:
    after, child = (LotWord.unpack(act.number(name)) for name in ("parentWord", "childWord"))
    moved = transitions.part(before, child.holder, child.amount, child.until)
    faults = _window_faults(act, child, terms)
    if before.amount != after.amount + child.amount:
        said = f"{before.amount} was split into {after.amount} and {child.amount} minor units."
        faults = (*faults, ("split_amounts", said))
    if child.hops != before.hops + 1:
        faults = (*faults, ("hops", f"The child has {child.hops} hops, its parent {before.hops}."))
    # What does not add up is named above; a word cannot be worked out from it.
    stays = after if child.amount > before.amount else transitions.rest(before, child.amount)
    return Reading(
        ("transfer",),
        {"id": lot, "to": child.holder, "amount": child.amount},
        (_transfer_demand(lot, before, terms, child.holder, child.amount),),
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
    )


def _transfer_demand(lot: int, before: LotWord, terms: Terms, to: int, amount: int) -> Demand:
    message = Transfer(lot, before.seq, before.amount, to, amount)
    return Demand(before.holder, Scope.TRANSFER, terms.currency, amount, message)


def _window_faults(act: Act, moved: LotWord, terms: Terms) -> tuple[tuple[str, str], ...]:
    """The receiver may reject for whole days from the transfer on, at most until the maturity."""
    days, rest = divmod(moved.until - act.at, _DAY_SECONDS)
    if moved.until == terms.maturity or (moved.until < terms.maturity and not rest and 0 <= days < 256):
        return ()
    return (
        ("reject_window", f"The receiver's right to reject ends at {moved.until}, which no limit gives."),
    )


def _rejected(act: Act, lot: int, before: LotWord, terms: Terms, _: Call | None) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    message = Rejection(lot, before.seq, before.amount)
    return Reading(
        ("reject",),
        {"id": lot},
        (Demand(before.holder, Scope.TRANSFER, terms.currency, before.amount, message, is_open=True),),
        {"lot": (transitions.given_back(before).pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=before.peer,
        amount_minor=before.amount,
        faults=() if act.at < before.until else (("reject_window", "The right to reject had ended."),),
    )


def _locked(act: Act, lot: int, before: LotWord, terms: Terms, _: Call | None) -> Reading:
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


def _released(act: Act, lot: int, before: LotWord, _: Terms, call: Call | None) -> Reading:
    # The event does not say who released: only the call does, and without one no consent is checked.
    by = before.peer if call is None else int(call.values.get("by", before.peer))
    may = by == before.peer or (by == before.holder and act.at >= before.until)
    message = Release(lot, before.seq, before.amount)
    return Reading(
        ("release",),
        {"id": lot, "by": by},
        (Demand(by, Scope.FINANCE, 0, 0, message, is_open=True),),
        {"lot": (transitions.unlocked(before).pack(), act.number("lotWord"))},
        LotWord.unpack(act.number("lotWord")),
        giver=by,
        taker=before.holder,
        amount_minor=before.amount,
        faults=() if may else (("not_entitled", f"Party {by} could not release this lock."),),
    )


def _financed(act: Act, lot: int, before: LotWord, terms: Terms, _: Call | None) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    recourse, funder, terms_hash = after.peer != 0, before.peer, act.octets("termsHash")
    sale = Sale(lot, before.seq, before.amount, funder, recourse, False, terms_hash)  # noqa: FBT003 - a sale
    both = tuple(
        Demand(party, Scope.FINANCE, terms.currency, before.amount, sale, role)
        for party, role in ((before.holder, None), (funder, Role.FUNDER))
    )
    return Reading(
        ("finance",),
        {"id": lot, "withRecourse": recourse, "termsHash": terms_hash},
        both,
        {"lot": (transitions.sold(before, with_recourse=recourse).pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=funder,
        amount_minor=before.amount,
        faults=() if act.at < before.until else (("lock_end", "The lock had ended before the sale."),),
    )


def _settled(act: Act, lot: int, before: LotWord, terms: Terms, call: Call | None) -> Reading:
    after = LotWord.unpack(act.number("lotWord"))
    amount, payment = before.amount - after.amount, act.octets("payment")
    if amount <= 0:
        raise Broken("lot_word", f"A settlement left {after.amount} of {before.amount} minor units.")
    by = before.holder if call is None else int(call.values.get("by", before.holder))
    may = by in {before.holder, terms.settler} - {0}
    message = Settlement(lot, before.seq, before.amount, before.holder, amount, payment)
    return Reading(
        ("settle",),
        {"id": lot, "by": by, "payee": before.holder, "lotAmount": before.amount, "amount": amount,
         "payment": payment},
        (Demand(by, Scope.SETTLE, terms.currency, amount, message, is_open=True),),
        {"lot": (transitions.paid(before, amount).pack(), act.number("lotWord"))},
        after,
        giver=by,
        taker=before.holder,
        amount_minor=amount,
        faults=() if may else (("not_entitled", f"Party {by} could not record this payment."),),
    )  # fmt: skip


_READERS = {
    "LotTransferred": _transferred,
    "LotSplit": _split,
    "LotRejected": _rejected,
    "LotLocked": _locked,
    "LotReleased": _released,
    "LotFinanced": _financed,
    "LotSettled": _settled,
}
