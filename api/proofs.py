"""Proof packs as this registry makes them: of its own contract, with what a supplier shows of its invoices."""

from collections.abc import Collection
from pathlib import Path

from fastapi import Response
from sqlalchemy.orm import Session

from api.service import Service
from registry.kit.errors import BadInput
from registry.provenance.making import make_pack
from registry.provenance.pack import (
    MAX_BYTES,
    Beside,
    Document,
    Opening,
    Pack,
    PackUnreadable,
    read_pack,
    write_pack,
)
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
        openings=[
            Opening(
                fingerprint="0x" + one.fingerprint.hex(),
                key_version=one.key_version,
                domain=one.domain,
                fields=list(one.fields),
                evaluated="0x" + one.evaluated.hex(),
                proof="0x" + one.proof.hex(),
            )
            for one in shown.fingerprints
        ],
    )


def download(pack: Pack) -> Response:
    """The pack as a file."""
    name = f"{pack.lot[2:18]}.proof.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(write_pack(pack), media_type="application/json", headers=headers)


def pack_in(path: Path) -> Pack:
    """The pack in a file. Raises PackUnreadable."""
    try:
        with path.open("rb") as file:
            return read_pack(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise PackUnreadable(f"{path}: {error.strerror}.") from error
