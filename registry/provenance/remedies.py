"""The acts for when things go wrong, read as ``acts`` reads the others: enforcement, recourse, loss, cancellation,
and what the arbiter orders."""

from dataclasses import replace
from typing import Any

from registry.chain.messages import Cancellation, Enforcement, PutBack, Reassignment, Signed, Terms, WriteOff
from registry.chain.words import FactsWord, LotStatus, LotWord, ReceivableStatus, Role, Scope
from registry.provenance import transitions
from registry.provenance.demands import Demand, Needs, Reading, Said
from registry.provenance.history import Act
from registry.provenance.model import Broken

Faults = tuple[tuple[str, str], ...]


def enforced(act: Act, lot: int, before: LotWord, terms: Terms, _: Said) -> Reading:
    """A pledgee takes title from the maturity on."""
    message = Enforcement(lot, before.seq, before.amount)
    return _passed(
        act,
        transitions.enforced(before),
        ("enforce", {"id": lot}),
        (_finance(before.peer, before, terms, message),),
        before,
        faults=(*_due(act, terms), *_was(before, LotStatus.PLEDGED)),
    )


def reassigned(act: Act, lot: int, before: LotWord, terms: Terms, _: Said) -> Reading:
    """A financed lot passes from one funder to the next."""
    to, terms_hash = LotWord.unpack(act.number("lotWord")).holder, act.octets("termsHash")
    message = Reassignment(lot, before.seq, before.amount, to, terms_hash)
    receiving = replace(_finance(to, before, terms, message), role=Role.FUNDER)
    return _passed(
        act,
        transitions.reassigned(before, to),
        ("reassign", {"id": lot, "to": to, "termsHash": terms_hash}),
        (_finance(before.holder, before, terms, message), receiving),
        before,
        faults=_was(before, LotStatus.FINANCED),
    )


def put_back(act: Act, lot: int, before: LotWord, terms: Terms, _: Said) -> Reading:
    """The holding funder gives a lot back to its recourse party from the maturity on."""
    message = PutBack(lot, before.seq, before.amount)
    demand = replace(_finance(before.holder, before, terms, message), needs=Needs.KNOWN)
    recourse: Faults = () if before.peer else (("not_entitled", "There was nobody to put the lot back to."),)
    return _passed(
        act,
        transitions.put_back(before),
        ("putBack", {"id": lot}),
        (demand,),
        before,
        faults=(*_due(act, terms), *_was(before, LotStatus.FINANCED), *recourse),
    )


def forced(act: Act, lot: int, before: LotWord, _: Terms, __: Said) -> Reading:
    """The arbiter gives a lot to another party; no party consents."""
    to, reason = LotWord.unpack(act.number("lotWord")).holder, act.octets("reason")
    reading = _passed(
        act,
        transitions.forced(before, to),
        ("forcedTransfer", {"id": lot, "to": to, "reason": reason}),
        (),
        before,
    )
    return replace(reading, is_by_arbiter=True)


def written_off(act: Act, lot: int, before: LotWord, terms: Terms, _: Said) -> Reading:
    """The holder, of a pledged lot the funder too, gives a claim up."""
    after, reason = LotWord.unpack(act.number("lotWord")), act.octets("reason")
    amount = before.amount - after.amount
    if amount <= 0:
        raise Broken("lot_word", f"A write-off left {after.amount} of {before.amount} minor units.")
    message = WriteOff(lot, before.seq, before.amount, amount, reason)
    parties = (before.holder, before.peer) if before.status == LotStatus.PLEDGED else (before.holder,)
    return Reading(
        ("writeOff",),
        {"id": lot, "amount": amount, "reason": reason},
        tuple(
            Demand(party, Scope.SETTLE, terms.currency, amount, message, needs=Needs.UNFROZEN)
            for party in parties
        ),
        {"lot": (transitions.written_off(before, amount).pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=terms.obligor,
        amount_minor=amount,
    )


def canceled(act: Act, _: int, before: LotWord, terms: Terms, __: Said) -> Reading:
    """Obligor and originator undo the confirmation, while nothing has come of it."""
    reason, found = act.octets("reason"), act.number("factsWord")
    message = Cancellation(terms.receivable, before.seq, before.amount, reason)
    # Whether it was suspended does not bear on who may cancel.
    facts = FactsWord(
        terms.face, 0, terms.maturity, terms.obligor, terms.settler, terms.currency,
        ReceivableStatus.CANCELED, FactsWord.unpack(found).flags,
    )  # fmt: skip
    is_whole = (before.holder, before.amount) == (terms.originator, terms.face)
    return Reading(
        ("cancel",),
        {"terms": terms.as_argument(), "reason": reason},
        (
            Demand(
                terms.originator, Scope.REGISTER, terms.currency, terms.face, message, needs=Needs.UNFROZEN
            ),
            Demand(terms.obligor, Scope.CONFIRM, terms.currency, 0, message, needs=Needs.KNOWN),
        ),
        {
            "facts": (facts.pack(), found),
            "lot": (transitions.ended(before).pack(), act.number("lotWord")),
        },
        LotWord.unpack(act.number("lotWord")),
        giver=terms.originator,
        taker=terms.obligor,
        amount_minor=terms.face,
        faults=() if is_whole else (("not_entitled", "The originator did not hold the whole receivable."),),
    )


def _passed(
    act: Act,
    expected: LotWord,
    called: tuple[str, dict[str, Any]],
    demands: tuple[Demand, ...],
    before: LotWord,
    faults: Faults = (),
) -> Reading:
    """The whole lot has another holder."""
    function, arguments = called
    after = LotWord.unpack(act.number("lotWord"))
    return Reading(
        (function,),
        arguments,
        demands,
        {"lot": (expected.pack(), act.number("lotWord"))},
        after,
        giver=before.holder,
        taker=after.holder,
        amount_minor=before.amount,
        faults=faults,
    )


def _finance(party: int, lot: LotWord, terms: Terms, message: Signed) -> Demand:
    return Demand(party, Scope.FINANCE, terms.currency, lot.amount, message)


def _due(act: Act, terms: Terms) -> Faults:
    return () if act.at >= terms.maturity else (("not_mature", "It was done before the maturity."),)


def _was(before: LotWord, status: LotStatus) -> Faults:
    if before.status == status:
        return ()
    return (("lot_status", f"The lot was not {status.name.lower()}, as this act needs it."),)
