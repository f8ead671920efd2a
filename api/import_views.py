"""How imports look from outside, the same over HTTP and on the command line."""

from api.views import View
from registry.invoices.imports.model import ImportRow, InvoiceImport, SavedColumnMap

FORM = "%Y-%m-%dT%H:%M:%SZ"


def invoice_import(record: InvoiceImport) -> View:
    return {
        "id": record.id,
        "party": record.party,
        "file": record.file_name,
        "sha256": record.sha256,
        "status": record.status,
        "mode": record.mode,
        "done": record.done,
        "total": record.total,
        "counts": dict(record.counts),
        "columns": record.columns,
        "created_at": record.created_at.strftime(FORM),
        "finished_at": record.finished_at.strftime(FORM) if record.finished_at else None,
    }


def import_row(record: ImportRow) -> View:
    return {
        "row": record.row,
        "number": record.number,
        "outcome": record.outcome,
        "code": record.code,
        "sentence": record.sentence,
        "invoice": record.invoice_id,
    }


def column_map(record: SavedColumnMap) -> View:
    return {
        "id": record.id,
        "party": record.party,
        "name": record.name,
        "columns": record.columns,
        "saved_at": record.saved_at.strftime(FORM),
    }
