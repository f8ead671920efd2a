"""What stands behind a lot, as far as the reader may see it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api import views
from api.portal.verified import Row, newest_rows
from api.views import View
from registry.invoices import queries as invoices
from registry.invoices.model import InvoiceRecord
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.relay import queries as acts


@dataclass(frozen=True)
class Behind:
    """An invoice of a receivable: what the chain shows of it, and its contents where they may be seen.
    ``used``: by all receivables together, ``uses``: how many. ``verifications``: what was last found of it."""

    fingerprints: list[str]
    amount: View
    cap: View
    used: View
    uses: int
    record: InvoiceRecord | None
    verifications: list[Row]


@dataclass(frozen=True)
class Consented:
    """An act on the chain and the keys that consented to it, by name where they are known here."""

    block: int | None
    transaction: str | None
    at: int
    signers: list[tuple[str, str]]


def invoices_behind(whole: Session, seen: Session, receivable: str) -> list[Behind]:
    """``whole`` reads the chain's own records, ``seen`` only what the reader may see."""
    of = receivables.receivable(seen, receivable)
    rows = receivables.registered_invoices(whole, receivable)
    ids = invoices.ids_of_keys(whole, [bytes.fromhex(row.fingerprint[2:]) for row in rows])
    records = {one.id: one for one in invoices.by_ids(seen, set(ids.values()))}
    verified = newest_rows(seen, list(records))
    found = []
    for place in sorted({row.place for row in rows}):
        mine = [row for row in rows if row.place == place]
        used, uses = receivables.use_of(whole, [row.fingerprint for row in mine])
        keys = [bytes.fromhex(row.fingerprint[2:]) for row in mine]
        record = next((records[ids[key]] for key in keys if ids.get(key) in records), None)
        found.append(
            Behind(
                [row.fingerprint for row in mine],
                views.money(mine[0].amount, of.currency),
                views.money(mine[0].cap, of.currency),
                views.money(used, of.currency),
                uses,
                record,
                verified[record.id] if record and record.id in verified else [],
            )
        )
    return found


def confirmation_of(whole: Session, lot: str) -> Consented | None:
    """Who confirmed the debt, and in which block."""
    return _consented(whole, receivables.ancestors(whole, lot)[-1].id, ("confirmed",))


def sale_of(whole: Session, lot: str) -> Consented | None:
    """Who signed the last sale or pledge of the lot, and in which block."""
    return _consented(whole, lot, ("financed", "pledged", "reassigned"))


def _consented(whole: Session, lot: str, kinds: tuple[str, ...]) -> Consented | None:
    hops = [one for one in receivables.hops(whole, lot) if one.kind in kinds]
    if not hops:
        return None
    act = acts.by_tx_hash(whole, hops[-1].tx_hash)
    keys = [one["signer"] for one in (act.consents or [] if act else [])]
    names: Mapping[str, str] = parties.names_of_accounts(whole, keys)
    signers = [(one, names.get(one, "")) for one in keys]
    return Consented(hops[-1].block_number, hops[-1].tx_hash, hops[-1].at, signers)
