"""Proof packs as this registry makes them: of its own contract, with what a supplier shows of its invoices."""

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.responses import Response

from api.service import Service
from registry.chain.node import Node
from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.kit.errors import BadInput
from registry.parties.certifying import opened_identity
from registry.parties.model import CompanyStatement
from registry.parties.queries import statements_about
from registry.provenance.making import Shown, make_pack
from registry.provenance.model import PartyOnPath, TotalVerification, Verification
from registry.provenance.openings import opening_of
from registry.provenance.pack import (
    MAX_BYTES,
    AnyPack,
    Beside,
    Company,
    Document,
    Pack,
    PackUnreadable,
    TotalPack,
    read_pack,
    write_pack,
)
from registry.provenance.proving import verify_pack
from registry.provenance.totals import make_total, verify_total
from registry.receivables import queries
from registry.receivables.disclosing import Disclosure, disclose


class ProofNotWritten(BadInput):
    code = "proof_not_written"
    title = "The proof cannot be written there"


def disclosure_of(
    session: Session, opened: Service, lot: str, fields: Collection[str], party: int
) -> Disclosure:
    """What ``party``, the supplier, shows of the invoices behind a lot. Raises what ``disclose`` raises, LotNotFound."""
    return disclose(session, opened.context, queries.lot(session, lot).receivable, fields, party)


def pack_of(opened: Service, lot: str, shown: Disclosure, at_block: int | None = None) -> Pack:
    """The proof of a lot (0x hex), by this registry's node. Raises what ``make_pack`` raises."""
    return make_pack(
        opened.node,
        opened.settings.contract,
        int(lot, 16),
        at_block,
        documents=[
            Document(
                salt="0x" + one.salt.hex(),
                field=one.field,
                value=one.value,
                path=[Beside(hash="0x" + each.hex(), is_left=is_left) for each, is_left in one.path],
            )
            for one in shown.fields
        ],
        openings=[opening_of(one) for one in shown.fingerprints],
        identities=partial(_identities, opened),
    )


def _identities(opened: Service, parties: Sequence[PartyOnPath]) -> Shown:
    """What companies have said of their accounts, and under which identifiers those were admitted."""
    companies, openings = [], []
    with opened.database.read() as session:
        for party in parties:
            accounts = {each.lower() for each in party.accounts}
            said = [one for one in statements_about(session, party.number) if one.account.lower() in accounts]
            companies += [_company(one) for one in said]
            identity = (
                opened_identity(session, opened.context, party.number, party.identity) if said else None
            )
            openings += [] if identity is None else [opening_of(identity)]
    return Shown(companies, openings)


def _company(said: CompanyStatement) -> Company:
    return Company(
        party=said.party,
        account=said.account.lower(),
        said_at=said.said_at,
        certificates=["0x" + one for one in said.certificates],
        signature="0x" + said.signature,
    )


def total_of(opened: Service, obligor: int, currency: int, at_block: int | None = None) -> TotalPack:
    """The proof of what an obligor owes in a currency (ISO 4217 number), by this registry's node. Raises what
    ``make_total`` raises."""
    return make_total(opened.node, opened.settings.contract, obligor, currency, at_block)


def checked(
    pack: AnyPack,
    *,
    block: str | None = None,
    node: Node | None = None,
    contract: str | None = None,
    trust: TrustAnchors = NOBODY,
) -> Verification | TotalVerification:
    """What a pack of either kind proves; see ``verify_pack``."""
    if isinstance(pack, TotalPack):
        return verify_total(pack, block=block, node=node, contract=contract)
    return verify_pack(pack, block=block, node=node, contract=contract, trust=trust)


def download(pack: AnyPack) -> Response:
    """The pack as a file."""
    if isinstance(pack, TotalPack):
        name = f"{pack.obligor}-{pack.currency}.total.json"
    else:
        name = f"{pack.lot[2:18]}.proof.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_pack(pack), media_type="application/json", headers=headers)


def write_to(file: Path, pack: AnyPack) -> int:
    """Writes the pack and answers how many bytes it has. Raises ProofNotWritten."""
    try:
        return file.write_bytes(write_pack(pack))
    except OSError as error:
        raise ProofNotWritten(f"{file}: {error.strerror}.") from error


def pack_in(path: Path) -> AnyPack:
    """The pack in a file. Raises PackUnreadable."""
    try:
        with path.open("rb") as file:
            return read_pack(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise PackUnreadable(f"{path}: {error.strerror}.") from error
