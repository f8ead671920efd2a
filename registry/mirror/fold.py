"""Events to projections: which area's tables follow from which event, and nothing else."""

from sqlalchemy.orm import Session

from registry.chain.contract import Event, decode_event
from registry.chain.place import Place
from registry.mirror.model import ChainEvent
from registry.parties import projection as parties
from registry.parties.model import PROJECTIONS as PARTIES
from registry.receivables import projection as receivables
from registry.receivables.model import PROJECTIONS as RECEIVABLES
from registry.storage.base import Base

# Raise DECODER when the same log decodes differently, SCHEMA_VERSION when the same events fold differently.
DECODER = 1
SCHEMA_VERSION = 2

PROJECTIONS: tuple[type[Base], ...] = (*PARTIES, *RECEIVABLES)

IGNORED = {
    "Transfer": "shows lots to explorers; each is accompanied by a lot's own event",
    "OwnershipTransferStarted": "the operator's address is asked of the chain, no table holds it",
    "OwnershipTransferred": "the operator's address is asked of the chain, no table holds it",
    "EIP712DomainChanged": "declared by EIP-5267; the contract never emits it",
}


def apply_event(session: Session, event: Event, at: Place) -> None:
    """Bring every area's tables to the state after the event. Raises LookupError for one nobody knows."""
    is_applied = parties.apply(session, event, at)
    is_applied = receivables.apply(session, event, at) or is_applied
    if not is_applied and event.name not in IGNORED:
        raise LookupError(f"no projection follows from {event.name}")


def handled() -> set[str]:
    """Names of all events some table follows from."""
    return parties.handled() | receivables.handled()


def topic_list(topics: bytes) -> list[bytes]:
    """The 32-byte topics of a stored log."""
    return [topics[start : start + 32] for start in range(0, len(topics), 32)]


def apply_stored(session: Session, stored: ChainEvent) -> None:
    """Decode a stored log and fold it."""
    at = Place(stored.block_number, stored.log_index, stored.tx_hash, stored.time)
    apply_event(session, decode_event(topic_list(stored.topics), stored.data), at)
