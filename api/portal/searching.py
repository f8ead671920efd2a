"""One box for everything: numbers, names, tax ids, ids of records."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api import ids
from api.portal.words import mark
from api.search import search
from api.views import View
from registry.invoices import queries as invoices
from registry.receivables import queries as receivables
from registry.relay import queries as acts

LIMIT = 20
_KINDS = {"party": mark("party"), "receivable": mark("receivable"), "lot": mark("lot")}


@dataclass(frozen=True)
class Found:
    """``kind`` is marked text; ``name`` what people call the record, ``more`` tells it from others."""

    kind: str
    name: str
    more: str
    address: str


def find(session: Session, wanted: str) -> list[Found]:
    """What this text may mean, as ``api.search`` finds it; an invoice leads to the receivables it stands
    behind, a transaction's hash to its act."""
    found = [one for hit in search(session, wanted, LIMIT) for one in _found(session, hit)]
    act = acts.by_tx_hash(session, wanted.lower())
    return [*found, Found(mark("act"), act.kind, wanted, f"/acts/{act.id}")] if act else found


def _found(session: Session, hit: View) -> Iterator[Found]:
    kind, name = hit["kind"], hit["id"]
    if kind == "party":
        yield Found(_KINDS[kind], hit["title"], hit["detail"], f"/receivables?party={name}")
    elif kind == "invoice":
        prints = ["0x" + one for one in invoices.invoice_by_id(session, name).fingerprints]
        for one in receivables.with_fingerprints(session, prints, LIMIT):
            outside = ids.RECEIVABLE.outside(one)
            behind = f"{hit['title']} ({hit['detail']})"
            yield Found(mark("receivable over this invoice"), outside, behind, f"/receivables/{outside}")
    else:
        yield Found(_KINDS[kind], name, hit["detail"], f"/{kind}s/{name}")
