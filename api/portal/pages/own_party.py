"""Everybody's own party: its keys and their mandates, its people and where they are signed in, its API keys, and
whom it lets see its records."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import Path, Query, Response
from sqlalchemy.orm import Session

from api import access_views, views
from api.asking import ask
from api.portal.acts import Asked, SignedAct
from api.portal.forms import Form, FormDep
from api.portal.render import ROLE_NAMES
from api.portal.values import FieldMalformed, Values, day, instant, party_number
from api.portal.values import address as plain_address
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.waiting import Waiting
from api.portal.words import mark
from api.signing import signer
from api.views import View
from registry.access import queries
from registry.access.actor import Actor, Role, roles_of_party
from registry.access.use_cases import (
    NewPerson,
    end_api_key,
    end_stay,
    end_viewing,
    grant_viewing,
    let_in,
    make_api_key,
    shut_out,
)
from registry.chain.keys import checksum
from registry.chain.messages import Consent, Mandate
from registry.chain.words import Role as ChainRole
from registry.chain.words import Scope
from registry.kit.money import Money
from registry.parties import queries as parties
from registry.parties.recovery import veto_account, veto_message
from registry.parties.use_cases import grant_key, mandate_message, revocation_message, revoke_key
from registry.relay.context import Context
from registry.relay.model import Act

router = page_router()
PAGE = 50
MAX_CHARS = 200
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2106, 1, 1)  # block times have 32 bits
DAYS_AHEAD = 365  # what dates are filled in with
After = Annotated[str, Query(max_length=80)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
SCOPES = {
    Scope.REGISTER: mark("register and withdraw receivables"),
    Scope.CONFIRM: mark("confirm or decline what the party owes"),
    Scope.TRANSFER: mark("pass lots on"),
    Scope.FINANCE: mark("sell, pledge and finance"),
    Scope.SETTLE: mark("record payments"),
}


def address(text: str) -> str:
    """An address as it is kept, checked where it carries its check (EIP-55). Raises FieldMalformed."""
    try:
        return checksum(plain_address(text))
    except ValueError as problem:
        raise FieldMalformed(f"{text}: {problem}.", given=text) from None


def until(text: str) -> date:
    """A day to come, within what the ledger's clock can count. Raises FieldMalformed."""
    on = day(text)
    if not FIRST_DAY <= on < LAST_DAY:
        raise FieldMalformed(f"Choose a day between {FIRST_DAY} and {LAST_DAY}.", given=text)
    return on


def name(form: Form, field: str) -> str:
    """Raises FieldMissing, FieldMalformed."""
    text = form[field]
    if len(text) > MAX_CHARS or not text.isprintable():
        raise FieldMalformed(f"Write at most {MAX_CHARS} printable characters.", field=field)
    return text


# ---------------------------------------------------------------------- signed acts


def _mandate(session: Session, about: str, values: Values) -> Mandate:
    """Raises FieldMalformed, BadAmount, UnknownCurrency, PartyNotFound."""
    given = values["scopes"].split(",")
    if not set(given) <= {one.name for one in SCOPES}:
        raise FieldMalformed("Choose what the key may sign.")
    cap = values.get("cap")
    return mandate_message(
        session,
        party_number(about),
        address(values["key"]),
        sum({int(Scope[one]) for one in given}),
        valid_until=until(values["valid_until"]),
        cap=Money.parse(cap, values.get("currency", "")) if cap else None,
    )


def _ask_mandate(session: Session, context: Context, about: str, values: Values) -> View:
    message = _mandate(session, about, values)
    asked = ask(session, context, message, [message.party])
    return {**asked, "signers": [*asked["signers"], signer(message.party, None, message.key)]}


def _grant(context: Context, about: str, values: Values, consents: list[Consent]) -> Act:
    with context.database.read() as session:
        message = _mandate(session, about, values)
    return grant_key(context, message, consents)


def _owner(session: Session, key: str) -> int:
    """The party a key signs for. Raises FieldMalformed."""
    found = parties.key(session, key)
    if found is None:
        raise FieldMalformed("No party has this key.", given=key)
    return found.party


