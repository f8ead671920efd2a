"""What an obligor owes in all and when, the bound it sets itself, and what it does about a confirmed claim."""

from datetime import date, timedelta

from fastapi import Response
from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.portal.acts import Asked, SignedAct
from api.portal.charts import Bar, bars
from api.portal.render import money
from api.portal.undoing import undoing
from api.portal.values import FieldMalformed, Values, party_number
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from api.views import View
from registry.chain.messages import Consent
from registry.kit.clock import midnight
from registry.kit.money import Money, currency
from registry.parties import queries as parties
from registry.parties.use_cases import quota_message, set_quota
from registry.receivables import obligor_queries as obligors
from registry.receivables import queries as receivables
from registry.receivables.disputes import Grounds, contest_message, contest_receivable, evidence_of
from registry.receivables.model import Lot
from registry.receivables.rules import AGING_DAYS, CONTEST_CODES, contest_code_name
from registry.relay.context import Context
from registry.relay.model import Act

router = page_router()
# The groups of AGING_DAYS: what was due before today, then from each until the next.
GROUPS = (
    mark("overdue"),
    mark("within 30 days"),
    mark("31 to 60 days"),
    mark("61 to 90 days"),
    mark("91 to 180 days"),
    mark("later"),
)
CODES = {
    1: mark("not recognized"),
    2: mark("duplicate"),
    3: mark("differs from contract"),
    4: mark("no relation"),
    5: mark("amount differs"),
    6: mark("other"),
}


# ---------------------------------------------------------------------- signed acts


def _bound(values: Values) -> Money:
    """Raises BadAmount, UnknownCurrency."""
    return Money.parse(values["quota"], values["currency"])


def _quota(session: Session, context: Context, about: str, values: Values) -> View:
    number = party_number(about)
    return ask(session, context, quota_message(session, number, _bound(values)), [number])


def _set_quota(context: Context, about: str, values: Values, consents: list[Consent]) -> Act:
    with context.database.read() as session:
        message = quota_message(session, party_number(about), _bound(values))
    return set_quota(context, message, consents)


def _grounds(values: Values) -> Grounds:
    """Raises FieldMalformed."""
    party, _, lot = values["as"].partition(":")
    code = values["code"]
    if code not in {str(each) for each in CONTEST_CODES}:
        raise FieldMalformed("Choose a ground.", given=code[:20])
    named = ids.LOT.read(lot) if lot else None
    return Grounds(party_number(party), int(code), evidence_of(values["evidence"]), named)


def _contest(session: Session, context: Context, about: str, values: Values) -> View:
    grounds = _grounds(values)
    return ask(session, context, contest_message(session, about, grounds), [grounds.by])


def _sides(session: Session, about: str) -> list[tuple[str, str]]:
    """Who may contest: the obligor the whole, each holder its lot."""
    record = receivables.receivable(session, about)
    lots = [one for one in receivables.lots(session, receivable_id=about) if one.amount]
    names = parties.names(session, {record.obligor, *(one.holder for one in lots)})

    def named(number: int) -> str:
        return names.get(number, f"#{number}")

    def shown(one: Lot) -> str:
        amount = money(views.money(one.amount, record.currency))
        return f"{named(one.holder)} · {ids.LOT.outside(one.id)[:16]}… · {amount}"

    whole = (str(record.obligor), named(record.obligor))
    return [whole, *((f"{one.holder}:{ids.LOT.outside(one.id)}", shown(one)) for one in lots)]


ACTS = {
    "quota": SignedAct(
        title=mark("Bound what your party may owe"),
        about="party",
        ask=_quota,
        do=_set_quota,
        effect=mark(
            "Beyond this bound the ledger takes no confirmation of yours, whoever signs it. 0 lifts it."
        ),
        fields=(
            Asked("currency", mark("Currency"), hint=mark("Like CNY or EUR")),
            Asked("quota", mark("Bound"), kind="amount"),
        ),
    ),
    "undo": undoing(lambda record: record.obligor, "/receivables/"),
    "contest": SignedAct(
        title=mark("Contest a receivable"),
        about="receivable",
        ask=_contest,
        do=lambda context, about, values, consents: contest_receivable(
            context, about, _grounds(values), consents
        ),
        effect=mark(
            "Nothing moves and nothing is owed less: the ledger shows to all that there is a dispute."
        ),
        fields=(
            Asked("as", mark("Who contests what"), kind="select", options=_sides),
            Asked(
                "code",
                mark("Ground"),
                kind="select",
                options=lambda _session, _about: [
                    (str(code), f"{contest_code_name(code)} {text}") for code, text in CODES.items()
                ],
            ),
            Asked(
                "evidence",
                mark("What shows it"),
                hint=mark(
                    "A document's SHA-256 (64 hex digits), or words of which the SHA-256 goes to the ledger."
                ),
            ),
        ),
    ),
}


# ---------------------------------------------------------------------- pages


@router.get("/outstanding")
def outstanding_page(visit: VisitDep) -> Response:
    """What is owed in all by currency, as the ledger adds it up, and when it falls due."""
    today = visit.context.clock.now().date()
    begins = [midnight(today + timedelta(days=days)) for days in AGING_DAYS]
    with visit.read() as session:
        owed = [views.obligation(session, one) for one in receivables.obligations(session, visit.party)]
        found = obligors.owed_by_maturity(session, visit.party, begins)
    return visit.page(
        "outstanding.html",
        owed=owed,
        agings=[_aging(visit, numeric, sums) for numeric, sums in found.items()],
        groups=GROUPS,
        days=_days(today),
    )


def _aging(visit: Visit, numeric: int, sums: list[int]) -> View:
    shown = [views.money(one, numeric) for one in sums]
    code = currency(numeric).code
    rows = [
        Bar(visit._(name), amount, money(text), "late" if place == 0 else "")
        for place, (name, amount, text) in enumerate(zip(GROUPS, sums, shown, strict=True))
    ]
    return {
        "currency": code,
        "sums": shown,
        "total": views.money(sum(sums), numeric),
        "picture": bars(visit._("What is owed in %(currency)s by maturity", currency=code), rows),
    }


def _days(today: date) -> list[str]:
    """Where each group begins, for its row in the table; the first is whatever came before."""
    return ["", *((today + timedelta(days=days)).isoformat() for days in AGING_DAYS)]
