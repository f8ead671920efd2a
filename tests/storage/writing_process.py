"""One of several processes that write at once.

``python writing_process.py <url> <folder> <number>``: says ``ready-<number>`` in the folder; then, whenever there is a
``go-<how>-<keys>``, takes keys 0 … keys - 1, each if nobody has it yet, and says ``done-<how>-<number>``; until there
is an ``end``. ``how``: ``queued`` in units of work, ``alone`` (the control) in transactions that only look before they
insert, ``invoices`` by registering one invoice a key.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from registry.fingerprints.keys import FingerprintKey
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.registering import Uploader
from registry.invoices.use_cases import register_document
from registry.kit.clock import Deadline, FixedClock
from registry.kit.identifiers import TaxId
from registry.storage.unit_of_work import Database

LOOK = text("SELECT count(*) FROM claimed WHERE key = :key")
# Others look meanwhile, however few processors there are.
PAUSE = text("SELECT pg_sleep(0.002)")
TAKE = text("INSERT INTO claimed (key, by) VALUES (:key, :by)")
SELLER = TaxId.of("DE307141589")
KEY = FingerprintKey.create(seed=b"\x2a" * 32)
INVOICE = Invoice(
    seller=Trader("Nordlicht GmbH", "DE", (SELLER,)),
    buyer=Trader("Hanse AG", "DE", (TaxId.of("DE811907980"),)),
    number="",
    issued_on=date(2026, 9, 1),
    document_class=InvoiceClass.INVOICE,
    currency="EUR",
    net=Decimal(1000),
    gross=Decimal(1190),
    payable=Decimal(1190),
    syntax="ubl",
)


def main(url: str, folder: Path, number: int) -> None:
    database = Database(url, busy_ms=60_000)
    ids = count(number * 1_000_000)

    def queued(key: int) -> None:
        with database.write() as session:
            take(session, key, number)

    def alone(key: int) -> None:
        with database.engine.begin() as connection:
            take(connection, key, number)

    def invoices(key: int) -> None:
        register_document(
            database,
            invoice=an_invoice(key),
            content_sha256=f"{key:064x}",
            name="invoice.xml",
            uploader=Uploader(party=7, identifiers=(SELLER,)),
            fingerprint_keys=lambda _session: (KEY,),
            clock=FixedClock(datetime(2026, 9, 2, tzinfo=UTC)),
            ids=lambda prefix: f"{prefix}_{next(ids):026d}",
        )

    ways: dict[str, Callable[[int], None]] = {"queued": queued, "alone": alone, "invoices": invoices}
    with database.read() as session:
        session.execute(text("SELECT 1"))
    (folder / f"ready-{number}").touch()
    deadline, done = Deadline(600), set[Path]()
    while not (folder / "end").exists() and not deadline.has_passed:
        for sign in set(folder.glob("go-*")) - done:
            _, how, keys = sign.name.split("-")
            for key in range(int(keys)):
                ways[how](key)
            (folder / f"done-{how}-{number}").touch()
            done.add(sign)
        deadline.pause(0.002)
    database.close()


def an_invoice(key: int) -> Invoice:
    """Each unlike the others in number, day and amount."""
    net = Decimal(1000 + 131 * key)
    return replace(
        INVOICE,
        number=f"{key * 7919 % 100_003:05}/{key}",
        issued_on=date(2026, 1, 1) + timedelta(days=key % 240),
        net=net,
        gross=net * 119 / 100,
        payable=net * 119 / 100,
    )


def take(where: Session | Connection, key: int, by: int) -> None:
    if where.execute(LOOK, {"key": key}).scalar_one() == 0:
        where.execute(PAUSE)
        where.execute(TAKE, {"key": key, "by": by})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
