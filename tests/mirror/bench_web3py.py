"""The same events the usual way: web3.py's ``get_logs`` and ``process_log``, a row an event through SQLAlchemy's ORM.

It runs in an environment of its own (scripts/tools web3py) and knows nothing of the registry but its ABI:
``python -m tests.mirror.bench_web3py URL CONTRACT FIRST LAST DATABASE ABI``. It prints a Figure as JSON.
"""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Engine, String, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from web3 import Web3

from tests.mirror.figures import measured

BLOCKS_A_REQUEST = 200


class Base(DeclarativeBase):
    pass


class EventRow(Base):
    __tablename__ = "event"

    block_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    log_index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    block_hash: Mapped[str] = mapped_column(String(66))
    tx_hash: Mapped[str] = mapped_column(String(66), index=True)
    name: Mapped[str] = mapped_column(String(40), index=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)


def index(web3: Web3, contract: Any, engine: Engine, first: int, last: int) -> int:
    """Read, decode, store; answers how many."""
    by_topic = {event().topic: event() for event in contract.events}
    count = 0
    for start in range(first, last + 1, BLOCKS_A_REQUEST):
        end = min(last, start + BLOCKS_A_REQUEST - 1)
        logs = web3.eth.get_logs({"address": contract.address, "fromBlock": start, "toBlock": end})
        with Session(engine) as session:
            for log in logs:
                event = by_topic[log["topics"][0].to_0x_hex()].process_log(log)
                session.add(
                    EventRow(
                        block_number=event["blockNumber"],
                        log_index=event["logIndex"],
                        block_hash=event["blockHash"].to_0x_hex(),
                        tx_hash=event["transactionHash"].to_0x_hex(),
                        name=event["event"],
                        values={name: plain(value) for name, value in event["args"].items()},
                    )
                )
            session.commit()
        count += len(logs)
    return count


def plain(value: Any) -> Any:
    """Numbers of 256 bits are too large for most readers of JSON."""
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def main() -> None:
    url, address, first, last, database, abi = sys.argv[1:]
    engine = create_engine(database)
    Base.metadata.create_all(engine)
    web3 = Web3(Web3.HTTPProvider(url))
    content = json.loads(Path(abi).read_text())["abi"]
    contract = web3.eth.contract(address=Web3.to_checksum_address(address), abi=content)
    found = measured(lambda: index(web3, contract, engine, int(first), int(last)))
    sys.stdout.write(json.dumps(asdict(found)))


if __name__ == "__main__":
    main()
