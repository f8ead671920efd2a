"""What a supplier shows of the invoices behind its receivable, and nothing else: fields out of the tree that the terms
commit to, and what the fingerprints on the ledger are fingerprints of.

The other fields stay hidden behind their salts; the other legal keys behind the registry's key.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.chain.messages import unpack_invoices
from registry.fingerprints.keys import OpenedFingerprint
from registry.invoices import queries as invoices
from registry.invoices.identity import legal_keys
from registry.invoices.records import to_invoice
from registry.kit.errors import BadInput, Refusal
from registry.receivables import queries
from registry.receivables.model import Draft
from registry.receivables.rules import leaf_hash, merkle_path
from registry.relay.context import Context

FINGERPRINT = "fingerprint"


class DisclosureNotYours(Refusal):
    code = "disclosure_not_yours"
    title = "Only the supplier of a receivable shows what its invoices hold"
    status = 403


class FieldNotKept(BadInput):
    """``known``: the fields that there are."""

    code = "field_not_kept"
    title = "The receivable's terms commit to no such field"


@dataclass(frozen=True)
class ShownField:
    """``field``: the invoice's place in the receivable, a dot, and the field's name. ``path``: the hashes beside its
    way to the documents' root, lowest first, and whether each stands left."""

    salt: bytes
    field: str
    value: str
    path: list[tuple[bytes, bool]]


@dataclass(frozen=True)
class Disclosure:
    """What is shown of one receivable."""

    fields: tuple[ShownField, ...] = ()
    fingerprints: tuple[OpenedFingerprint, ...] = ()


def disclose(
    session: Session, context: Context, receivable: str, names: Collection[str], party: int
) -> Disclosure:
    """Show these fields of all invoices behind a receivable, each with its proof. ``names``: of fields, for every
    invoice (``number``) or one (``0.number``), and ``fingerprint``. ``party`` consents, and must be the originator.

    Raises ReceivableNotFound, DisclosureNotYours, FieldNotKept, KeyMissing.
    """
    if not names:
        return Disclosure()
    draft = queries.draft(session, receivable)
    if draft.originator != party:
        raise DisclosureNotYours(receivable=receivable)
    leaves = [(bytes.fromhex(salt), field, value) for salt, field, value in draft.documents]
    known = {FINGERPRINT, *(field for _, field, _ in leaves), *(_name(field) for _, field, _ in leaves)}
    if unknown := sorted(set(names) - known):
        raise FieldNotKept(
            f"{', '.join(unknown)}: choose of {', '.join(sorted(each for each in known if '.' not in each))}.",
            known=sorted(known),
        )
    hashes = [leaf_hash(*leaf) for leaf in leaves]
    fields = tuple(
        ShownField(salt, field, value, merkle_path(hashes, place))
        for place, (salt, field, value) in enumerate(leaves)
        if field in names or _name(field) in names
    )
    opened = tuple(_opened(session, context, draft)) if FINGERPRINT in names else ()
    return Disclosure(fields, opened)


def _name(field: str) -> str:
    return field.partition(".")[2]


def _opened(session: Session, context: Context, draft: Draft) -> Iterator[OpenedFingerprint]:
    """Each fingerprint of the receivable that a live key gives for a legal key of its invoices."""
    packed = unpack_invoices(bytes.fromhex(draft.packed_invoices[2:]))
    entered = {each for entry in packed for each in entry.fingerprints}
    uses = queries.draft_invoices(session, draft.receivable)
    for record in invoices.by_ids(session, [use.invoice for use in uses]):
        for legal in legal_keys(to_invoice(record)):
            for key in context.fingerprint_keys(session):
                if key.fingerprint(legal.domain, *legal.fields) in entered:
                    yield key.opened(legal.domain, *legal.fields)
