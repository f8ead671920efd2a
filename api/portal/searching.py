"""One box for everything: numbers, names, tax ids, ids of records."""

import re
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.portal.words import mark
from registry.invoices import queries as invoices
from registry.kit.identifiers import normalize
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.relay import queries as acts

LIMIT = 20


@dataclass(frozen=True)
class Found:
    """``kind`` is marked text; ``name`` what people call the record, ``more`` tells it from others."""

    kind: str
    name: str
    more: str
    address: str


def find(session: Session, wanted: str) -> list[Found]:
    """What this text may mean, at most LIMIT of each kind: an id or its beginning, an invoice's number, a
    party's name or tax identifier."""
    found: list[Found] = []
    if re.fullmatch(r"(0x)?[0-9a-fA-F]{6,64}", wanted):
        prefix = "0x" + wanted.lower().removeprefix("0x")
        found += [
            Found(mark("receivable"), one, "", f"/receivables/{one}")
            for one in receivables.receivable_ids(session, prefix, LIMIT)
        ]
        found += [
            Found(mark("lot"), one, "", f"/lots/{one}") for one in receivables.lot_ids(session, prefix, LIMIT)
        ]
        act = acts.by_tx_hash(session, prefix)
        found += [Found(mark("act"), act.kind, prefix, f"/acts/{act.id}")] if act else []
    plain = normalize(wanted)
    if plain:
        for record in invoices.numbered(session, plain, LIMIT):
            prints = ["0x" + one for one in record.fingerprints]
            for one in receivables.with_fingerprints(session, prints, LIMIT):
                found.append(
                    Found(mark("receivable over this invoice"), record.number, one, f"/receivables/{one}")
                )
    for profile in parties.named(session, wanted, plain, LIMIT):
        found.append(
            Found(mark("party"), profile.name, f"{profile.number}", f"/receivables?party={profile.number}")
        )
    return found
