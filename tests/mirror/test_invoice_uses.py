"""How much of an invoice is in use is nowhere in an event: it is computed, and must equal the contract's words."""

import random

import pytest

from registry.chain.messages import InvoiceEntry, keccak256
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from registry.receivables.model import InvoiceUse, Obligation
from tests.mirror.life import CNY, PARTIES

ACTS = 24
CAP = 1_000_000


class Invoices:
    """Some invoices as their registrations have named them: every registration may add fingerprints."""

    def __init__(self, rng):
        self.rng = rng
        self.known = {number: [] for number in range(4)}
        self.registered = []

    def entry(self, number):
        known = self.known[number]
        if not known or self.rng.random() < 0.4:
            known.append(keccak256(self.rng.randbytes(8)))
        return InvoiceEntry(CAP, self.rng.randrange(200, 5_000), tuple(sorted(known)))

    def register(self, life):
        numbers = self.rng.sample(sorted(self.known), self.rng.randint(1, 3))
        entries = [self.entry(number) for number in numbers]
        terms, packed = life.register(*entries)
        self.registered.append((terms, packed, numbers, entries))

    def decline(self, life):
        place = self.rng.randrange(len(self.registered))
        terms, packed, numbers, entries = self.registered.pop(place)
        later = b""
        for number, entry in zip(numbers, entries, strict=True):
            added = [each for each in self.known[number] if each not in entry.fingerprints]
            later += len(added).to_bytes() + b"".join(added)
        life.decline(terms, packed, later=later if later.strip(b"\0") else b"")
        for number in numbers:
            if not any(number in others for _, _, others, _ in self.registered):
                self.known[number] = []


@pytest.mark.parametrize("seed", [1, 2])
def test_random_registrations_and_declines_leave_the_contracts_words(fresh, seed):
    fresh.admit("obligor", "supplier", "relay", "settler")
    rng = random.Random(seed)
    invoices = Invoices(rng)
    declined = 0
    for _ in range(ACTS):
        if invoices.registered and rng.random() < 0.45:
            invoices.decline(fresh)
            declined += 1
        else:
            invoices.register(fresh)
    assert declined > 3
    assert reconcile(fresh.database, fresh.node, fresh.address).drifts == []
    while invoices.registered:
        invoices.decline(fresh)
    assert reconcile(fresh.database, fresh.node, fresh.address).drifts == []
    with fresh.database.read() as session:
        assert session.query(InvoiceUse).count() == 0
    assert rebuild(fresh.database).is_same


def test_who_paid_everything_owes_nothing_and_that_is_no_drift(fresh):
    fresh.admit("obligor", "supplier", "relay", "settler")
    terms, _ = fresh.register(fresh.invoice(CAP, CAP, "all"))
    lot = fresh.confirm(terms)
    fresh.pay(lot, CAP)
    with fresh.database.read() as session:
        owed = session.get_one(Obligation, (PARTIES["obligor"], CNY))
        assert (owed.outstanding, owed.count) == (0, 0)
    assert fresh.view("obligation", PARTIES["obligor"], CNY) == 0
    assert reconcile(fresh.database, fresh.node, fresh.address).drifts == []
