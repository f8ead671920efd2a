"""Receipts: a holder says that it was paid; of a pledged lot its funder says so too, each in its own time."""

from dataclasses import replace

from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.portal.acts import Asked, SignedAct
from api.portal.together import SECONDS_TO_SIGN
from api.portal.values import Values
from api.portal.visit import act_link, page_router, party_of
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.access.actor import Actor
from registry.chain.messages import Consent
from registry.chain.words import LotStatus
from registry.financing.settlement import RECEIPT, half_of_receipt, settlement_message, sign_receipt
from registry.kit.clock import from_unix
from registry.kit.money import Money, currency, minor_units
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.receivables.errors import AmountNotPositive
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.relay.kept import kept_from
from registry.relay.model import Act, KeptConsent

router = page_router()
AMOUNT = Asked(
    "amount", mark("Amount"), "amount", hint=mark("The whole lot or a part of it, in its currency.")
)


def positive_minor(session: Session, lot: str, amount: str) -> int:
    """Raises BadAmount, AmountNotPositive."""
    of = receivables.receivable(session, receivables.lot(session, lot).receivable)
    found = minor_units(amount, currency(of.currency))
    if found <= 0:
        raise AmountNotPositive("Say an amount of more than zero.", lot=lot)
    return found


def _ask(session: Session, context: Context, about: str, values: Values) -> View:
    lot, me = receivables.lot(session, about), party_of(context)
    amount = positive_minor(session, about, values["amount"])
    words = Words(by=lot.holder, references=(values["payment"],))
    if lot.status != LotStatus.PLEDGED:
        return ask(
            session,
            context,
            settlement_message(session, about, amount, values["payment"]),
            [lot.holder],
            words,
        )
    half = half_of_receipt(session, about, me, amount, values["payment"])
    return ask(session, replace(context, consent_seconds=SECONDS_TO_SIGN), half.message, [me], words)


def _give(context: Context, about: str, values: Values, consents: list[Consent]) -> Act | str:
    me = party_of(context)
    with context.database.read() as session:
        amount, holder = (
            positive_minor(session, about, values["amount"]),
            receivables.lot(session, about).holder,
        )
    where = "/holdings/" if me == holder else "/deals/"
    return sign_receipt(context, about, me, amount, values["payment"], consents) or where + ids.LOT.outside(
        about
    )


ACTS = {
    "receipt": SignedAct(
        title=mark("Record a payment you received"),
        about="lot",
        ask=_ask,
        do=_give,
        effect=mark(
            "You confirm that the money is yours. So much of the claim is then paid, for everybody to see. Of a pledged "
            "lot holder and funder both sign, within 7 days of each other."
        ),
        fields=(AMOUNT, Asked("payment", mark("Reference of the payment"))),
    ),
}  # fmt: skip


def kept_receipts(session: Session, context: Context, lot: str) -> list[View]:
    """Receipts for a pledged lot that one side signed and that still count, as the reader's party has them."""
    record, me = receivables.lot(session, lot), party_of(context)
    if record.status != LotStatus.PLEDGED:
        return []
    kept = [acts.kept_consent(session, RECEIPT, f"lot:{lot}", side) for side in (record.holder, record.peer)]
    return [_shown(session, one, me) for one in kept if one is not None and _counts(session, context, one)]


def _counts(session: Session, context: Context, kept: KeptConsent) -> bool:
    lot = receivables.lot(session, kept.about.removeprefix("lot:"))
    if lot.status != LotStatus.PLEDGED or {kept.party, kept.awaits} != {lot.holder, lot.peer}:
        return False
    amount, payment = int(kept.filled_in["amount_minor"]), kept.filled_in["payment"]
    half = half_of_receipt(session, lot.id, kept.awaits, amount, payment)
    return kept_from(session, context, half, kept.party) is not None


def _shown(session: Session, kept: KeptConsent, me: int) -> View:
    lot = kept.about.removeprefix("lot:")
    of = receivables.receivable(session, receivables.lot(session, lot).receivable)
    other = kept.awaits if kept.party == me else kept.party
    amount = Money(int(kept.filled_in["amount_minor"]), currency(of.currency))
    payment = kept.filled_in["payment"]
    return {
        "is_mine": kept.party == me,
        "other": views.party_ref(other, parties.names(session, [other])),
        "amount": views.money(amount.amount_minor, of.currency),
        "payment": payment,
        "since": kept.kept_at,
        "until": kept.deadline,
        "address": act_link("receipt", ids.LOT.outside(lot), amount=amount.plain(), payment=payment),
    }


def receipts_waiting(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    """Receipts for pledged lots: to be signed by the reader too, or by the other side."""
    kept = [one for one in acts.kept_consents(session, actor.party, context.now) if one.kind == RECEIPT]
    found = [_shown(session, one, actor.party) for one in kept if _counts(session, context, one)]
    return [
        Waiting(
            mark("Receipt you signed") if one["is_mine"] else mark("Receipt of %(party)s to sign too"),
            one["address"],
            one["since"],
            from_unix(one["until"]),
            one["amount"],
            one["other"] if one["is_mine"] else None,
            values={"party": one["other"]["name"]},
        )
        for one in found
    ]


WAITING = (receipts_waiting,)