def _ask_revocation(session: Session, context: Context, about: str, _: Values) -> View:
    number = _owner(session, about)
    return ask(session, context, revocation_message(session, number, about), [number])


def _revoke(context: Context, about: str, _: Values, consents: list[Consent]) -> Act:
    with context.database.read() as session:
        message = revocation_message(session, _owner(session, about), about)
    return revoke_key(context, message, consents)


def _ask_veto(session: Session, context: Context, about: str, _: Values) -> View:
    number = party_number(about)
    return ask(session, context, veto_message(session, number), [number])


ACTS = {
    "grant_key": SignedAct(
        title=mark("Give a key a mandate"),
        about="party",
        ask=_ask_mandate,
        do=_grant,
        effect=mark(
            "The key then signs for your party, within these bounds, until it ends or you withdraw it. Your party's "
            "account and the new key both sign, one after the other in this page."
        ),
        fields=(
            Asked("key", mark("The key's address"), hint=mark("0x and 40 hex digits")),
            Asked(
                "scopes",
                mark("What it may sign"),
                kind="several",
                options=lambda _session, _about: [(one.name or "", text) for one, text in SCOPES.items()],
            ),
            Asked("valid_until", mark("Valid until"), kind="date"),
            Asked(
                "cap",
                mark("At most an act"),
                kind="amount",
                hint=mark("Empty: any amount"),
                is_required=False,
            ),
            Asked("currency", mark("In this currency only"), hint=mark("Like CNY or EUR"), is_required=False),
        ),
    ),
    "revoke_key": SignedAct(
        title=mark("Withdraw a mandate"),
        about="key",
        ask=_ask_revocation,
        do=_revoke,
        effect=mark("The key signs nothing for your party from then on, and its holder is signed out."),
    ),
    "veto": SignedAct(
        title=mark("Veto the proposed account"),
        about="party",
        ask=_ask_veto,
        do=lambda context, about, _, consents: veto_account(context, party_number(about), consents),
        effect=mark(
            "The proposed account cannot take over. Any live key of your party may veto; from then on only the "
            "arbiter proposes."
        ),
    ),
}


def proposals(session: Session, _context: Context, actor: Actor) -> list[Waiting]:
    """An account proposed for the reader's party: to be vetoed by whoever did not ask for it."""
    found = parties.recovery(session, actor.party) if actor.party else None
    if found is None:
        return []
    text = mark("An account is proposed for your party: veto it if you did not ask for it")
    return [Waiting(text, "/party", None, found.effective)]


WAITING = (proposals,)


# ---------------------------------------------------------------------- pages


@router.get("/party")
def own_party_page(visit: VisitDep, after: After = "") -> Response:
    with visit.read() as session:
        shown = views.party(session, parties.profile(session, visit.party))
        found = parties.keys_of(session, visit.party, after=after, limit=PAGE + 1)
        keys = [views.mandate(session, one) for one in found[:PAGE]]
    following = keys[-1]["key"] if len(found) > PAGE else None
    scopes = {(one.name or "").lower(): text for one, text in SCOPES.items()}
    return visit.page("own_party.html", one=shown, keys=keys, following=following, scopes=scopes)


@router.get("/party/people")
def own_people_page(visit: VisitDep, after: After = "", before: After = "") -> Response:
    earliest = instant(before) if before else None
    with visit.read() as session:
        found = queries.people(session, after=after, limit=PAGE + 1)
        people = [access_views.person(one) for one in found[:PAGE]]
        stays = queries.stays(session, visit.context.clock.now(), before=earliest, limit=PAGE + 1)
        names = {one.address: one.name for one in found}
        roles = _roles(session, visit.party)
    return visit.page(
        "own_people.html",
        people=people,
        following=people[-1]["address"] if len(found) > PAGE else None,
        stays=stays[:PAGE],
        earlier=stays[PAGE - 1].signed_in_at.isoformat() if len(stays) > PAGE else None,
        names=names,
        roles_to_give=roles,
        until=_ahead(visit),
    )


@router.post("/party/people")
def own_people_post(visit: VisitDep, form: FormDep) -> Response:
    new = NewPerson(
        address(form["address"]), name(form, "name"), _chosen_roles(form), _end_of(form["valid_until"])
    )
    let_in(visit.context, visit.actor, new)
    return visit.go("/party/people")


