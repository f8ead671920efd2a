"""Events to projections: which area's tables follow from which event, and nothing else."""

from collections.abc import Iterator

from registry.chain.contract import Event
from registry.chain.place import Place
from registry.parties import projection as parties
from registry.parties.model import PROJECTIONS as PARTIES
from registry.receivables import projection as receivables
from registry.receivables.model import PROJECTIONS as RECEIVABLES
from registry.storage.base import Base
from registry.storage.rows import Key, Kind, Rows

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


def apply_event(rows: Rows, event: Event, at: Place) -> None:
    """Bring every area's tables to the state after the event. Raises LookupError for one nobody knows."""
    is_applied = parties.apply(rows, event, at)
    is_applied = receivables.apply(rows, event, at) or is_applied
    if not is_applied and event.name not in IGNORED:
        raise LookupError(f"no projection follows from {event.name}")


def rows_read(event: Event) -> Iterator[tuple[Kind, Key]]:
    """Rows that ``apply_event`` will ask for, as far as the event alone tells."""
    yield from parties.rows_read(event)
    yield from receivables.rows_read(event)


def handled() -> set[str]:
    """Names of all events some table follows from."""
    return parties.handled() | receivables.handled()
