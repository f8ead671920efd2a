"""Whoever runs the registry can stop things, but changes no lot, no amount and nobody's account or keys."""

from collections.abc import Callable
from random import Random

import pytest

from registry.chain.messages import Admission
from registry.chain.words import PartyWord
from tests.builders import acts
from tests.builders.ledger import (
    CNY,
    DAY,
    EUR,
    OBLIGOR,
    OPERATOR,
    OTHER_OBLIGOR,
    REGISTRAR,
    ROLES,
    SECOND,
    SETTLER,
    STRANGER,
    SUPPLIER,
    THIRD,
    Ledger,
    Refused,
    account,
    identity_of,
    key_named,
)

CLERKS = [key_named(f"clerk {number}") for number in range(3)]
STEPS = 150


class Populated:
    """A ledger with lots in every status, waiting receivables, used invoices, mandates and quotas."""

    def __init__(self) -> None:
        self.ledger = ledger = Ledger()
        for number, clerk in enumerate(CLERKS):
            ledger.grant((SUPPLIER, SECOND, OBLIGOR)[number], clerk, cap=1_000)
        ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 10**9, [])
        self.waiting = [acts.register(ledger, acts.claim()) for _ in range(2)]
        acts.decline(ledger, self.waiting[1])
        claims = [acts.claim(currency=currency) for currency in (CNY, CNY, CNY, EUR, CNY)]
        claims.append(acts.claim(obligor=OTHER_OBLIGOR))
        self.claims = claims
        free, split, locked, financed, paid, other = (acts.issue(ledger, each) for each in claims)
        acts.transfer(ledger, free, to=THIRD)
        child = acts.transfer(ledger, split, to=SECOND, amount=300_000)
        acts.finance(ledger, acts.lock(ledger, financed))
        acts.pledge(ledger, acts.transfer(ledger, other, to=THIRD, amount=1_000))
        acts.lock(ledger, locked)
        acts.settle(ledger, paid)
        acts.settle(ledger, split, amount=1_000)
        self.lots = [free, split, child, locked, financed, paid, other]

    def watch(self) -> None:
        """Each party vetoes what is proposed for it, frozen, expired or roleless as it may be."""
        for number in ROLES:
            if self.ledger.view("recovery", number):
                self.ledger.send(account(number), "vetoAccount", number, [])

    def value(self) -> dict[str, list[object]]:
        """All that is somebody's: what the operator must not touch."""
        ledger = self.ledger
        parties = [PartyWord.unpack(ledger.view("party", number)) for number in ROLES]
        prints = [claim.invoices[17:49] for claim in [*self.claims, *self.waiting]]
        return {
            "lots": [ledger.view("lotOf", lot) for lot in self.lots],
            "receivables": [ledger.view("facts", each.receivable) for each in [*self.claims, *self.waiting]],
            "obligations": [
                ledger.view("obligation", obligor, currency)
                for obligor in (OBLIGOR, OTHER_OBLIGOR)
                for currency in (CNY, EUR)
            ],
            "invoices": [ledger.view("invoiceOf", each) for each in prints],
            "accounts": [(party.account, party.epoch) for party in parties],
            "nonces": [party.nonce for party in parties],
            "keys": [ledger.view("keyOf", key.address) for key in [*CLERKS, *map(account, ROLES)]],
            "identities": [ledger.view("partyOf", identity_of(number)) for number in ROLES],
        }


