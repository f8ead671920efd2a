"""Coming in: sign-in with a key, people, machines' keys, and whom a party lets see its records."""

from typing import Annotated

from fastapi import Path, Request
from pydantic import Field, StringConstraints

from api import access_views as views
from api.auth.door import Doorkeeper
from api.deps import ActorDep, ContextDep, ServiceDep, WholeContextDep
from api.v1 import access_shapes as shapes
from api.v1.documented import problems
from api.v1.fields import (
    MAX_SIGNATURE_BYTES,
    Address,
    After,
    Body,
    Instant,
    Limit,
    PartyNumber,
    RecordId,
    Text,
)
from api.v1.strict import area
from api.views import View
from registry.access import queries
from registry.access.actor import Role
from registry.access.certificates import MAX_PEM_CHARS, Bundle
from registry.access.errors import (
    ApiKeyNotFound,
    BadCertificate,
    BadPeriod,
    BadRoles,
    NobodyHere,
    PersonNotFound,
    PersonTaken,
    SigningKeyTaken,
    SignInRefused,
    ViewingConsentNotFound,
)
from registry.access.sign_in import open_challenge, sign_in, sign_out
from registry.access.use_cases import (
    NewPerson,
    end_api_key,
    end_viewing,
    grant_viewing,
    let_in,
    make_address_key,
    make_api_key,
    make_certificate_key,
    shut_out,
)
from registry.chain.errors import ChainNotReachable
from registry.chain.wallets import wallet_accepts
from registry.parties.errors import PartyNotFound

router = area("access")

Roles = Annotated[list[Role], Field(min_length=1, max_length=len(Role))]

Pem = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=MAX_PEM_CHARS)]

AddressInPath = Annotated[Address, Path(description="A person's address")]


class ChallengeIn(Body):
    address: Address


class SignInIn(Body):
    address: Address
    challenge: Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{1,100}$")]
    signature: Annotated[
        str,
        StringConstraints(
            strict=True, pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=2 + 2 * MAX_SIGNATURE_BYTES
        ),
        Field(description="`personal_sign` over the challenge's text, or what a contract wallet takes"),
    ]


class PersonIn(Body):
    address: Address
    name: Text
    roles: Roles
    valid_until: Instant


class ApiKeyIn(Body):
    name: Text
    roles: Roles
    expires_at: Instant
    address: Annotated[
        Address | None, Field(description="Of the Ethereum key the machine signs its requests with")
    ] = None
    certificate: Annotated[
        Pem | None,
        Field(description="Or PEM of the certificate it signs with, then those up to its authority"),
    ] = None


class ViewingIn(Body):
    viewer: Annotated[PartyNumber | None, Field(description="The party that may look")] = None
    auditor: Annotated[Address | None, Field(description="Or the auditor, by address")] = None
    purpose: Text
    valid_until: Instant


@router.post(
    "/sign-in/challenge",
    response_model=shapes.ChallengeOut,
    responses=problems(),
    summary="Ask for a text to sign in with",
)
def ask_challenge(body: ChallengeIn, request: Request, context: WholeContextDep, service: ServiceDep) -> View:
    """EIP-4361. Good for ten minutes and one sign-in, for this address, at the name this server was asked
    under."""
    challenge = open_challenge(context, Doorkeeper.of(request).door(request), body.address)
    return {
        "challenge": challenge.id,
        "text": challenge.text,
        "expires_at": views.moment(challenge.expires_at),
    }


@router.post(
    "/sign-in",
    response_model=shapes.SignedInOut,
    responses=problems(SignInRefused, NobodyHere, ChainNotReachable),
    summary="Sign in with the signed text",
)
def open_session(body: SignInIn, request: Request, context: WholeContextDep, service: ServiceDep) -> View:
    """Answers the token for `Authorization: Bearer`, good for twelve hours or until sign-out. What it opens
    is what its key may do at each request: a revoked key opens nothing."""
    done = sign_in(
        context,
        Doorkeeper.of(request).door(request),
        body.address,
        body.challenge,
        bytes.fromhex(body.signature[2:]),
        registrar=service.settings.registrar_party,
        wallet_accepts=lambda digest, signature: wallet_accepts(
            service.node, body.address, digest, signature
        ),
    )
    return {
        "token": done.token,
        "expires_at": views.moment(done.expires_at),
        "actor": views.actor(done.actor),
    }


@router.post("/sign-out", response_model=shapes.DoneOut, responses=problems(), summary="End a sign-in")
def close_session(request: Request, context: ContextDep) -> View:
    """The token opens nothing from here on. An API key is ended under `/v1/api-keys`."""
    sign_out(context, request.scope["state"]["token"])
    return {"is_done": True}


