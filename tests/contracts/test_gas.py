"""What each act costs, from real receipts; a change of cost shows in the diff of gas.json.

To accept new figures run this file with COUNTERFOIL_UPDATE_SNAPSHOTS=1 and commit gas.json with the reason.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from registry.chain.messages import (
    Confirmation,
    Confirmations,
    Consent,
    Declinature,
    InvoiceEntry,
    Registration,
    Registrations,
    Settlement,
    Settlements,
    Signed,
    Transfer,
    Transfers,
)
from registry.chain.words import Scope
from tests.builders import acts
from tests.builders.chain_ledger import ChainLedger
from tests.builders.ledger import (
    CNY,
    DAY,
    FUNDER,
    OBLIGOR,
    REGISTRAR,
    SECOND,
    SETTLER,
    SUPPLIER,
    THIRD,
    account,
    key_named,
)

SNAPSHOT = Path(__file__).with_name("gas.json")
DEADLINE = acts.START + 30 * DAY
RELAYER = account(REGISTRAR)
BATCH = 100


class Meter:
    """A ledger with warm parties, on which acts are measured one after the other."""

    def __init__(self) -> None:
        self.ledger = ChainLedger()
        self.measured: dict[str, int] = {}
        self.made = 0

    def claim(self, invoices: int = 1) -> acts.Claim:
        """Terms that are the same in every run, whichever tests ran before."""
        self.made += 1
        listed = [
            InvoiceEntry(100_000, 100_000, (acts.fingerprint(1_000 * self.made + number),))
            for number in range(invoices)
        ]
        return acts.claim(invoices=listed, salt=int.from_bytes(acts.fingerprint(self.made)))

    def issue(self) -> int:
        return acts.register_confirmed(self.ledger, self.claim())

    def note(self, name: str, act: Callable[[], object]) -> None:
        act()
        self.measured[name] = self.ledger.gas

    def signed(self, message: Signed, *parties: int) -> list[Consent]:
        return self.ledger.sign(message, *(account(party) for party in parties), deadline=DEADLINE)


def measure_issues(meter: Meter) -> None:
    ledger = meter.ledger
    meter.issue()  # the obligor's total is no longer zero

    def register(claim: acts.Claim) -> acts.Claim:
        return acts.register(ledger, claim, consents=meter.signed(Registration(claim.terms), SUPPLIER))

    first, second, more = meter.claim(), meter.claim(), meter.claim(11)
    meter.note("register", lambda: register(first))
    register(second)
    register(more)
    meter.measured["each further invoice"] = (ledger.gas - meter.measured["register"]) // 10
    consents = meter.signed(Confirmation(first.terms), OBLIGOR)
    meter.note("confirm relayed", lambda: acts.confirm(ledger, first, sender=RELAYER, consents=consents))
    meter.note("confirm sent by the obligor", lambda: acts.confirm(ledger, second))
    message = Declinature(more.receivable, 0, acts.REASON)
    consents_ = meter.signed(message, OBLIGOR)
    meter.note("decline 11 invoices", lambda: acts.decline(ledger, more, sender=RELAYER, consents=consents_))
    both = meter.claim()
    signatures = [
        *meter.signed(Registration(both.terms), SUPPLIER),
        *meter.signed(Confirmation(both.terms), OBLIGOR),
    ]
    meter.note("registerConfirmed", lambda: acts.register_confirmed(ledger, both, consents=signatures))


def measure_lots(meter: Meter) -> None:
    ledger, lot = meter.ledger, meter.issue()
    meter.note("transfer whole", lambda: acts.transfer(ledger, lot, to=SECOND))
    meter.note("reject", lambda: acts.reject(ledger, lot))
    meter.note("transfer part", lambda: acts.transfer(ledger, lot, to=SECOND, amount=40_000))
    word = ledger.lot(lot)
    consents = meter.signed(Transfer(lot, word.seq, word.amount, THIRD, word.amount), SUPPLIER)
    meter.note(
        "transfer relayed", lambda: acts.transfer(ledger, lot, to=THIRD, sender=RELAYER, consents=consents)
    )
    end = acts.START + 10 * DAY
    meter.note("lock", lambda: acts.lock(ledger, lot, until=end))
    meter.note("release", lambda: acts.release(ledger, lot))
    acts.lock(ledger, lot, until=end)
    sale = meter.signed(acts.sale(ledger, lot), THIRD)
    meter.note("finance", lambda: acts.finance(ledger, lot, consents=sale))
    meter.note("settle in part", lambda: acts.settle(ledger, lot, amount=10_000))
    meter.note("settle in full", lambda: acts.settle(ledger, lot))
    other = meter.issue()
    receipt = meter.signed(Settlement(other, 0, 100_000, SUPPLIER, 100_000, acts.PAYMENT), SETTLER)
    meter.note("settle relayed", lambda: acts.settle(ledger, other, sender=RELAYER, consents=receipt))


def measure_parties(meter: Meter) -> None:
    ledger, clerk = meter.ledger, key_named("clerk")
    meter.note("setQuota", lambda: ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 10**9, []))
    ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 0, [])
    grant = {"scopes": int(Scope.TRANSFER), "valid_until": DEADLINE, "cap": 10**6}
    meter.note("setKey", lambda: ledger.grant(SUPPLIER, clerk, **grant))
    lot = meter.issue()
    consents = ledger.sign(Transfer(lot, 0, 100_000, SECOND, 100_000), clerk, deadline=DEADLINE)
    meter.note(
        "transfer relayed under a mandate",
        lambda: acts.transfer(ledger, lot, to=SECOND, sender=RELAYER, consents=consents),
    )
    meter.note("revokeKey", lambda: ledger.send(account(SUPPLIER), "revokeKey", SUPPLIER, clerk.address, []))
    meter.note("admit", lambda: ledger.admit(50, roles=2))
    meter.note("setRoles", lambda: ledger.set_roles(FUNDER, roles=4))


def measure_batches(meter: Meter) -> None:
    ledger = meter.ledger
    claims = [meter.claim() for _ in range(BATCH)]
    terms = tuple(each.terms for each in claims)
    packed = [each.invoices for each in claims]
    consents = meter.signed(Registrations(terms), SUPPLIER)
    name = f"register {BATCH} in one"
    meter.note(name, lambda: ledger.send(RELAYER, "registerMany", list(terms), packed, consents))
    consents_ = meter.signed(Confirmations(terms[:10]), OBLIGOR)
    meter.note("confirm 10 in one", lambda: ledger.send(RELAYER, "confirmMany", list(terms[:10]), consents_))
    lots = [each.lot for each in claims[:10]]
    wanted = [(lot, SECOND, 100_000) for lot in lots]
    moves = meter.signed(Transfers(acts.moves_of(ledger, *wanted)), SUPPLIER)
    meter.note(
        "transfer 10 in one",
        lambda: acts.transfer_many(ledger, *wanted, sender=RELAYER, consents=moves),
    )
    payments = acts.payments_of(ledger, *((lot, 100_000) for lot in lots))
    signed = meter.signed(Settlements(payments), SETTLER)
    meter.note(
        "settle 10 in one", lambda: acts.settle_many(ledger, *payments, sender=RELAYER, consents=signed)
    )


def measure_rare_acts(meter: Meter) -> None:
    ledger = meter.ledger
    unconfirmed = acts.register(ledger, meter.claim())
    meter.note("withdraw", lambda: acts.withdraw(ledger, unconfirmed))
    undone = meter.claim()
    acts.register_confirmed(ledger, undone)
    meter.note("cancel", lambda: acts.cancel(ledger, undone))
    lot = meter.issue()
    meter.note("suspend", lambda: acts.suspend(ledger, lot))
    acts.suspend(ledger, lot, suspended=False)
    meter.note("force", lambda: acts.force(ledger, lot, to=SECOND))
    meter.note("write off in part", lambda: acts.write_off(ledger, lot, amount=10_000))
    acts.lock(ledger, lot)
    sale = meter.signed(acts.sale(ledger, lot, pledge=True), SECOND)
    meter.note("pledge", lambda: acts.finance(ledger, lot, pledge=True, consents=sale))
    meter.note("release of a pledge", lambda: acts.release(ledger, lot))
    acts.finance(ledger, acts.lock(ledger, lot))
    ledger.now = acts.MATURITY
    meter.note("put back", lambda: acts.put_back(ledger, lot))
    meter.note("setState", lambda: ledger.set_state(1))


def measured() -> dict[str, int]:
    meter = Meter()
    measure_issues(meter)
    measure_lots(meter)
    measure_parties(meter)
    measure_batches(meter)
    measure_rare_acts(meter)
    return dict(sorted(meter.measured.items()))


def test_every_act_costs_what_the_snapshot_says() -> None:
    found = measured()
    if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS") == "1":
        SNAPSHOT.write_text(json.dumps(found, indent=2) + "\n")
    stored = json.loads(SNAPSHOT.read_text())
    changed = {
        act: (stored.get(act), found.get(act))
        for act in {*stored, *found}
        if stored.get(act) != found.get(act)
    }
    assert not changed, f"act: (snapshot, now) {changed}; to accept, set COUNTERFOIL_UPDATE_SNAPSHOTS=1"
