"""What outsiders are told who ask blind: evaluations under the registry's key, and tokens of all it knows.

Neither depends on what is asked about, so that an answer has one size and takes one time for known and unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey, FingerprintKeyUnknown
from registry.invoices import blind
from registry.invoices import entry_queries as invoices
from registry.invoices.model import SELLERS_OWN
from registry.kit.errors import NotFound
from registry.receivables.use_queries import in_use
from registry.relay.context import Context
from registry.storage.unit_of_work import Database

LEAST_KEYS = 1_024  # an answer's size tells no more than the power of two above the number of keys


class PartUnknown(NotFound):
    code = "part_unknown"
    title = "What is known is not in so many parts"


@dataclass(frozen=True)
class Known:
    """``tokens`` sorted, one after the other."""

    version: int
    part: int
    parts: int
    salt: bytes
    tokens: bytes


def evaluate_blinded(context: Context, version: int, elements: Sequence[bytes]) -> tuple[list[bytes], bytes]:
    """Evaluated elements in order, and the proof that the key of this version did it (RFC 9497, 3.3.2).

    Raises FingerprintKeyUnknown, BadElement.
    """
    return _live(context.database, context, version).evaluate_blinded(elements)


def known_tokens(context: Context, version: int, part: int) -> Known:
    """Tokens of every invoice known, under a fresh salt and filled up with noise: those that their sellers
    brought, and those in use on the ledger. What a stranger brings in a seller's name makes nothing known.

    Raises FingerprintKeyUnknown, PartUnknown.
    """
    salt = context.random(blind.SALT_BYTES)
    with context.database.read() as session:
        _live(session, context, version)
        parts = blind.parts_for(invoices.count_keys(session, version))
        if part >= parts:
            raise PartUnknown(f"There are {parts} parts now; they count from 0.", parts=parts)
        found = _tokens(session, salt, version, part, parts)
    keys = max(LEAST_KEYS, 1 << (len(found) // blind.TOKENS_PER_KEY - 1).bit_length())
    noise = context.random((keys * blind.TOKENS_PER_KEY - len(found)) * blind.TOKEN_BYTES)
    found += [noise[at : at + blind.TOKEN_BYTES] for at in range(0, len(noise), blind.TOKEN_BYTES)]
    return Known(version, part, parts, salt, b"".join(sorted(found)))


def _tokens(session: Session, salt: bytes, version: int, part: int, parts: int) -> list[bytes]:
    end = None if part + 1 == parts else blind.first_of(part + 1, parts)
    rows = invoices.keys_between(session, version, blind.first_of(part, parts), end)
    used = in_use(session, {"0x" + one for row in rows for one in row.entries})
    told: dict[bytes, tuple[bool, bool, bytes]] = {}
    for row in rows:
        is_used = any("0x" + one in used for one in row.entries)
        is_own = row.scope == SELLERS_OWN
        if is_used or is_own:
            best = told.get(row.check_key, (False, False, b""))
            told[row.check_key] = max(best, (is_used, is_own, row.contents))
    return [
        token
        for check_key, (is_used, _, contents) in told.items()
        for token in blind.tokens(
            salt, blind.State.USED if is_used else blind.State.REGISTERED, check_key, contents
        )
    ]


def _live(asked: Session | Database, context: Context, version: int) -> FingerprintKey:
    for key in context.fingerprint_keys(asked):
        if key.version == version:
            return key
    raise FingerprintKeyUnknown(
        f"Version {version} is not live; `GET /v1/fingerprints/keys` lists those that are.", version=version
    )
