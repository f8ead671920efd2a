"""Companies' certificates: whose a party's account is, for those who trust the certificate's authority."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api import company_views as views
from api.deps import ContextDep
from api.v1 import shapes
from api.v1.documented import problems
from api.v1.fields import MAX_SIGNATURE_BYTES, Body, PartyInPath
from api.v1.strict import area
from api.views import View
from registry.parties.certifying import record_statement, statement_about
from registry.parties.errors import PartyNotFound
from registry.parties.statements import MAX_BYTES, StatementRefused, read_pem

router = area("parties", "/parties/{number}/company-statement")


class CertificatesIn(Body):
    certificates: Annotated[
        str,
        StringConstraints(strict=True, min_length=1, max_length=MAX_BYTES),
        Field(description="PEM: the company's own, then those up to its authority; a root is left out"),
    ]


class StatementIn(CertificatesIn):
    """As it was signed."""

    said_at: Annotated[int, Field(strict=True, ge=0, lt=1 << 32, description="As the text has it")]
    signature: Annotated[
        str,
        StringConstraints(
            strict=True, pattern=r"^0x([0-9a-fA-F]{2})+$", max_length=2 + 2 * MAX_SIGNATURE_BYTES
        ),
        Field(description="Of the certificate's key over the text, as 0x hex"),
    ]


@router.post(
    "/text",
    response_model=shapes.StatementOut,
    responses=problems(PartyNotFound, StatementRefused),
    summary="What a company signs to say that its party's account is its own",
)
def show_statement(number: PartyInPath, body: CertificatesIn, context: ContextDep) -> View:
    """A text that any tool signs with the key of the company's certificate; see docs/proof-pack.md. Nothing is kept."""
    with context.database.read() as session:
        statement = statement_about(session, context, number, read_pem(body.certificates.encode()))
    return {"text": statement.text, "said_at": statement.said_at}


@router.post(
    "",
    status_code=201,
    response_model=shapes.CompanyOut,
    responses=problems(PartyNotFound, StatementRefused),
    summary="Keep what a company signed, for the proofs of its party's lots",
)
def add_statement(number: PartyInPath, body: StatementIn, context: ContextDep) -> View:
    """In place of an earlier one about the same account. Proofs bring it from now on; whether its authority is to be
    trusted is for their readers to say."""
    chain, signature = read_pem(body.certificates.encode()), bytes.fromhex(body.signature[2:])
    return views.company(record_statement(context, number, body.said_at, chain, signature))
