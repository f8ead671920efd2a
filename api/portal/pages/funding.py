"""What funders sign, and what waits for them."""

from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.portal.acts import Asked, SignedAct
from api.portal.values import Values, day, party_number, percent
from api.portal.visit import page_router, party_of
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.access.actor import FUNDER, Actor
from registry.chain.messages import Consent
from registry.chain.words import LotStatus, Role
from registry.financing import queries
from registry.financing.errors import NotReservedForYou
from registry.financing.model import FinancingStatus
from registry.financing.passing import (
    REASSIGN,
    for_reassignment,
    has_signed_sale,
    offered_reassignment,
    sign_reassignment,
)
from registry.financing.remedies import (
    enforce_pledge,
    enforcement_message,
    put_back_message,
    put_lot_back,
    reassignment_message,
    reassignment_terms,
)
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.signing import for_sale, sign_sale
from registry.financing.use_cases import release_lot, release_message, sale_message
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.receivables.model import Lot
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.model import Act

router = page_router()


def _lot(context: Context, about: str) -> Lot:
    with context.database.read() as session:
        return receivables.lot(session, about)


def _deal(about: str) -> str:
    return f"/deals/{ids.LOT.outside(about)}"


# ---------------------------------------------------------------------- selling


def _ask_sale(session: Session, context: Context, about: str, _: Values) -> View:
    """The funder's side; the holder signs the same."""
    financing = queries.live_financing(session, about)
    if financing is None or financing.terms is None:
        raise NotReservedForYou("The funder has to fix price and conditions first.", lot=about)
    message = sale_message(session, about, financing)
    words = Words(price_minor=int(financing.terms["price_minor"]), pays_on=str(financing.terms["pays_on"]))
    return ask(session, for_sale(session, context, about), message, [party_of(context)], words)


def _finance(context: Context, about: str, _: Values, consents: list[Consent]) -> Act | str:
    return sign_sale(context, about, party_of(context), consents) or _deal(about)


# ---------------------------------------------------------------------- passing on


def _funders(session: Session, about: str) -> list[tuple[str, str]]:
    holder = receivables.lot(session, about).holder
    found = parties.with_role(session, Role.FUNDER)
    return [(str(one.number), one.name) for one in found if one.number != holder]


def _ask_reassignment(session: Session, context: Context, about: str, values: Values) -> View:
    to = party_number(values["to"])
    terms = reassignment_terms(session, about, percent(values["rate"]), day(values["pays_on"]))
    message = reassignment_message(session, about, to, terms)
    words = Words(price_minor=terms.price_minor, pays_on=terms.pays_on)
    return ask(session, for_reassignment(context), message, [party_of(context)], words)


def _reassign(context: Context, about: str, values: Values, consents: list[Consent]) -> Act | str:
    with context.database.read() as session:
        terms = reassignment_terms(session, about, percent(values["rate"]), day(values["pays_on"]))
    to = party_number(values["to"])
    return sign_reassignment(context, about, to, terms, party_of(context), consents) or _deal(about)


def _ask_takeover(session: Session, context: Context, about: str, _: Values) -> View:
    message, terms = offered_reassignment(session, context, about, party_of(context))
    words = Words(price_minor=terms.price_minor, pays_on=terms.pays_on)
    return ask(session, for_reassignment(context), message, [party_of(context)], words)


def _take_over(context: Context, about: str, _: Values, consents: list[Consent]) -> Act | str:
    me = party_of(context)
    with context.database.read() as session:
        _message, terms = offered_reassignment(session, context, about, me)
    return sign_reassignment(context, about, me, terms, me, consents) or _deal(about)


# ---------------------------------------------------------------------- paid, released, put back


def _minor(session: Session, about: str, amount: str) -> int:
    """Raises BadAmount."""
    of = receivables.receivable(session, receivables.lot(session, about).receivable)
    return Money.parse(amount, currency(of.currency).code).amount_minor


def _ask_receipt(session: Session, context: Context, about: str, values: Values) -> View:
    lot, payment = receivables.lot(session, about), values["payment"]
    message = settlement_message(session, about, _minor(session, about, values["amount"]), payment)
    return ask(session, context, message, [lot.holder], Words(by=lot.holder, references=(payment,)))


def _collect(context: Context, about: str, values: Values, consents: list[Consent]) -> Act:
    with context.database.read() as session:
        amount = _minor(session, about, values["amount"])
    return settle_lot(context, about, _lot(context, about).holder, amount, values["payment"], consents)


def _ask_release(session: Session, context: Context, about: str, _: Values) -> View:
    peer = receivables.lot(session, about).peer
    return ask(session, context, release_message(session, about), [peer], Words(by=peer))