def admin_acts(world: Populated, dice: Random) -> list[Callable[[], object]]:
    """Every act of the operator with arguments out of malice, and every act of a party tried in its place."""
    ledger = world.ledger
    party, lot = dice.choice([*ROLES, 50, 51]), dice.choice(world.lots)
    claim = dice.choice([*world.claims, *world.waiting])
    newcomer = dice.choice([50, 51])

    def send(act: str, *arguments: object) -> Callable[[], object]:
        def sent() -> object:
            return ledger.send(OPERATOR, act, *arguments)

        sent.__name__ = act
        return sent

    own = (newcomer, identity_of(newcomer), account(newcomer).address)
    bound = ledger.sign(Admission(*own), account(newcomer))
    word = ledger.lot(lot)
    return [
        send("admit", *own, 0xFF, ledger.now + DAY, bound),
        send("admit", party, identity_of(99), OPERATOR.address, 0xFF, ledger.now + DAY, []),
        send("setRoles", party, dice.randrange(256), dice.choice([0, ledger.now, 2**40 - 1])),
        send("freeze", party, dice.random() < 0.5),
        send("bar", party, dice.random() < 0.5),
        send("setLimits", *(dice.randrange(1, 256) for _ in range(4)), dice.choice([0, 1, 2**64 - 1])),
        send("setFingerprintKey", dice.randrange(256), dice.randbytes(32)),
        send("setKey", party, OPERATOR.address, 0xFFFF, 0, 2**40 - 1, 2**64 - 1, []),
        send("revokeKey", party, dice.choice(CLERKS).address, []),
        send("setQuota", party, CNY, 1, []),
        send("confirm", claim.terms.as_argument(), []),
        send("decline", claim.terms.as_argument(), 0, bytes(32), claim.invoices, b"", []),
        send("transfer", lot, party, max(word.amount, 1), []),
        send("reject", lot, []),
        send("lock", lot, party, ledger.now + DAY, []),
        send("release", lot, word.peer, []),
        send("finance", lot, True, False, bytes(32), []),
        send("finance", lot, True, True, bytes(32), []),
        send("setState", dice.choice([0, 1, 2, 3])),
        send("proposeAccount", party, dice.choice([OPERATOR, account(newcomer), STRANGER]).address),
        send("takeAccount", party, []),
        send("vetoAccount", party, []),
        send("setArbiter", OPERATOR.address),
        send("suspend", claim.receivable, bytes(32)),
        send("resume", claim.receivable, bytes(32)),
        send("forcedTransfer", lot, party, bytes(32)),
        send("contest", claim.receivable, lot, word.holder, 1, bytes(32), []),
        send("confirmMany", [claim.terms.as_argument()], []),
        send("withdraw", claim.terms.as_argument(), bytes(32), claim.invoices, b"", []),
        send("cancel", claim.terms.as_argument(), bytes(32), claim.invoices, b"", []),
        send("transferMany", word.holder, [(lot, party, max(word.amount, 1))], []),
        send("settleMany", SETTLER, [(lot, word.holder, word.amount, word.amount, bytes(32))], []),
        send("enforce", lot, []),
        send("reassign", lot, party, bytes(32), []),
        send("putBack", lot, []),
        send("writeOff", lot, max(word.amount, 1), bytes(32), []),
        send("settle", lot, word.holder, word.holder, word.amount, word.amount, bytes(32), []),
        lambda: ledger.pass_time(dice.choice([1, DAY])),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_no_order_of_admin_acts_touches_anything_of_value(seed: int) -> None:
    world, dice = Populated(), Random(seed)
    before, done = world.value(), set()
    for _ in range(STEPS):
        act = dice.choice(admin_acts(world, dice))
        try:
            act()
            done.add(act.__name__)
        except Refused:
            pass
        world.watch()
        after = world.value()
        assert {**after, "nonces": 0} == {**before, "nonces": 0}, "a veto raises its party's nonce, no more"
    assert {"setRoles", "freeze", "bar", "setLimits", "setFingerprintKey", "setState"} <= done
    assert "proposeAccount" in done, "the operator's own acts took effect"


def test_an_operator_that_made_itself_a_party_is_no_better_off() -> None:
    world = Populated()
    before = world.value()
    ledger = world.ledger
    signed = ledger.sign(Admission(60, identity_of(60), OPERATOR.address), OPERATOR)
    ledger.send(OPERATOR, "admit", 60, identity_of(60), OPERATOR.address, 0xFF, 2**40 - 1, signed)
    for seed in range(60):
        for act in admin_acts(world, Random(seed)):
            try:
                act()
            except Refused:
                continue
            world.watch()
    assert {**world.value(), "nonces": 0} == {**before, "nonces": 0}


def holder_transfers(world: Populated) -> str:
    acts.transfer(world.ledger, world.lots[0], to=SECOND)
    return "lots"


def settler_records(world: Populated) -> str:
    acts.settle(world.ledger, world.lots[0], amount=1)
    return "obligations"


def obligor_declines(world: Populated) -> str:
    acts.decline(world.ledger, world.waiting[0])
    return "invoices"


def account_revokes(world: Populated) -> str:
    world.ledger.send(account(SUPPLIER), "revokeKey", SUPPLIER, CLERKS[0].address, [])
    return "keys"


def account_sets_quota(world: Populated) -> str:
    world.ledger.send(account(OBLIGOR), "setQuota", OBLIGOR, CNY, 5, [])
    return "nonces"


@pytest.mark.parametrize(
    "own_act", [holder_transfers, settler_records, obligor_declines, account_revokes, account_sets_quota]
)
def test_what_parties_do_themselves_does_show(own_act: Callable[[Populated], str]) -> None:
    """The control: the comparison fails when something of value really changes."""
    world = Populated()
    before = world.value()
    changed = own_act(world)
    assert world.value()[changed] != before[changed]


def test_a_relayer_changes_nothing_either() -> None:
    world = Populated()
    before = world.value()
    for sender in (STRANGER, account(REGISTRAR)):
        for lot in world.lots:
            word = world.ledger.lot(lot)
            for act, arguments in (
                ("transfer", (lot, THIRD, max(word.amount, 1), [])),
                ("reject", (lot, [])),
                ("release", (lot, word.peer, [])),
                ("settle", (lot, word.holder, word.holder, word.amount, word.amount, bytes(32), [])),
            ):
                with pytest.raises(Refused):
                    world.ledger.send(sender, act, *arguments)
    assert world.value() == before


def test_without_a_veto_an_account_does_change_hands() -> None:
    """The control: it is the veto that stops the operator, not some other rule."""
    world = Populated()
    before = world.value()
    world.ledger.send(OPERATOR, "proposeAccount", SUPPLIER, STRANGER.address)
    world.ledger.pass_time(7 * DAY)
    world.ledger.send(STRANGER, "takeAccount", SUPPLIER, [])
    assert world.value()["accounts"] != before["accounts"]
    assert world.value()["lots"] == before["lots"], "and even then no lot has moved"
