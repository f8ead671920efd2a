"""Packed lists and derived ids, byte for byte as the contract takes and makes them."""

from dataclasses import dataclass

from registry.chain.hashing import keccak256


@dataclass(frozen=True)
class InvoiceEntry:
    """One invoice of a receivable as the contract takes it; fingerprints are 32 bytes each."""

    cap: int
    amount: int
    fingerprints: tuple[bytes, ...]


def pack_invoices(entries: list[InvoiceEntry]) -> bytes:
    """The contract's packed list: cap 8 bytes | amount 8 | number 1 | fingerprints ascending, per invoice."""
    return b"".join(
        entry.cap.to_bytes(8)
        + entry.amount.to_bytes(8)
        + len(entry.fingerprints).to_bytes(1)
        + b"".join(sorted(entry.fingerprints))
        for entry in entries
    )


def unpack_invoices(packed: bytes) -> list[InvoiceEntry]:
    """The inverse of pack_invoices. Raises ValueError for bytes of another form."""
    entries, offset = [], 0
    while offset < len(packed):
        count = packed[offset + 16] if offset + 17 <= len(packed) else 0
        end = offset + 17 + 32 * count
        if not count or end > len(packed):
            raise ValueError("not a packed invoice list")
        prints = tuple(packed[start : start + 32] for start in range(offset + 17, end, 32))
        entries.append(
            InvoiceEntry(
                int.from_bytes(packed[offset : offset + 8]),
                int.from_bytes(packed[offset + 8 : offset + 16]),
                prints,
            )
        )
        offset = end
    return entries


def child_lot(parent: int, seq: int) -> int:
    """The id of the child that a split makes at the parent's ``seq``: lineage by hashing alone."""
    return int.from_bytes(keccak256(parent.to_bytes(32) + seq.to_bytes(32)))
