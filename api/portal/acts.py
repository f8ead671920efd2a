"""Signed acts as pages: a table says what is asked and what is done, this module gives each its pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from api import views
from api.portal import together
from api.portal.fields import rows
from api.portal.forms import FieldMissing, FormDep
from api.portal.ids import stored
from api.portal.values import Values
from api.portal.visit import Visit, VisitDep, act_link
from api.portal.words import mark
from api.views import View
from registry.chain.messages import Consent
from registry.kit.errors import BadInput, Refusal
from registry.receivables import queries as receivables
from registry.relay.context import Context
from registry.relay.model import Act

Options = Callable[[Session, str], list[tuple[str, str]]]
About = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,80}$")]


class SignatureUnreadable(BadInput):
    code = "signature_unreadable"
    title = mark("The signatures cannot be read")


@dataclass(frozen=True)
class Asked:
    """One field to fill in before there is something to sign.

    ``kind``: text, amount, date, datetime-local, select, whose ``options`` are (value, text) pairs, or several:
    check boxes of ``options``, whose chosen values come joined by commas. The value reaches ``ask`` and ``do`` as
    it was written.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    options: Options | None = None
    is_required: bool = True


@dataclass(frozen=True)
class SignedAct:
    """``title`` as marked text; ``about`` names what the act is on: receivable or lot, whose record the page
    shows, or anything else, of which it shows nothing. ``ask`` gives what is signed, as ``api.asking.ask`` makes
    it, with those as ``signers`` who sign here and now; ``do`` is the use case. Both get the record's id and the
    filled-in fields. ``do`` gives the act, or an address to go on to where a signature has only been kept until
    another party's comes. ``effect`` says in one sentence what follows. ``show`` gives what the page shows of what
    the act is on, by the template ``<about>_facts.html``, where that is no record of its own. ``asks_wallets``: no
    chain will judge the signatures, so ``do`` gets besides what asks a smart account about its own (ERC-1271)."""

    title: str
    about: str
    ask: Callable[[Session, Context, str, Values], View]
    do: Callable[..., Act | str]
    effect: str
    fields: tuple[Asked, ...] = ()
    show: Callable[[Session, Context, str, Values], View] | None = None
    asks_wallets: bool = False


class _Signature(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    signer: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$")]
    deadline: Annotated[int, Field(ge=0, lt=2**40)]
    signature: Annotated[str, StringConstraints(pattern=r"^0x([0-9a-fA-F]{2}){0,4096}$")]


_SIGNATURES = TypeAdapter(Annotated[list[_Signature], Field(min_length=1, max_length=8)])


def consents(text: str) -> list[Consent]:
    """Signatures as the page's script writes them. Raises SignatureUnreadable."""
    try:
        found = _SIGNATURES.validate_python(orjson.loads(text))
    except (ValidationError, orjson.JSONDecodeError):
        raise SignatureUnreadable(
            "Nothing was signed, or the page's script did not run. Open the page again and sign there."
        ) from None
    return [Consent.from_json(one.model_dump()) for one in found]


def from_hex(text: str) -> bytes:
    """Raises SignatureUnreadable."""
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise SignatureUnreadable("A signature is 0x and hex digits.") from None


def mount(router: APIRouter, acts: Mapping[str, SignedAct]) -> None:
    """The pages of each act: ``sign_<name>`` stands for both in the table of who may do what."""
    for name, act in acts.items():
        page, post = _page(name, act), _post(name, act)
        where, door = f"/sign/{name}/{{about}}", f"sign_{name}"
        router.add_api_route(where, page, methods=["GET"], name=door)
        router.add_api_route(where, post, methods=["POST"], name=door)


def record(session: Session, kind: str, about: str) -> View | None:
    """The View of what an act is on. Raises ReceivableNotFound, LotNotFound."""
    if kind == "receivable":
        return views.receivable(session, receivables.receivable(session, about))
    return views.lot(session, receivables.lot(session, about)) if kind == "lot" else None


def _page(name: str, act: SignedAct) -> Callable[..., Response]:
    def sign_page(about: About, visit: VisitDep) -> Response:
        about = stored(act.about, about)
        given = visit.request.query_params
        values = _values(act, given.getlist)
        with visit.read() as session:
            shown: dict[str, Any] = {
                "name": name,
                "act": act,
                "about": about,
                "record": record(session, act.about, about),
                "values": values,
                "options": {one.name: one.options(session, about) for one in act.fields if one.options},
            }
            if any(one.is_required and one.name not in values for one in act.fields):
                return visit.page("act_fields.html", problem=None, **shown)
            try:
                to_sign = act.ask(
                    session, together.patient(session, visit.context, visit.actor), about, values
                )
                if act.show is not None:
                    shown["record"] = act.show(session, visit.context, about, values)
            except BadInput as problem:
                if not act.fields:
                    raise
                return visit.page("act_fields.html", status=problem.status, problem=problem, **shown)
            shown["rows"] = rows(session, to_sign["typed_data"], visit)
            turn = together.turn(session, visit.context, name, visit.party, about, values, to_sign)
            shown["before"] = turn.before
        return visit.page("act_sign.html", to_sign=to_sign, **shown)

    return sign_page


def _post(name: str, act: SignedAct) -> Callable[..., Response]:
    def sign_post(about: About, visit: VisitDep, form: FormDep) -> Response:
        about = stored(act.about, about)
        values = _values(act, form.several)
        for one in act.fields:
            if one.is_required and one.name not in values:
                raise FieldMissing(f"Fill in {one.name}.", field=one.name)
        given = consents(form.text("consents"))
        wallets = visit.service.wallet_accepts
        judge = (wallets,) if act.asks_wallets else ()

        def do(signed: list[Consent]) -> Act | str:
            return act.do(visit.context, about, values, signed, *judge)

        turn = _turn(visit, name, act, about, values)
        made = turn.take(visit.context, do, given, wallets) if turn else do(given)
        if made is None:
            return visit.go(act_link(name, about, **values))
        if isinstance(made, str):
            return visit.go(made)
        visit.service.worker.wake()
        return visit.go(f"/acts/{made.id}")

    return sign_post


def _turn(visit: Visit, name: str, act: SignedAct, about: str, values: Values) -> together.Turn | None:
    """None where there is nothing to sign any more; what is done then says why."""
    with visit.read() as session:
        try:
            to_sign = act.ask(session, visit.context, about, values)
        except Refusal:
            return None
        return together.turn(session, visit.context, name, visit.party, about, values, to_sign)


def _values(act: SignedAct, given: Callable[[str], list[str]]) -> dict[str, str]:
    found = {one.name: ",".join(value.strip() for value in given(one.name) if value) for one in act.fields}
    return {name: value for name, value in found.items() if value}
