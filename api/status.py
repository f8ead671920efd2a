"""How the registry stands to its chain, the same for the API and the command line."""

from dataclasses import dataclass

from api.service import Service
from api.views import View
from registry.chain.artifact import registry_artifact
from registry.invoices import queries as invoices
from registry.kit.clock import unix
from registry.kit.errors import Unavailable
from registry.mirror import queries as mirror
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.relay import queries as acts


@dataclass(frozen=True)
class Lag:
    """How far the mirror is behind its node: blocks it has not applied, and the age in seconds of the oldest of them, 0
    where it has them all."""

    head: int
    blocks: int
    seconds: float


def lag_of(service: Service) -> Lag | None:
    """None before the mirror has begun. Raises ChainNotReachable, DatabaseAway, DatabaseBusy."""
    head = service.node.block_number()
    with service.database.read() as session:
        cursor = mirror.cursor(session)
    blocks = lag_blocks(head, cursor.number if cursor else None)
    if cursor is None or blocks is None:
        return None
    # None where the chain has become shorter meanwhile: then there is nothing to wait for.
    oldest = service.node.block(cursor.number + 1) if blocks else None
    waited = 0 if oldest is None else unix(service.context.clock.now()) - int(oldest["timestamp"], 16)
    return Lag(head, blocks, float(max(0, waited)))


def chain_status(service: Service) -> View:
    """Contract, chain, mirror and acts. Answers also while the chain does not: then its block and the lag are
    missing."""
    try:
        head = service.node.block_number()
    except Unavailable:
        head = None
    with service.database.read() as session:
        cursor = mirror.cursor(session)
        counts = {status.value: count for status, count in acts.counts(session).items()}
        oldest = acts.oldest_unfinished_s(session, service.context.clock)
    block = cursor.number if cursor else None
    return {
        "contract": service.settings.contract,
        "chain_id": service.settings.chain_id,
        "chain_block": head,
        "mirror": {
            "block": block,
            "hash": cursor.hash if cursor else None,
            "final_block": cursor.final_number if cursor else None,
            "lag_blocks": lag_blocks(head, block),
            "trouble": service.worker.trouble,
        },
        "acts": {**counts, "oldest_unfinished_s": oldest},
    }


def lag_blocks(head: int | None, block: int | None) -> int | None:
    """How many blocks the chain is ahead of the registry; None while either is not known."""
    return None if head is None or block is None else max(0, head - block)


def full_status(service: Service) -> View:
    """Besides, whether the deployed code of all parts is the known one, and how many records there are. Raises
    ChainNotReachable."""
    code = service.node.code(service.settings.contract)
    artifact = registry_artifact()
    is_known = artifact.is_code(code) and not artifact.unknown_parts(service.node.code, code)
    with service.database.read() as session:
        return {
            **chain_status(service),
            "rpc": service.node.url,
            "is_code_known": is_known,
            "quarantined": mirror.quarantined(session),
            "records": {
                "parties": parties.count(session),
                "invoices": invoices.count(session),
                **receivables.counts(session),
            },
        }
