"""Pure rules of webhooks, after the Standard Webhooks specification 1.0 (standardwebhooks.com)."""

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

SECRET_PREFIX = "whsec_"  # noqa: S105 - a secret's beginning
SECRET_BYTES = 32  # the specification asks for 24 to 64


class Kind(StrEnum):
    """What a message tells of."""

    NOTICE_ARRIVED = "notice.arrived"
    NOTICE_ACKNOWLEDGED = "notice.acknowledged"
    NOTICE_WITHDRAWN = "notice.withdrawn"
    CORRECTION_WARNED = "correction.warned"
    ACT_INCLUDED = "act.included"
    ACT_REFUSED = "act.refused"
    ACT_ORPHANED = "act.orphaned"
    WEBHOOK_DISABLED = "webhook.disabled"
    TEST = "webhook.test"


class Ending(StrEnum):
    """Why an endpoint gets nothing."""

    OWNER = "owner"  # who made it wants it so
    GONE = "gone"  # it answered 410
    EXHAUSTED = "exhausted"  # the last attempt at a message failed


# The specification's own schedule: seconds from each failed attempt to the next, the first at once. In all 75 h 35 min.
_MINUTE, _HOUR = 60, 3600
DELAYS_S = (0, 5, 5 * _MINUTE, 30 * _MINUTE, *(each * _HOUR for each in (2, 5, 10, 14, 20, 24)))
MAX_RETRY_AFTER_S = 24 * _HOUR
_JITTER = 0.1  # at most so much later


def next_attempt(message: str, attempts: int, now: datetime, retry_after_s: int = 0) -> datetime | None:
    """When a message is tried again of which ``attempts`` failed, the last just now; None where that was the last.

    Up to a tenth later than the schedule says, by a hash of message and attempt: messages that failed together come
    apart, and each the same whenever it is asked. Later still where the receiver asked for it (``Retry-After``).
    """
    if attempts >= len(DELAYS_S):
        return None
    digest = hashlib.sha256(f"{message}:{attempts}".encode()).digest()
    share = int.from_bytes(digest[:4]) / 2**32
    seconds = DELAYS_S[attempts] * (1 + _JITTER * share)
    return now + timedelta(seconds=max(seconds, min(retry_after_s, MAX_RETRY_AFTER_S)))


def body(kind: Kind, at: datetime, data: dict[str, str]) -> str:
    """A message as it is sent and signed, byte for byte: what happened, when, and where to read it."""
    said = {"type": kind.value, "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "data": data}
    return json.dumps(said, separators=(",", ":"))


def shown_secret(secret: bytes) -> str:
    return SECRET_PREFIX + b64encode(secret).decode()


def signatures(secrets: Iterable[bytes], message: str, timestamp: int, content: str) -> str:
    """The header ``webhook-signature``: one signature a live secret, so that either verifies while they change."""
    signed = f"{message}.{timestamp}.{content}".encode()
    return " ".join("v1," + b64encode(hmac.digest(each, signed, "sha256")).decode() for each in secrets)