@router.post("/party/people/{person}/end")
def own_person_end_post(person: Id, visit: VisitDep, _form: FormDep) -> Response:
    shut_out(visit.context, visit.actor, person)
    return visit.go("/party/people")


@router.post("/party/sign-ins/{stay}/end")
def stay_end_post(stay: Id, visit: VisitDep, _form: FormDep) -> Response:
    end_stay(visit.context, visit.actor, stay)
    return visit.go("/party/people")


@router.get("/party/api-keys")
def own_api_keys_page(visit: VisitDep, after: After = "") -> Response:
    return _api_keys(visit, after)


@router.post("/party/api-keys")
def own_api_keys_post(visit: VisitDep, form: FormDep) -> Response:
    """The secret stands in this one answer, which no cache keeps."""
    secret, _ = make_api_key(
        visit.context, visit.actor, name(form, "name"), _chosen_roles(form), _end_of(form["expires_on"])
    )
    return _api_keys(visit, "", secret)


def _api_keys(visit: Visit, after: str, secret: str = "") -> Response:
    with visit.read() as session:
        found = queries.api_keys(session, after=after, limit=PAGE + 1)
        roles = _roles(session, visit.party)
    items = [access_views.api_key(one) for one in found[:PAGE]]
    return visit.page(
        "own_api_keys.html",
        items=items,
        following=items[-1]["id"] if len(found) > PAGE else None,
        secret=secret,
        roles_to_give=roles,
        until=_ahead(visit),
    )


@router.post("/party/api-keys/{key}/end")
def own_api_key_end_post(key: Id, visit: VisitDep, _form: FormDep) -> Response:
    end_api_key(visit.context, visit.actor, key)
    return visit.go("/party/api-keys")


@router.get("/party/consents")
def own_consents_page(visit: VisitDep, after: After = "") -> Response:
    """Given and received."""
    now = visit.context.clock.now()
    with visit.read() as session:
        found = queries.viewing_consents(session, after=after, limit=PAGE + 1)
        items = [
            access_views.viewing_consent(session, one)
            | {"is_over": one.ended_at is not None or one.valid_until <= now}
            for one in found[:PAGE]
        ]
        funders = [
            one for one in parties.with_role(session, int(ChainRole.FUNDER)) if one.number != visit.party
        ]
    return visit.page(
        "own_consents.html",
        items=items,
        following=items[-1]["id"] if len(found) > PAGE else None,
        funders=funders,
        until=_ahead(visit),
    )


@router.post("/party/consents")
def own_consents_post(visit: VisitDep, form: FormDep) -> Response:
    auditor = form.text("auditor")
    grant_viewing(
        visit.context,
        visit.actor,
        viewer=party_number(form.text("viewer")) if form.text("viewer") else 0,
        viewer_person=address(auditor) if auditor else "",
        purpose=name(form, "purpose"),
        valid_until=_end_of(form["valid_until"]),
    )
    return visit.go("/party/consents")


@router.post("/party/consents/{consent}/end")
def own_consent_end_post(consent: Id, visit: VisitDep, _form: FormDep) -> Response:
    end_viewing(visit.context, visit.actor, consent)
    return visit.go("/party/consents")


def _roles(session: Session, number: int) -> list[tuple[str, str]]:
    """The roles a party can give, with their names."""
    party = parties.party_on_chain(session, number)
    possible = roles_of_party(party.roles) if party else frozenset()
    return [(role.value, name) for role, name in ROLE_NAMES.items() if role in possible]


def _chosen_roles(form: Form) -> tuple[Role, ...]:
    """Raises FieldMalformed."""
    try:
        return tuple(Role(one) for one in form.several("roles"))
    except ValueError:
        raise FieldMalformed("Choose among the roles offered.") from None


def _end_of(text: str) -> datetime:
    """The end of a business date, UTC. Raises FieldMalformed."""
    return datetime.combine(until(text), time(23, 59, 59), UTC)


def _ahead(visit: Visit) -> date:
    return visit.context.clock.now().date() + timedelta(days=DAYS_AHEAD)
