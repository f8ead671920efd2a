"""How the hashes of the audit log are made. Pure."""

import hashlib
import json
from datetime import UTC, datetime

BEFORE_THE_FIRST = "0" * 64


def entry_hash(
    position: int, at: datetime, who: str, what: str, about: str, outcome: str, previous: str
) -> str:
    """SHA-256, in hex, over the fields as a JSON list in this order, without spaces, in UTF-8; ``at`` in UTC with
    microseconds as RFC 3339 writes it."""
    fields = [
        position,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        who,
        what,
        about,
        outcome,
        previous,
    ]
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
