"""Invoices, corrections and receivables in any order: never more rests on an invoice than it is worth at that time."""

from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import api.auth.sights  # noqa: F401 - brings every table
from registry.invoices import correction_queries as corrections
from registry.invoices import queries as invoices
from registry.kit.clock import FixedClock
from registry.kit.errors import Refusal
from registry.parties.model import PartyIdentifier, PartyProfile
from registry.receivables import queries
from registry.receivables.checks import Use, resolve_uses
from registry.receivables.exposure import capacity, exposure
from registry.receivables.model import InvoiceUse, Receivable, ReceivableInvoice
from registry.storage.unit_of_work import Database
from tests.builders.databases import a_database, copied, kept
from tests.invoices.builders import BUYER_VAT, SELLER, SELLER_VAT, preceding, register, ubl

OBLIGOR = 9
HASH = "0x" + "00" * 32


def document(number: str, gross: int, of: str = "", **terms: str) -> bytes:
    amount = f"{gross}.00"
    return ubl(
        number=number, net=amount, gross=amount, payable=amount, extra=preceding(of) if of else "", **terms
    )


DOCUMENTS = {
    "A": document("A", 100),
    "A-note": document("N-1", 20, "A", type_code="381", issued_on="2026-09-02"),
    "A-second-note": document("N-2", 35, "A", type_code="381", issued_on="2026-09-03"),
    "note-of-note": document("N-3", 15, "N-1", type_code="381", issued_on="2026-09-04"),
    "B": document("B", 70, "A", type_code="384", issued_on="2026-09-10"),
    "B-note": document("N-4", 30, "B", type_code="381", issued_on="2026-09-11"),
}


@cache
def founded() -> Database:
    """A database with seller and obligor, to be copied."""
    database = kept(a_database())
    with database.write() as session:
        for party, vat in ((SELLER.party, SELLER_VAT), (OBLIGOR, BUYER_VAT)):
            session.add(
                PartyProfile(
                    number=party, name="A", country="DE", account=f"0x{party}", created_at=FixedClock().now()
                )
            )
            session.flush()
            session.add(PartyIdentifier(country="DE", scheme="VAT", value=vat[2:], party=party))
    return database


@dataclass
class Ledger:
    """A registry's database beside rows as the mirror writes them."""

    database: Database = field(default_factory=lambda: copied(founded()))
    numbers: Any = field(default_factory=count)
    ids: dict[str, str] = field(default_factory=dict)

    def bring(self, name: str) -> None:
        done = register(self.database, DOCUMENTS[name])
        assert done.id is not None
        self.ids[name] = done.id

    def use(self, name: str, minor: int) -> bool:
        """A registration, and the block that has it; False where it is refused."""
        try:
            with self.database.write() as session:
                uses = [Use(self.ids[name], minor)]
                (resolved,) = resolve_uses(session, originator=SELLER.party, obligor=OBLIGOR, uses=uses)
                (fingerprint,) = ["0x" + one for one in resolved.record.entries]
                receivable = f"0x{next(self.numbers):016x}"
                columns = dict.fromkeys(
                    ("flags", "expires", "settler", "settled", "issued_on", "delivered_on", "accepted_on"), 0
                )
                hashes = dict.fromkeys(("documents_root", "invoices_hash", "salt"), HASH)
                session.add(
                    Receivable(
                        id=receivable, commitment=receivable, status=1, obligor=OBLIGOR, originator=SELLER.party,
                        face=minor, currency=978, maturity=1, block_number=1, **columns, **hashes,
                    )
                )  # fmt: skip
                session.add(
                    ReceivableInvoice(
                        receivable=receivable, fingerprint=fingerprint, place=0,
                        cap=resolved.record.cap_minor, amount=minor,
                    )
                )  # fmt: skip
                word = session.get(InvoiceUse, fingerprint) or InvoiceUse(
                    fingerprint=fingerprint, receivable=receivable, cap=resolved.record.cap_minor, used=0, uses=0,
                    currency=978, place=0, fingerprints=1, block_number=1,
                )  # fmt: skip
                word.used, word.uses = word.used + minor, word.uses + 1
                session.add(word)
        except Refusal:
            return False
        return True

    def worth(self, name: str) -> int:
        with self.database.read() as session:
            return corrections.chain(session, [self.ids[name]]).cap(self.ids[name])

    def used(self, *names: str) -> int:
        with self.database.read() as session:
            records = [invoices.invoice_by_id(session, self.ids[one]) for one in names if one in self.ids]
            return sum(
                max(queries.used_on_chain(session, ["0x" + one for one in record.entries]).values())
                for record in records
            )


STEPS = st.permutations([*DOCUMENTS, *[("use", name) for name in ("A", "A", "A", "B", "B")]])
AMOUNTS = st.lists(st.integers(1, 10_000), min_size=5, max_size=5)


@settings(max_examples=20, deadline=None)
@given(STEPS, AMOUNTS)
def test_at_each_use_the_uses_are_within_what_the_invoice_is_worth_then(
    steps: list[Any], amounts: list[int]
) -> None:
    ledger = Ledger()
    wanted = iter(amounts)
    for step in steps:
        if isinstance(step, str):
            ledger.bring(step)
        elif step[1] in ledger.ids and ledger.use(step[1], next(wanted)):
            family = ("A", "B") if "B" in ledger.ids else ("A",)
            assert ledger.used(*family) <= ledger.worth(step[1])
    # Whatever came first, all of them together leave the same.
    assert ledger.worth("A") == ledger.worth("B") == 4_000
    with ledger.database.read() as session:
        found = exposure(session, ledger.ids["A"])
        left = capacity(session, invoices.invoice_by_id(session, ledger.ids["B"])).left_minor
    assert found.used_minor == ledger.used("A", "B")
    assert found.over_minor == max(0, found.used_minor - 4_000)
    assert left == max(0, 4_000 - found.used_minor)
    ledger.database.close()


def test_the_last_cent_of_what_is_left_can_be_used_and_not_one_more() -> None:
    ledger = Ledger()
    for name in ("A", "A-note", "A-second-note"):
        ledger.bring(name)
    assert ledger.use("A", 4_500)
    assert not ledger.use("A", 1)
    ledger.bring("note-of-note")
    assert ledger.use("A", 1_500)
    assert not ledger.use("A", 1)
    ledger.database.close()
