"""Parties: admission, the keys that may sign for them, and what the operator decides about them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api import views
from api.deps import ContextDep, WritingDep
from api.signing import signer, to_sign
from api.v1 import shapes
from api.v1.documented import CONSENTS, problems, writes
from api.v1.fields import (
    Address,
    AfterNumber,
    Body,
    Consents,
    Country,
    Day,
    Limit,
    PartyInPath,
    PartyNumber,
    Text,
    Truth,
)
from api.v1.strict import area
from api.views import View
from api.wording import Words, said
from registry.chain.messages import Admission
from registry.kit.errors import BadInput
from registry.kit.identifiers import VAT, TaxId
from registry.parties import queries
from registry.parties.errors import (
    AccountTaken,
    BadIdentifier,
    BadPartyName,
    BadRole,
    EvidenceMalformed,
    IdentifierTaken,
    PartyNotFound,
    PartyNumberTaken,
)
from registry.parties.use_cases import (
    MAX_DOCUMENTS,
    Evidence,
    NewParty,
    admit_party,
    bar_obligor,
    freeze_party,
    prepare_admission,
    set_roles,
)
from registry.relay.errors import ActPending
from registry.relay.refusals import ChainRefused

router = area("parties", "/parties")

ADMISSION = (BadPartyName, BadIdentifier, BadInput, BadRole, EvidenceMalformed, IdentifierTaken, AccountTaken)

MAX_VALUE_CHARS = 60


class Identifier(Body):
    """A legal or tax identifier as it is written; `DE 271 828 180` and `DE271828180` are the same."""

    value: Text
    country: Country
    scheme: Annotated[
        str,
        StringConstraints(strict=True, pattern=r"^[A-Za-z0-9:]*$", max_length=20),
        Field(description="VAT, TAX, USCC or an ISO 6523 code"),
    ] = VAT

    def tax_id(self) -> TaxId:
        """Raises BadInput, BadIdentifier."""
        found = TaxId.of(self.value, country=self.country, scheme=self.scheme)
        if len(found.value) > MAX_VALUE_CHARS:
            raise BadIdentifier(f"An identifier has at most {MAX_VALUE_CHARS} letters and digits.")
        return found


class DocumentIn(Body):
    """A document that was looked at. It stays where it is; its SHA-256 is kept with the party."""

    title: Text
    sha256: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]


class InvitedIn(Body):
    """A party whose account is not known yet."""

    name: Text
    country: Country
    identifiers: Annotated[
        list[Identifier], Field(min_length=1, max_length=10, description="The first is its identity")
    ]
    roles: Annotated[
        list[Text],
        Field(min_length=1, max_length=5, description="Of obligor, supplier, funder, settler and registrar"),
    ]
    valid_until: Day
    evidence: Annotated[
        tuple[DocumentIn, ...], Field(max_length=MAX_DOCUMENTS, description="What the admission rests on")
    ] = ()

    def under(self, account: str) -> NewParty:
        identifiers = tuple(one.tax_id() for one in self.identifiers)
        evidence = tuple(Evidence(one.title, one.sha256) for one in self.evidence)
        roles = tuple(self.roles)
        return NewParty(self.name, self.country, identifiers, roles, account, self.valid_until, evidence)


class NewPartyIn(InvitedIn):
    account: Address

    def party(self) -> NewParty:
        return self.under(self.account)


class AdmissionIn(NewPartyIn, Consents):
    number: Annotated[PartyNumber, Field(description="As the typed data had it")]


class RolesIn(Body):
    roles: Annotated[list[Text], Field(min_length=1, max_length=5)]
    valid_until: Day


class FreezeIn(Body):
    is_frozen: Truth


class BarIn(Body):
    is_barred: Truth


@router.post(
    "/admissions",
    response_model=shapes.AdmissionToSign,
    responses=problems(*ADMISSION),
    summary="What a new party's account signs",
)
def prepare_party(body: NewPartyIn, context: ContextDep) -> View:
    """Checks what can be checked already and gives the party a number. Nothing is kept."""
    party = body.party()
    message: Admission = prepare_admission(context, party)
    signers = [signer(message.party, party.name, party.account)]
    with context.database.read() as session:
        words = said(message, session, Words(name=party.name, identifier=str(party.identifiers[0])))
    return {"number": message.party, **to_sign(context, message, words, signers)}


@router.post(
    "",
    **writes(*ADMISSION, PartyNumberTaken, *CONSENTS),
    summary="Admit a party whose account signed",
)
def add_party(body: AdmissionIn, context: ContextDep, write: WritingDep) -> View:
    """The operator's act, resting on the account's own signature: an account is never bound against its
    will."""
    return write(admit_party(context, body.party(), body.number, body.given()))


@router.get("", response_model=shapes.PartyPage, responses=problems(), summary="All parties, by number")
def list_parties(context: ContextDep, after: AfterNumber = 0, limit: Limit = 50) -> View:
    with context.database.read() as session:
        found = queries.profiles(session, after=after, limit=limit + 1)
        items = [views.party(session, one) for one in found[:limit]]
    return {"items": items, "next": str(items[-1]["number"]) if len(found) > limit else None}


@router.get(
    "/{number}", response_model=shapes.PartyOut, responses=problems(PartyNotFound), summary="One party"
)
def show_party(number: PartyInPath, context: ContextDep) -> View:
    with context.database.read() as session:
        return views.party(session, queries.profile(session, number))


@router.post(
    "/{number}/freeze",
    **writes(),
    summary="Freeze a party or lift its freeze",
)
def freeze(number: PartyInPath, body: FreezeIn, context: ContextDep, write: WritingDep) -> View:
    """The operator's act. A frozen party neither sends nor receives; nothing it holds is moved."""
    return write(freeze_party(context, number, is_frozen=body.is_frozen))


@router.post(
    "/{number}/bar",
    **writes(),
    summary="Bar an obligor from new receivables or lift it",
)
def bar(number: PartyInPath, body: BarIn, context: ContextDep, write: WritingDep) -> View:
    """The operator's act. What a barred obligor owes already stays as it is."""
    return write(bar_obligor(context, number, is_barred=body.is_barred))


@router.post(
    "/{number}/roles",
    **writes(BadRole, PartyNotFound, ActPending, ChainRefused),
    summary="Set a party's roles and how long it is admitted",
)
def roles(number: PartyInPath, body: RolesIn, context: ContextDep, write: WritingDep) -> View:
    """The operator's act. Replaces all roles."""
    return write(set_roles(context, number, tuple(body.roles), body.valid_until))
