"""Whose a party's account is: what a pack's certificates and openings say of it, and what stays the operator's word."""

from collections.abc import Callable, Iterable
from functools import partial

from registry.chain.keys import same_address
from registry.invoices.verification.trust import TrustAnchors
from registry.kit.clock import from_unix
from registry.parties.rules import IDENTITY_DOMAIN
from registry.parties.statements import (
    Company,
    Statement,
    StatementRefused,
    digest_of,
    read_chain,
    require_signed,
)
from registry.provenance import pack as form
from registry.provenance.model import Broken, Checks, PartyOnPath, Path

# Checks who the parties of a path are, and answers the names of those of whom it is proven.
Identify = Callable[[Path, Checks], dict[int, str]]


def claim_identities(path: Path, checks: Checks) -> dict[int, str]:
    """Of parties that nothing identifies."""
    for party in path.parties:
        _claim(party, checks)
    return {}


def _claim(party: PartyOnPath, checks: Checks) -> None:
    checks.claimed(
        "identity",
        f"party {party.number}",
        f"Whom the fingerprint 0x{party.identity.hex()} stands for is the operator's word.",
    )


def by_companies(pack: form.Pack, trust: TrustAnchors) -> Identify:
    """A check of what companies say of their accounts, by certificates of these authorities. It raises Broken with
    ``company_foreign``, ``company_twice`` or ``company_statement``."""
    return partial(_check_companies, pack, trust)


def _check_companies(pack: form.Pack, trust: TrustAnchors, path: Path, checks: Checks) -> dict[int, str]:
    parties = {party.number: party for party in path.parties}
    seen: set[tuple[int, str]] = set()
    known: dict[int, list[Company]] = {}
    for one in pack.companies:
        party = parties.get(one.party)
        if party is None or not any(same_address(one.account, each) for each in party.accounts):
            raise Broken(
                "company_foreign", f"{one.account} was no account of party {one.party} on this path."
            )
        if (one.party, one.account) in seen:
            raise Broken("company_twice", f"There are two statements about {one.account}.")
        seen.add((one.party, one.account))
        company = _signed(pack, one, trust, checks)
        if company is not None:
            known.setdefault(one.party, []).append(company)
    for party in path.parties:
        _identify(party, known.get(party.number, ()), pack.openings, checks)
    return {number: companies[-1].name for number, companies in known.items()}


def _signed(pack: form.Pack, one: form.Company, trust: TrustAnchors, checks: Checks) -> Company | None:
    """Who says that the account is its own, if an authority that is trusted vouches for it. Raises Broken."""
    encoded = [bytes.fromhex(each[2:]) for each in one.certificates]
    statement = Statement(
        pack.chain_id, pack.contract, one.party, one.account, digest_of(encoded), one.said_at
    )
    try:
        chain = read_chain(encoded)
        company = require_signed(statement, chain, bytes.fromhex(one.signature[2:]))
    except StatementRefused as error:
        raise Broken("company_statement", f"Party {one.party}: {error.detail}") from error
    at, subject = from_unix(one.said_at), f"party {one.party}"
    named = ", ".join((company.name, *company.identifiers))
    said = f"{named} signed that {one.account} binds it, by a certificate of {company.issuer}"
    if not trust.certificates:
        checks.claimed("company", subject, f"{said}; nobody was named whose certificates are trusted.")
        return None
    if trust.path(chain[0], chain[1:], at) is None:
        checks.not_checked(
            "company", subject, f"{said}, who is not trusted here, or it was not in force on {at:%Y-%m-%d}."
        )
        return None
    checks.proven("company", subject, f"{said}, in force on {at:%Y-%m-%d}, of an authority you trust.")
    return company


def _identify(
    party: PartyOnPath, companies: Iterable[Company], openings: Iterable[form.Opening], checks: Checks
) -> None:
    """What it was admitted as is what a certificate names it, or is the operator's word. That an opening is true
    ``openings`` checks."""
    for opening in openings:
        is_its = opening.domain == IDENTITY_DOMAIN and opening.fingerprint == "0x" + party.identity.hex()
        if is_its and len(opening.fields) == len(("country", "value")):
            country, value = opening.fields
            if any(company.has(country, value) for company in companies):
                checks.proven(
                    "identity",
                    f"party {party.number}",
                    f"It was admitted as {country} {value}, as its certificate names it.",
                )
                return
    _claim(party, checks)
