"""What companies say of their accounts, as it is shown."""

from typing import Any

from sqlalchemy.orm import Session

from registry.kit.clock import from_unix
from registry.parties import queries
from registry.parties.model import CompanyStatement
from registry.parties.statements import company_of, read_chain

View = dict[str, Any]


def company(said: CompanyStatement) -> View:
    """By its certificate, which the reader trusts or not."""
    found = company_of(read_chain([bytes.fromhex(one) for one in said.certificates])[0])
    return {
        "name": found.name,
        "country": found.country,
        "identifiers": list(found.identifiers),
        "issuer": found.issuer,
        "account": said.account,
        "said_at": f"{from_unix(said.said_at):%Y-%m-%dT%H:%M:%SZ}",
    }


def companies(session: Session, number: int) -> list[View]:
    """The latest last."""
    return [company(one) for one in queries.statements_about(session, number)]
