"""Pure rules of the receivables area: Merkle root of a receivable's documents, dates, lots' words."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256

DAY_SECONDS = 86_400
WARNING_DAYS = 5  # of the time to confirm, which then is nearly over
# Days to maturity at which the groups of what is owed begin, after what is overdue.
AGING_DAYS = (0, 31, 61, 91, 181)
LEAF = b"\x00"
NODE = b"\x01"
LOT_STATUS_NAMES = {1: "free", 2: "locked", 3: "pledged", 4: "financed", 5: "redeemed"}
RECEIVABLE_STATUS_NAMES = {
    1: "registered",
    2: "confirmed",
    3: "declined",
    4: "withdrawn",
    5: "expired",
    6: "canceled",
}
RECEIVABLE_FLAG_BITS = {"suspended": 1}
# The contestation codes of Brazil's receivables registries, whose sixth is for all others.
CONTEST_CODES = {
    1: "not recognized",
    2: "duplicate",
    3: "differs from contract",
    4: "no relation",
    5: "amount differs",
    6: "other",
}


def receivable_flag_names(flags: int) -> list[str]:
    """The names of a receivable's flags, in a fixed order."""
    return [name for name, bit in RECEIVABLE_FLAG_BITS.items() if flags & bit]


def contest_code_name(code: int) -> str:
    """A contestation code as it is cited: C01 to C06."""
    return f"C{code:02}"


def leaf_hash(salt: bytes, field: str, value: str) -> bytes:
    """SHA-256 leaf of one salted field; salt, field and value each behind their length, so none runs over."""
    parts = (salt, field.encode(), value.encode())
    return sha256(LEAF + b"".join(len(part).to_bytes(4) + part for part in parts)).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """Root over leaf hashes in order; leaf and node domains apart, an odd node goes up unhashed (RFC 6962)."""
    if not leaves:
        return bytes(32)
    level = leaves
    while len(level) > 1:
        level = _level_above(level)
    return level[0]


def _level_above(level: list[bytes]) -> list[bytes]:
    paired = [sha256(NODE + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
    return paired + ([level[-1]] if len(level) % 2 else [])


def merkle_path(leaves: list[bytes], index: int) -> list[tuple[bytes, bool]]:
    """The hashes beside the way from a leaf up to ``merkle_root``, lowest first, and whether each stands left."""
    path, level = [], leaves
    while len(level) > 1:
        if index ^ 1 < len(level):
            path.append((level[index ^ 1], bool(index % 2)))
        level, index = _level_above(level), index // 2
    return path


def merkle_root_over(leaf: bytes, path: list[tuple[bytes, bool]]) -> bytes:
    """The root that a leaf hash leads to by what ``merkle_path`` gave."""
    for beside, is_left in path:
        leaf = sha256(NODE + (beside + leaf if is_left else leaf + beside)).digest()
    return leaf


def document_leaves(
    fields: list[tuple[str, str]], random: Callable[[int], bytes]
) -> list[tuple[bytes, str, str]]:
    """Each field with a fresh 16-byte salt: without it nobody can test a guess against the root."""
    return [(random(16), field, value) for field, value in fields]


def dates_follow(issued_on: date, delivered_on: date, accepted_on: date, maturity: date) -> bool:
    """Acceptance is no earlier than delivery, and nothing but payment lies at or after maturity."""
    return delivered_on <= accepted_on < maturity and issued_on < maturity


def days_left(end: int, now: int) -> int:
    """Whole days until a block time; negative from that time on."""
    return (end - now) // DAY_SECONDS if end > now else -1


def remaining_minor(cap: int, used_on_chain: int, used_by_drafts: int) -> int:
    """What is left of an invoice, never below zero."""
    return max(0, cap - used_on_chain - used_by_drafts)
