"""What funders and those that sell to them sign, and what waits for either."""

from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.portal.acts import Asked, SignedAct, Values
from api.portal.values import day, party_number, percent
from api.portal.visit import page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.access.actor import FUNDER, Actor
from registry.access.actor import Role as Hand
from registry.chain.messages import Consent
from registry.chain.words import LotStatus, Role
from registry.financing import queries
from registry.financing.errors import NotReservedForYou
from registry.financing.model import FinancingStatus
from registry.financing.remedies import (
    enforce_pledge,
    enforcement_message,
    put_back_message,
    put_lot_back,
    reassignment_message,
    reassignment_terms,
)
from registry.financing.settlement import settle_lot, settlement_message
from registry.financing.signing import (
    REASSIGNMENT,
    REASSIGNMENT_SECONDS,
    for_sale,
    has_signed_sale,
    lasting,
    reassignment_offered,
    sign_reassignment,
    sign_sale,
)
from registry.financing.use_cases import release_lot, release_message, sale_message
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.receivables.model import Lot
from registry.relay.context import Context
from registry.relay.model import Act

router = page_router()


def _me(context: Context) -> int:
    viewer = context.database.viewer
    return viewer.party if viewer else 0


def _lot(context: Context, about: str) -> Lot:
    with context.database.read() as session:
        return receivables.lot(session, about)


def _offer(about: str) -> str:
    return f"/offers/{ids.LOT.outside(about)}"


# ---------------------------------------------------------------------- selling


def _ask_sale(session: Session, context: Context, about: str, _: Values) -> View:
    """Each side is asked for its own signature."""
    financing = queries.live_financing(session, about)
    if financing is None or financing.terms is None:
        raise NotReservedForYou("The funder has to fix price and conditions first.", lot=about)
    message = sale_message(session, about, financing)
    words = Words(price_minor=int(financing.terms["price_minor"]), pays_on=str(financing.terms["pays_on"]))
    return ask(session, for_sale(session, context, about), message, [_me(context)], words)


def _sell(context: Context, about: str, _: Values, consents: list[Consent]) -> Act | str:
    return sign_sale(context, about, _me(context), consents) or f"/lots/{ids.LOT.outside(about)}"


def _finance(context: Context, about: str, _: Values, consents: list[Consent]) -> Act | str:
    return sign_sale(context, about, _me(context), consents) or _offer(about)


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
    return ask(session, lasting(context, REASSIGNMENT_SECONDS), message, [_me(context)], words)


def _reassign(context: Context, about: str, values: Values, consents: list[Consent]) -> Act | str:
    with context.database.read() as session:
        terms = reassignment_terms(session, about, percent(values["rate"]), day(values["pays_on"]))
    to = party_number(values["to"])
    return sign_reassignment(context, about, to, terms, _me(context), consents) or _offer(about)


def _ask_takeover(session: Session, context: Context, about: str, _: Values) -> View:
    message, terms = reassignment_offered(session, about, _me(context))
    words = Words(price_minor=terms.price_minor, pays_on=terms.pays_on)
    return ask(session, lasting(context, REASSIGNMENT_SECONDS), message, [_me(context)], words)


def _take_over(context: Context, about: str, _: Values, consents: list[Consent]) -> Act | str:
    me = _me(context)
    with context.database.read() as session:
        _message, terms = reassignment_offered(session, about, me)
    return sign_reassignment(context, about, me, terms, me, consents) or _offer(about)


# ---------------------------------------------------------------------- paid, released, put back


def _minor(session: Session, about: str, amount: str) -> int:
    """Raises BadAmount."""
    of = receivables.receivable(session, receivables.lot(session, about).receivable)
    return Money.parse(amount, currency(of.currency).code).amount_minor


def _ask_receipt(session: Session, context: Context, about: str, values: Values) -> View:
    lot, payment = receivables.lot(session, about), values["payment"]
    message = settlement_message(session, about, _minor(session, about, values["amount"]), payment)
    return ask(session, context, message, [lot.holder], Words(by=lot.holder, references=(payment,)))


def _receipt(context: Context, about: str, values: Values, consents: list[Consent]) -> Act:
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
    "sell": SignedAct(
        title=mark("Sign the sale as its holder"),
        about="lot",
        ask=_ask_sale,
        do=_sell,
        effect=mark("When the funder has signed the same, the lot is its own or pledged to it at this price."),
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
    "receipt": SignedAct(
        title=mark("Confirm a payment received"),
        about="lot",
        ask=_ask_receipt,
        do=_receipt,
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
    """Offers to look into, terms to fix, sales and reassignments to sign; of both sides."""
    found, me = [], actor.party
    agreed = set()
    for one in queries.open_deals(session, me):
        lot = receivables.lot(session, one.lot)
        if one.until <= context.now:
            continue
        is_agreed = one.status == FinancingStatus.AGREED and lot.status == LotStatus.LOCKED
        agreed |= {lot.id} if is_agreed else set()
        is_funder = one.funder == me
        other = views.party_ref(
            one.seller if is_funder else one.funder, parties.names(session, [one.seller, one.funder])
        )
        amount = views.lot(session, lot)["amount"]
        where = _offer(lot.id) if is_funder else f"/lots/{ids.LOT.outside(lot.id)}"
        if is_agreed and not has_signed_sale(session, context, one, me):
            where = f"/sign/{'finance' if is_funder else 'sell'}/{ids.LOT.outside(lot.id)}"
            found.append(Waiting(mark("Sale to sign"), where, one.created_at, one.until, amount))
        elif is_agreed:
            found.append(Waiting(mark("Sale you signed"), where, one.created_at, one.until, amount, other))
        elif lot.status == LotStatus.FREE and is_funder:
            found.append(Waiting(mark("Lot held for you"), where, one.created_at, one.until, amount))
    if not actor.roles.isdisjoint(FUNDER):
        found += _locked(session, me, agreed)
    if not actor.roles.isdisjoint({Hand.APPROVER, Hand.FINANCE}):
        found += _passed_on(session, context, me)
    return found


def _locked(session: Session, me: int, agreed: set[str]) -> list[Waiting]:
    return [
        Waiting(
            mark("Price and conditions to fix"),
            _offer(lot.id),
            None,
            lot.until,
            views.lot(session, lot)["amount"],
        )
        for lot in receivables.locked_for(session, me)
        if lot.id not in agreed
    ]


def _passed_on(session: Session, context: Context, me: int) -> list[Waiting]:
    found = []
    for one in queries.waiting_signatures(session, me, context.now):
        lot = receivables.lot(session, one.lot)
        if one.act != REASSIGNMENT or lot.holder != one.party or lot.status != LotStatus.FINANCED:
            continue
        amount, since = views.lot(session, lot)["amount"], one.signed_at
        if one.other == me:
            where = f"/sign/take_over/{ids.LOT.outside(lot.id)}"
            found.append(Waiting(mark("Financed lot to take over"), where, since, one.deadline, amount))
        else:
            other = views.party_ref(one.other, parties.names(session, [one.other]))
            found.append(
                Waiting(mark("Reassignment you signed"), _offer(lot.id), since, one.deadline, amount, other)
            )
    return found


WAITING = (deals,)
