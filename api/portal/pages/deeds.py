"""What the operator does on its own word: filled in, said what will happen, then posted. None of it is signed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Annotated, Any

from fastapi import Path, Response
from starlette.exceptions import HTTPException

from api.portal.acts import Asked
from api.portal.forms import FormDep
from api.portal.values import FieldMalformed, Values, address, day, party_number
from api.portal.visit import Visit, VisitDep, page_router
from api.portal.words import mark
from registry.access.actor import Role
from registry.access.use_cases import NewPerson, let_in, shut_out
from registry.chain.words import GradedState
from registry.kit.errors import BadInput
from registry.kit.identifiers import TaxId
from registry.parties import queries as parties
from registry.parties.invitations import end_invitation, invite_party
from registry.parties.recovery import propose_account, proposer
from registry.parties.rules import ROLE_BITS
from registry.parties.use_cases import NewParty, bar_obligor, freeze_party, set_roles, set_state
from registry.relay.model import Act

router = page_router()
Name = Annotated[str, Path(pattern=r"^[a-z_]{1,30}$")]
About = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]
PARTY_ROLES = {
    "obligor": mark("obligor"),
    "supplier": mark("supplier"),
    "funder": mark("funder"),
    "registrar": mark("registrar"),
    "settler": mark("records payments"),
}
STATES = {
    GradedState.OPEN: mark("open: everything goes on"),
    GradedState.NO_NEW_RECEIVABLES: mark("no new receivables: nothing is registered or confirmed"),
    GradedState.HALTED: mark("halted: lots neither move nor are financed; payment stays open"),
}


@dataclass(frozen=True)
class Deed:
    """``effect`` is what will happen, said before it does; ``about``: party, invitation, person or nothing."""

    title: str
    effect: str
    do: Callable[[Visit, str, Values], Act | str]
    about: str = "party"
    fields: tuple[Asked, ...] = ()
    options: Mapping[str, Mapping[str, str]] | None = None


def _propose(visit: Visit, about: str, values: Values) -> Act:
    number = party_number(about)
    with visit.read() as session:
        visit.service.require_sender(proposer(session, number))
    return propose_account(visit.context, number, address(values["account"]))


def _roles(visit: Visit, about: str, values: Values) -> Act:
    return set_roles(
        visit.context, party_number(about), tuple(values["roles"].split(",")), day(values["valid_until"])
    )


def _state(visit: Visit, _about: str, values: Values) -> Act:
    try:
        return set_state(visit.context, GradedState(int(values["state"])))
    except ValueError:
        raise FieldMalformed("Choose a state.") from None


def _invite(visit: Visit, _about: str, values: Values) -> str:
    country = values["country"].upper()
    made = invite_party(
        visit.context,
        NewParty(
            values["name"],
            country,
            (TaxId.of(values["identifier"], country=country),),
            tuple(values["roles"].split(",")),
            "",
            day(values["valid_until"]),
        ),
    )
    return f"/invitations/{made.id}"


def _end_invitation(visit: Visit, about: str, _: Values) -> str:
    end_invitation(visit.context, about)
    return "/invitations"


def _auditor(visit: Visit, _about: str, values: Values) -> str:
    until = datetime.combine(day(values["valid_until"]), time(), UTC)
    new = NewPerson(address(values["account"]), values["name"], (Role.AUDITOR,), until)
    let_in(visit.context, visit.actor, new)
    return "/auditors"


def _end_auditor(visit: Visit, about: str, _: Values) -> str:
    shut_out(visit.context, visit.actor, address(about))
    return "/auditors"


_VALID = Asked("valid_until", mark("Valid until"), "date")
_ROLES = Asked("roles", mark("Roles"), "several", mark("They replace all roles it has."))
DEEDS = {
    "freeze": Deed(
        mark("Freeze a party"),
        mark(
            "It can neither send nor receive anything until the freeze is lifted. "
            "Nothing it holds is moved, and what it owes stays."
        ),
        lambda visit, about, _: freeze_party(visit.context, party_number(about), is_frozen=True),
    ),
    "unfreeze": Deed(
        mark("Lift a party's freeze"),
        mark("It can send and receive again at once."),
        lambda visit, about, _: freeze_party(visit.context, party_number(about), is_frozen=False),
    ),
    "bar": Deed(
        mark("Bar an obligor"),
        mark("No new receivable can name it, whoever sends it. What it owes already stays as it is."),
        lambda visit, about, _: bar_obligor(visit.context, party_number(about), is_barred=True),
    ),
    "unbar": Deed(
        mark("Lift an obligor's bar"),
        mark("New receivables can name it again."),
        lambda visit, about, _: bar_obligor(visit.context, party_number(about), is_barred=False),
    ),
    "roles": Deed(
        mark("Set a party's roles and how long it is admitted"),
        mark("From the next block on it can do what these roles allow, until that day, and nothing else."),
        _roles,
        fields=(_ROLES, _VALID),
        options={"roles": PARTY_ROLES},
    ),
    "recover": Deed(
        mark("Propose an account for a party that lost its own"),
        mark(
            "Any live key of the party may veto it. Unvetoed, the new account can take over after 7 days; "
            "all older keys of the party then end. Lots stay where they are."
        ),
        _propose,
        fields=(Asked("account", mark("The new account's address")),),
    ),
    "state": Deed(
        mark("Set what the ledger takes"),
        mark("It holds for everybody from the next block on, until you change it again."),
        _state,
        about="",
        fields=(Asked("state", mark("State"), "select"),),
        options={"state": {str(int(one)): text for one, text in STATES.items()}},
    ),
    "invite": Deed(
        mark("Invite a party"),
        mark(
            "You get a link for it. Whoever has the link may come in once, within 30 days, as this party with these "
            "roles, by signing with an account of its own: send it to the right person."
        ),
        _invite,
        about="",
        fields=(
            Asked("name", mark("Legal name")),
            Asked("country", mark("Country"), hint=mark("Two letters, like CN or DE.")),
            Asked("identifier", mark("Tax identifier")),
            Asked("roles", mark("Roles"), "several"),
            _VALID,
        ),
        options={"roles": PARTY_ROLES},
    ),
    "end_invitation": Deed(
        mark("Take an invitation back"),
        mark("Its link opens nothing any more. You can invite the party anew."),
        _end_invitation,
        about="invitation",
    ),
    "auditor": Deed(
        mark("Let an auditor in"),
        mark("This address may sign in and sees what parties consent to show it. It can change nothing."),
        _auditor,
        about="",
        fields=(Asked("account", mark("Address")), Asked("name", mark("Name")), _VALID),
    ),
    "end_auditor": Deed(
        mark("End what somebody was let in for"),
        mark("It is signed out at once and comes in no more."),
        _end_auditor,
        about="person",
    ),
}  # fmt: skip
assert set(PARTY_ROLES) == set(ROLE_BITS)


def _deed(name: str) -> Deed:
    if name not in DEEDS:
        raise HTTPException(404)
    return DEEDS[name]


def _values(deed: Deed, given: Callable[[str], list[str]]) -> dict[str, str]:
    found = {
        one.name: ",".join(value.strip() for value in given(one.name) if value.strip()) for one in deed.fields
    }
    return {name: value for name, value in found.items() if value}


@router.get("/operate/{name}/{about}")
def operate_page(name: Name, about: About, visit: VisitDep) -> Response:
    """First the fields, if any; with them, what will happen and the button that does it."""
    deed = _deed(name)
    return _page(visit, name, about, _values(deed, visit.request.query_params.getlist))


@router.post("/operate/{name}/{about}")
def operate_post(name: Name, about: About, visit: VisitDep, form: FormDep) -> Response:
    deed = _deed(name)
    values = _values(deed, form.several)
    if any(one.is_required and one.name not in values for one in deed.fields):
        return _page(visit, name, about, values)
    try:
        made = deed.do(visit, about, values)
    except BadInput as problem:
        if not deed.fields:
            raise
        return _page(visit, name, about, values, problem)
    if isinstance(made, str):
        return visit.go(made)
    visit.service.worker.wake()
    return visit.go(f"/acts/{made.id}")


def _page(visit: Visit, name: str, about: str, values: Values, problem: BadInput | None = None) -> Response:
    deed, subject = _deed(name), about
    if deed.about == "party":
        with visit.read() as session:
            subject = parties.profile(session, party_number(about)).name
    shown: dict[str, Any] = {
        "name": name,
        "about": about,
        "deed": deed,
        "subject": subject if deed.about else "",
        "values": values,
        "problem": problem,
        "is_complete": problem is None and all(one.name in values for one in deed.fields),
    }
    return visit.page("operate.html", status=problem.status if problem else 200, **shown)
