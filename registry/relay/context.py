"""What every act of the registry needs at hand."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.chain.contract import View
from registry.chain.messages import Domain
from registry.fingerprints.keys import FingerprintKey
from registry.kit.clock import Clock, unix
from registry.kit.identifiers import new_id
from registry.storage.unit_of_work import Database

CONSENT_SECONDS = 3600

# The fingerprint keys that are live by what a session reads, oldest first. Raises KeyMissing.
LiveKeys = Callable[[Session | Database], tuple[FingerprintKey, ...]]

# What views of the ledger answer at the block of this height and hash, each proven by its header. Raises NotProven.
ProvenWords = Callable[[int, str, Sequence[View]], Sequence[int]]


@dataclass(frozen=True)
class Context:
    """The registry's own database, clock, chain domain and fingerprint keys, and the ledger's proven words; ``random``
    gives n bytes; a consent given now lasts ``consent_seconds``."""

    database: Database
    clock: Clock
    domain: Domain
    fingerprint_keys: LiveKeys
    proven_words: ProvenWords
    random: Callable[[int], bytes] = secrets.token_bytes
    consent_seconds: int = CONSENT_SECONDS

    def new_id(self, prefix: str) -> str:
        return new_id(prefix, self.random)

    @property
    def now(self) -> int:
        """Seconds since 1970, UTC."""
        return unix(self.clock.now())

    def deadline(self) -> int:
        """When a consent given now should end: one hour on, unless said otherwise."""
        return self.now + self.consent_seconds
