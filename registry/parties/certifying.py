"""Companies say of their party's account that it is theirs, by the certificate of an authority.

Whose word counts is for the reader of a proof to say, who names the authorities it trusts; here it is only seen that
the certificate's key signed.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from registry.chain.keys import checksum
from registry.fingerprints.keys import OpenedFingerprint
from registry.kit.clock import from_unix
from registry.parties import queries
from registry.parties.model import CompanyStatement
from registry.parties.rules import IDENTITY_DOMAIN, identity_fields
from registry.parties.statements import Statement, StatementRefused, digest_of, read_chain, require_signed
from registry.relay.context import Context

SKEW = timedelta(minutes=5)  # a company's clock may be ahead by


def statement_about(session: Session, context: Context, number: int, certificates: list[bytes]) -> Statement:
    """What a company signs now for its party's account as it is. ``certificates``: in DER, the company's own first.
    Raises PartyNotFound, StatementRefused."""
    read_chain(certificates)
    return _statement(session, context, number, certificates, context.now)


def record_statement(
    context: Context, number: int, said_at: int, certificates: list[bytes], signature: bytes
) -> CompanyStatement:
    """Keep it for the proofs that the party's lots have from now on, in place of an earlier one about this account.

    ``certificates``: in DER, the company's own first; ``said_at`` as the signed text has it. Raises PartyNotFound,
    StatementRefused.
    """
    chain = read_chain(certificates)
    with context.database.write() as session:
        statement = _statement(session, context, number, certificates, said_at)
        require_signed(statement, chain, signature)
        at, now = from_unix(said_at), context.clock.now()
        if at > now + SKEW:
            raise StatementRefused(f"It says it was signed at {at:%Y-%m-%d %H:%M} UTC, which is yet to come.")
        if not chain[0].not_valid_before_utc <= at <= chain[0].not_valid_after_utc:
            raise StatementRefused(f"The certificate was not in force on {at:%Y-%m-%d}, when it was signed.")
        return session.merge(
            CompanyStatement(
                party=number,
                account=checksum(statement.account),
                said_at=said_at,
                certificates=[one.hex() for one in certificates],
                signature=signature.hex(),
                recorded_at=now,
            )
        )


def _statement(
    session: Session, context: Context, number: int, certificates: list[bytes], said_at: int
) -> Statement:
    account, domain = queries.party(session, number).account, context.domain
    return Statement(domain.chain_id, domain.contract, number, account, digest_of(certificates), said_at)


def opened_identity(
    session: Session, context: Context, number: int, identity: bytes
) -> OpenedFingerprint | None:
    """Which of the party's identifiers it was admitted under, with the proof; None where the key is retired or the
    identifier is kept no more."""
    for key in context.fingerprint_keys(session):
        for identifier in queries.identifiers_of(session, number):
            fields = identity_fields(identifier)
            if key.fingerprint(IDENTITY_DOMAIN, *fields) == identity:
                return key.opened(IDENTITY_DOMAIN, *fields)
    return None