@router.get("/me", response_model=shapes.ActorOut, responses=problems(), summary="Who you are here")
def show_me(actor: ActorDep) -> View:
    return views.actor(actor)


@router.get(
    "/people", response_model=shapes.PersonPage, responses=problems(), summary="Whom your party let in"
)
def list_people(context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    """Besides them, whoever has a key of your party's on the ledger may sign in."""
    with context.database.read() as session:
        found = queries.people(session, after=after, limit=limit + 1)
    items = [views.person(one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["address"] if len(found) > limit else None}


@router.post(
    "/people",
    response_model=shapes.PersonOut,
    responses=problems(BadRoles, BadPeriod, PersonTaken, PartyNotFound),
    summary="Let somebody in, or change for what",
)
def add_person(body: PersonIn, context: ContextDep, actor: ActorDep) -> View:
    """Your party's account decides; the operator lets in auditors and operators only. Who is let in may look
    and prepare; to sign for the party takes a mandate on the ledger besides."""
    return views.person(
        let_in(context, actor, NewPerson(body.address, body.name, tuple(body.roles), body.valid_until))
    )


@router.post(
    "/people/{address}/end",
    response_model=shapes.PersonOut,
    responses=problems(PersonNotFound),
    summary="End what somebody was let in for",
)
def end_person(address: AddressInPath, context: ContextDep, actor: ActorDep) -> View:
    """At once, also where the person is signed in."""
    return views.person(shut_out(context, actor, address))


@router.get(
    "/api-keys", response_model=shapes.ApiKeyPage, responses=problems(), summary="Your party's API keys"
)
def list_api_keys(context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.api_keys(session, after=after, limit=limit + 1)
    items = [views.api_key(one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.post(
    "/api-keys",
    status_code=201,
    response_model=shapes.NewApiKeyOut,
    responses=problems(BadRoles, BadPeriod, PartyNotFound, PersonTaken, SigningKeyTaken, BadCertificate),
    summary="Make an API key",
)
def add_api_key(body: ApiKeyIn, context: ContextDep, actor: ActorDep, service: ServiceDep) -> View:
    """The secret is in this answer and nowhere else; a machine that signs its requests (RFC 9421) has none. The
    operator makes keys for outsiders only, with the role `outsider`: they ask blind whether an invoice is known, and
    see nothing else."""
    asked = (context, actor, body.name, tuple(body.roles), body.expires_at)
    if body.certificate is not None:
        if body.address is not None:
            raise BadCertificate(
                "A machine signs with an address or with a certificate; make a key for each."
            )
        made = make_certificate_key(*asked, Bundle.read(body.certificate), service.authorities)
        return {"secret": None, "key": views.api_key(made)}
    if body.address is not None:
        return {"secret": None, "key": views.api_key(make_address_key(*asked, body.address))}
    secret, key = make_api_key(*asked)
    return {"secret": secret, "key": views.api_key(key)}


@router.post(
    "/api-keys/{key}/end",
    response_model=shapes.ApiKeyOut,
    responses=problems(ApiKeyNotFound),
    summary="End an API key",
)
def end_key(
    key: Annotated[RecordId, Path(description="An API key's id")], context: ContextDep, actor: ActorDep
) -> View:
    return views.api_key(end_api_key(context, actor, key))


@router.get(
    "/viewing-consents",
    response_model=shapes.ViewingConsentPage,
    responses=problems(),
    summary="Who may see whose records: given by you and to you",
)
def list_viewing_consents(context: ContextDep, after: After = "", limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.viewing_consents(session, after=after, limit=limit + 1)
        items = [views.viewing_consent(session, one) for one in found[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(found) > limit else None}


@router.post(
    "/viewing-consents",
    status_code=201,
    response_model=shapes.ViewingConsentOut,
    responses=problems(BadRoles, BadPeriod, PartyNotFound, PersonNotFound),
    summary="Let a funder or an auditor see your records",
)
def give_viewing_consent(body: ViewingIn, context: ContextDep, actor: ActorDep) -> View:
    """Your receivables with what became of them, and your invoices with their contents, until its end or
    until you take it back."""
    given = grant_viewing(
        context,
        actor,
        viewer=body.viewer or 0,
        viewer_person=body.auditor or "",
        purpose=body.purpose,
        valid_until=body.valid_until,
    )
    with context.database.read() as session:
        return views.viewing_consent(session, given)


@router.post(
    "/viewing-consents/{consent}/end",
    response_model=shapes.ViewingConsentOut,
    responses=problems(ViewingConsentNotFound),
    summary="Take a consent back",
)
def end_viewing_consent(
    consent: Annotated[RecordId, Path(description="A consent's id")], context: ContextDep, actor: ActorDep
) -> View:
    done = end_viewing(context, actor, consent)
    with context.database.read() as session:
        return views.viewing_consent(session, done)
