"""Every SELECT of the invoices area. How much of an invoice is used stands in the projection of its receivables."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from registry.invoices.errors import InvoiceUnknown
from registry.invoices.model import InvoiceBlockedKey, InvoiceKey, InvoiceRecord
from registry.invoices.records import Kept, to_kept
from registry.kit.identifiers import normalize

MAX_PAGE = 200


def _having(table: type[InvoiceKey | InvoiceBlockedKey]) -> Select[bytes, str]:
    return select(table.key, table.invoice_id).where(
        table.scope.in_(bindparam("scopes", expanding=True)), table.key.in_(bindparam("keys", expanding=True))
    )


# Built once: putting it together costs more than the database's answer.
_HAVING_A_KEY = _having(InvoiceKey).union_all(_having(InvoiceBlockedKey))
_CHUNK = 500  # values in one query


def invoice_by_id(session: Session, invoice_id: str) -> InvoiceRecord:
    """One record. Raises InvoiceUnknown."""
    found = session.get(InvoiceRecord, invoice_id)
    if found is None:
        raise InvoiceUnknown(f"There is no invoice {invoice_id}.", invoice=invoice_id)
    return found


def name_by_fingerprint(session: Session, fingerprint: bytes) -> str | None:
    """What people call the accepted invoice with this fingerprint: its number and file."""
    query = (
        select(InvoiceRecord.number, InvoiceRecord.file_name)
        .join(InvoiceKey, InvoiceKey.invoice_id == InvoiceRecord.id)
        .where(InvoiceKey.key == fingerprint)
        .order_by(InvoiceKey.scope)
    )
    found = session.execute(query.limit(1)).first()
    return f"{found.number} ({found.file_name})" if found else None


def ids_of_keys(session: Session, keys: Iterable[bytes]) -> dict[bytes, str]:
    """Fingerprint → the accepted invoice that has it, its seller's own before others."""
    query = select(InvoiceKey.key, InvoiceKey.invoice_id).where(InvoiceKey.key.in_(list(keys)))
    return {row.key: row.invoice_id for row in session.execute(query.order_by(InvoiceKey.scope.desc()))}


def by_ids(session: Session, ids: Iterable[str]) -> Sequence[InvoiceRecord]:
    """Those of these records that may be seen, by id."""
    query = select(InvoiceRecord).where(InvoiceRecord.id.in_(list(ids)))
    return session.scalars(query.order_by(InvoiceRecord.id)).all()


def numbers_by_id(session: Session, invoice_ids: Iterable[str]) -> dict[str, str]:
    """Id → the number written on the invoice, for those there are."""
    query = select(InvoiceRecord.id, InvoiceRecord.number).where(InvoiceRecord.id.in_(set(invoice_ids)))
    return {row.id: row.number for row in session.execute(query)}


def count(session: Session) -> int:
    """How many documents were taken in."""
    return session.scalar(select(func.count()).select_from(InvoiceRecord)) or 0


def invoices_of(
    session: Session, party: int, *, limit: int = MAX_PAGE, after: str = ""
) -> Sequence[InvoiceRecord]:
    """What a party uploaded, by id, at most ``limit`` records behind ``after``."""
    query = select(InvoiceRecord).where(InvoiceRecord.uploader_party == party, InvoiceRecord.id > after)
    return session.scalars(query.order_by(InvoiceRecord.id).limit(min(limit, MAX_PAGE))).all()


def having_a_key(session: Session, scopes: Iterable[int], keys: Iterable[bytes]) -> list[tuple[bytes, str]]:
    """Key and invoice, for the documents in ``scopes`` that have any of ``keys``, accepted or blocked."""
    wanted, within = list(keys), list(scopes)
    return [
        (row.key, row.invoice_id)
        for start in range(0, len(wanted), _CHUNK)
        for row in session.execute(_HAVING_A_KEY, {"scopes": within, "keys": wanted[start : start + _CHUNK]})
    ]


def kept(session: Session, ids: Iterable[str]) -> list[Kept]:
    """These invoices, as far as others are compared with them. As columns: a record costs several times that."""
    wanted = list(ids)
    return [
        to_kept(row)
        for start in range(0, len(wanted), _CHUNK)
        for row in session.execute(_KEPT, {"ids": wanted[start : start + _CHUNK]})
    ]


_KEPT = select(
    InvoiceRecord.id,
    InvoiceRecord.uploader_party,
    InvoiceRecord.created_at,
    InvoiceRecord.sha256,
    InvoiceRecord.outcome,
    InvoiceRecord.number_plain,
    InvoiceRecord.issued_on,
    InvoiceRecord.payable_minor,
    InvoiceRecord.parsed,
    InvoiceRecord.content_tag,
    InvoiceRecord.gist,
).where(InvoiceRecord.id.in_(bindparam("ids", expanding=True)))


def invoices_like(session: Session, number: str, limit: int) -> Sequence[InvoiceRecord]:
    """Invoices whose normalized number contains this one, by number: which they are is found in an index alone, in its
    own order."""
    by_number = (InvoiceRecord.number_plain, InvoiceRecord.uploader_party, InvoiceRecord.id)
    having = select(InvoiceRecord.id).where(InvoiceRecord.number_plain.contains(number, autoescape=True))
    found = session.scalars(having.order_by(*by_number).limit(limit)).all()
    return session.scalars(
        select(InvoiceRecord).where(InvoiceRecord.id.in_(found)).order_by(*by_number)
    ).all()


def search(
    session: Session, party: int, *, text: str = "", outcome: str = "", after: str = "", limit: int = MAX_PAGE
) -> Sequence[InvoiceRecord]:
    """What a party uploaded, newest first behind ``after``: with this text in number or file name, of an outcome."""
    query = select(InvoiceRecord).where(InvoiceRecord.uploader_party == party)
    if text:
        in_name = InvoiceRecord.file_name.icontains(text, autoescape=True)
        plain = normalize(text)
        in_number = InvoiceRecord.number_plain.contains(plain, autoescape=True)
        query = query.where(in_name | in_number if plain else in_name)
    if outcome:
        query = query.where(InvoiceRecord.outcome == outcome)
    last = session.get(InvoiceRecord, after) if after else None
    if last is not None:
        at, name = InvoiceRecord.created_at, InvoiceRecord.id
        query = query.where((at < last.created_at) | ((at == last.created_at) & (name < last.id)))
    newest_first = (InvoiceRecord.created_at.desc(), InvoiceRecord.id.desc())
    return session.scalars(query.order_by(*newest_first).limit(min(limit, MAX_PAGE))).all()
