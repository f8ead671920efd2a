"""The supplier's receivables: prepare over invoices, read what the rules say, register, take back, undo."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import Query, Response
from sqlalchemy.orm import Session

from api import ids, views
from api.asking import ask
from api.portal.acts import Asked as Field
from api.portal.acts import SignedAct
from api.portal.forms import FieldMissing, FormDep
from api.portal.ids import ReceivableId
from api.portal.pages.supplier_invoices import shown as shown_invoice
from api.portal.undoing import undoing
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.views import View
from api.wording import Words
from registry.access.actor import Actor, Role
from registry.chain.messages import Terms
from registry.chain.words import LotStatus
from registry.chain.words import Role as ChainRole
from registry.invoices import queries as invoices
from registry.kit.clock import from_unix
from registry.kit.errors import BadInput, Refusal
from registry.kit.money import currency, minor_units
from registry.parties import queries as parties
from registry.receivables import holding_queries as holdings
from registry.receivables import queries
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.endings import (
    expire_receivable,
    withdraw_receivable,
    withdrawal_message,
)
from registry.receivables.many import register_receivables, registrations_message
from registry.receivables.model import Draft
from registry.receivables.use_cases import prepare_receivable, register_receivable, registration_message
from registry.relay import queries as acts
from registry.relay.context import Context
from registry.rules import queries as rules

router = page_router()
MAX_SHOWN = 100
REASON = Field(
    "reason", mark("Reason"), hint=mark("The other side reads it; only its hash goes to the ledger.")
)


class BadDate(BadInput):
    code = "bad_date"
    title = mark("This is not a date")


@router.get("/register")
def register_page(
    visit: VisitDep, invoice: Annotated[list[str] | None, Query(max_length=20)] = None
) -> Response:
    given = {f"take:{one}": "on" for one in invoice or []}
    return _register(visit, given, None)


@router.post("/register")
def register_post(visit: VisitDep, form: FormDep) -> Response:
    given = form.texts()
    try:
        with visit.read() as session:
            request = _request(session, visit.party, given)
        prepared = prepare_receivable(visit.context, request)
    except Refusal as problem:
        return _register(visit, given, problem)
    return visit.go(f"/drafts/{ids.RECEIVABLE.outside(prepared.receivable)}")


def _register(visit: Visit, given: Mapping[str, str], problem: Refusal | None) -> Response:
    with visit.read() as session:
        found = [
            shown_invoice(session, one) for one in invoices.search(session, visit.party, limit=MAX_SHOWN)
        ]
        obligors = parties.with_role(session, ChainRole.OBLIGOR)
        settlers = parties.with_role(session, ChainRole.SETTLER)
    usable = [one for one in found if one["left_minor"] and one["class"] != "credit_note"]
    return visit.page(
        "register.html",
        status=problem.status if problem else 200,
        items=usable,
        obligors=obligors,
        settlers=settlers,
        given=given,
        problem=problem,
    )


def _request(session: Session, party: int, given: Mapping[str, str]) -> DraftRequest:
    """What the form asks for. Raises FieldMissing, BadDate, BadAmount."""
    uses = []
    for name in given:
        if not name.startswith("take:"):
            continue
        invoice = name.removeprefix("take:")
        amount = given.get(f"amount:{invoice}", "")
        unit = currency(invoices.invoice_by_id(session, invoice).currency)
        uses.append(Use(invoice, minor_units(amount, unit) if amount else None))
    return DraftRequest(
        originator=party,
        obligor=_number(given, "obligor"),
        settler=_number(given, "settler") if given.get("settler") else 0,
        maturity=_day(given, "maturity") or _missing("maturity"),
        issued_on=_day(given, "issued_on"),
        delivered_on=_day(given, "delivered_on"),
        accepted_on=_day(given, "accepted_on"),
        uses=tuple(uses),
    )


def _missing(name: str) -> Any:
    raise FieldMissing(f"Fill in {name}.", field=name)


def _number(given: Mapping[str, str], name: str) -> int:
    text = given.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else _missing(name)


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadDate("Write it like 2026-11-30.", field=name) from None


@router.get("/drafts")
def drafts_page(visit: VisitDep) -> Response:
    with visit.read() as session:
        items = [_draft(session, one) for one in holdings.own_drafts(session, visit.party)]
    return visit.page("drafts.html", items=items, party=visit.party)


@router.get("/drafts/{receivable}")
def draft_page(receivable: ReceivableId, visit: VisitDep) -> Response:
    draft = receivable
    with visit.read() as session:
        one = _draft(session, queries.draft(session, draft))
        found = [
            (shown_invoice(session, invoices.invoice_by_id(session, use.invoice)), use.amount_minor)
            for use in queries.draft_invoices(session, draft)
        ]
        findings = _findings(session, f"receivable:{draft}", "prepare", visit.language)
    return visit.page("draft.html", one=one, invoices=found, findings=findings)


def _draft(session: Session, record: Draft) -> View:
    terms = Terms.from_json(record.terms)
    names = parties.names(session, [terms.obligor, terms.settler])
    act = acts.act(session, record.registered_act) if record.registered_act else None
    return {
        "id": ids.RECEIVABLE.outside(record.receivable),
        "obligor": views.party_ref(terms.obligor, names),
        "settler": views.party_ref(terms.settler, names),
        "face": views.money(terms.face, terms.currency),
        "numeric": terms.currency,
        "maturity": views.day(terms.maturity),
        "issued_on": views.day(terms.issued_on),
        "delivered_on": views.day(terms.delivered_on),
        "accepted_on": views.day(terms.accepted_on),
        "created_at": record.created_at,
        "act": act if act and act.status != "refused" else None,
    }


def _findings(session: Session, subject: str, act: str, language: str) -> list[dict[str, Any]]:
    """What the rule packs said when this act was last decided, those that warn in front."""
    found = []
    for decision in rules.newest_decisions(session, subject, act):
        texts = (
            {one.name: one for one in rules.stored_pack(session, decision.version).rules}
            if rules.is_kept(session, decision.version)
            else {}
        )
        for finding in decision.findings:
            rule = texts.get(finding["rule"])
            text = "" if rule is None else rule.text_zh if language == "zh" else rule.text_en
            found.append({**finding, "text": text, "pack": decision.pack})
    return sorted(found, key=lambda one: ["block", "warn", "pass"].index(one["outcome"]))


@router.get("/claims/{receivable}")
def claim_page(receivable: ReceivableId, visit: VisitDep) -> Response:
    """What its supplier may do with a receivable now."""
    with visit.read() as session:
        record = queries.receivable(session, receivable)
        one = views.receivable(session, record)
        said = queries.reason(session, record)
        root = queries.lots(session, receivable_id=receivable, limit=2)
        sides = (record.obligor, record.originator)
        kept, mine = (acts.kept_consent(session, "cancel", f"receivable:{receivable}", one) for one in sides)
    is_whole = len(root) == 1 and root[0].holder == record.originator and root[0].amount == record.face
    return visit.page(
        "claim.html",
        one=one,
        said=said,
        is_late=visit.context.now >= record.expires,
        may_undo=one["status"] == "confirmed" and is_whole and root[0].status == LotStatus.FREE,
        kept=kept if kept and kept.deadline > visit.context.now else None,
        mine=mine if mine and mine.deadline > visit.context.now else None,
    )


@router.post("/claims/{receivable}/expire")
def expire_post(receivable: ReceivableId, visit: VisitDep, _form: FormDep) -> Response:
    """Nobody signs: what was not confirmed in time may be cleared away by anybody."""
    act = expire_receivable(visit.context, receivable)
    visit.service.worker.wake()
    return visit.go(f"/acts/{act.id}")


# ---------------------------------------------------------------------- signed acts


def _drafts_to_choose(session: Session, about: str) -> list[tuple[str, str]]:
    party = int(about) if re.fullmatch(r"[0-9]{1,10}", about) else 0
    found = [_draft(session, one) for one in holdings.own_drafts(session, party)]
    return [
        (
            one["id"],
            f"{one['face']['amount']} {one['face']['currency']} · {one['maturity']} · {one['obligor']['name']}",
        )
        for one in found
        if one["act"] is None
    ]


def _chosen(values: Mapping[str, str]) -> list[str]:
    return [ids.RECEIVABLE.read(one) for one in values.get("drafts", "").split(",") if one]


def _originator(session: Session, draft: str) -> int:
    return queries.draft(session, draft).originator


ACTS = {
    "register": SignedAct(
        title=mark("Register a receivable"),
        about="draft",
        ask=lambda session, context, about, _: ask(
            session,
            context,
            registration_message(session, ids.RECEIVABLE.read(about)),
            [_originator(session, ids.RECEIVABLE.read(about))],
        ),
        do=lambda context, about, _, consents: register_receivable(
            context, ids.RECEIVABLE.read(about), consents
        ),
        effect=mark(
            "It then stands on the ledger, its invoices are used so far, and its obligor is asked to confirm it."
        ),
    ),
    "register_many": SignedAct(
        title=mark("Register several receivables"),
        about="party",
        ask=lambda session, context, _about, values: ask(
            session,
            context,
            registrations_message(session, _chosen(values)),
            [_originator(session, _chosen(values)[0])],
        ),
        do=lambda context, _about, values, consents: register_receivables(context, _chosen(values), consents),
        effect=mark("One signature registers all of them, or none. They must be in one currency."),
        fields=(Field("drafts", mark("Which drafts"), "several", options=_drafts_to_choose),),
    ),
    "withdraw": SignedAct(
        title=mark("Withdraw a receivable"),
        about="receivable",
        ask=lambda session, context, about, values: ask(
            session,
            context,
            withdrawal_message(session, about, values["reason"]),
            [queries.receivable(session, about).originator],
            Words(reason=values["reason"]),
        ),
        do=lambda context, about, values, consents: withdraw_receivable(
            context, about, values["reason"], consents
        ),
        effect=mark("Its obligor can no longer confirm it, and its invoices are free again."),
        fields=(REASON,),
    ),
    "cancel": undoing(lambda record: record.originator, "/claims/"),
}


# ---------------------------------------------------------------------- what awaits the supplier


def drafts_waiting(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    if Role.SUPPLIER not in actor.roles:
        return []
    found = [_draft(session, one) for one in holdings.own_drafts(session, actor.party)]
    return [
        Waiting(
            mark("Draft against %(party)s to sign"),
            f"/drafts/{one['id']}",
            one["created_at"],
            amount=one["face"],
            values={"party": one["obligor"]["name"]},
        )
        for one in found
        if one["act"] is None
    ]


def lapsed_waiting(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    found = holdings.lapsed(session, actor.party, context.now)
    names = parties.names(session, {one.obligor for one in found})
    return [
        Waiting(
            mark("Not confirmed in time by %(party)s: clear it away"),
            f"/claims/{ids.RECEIVABLE.outside(one.id)}",
            from_unix(one.expires),
            amount=views.money(one.face, one.currency),
            values={"party": names.get(one.obligor, f"#{one.obligor}")},
        )
        for one in found
    ]


def undoing_waiting(session: Session, context: Context, actor: Actor) -> list[Waiting]:
    """Cancellations that one side signed, for either side."""
    kept = [one for one in acts.kept_consents(session, actor.party, context.now) if one.kind == "cancel"]
    rows = []
    for one in kept:
        is_mine = one.awaits == actor.party
        other = one.party if is_mine else one.awaits
        receivable = ids.RECEIVABLE.outside(one.about.partition(":")[2])
        names = parties.names(session, [other])
        rows.append(
            Waiting(
                mark("%(party)s wants to undo a receivable") if is_mine else mark("Undoing of a receivable"),
                f"/claims/{receivable}" if Role.SUPPLIER in actor.roles else f"/receivables/{receivable}",
                one.kept_at,
                from_unix(one.deadline),
                turn=None if is_mine else views.party_ref(other, names),
                values={"party": names.get(other, f"#{other}")},
            )
        )
    return rows


WAITING = (drafts_waiting, lapsed_waiting, undoing_waiting)
