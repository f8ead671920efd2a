"""How the registry is, for `status` and the API."""

from typing import Any

from api.service import Service
from api.views import instant
from registry.chain.artifact import registry_artifact
from registry.invoices import queries as invoices
from registry.mirror import queries as mirror
from registry.parties import queries as parties
from registry.receivables import queries as receivables
from registry.relay import queries as acts


def status_view(opened: Service) -> dict[str, Any]:
    """Contract, chain, mirror, outbox and record counts. Raises ChainNotReachable."""
    node = opened.node
    head = node.block("latest") or {}
    number = int(head.get("number", "0x0"), 16)
    code = node.code(opened.settings.contract)
    with opened.database.read() as session:
        cursor = mirror.cursor(session)
        counts = acts.counts(session)
        at = cursor.number if cursor is not None else opened.settings.start_block - 1
        return {
            "contract": opened.settings.contract,
            "chain_id": opened.settings.chain_id,
            "code": "known" if registry_artifact().is_code(code) else "UNKNOWN",
            "rpc": node.url,
            "head": {"block": number, "at": instant(int(head.get("timestamp", "0x0"), 16))},
            "mirror": {
                "block": at,
                "lag_blocks": max(0, number - at),
                "quarantined": mirror.quarantined(session),
            },
            "acts": {status.value: count for status, count in counts.items()}
            | {"oldest_unfinished_s": acts.oldest_unfinished_s(session, opened.context.clock)},
            "records": {
                "parties": parties.count(session),
                "invoices": invoices.count(session),
                **receivables.counts(session),
            },
        }