ACTS = {
    "finance": SignedAct(
        title=mark("Sign the sale as its funder"),
        about="lot",
        ask=_ask_sale,
        do=_finance,
        effect=mark("When the holder has signed the same, the lot is yours or pledged to you at this price."),
    ),
    "release": SignedAct(
        title=mark("Release a lot"),
        about="lot",
        ask=_ask_release,
        do=lambda context, about, _, consents: release_lot(
            context, about, _lot(context, about).peer, consents
        ),
        effect=mark("The lot is free again: its holder may offer it to others."),
    ),
    "collect": SignedAct(
        title=mark("Confirm a payment received"),
        about="lot",
        ask=_ask_receipt,
        do=_collect,
        effect=mark("What you confirm is no longer owed to you. Do so only when the money is in your account."),
        fields=(
            Asked("amount", mark("Amount received"), "amount", mark("In the lot's currency, like 1234.50.")),
            Asked("payment", mark("Payment reference"),
                  hint=mark("As on your bank statement; only its hash goes to the ledger.")),
        ),
    ),
    "reassign": SignedAct(
        title=mark("Pass a financed lot on"),
        about="lot",
        ask=_ask_reassignment,
        do=_reassign,
        effect=mark("When the next funder has signed the same, within 3 days, the lot is its own. Recourse stays."),
        fields=(
            Asked("to", mark("To which funder"), "select", options=_funders),
            Asked("rate", mark("Yearly discount in percent"), "amount", mark("Like 4.2; ACT/360 to maturity.")),
            Asked("pays_on", mark("It pays on"), "date"),
        ),
    ),
    "take_over": SignedAct(
        title=mark("Take over a financed lot"),
        about="lot",
        ask=_ask_takeover,
        do=_take_over,
        effect=mark("The lot is then yours at this price, with the recourse it has."),
    ),
    "put_back": SignedAct(
        title=mark("Put a lot back"),
        about="lot",
        ask=lambda session, context, about, _: ask(
            session,
            context,
            put_back_message(session, about),
            [receivables.lot(session, about).holder],
        ),
        do=lambda context, about, _, consents: put_lot_back(context, about, consents),
        effect=mark("Who sold it to you with recourse holds it again and owes you the price by your contract."),
    ),
    "enforce": SignedAct(
        title=mark("Enforce a pledge"),
        about="lot",
        ask=lambda session, context, about, _: ask(
            session,
            context,
            enforcement_message(session, about),
            [receivables.lot(session, about).peer],
        ),
        do=lambda context, about, _, consents: enforce_pledge(context, about, consents),
        effect=mark("Title passes to you: the obligor then owes it to you."),
    ),
}  # fmt: skip


# ---------------------------------------------------------------------- who waits for whom


def deals(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    """Offers to look into, terms to fix, sales and reassignments to sign, of a funder."""
    if actor.roles.isdisjoint(FUNDER):
        return []
    found, agreed = [], set()
    for one in queries.open_deals(session, actor.party):
        lot = receivables.lot(session, one.lot)
        if one.until <= context.now:
            continue
        where, since = _deal(lot.id), one.created_at
        amount = views.lot(session, lot)["amount"]
        if one.status == FinancingStatus.AGREED and lot.status == LotStatus.LOCKED:
            agreed.add(lot.id)
            if has_signed_sale(session, context, one, actor.party):
                other = views.party_ref(one.seller, parties.names(session, [one.seller]))
                found.append(Waiting(mark("Sale you signed"), where, since, one.until, amount, other))
            else:
                sign = f"/sign/finance/{ids.LOT.outside(lot.id)}"
                found.append(Waiting(mark("Sale to sign"), sign, since, one.until, amount))
        elif lot.status == LotStatus.FREE:
            found.append(Waiting(mark("Lot held for you"), where, since, one.until, amount))
    return found + _locked(session, actor.party, agreed) + _passed_on(session, context, actor.party)


def _locked(session: Session, me: int, agreed: set[str]) -> list[Waiting]:
    return [
        Waiting(
            mark("Price and conditions to fix"),
            _deal(lot.id),
            None,
            lot.until,
            views.lot(session, lot)["amount"],
        )
        for lot in receivables.locked_for(session, me)
        if lot.id not in agreed
    ]


def _passed_on(session: Session, context: Context, me: int) -> list[Waiting]:
    found = []
    for one in acts.kept_consents(session, me, context.now):
        if one.kind != REASSIGN:
            continue
        lot = receivables.lot(session, one.about.removeprefix("lot:"))
        if lot.holder != one.party or lot.status != LotStatus.FINANCED:
            continue
        amount, since = views.lot(session, lot)["amount"], one.kept_at
        if one.awaits == me:
            where = f"/sign/take_over/{ids.LOT.outside(lot.id)}"
            found.append(Waiting(mark("Financed lot to take over"), where, since, one.deadline, amount))
        else:
            other = views.party_ref(one.awaits, parties.names(session, [one.awaits]))
            found.append(
                Waiting(mark("Reassignment you signed"), _deal(lot.id), since, one.deadline, amount, other)
            )
    return found


WAITING = (deals,)
