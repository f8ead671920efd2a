"""Who may do what alone, merely by sending it: every function that changes anything, every role.

The table is written by hand from the specification. An act that takes two parties, or a signature besides its
sender's, can be done by nobody alone.
"""

from collections.abc import Callable
from typing import Any

import pytest

from registry.chain.artifact import registry_artifact
from registry.chain.keys import SigningKey
from registry.chain.messages import Admission, Cancellation, Mandate, Registration, Registrations
from tests.builders import acts
from tests.builders.ledger import (
    ARBITER,
    CNY,
    DAY,
    FUNDER,
    OBLIGOR,
    OPERATOR,
    OTHER_FUNDER,
    OTHER_OBLIGOR,
    REGISTRAR,
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

NEW = key_named("new account")
SENDERS: dict[str, SigningKey] = {
    "operator": OPERATOR,
    "arbiter": ARBITER,
    "registrar": account(REGISTRAR),
    "obligor": account(OBLIGOR),
    "another obligor": account(OTHER_OBLIGOR),
    "originator": account(SUPPLIER),
    "another supplier": account(SECOND),
    "funder": account(FUNDER),
    "another funder": account(OTHER_FUNDER),
    "settler": account(SETTLER),
    "new account": NEW,
    "stranger": STRANGER,
}
EVERYBODY = set(SENDERS)
Call = tuple[str, tuple[Any, ...]]
Prepared = Callable[[Ledger], Call]


def registered(ledger: Ledger) -> acts.Claim:
    return acts.register(ledger, acts.claim())


def issued(ledger: Ledger) -> acts.Claim:
    found = acts.claim()
    acts.issue(ledger, found)
    return found


def ending(found: acts.Claim, *between: object) -> tuple[Any, ...]:
    return (found.terms.as_argument(), *between, found.invoices, b"")


def _register(ledger: Ledger) -> Call:
    new = acts.claim()
    signed = ledger.sign(Registration(new.terms), account(SUPPLIER))
    return "register", (new.terms.as_argument(), new.invoices, signed)


def _register_many(ledger: Ledger) -> Call:
    new = acts.claim()
    signed = ledger.sign(Registrations((new.terms,)), account(SUPPLIER))
    return "registerMany", ([new.terms.as_argument()], [new.invoices], signed)


def _register_confirmed(ledger: Ledger) -> Call:
    new = acts.claim()
    signed = ledger.sign(Registration(new.terms), account(SUPPLIER))
    return "registerConfirmed", (new.terms.as_argument(), new.invoices, signed)


def _admit(ledger: Ledger) -> Call:
    own = (50, identity_of(50), NEW.address)
    return "admit", (*own, 1, ledger.now + DAY, ledger.sign(Admission(*own), NEW))


def _set_key(ledger: Ledger) -> Call:
    given = (SUPPLIER, NEW.address, 4, 0, ledger.now + DAY, 5)
    message = Mandate(*given, ledger.party(SUPPLIER).nonce)
    return "setKey", (*given, ledger.sign(message, NEW))


def _revoke_key(ledger: Ledger) -> Call:
    ledger.grant(SUPPLIER, NEW)
    return "revokeKey", (SUPPLIER, NEW.address, [])


def _transferred(ledger: Ledger) -> int:
    return acts.transfer(ledger, acts.issue(ledger), to=SECOND)


def _release(ledger: Ledger) -> Call:
    return "release", (acts.lock(ledger, acts.issue(ledger)), FUNDER, [])


def _finance(ledger: Ledger) -> Call:
    return "finance", (acts.lock(ledger, acts.issue(ledger)), True, False, bytes(32), [])


def _enforce(ledger: Ledger) -> Call:
    lot = acts.pledge(ledger, acts.issue(ledger))
    ledger.set_time(acts.MATURITY)
    return "enforce", (lot, [])


def _financed(ledger: Ledger) -> int:
    return acts.finance(ledger, acts.lock(ledger, acts.issue(ledger)))


def _put_back(ledger: Ledger) -> Call:
    lot = _financed(ledger)
    ledger.set_time(acts.MATURITY)
    return "putBack", (lot, [])


def _cancel(ledger: Ledger) -> Call:
    found = issued(ledger)
    message = Cancellation(found.receivable, 0, acts.FACE, acts.REASON)
    signed = ledger.sign(message, account(SUPPLIER))
    return "cancel", (*ending(found, acts.REASON), signed)


def _expire(ledger: Ledger) -> Call:
    found = registered(ledger)
    ledger.pass_time(30 * DAY)
    return "expire", ending(found)


def _settle(ledger: Ledger, by: int) -> Call:
    given = (acts.issue(ledger), by, SUPPLIER, acts.FACE, acts.FACE, bytes(32), [])
    return "settle", given


def _settle_many(ledger: Ledger) -> Call:
    payments = acts.payments_of(ledger, (acts.issue(ledger), acts.FACE))
    return "settleMany", (SETTLER, list(payments), [])


def _veto(ledger: Ledger) -> Call:
    acts.propose(ledger, SUPPLIER, NEW)
    return "vetoAccount", (SUPPLIER, [])


def _propose_again(ledger: Ledger) -> Call:
    acts.propose(ledger, SUPPLIER, NEW)
    ledger.send(account(SUPPLIER), "vetoAccount", SUPPLIER, [])
    return "proposeAccount", (SUPPLIER, NEW.address)


def _take(ledger: Ledger) -> Call:
    acts.propose(ledger, SUPPLIER, NEW)
    ledger.pass_time(7 * DAY)
    return "takeAccount", (SUPPLIER, [])


def _accept(ledger: Ledger) -> Call:
    ledger.send(OPERATOR, "transferOwnership", NEW.address)
    return "acceptOwnership", ()


TABLE: dict[str, tuple[Prepared, set[str]]] = {
    # parties
    "admit": (_admit, {"operator"}),
    "setRoles": (lambda ledger: ("setRoles", (SUPPLIER, 2, ledger.now)), {"operator"}),
    "freeze": (lambda _: ("freeze", (SUPPLIER, True)), {"operator"}),
    "bar": (lambda _: ("bar", (OBLIGOR, True)), {"operator"}),
    "setLimits": (lambda _: ("setLimits", (9, 9, 9, 9, 9)), {"operator"}),
    "setState": (lambda _: ("setState", (1,)), {"operator"}),
    "setFingerprintKey": (lambda _: ("setFingerprintKey", (1, bytes(32))), {"operator"}),
    "transferOwnership": (lambda _: ("transferOwnership", (NEW.address,)), {"operator"}),
    "acceptOwnership": (_accept, {"new account"}),
    "renounceOwnership": (lambda _: ("renounceOwnership", ()), set()),
    "setKey": (_set_key, {"originator"}),
    "revokeKey": (_revoke_key, {"originator"}),
    "setQuota": (lambda _: ("setQuota", (OBLIGOR, CNY, 5, [])), {"obligor"}),
    "proposeAccount": (lambda _: ("proposeAccount", (SUPPLIER, NEW.address)), {"operator"}),
    "proposeAccount after a veto": (_propose_again, {"arbiter"}),
    "vetoAccount": (_veto, {"originator"}),
    "takeAccount": (_take, {"new account"}),
    "setArbiter": (lambda _: ("setArbiter", (NEW.address,)), {"arbiter"}),
    # receivables
    "register": (_register, {"registrar"}),
    "registerMany": (_register_many, {"registrar"}),
    "registerConfirmed": (_register_confirmed, set()),
    "confirm": (lambda ledger: ("confirm", (registered(ledger).terms.as_argument(), [])), {"obligor"}),
    "confirmMany": (lambda ledger: ("confirmMany", ([registered(ledger).terms], [])), {"obligor"}),
    "decline": (lambda ledger: ("decline", (*ending(registered(ledger), 0, bytes(32)), [])), {"obligor"}),
    "withdraw": (lambda ledger: ("withdraw", (*ending(registered(ledger), bytes(32)), [])), {"originator"}),
    "expire": (_expire, EVERYBODY),
    "cancel with the originator's signature": (_cancel, {"obligor"}),
    "cancel": (lambda ledger: ("cancel", (*ending(issued(ledger), bytes(32)), [])), set()),
    "suspend": (lambda ledger: ("suspend", (issued(ledger).receivable, bytes(32))), {"arbiter"}),
    "resume": (lambda ledger: ("resume", (issued(ledger).receivable, bytes(32))), {"arbiter"}),
    "contest": (
        lambda ledger: ("contest", (issued(ledger).receivable, 0, OBLIGOR, 1, bytes(32), [])),
        {"obligor"},
    ),
    # lots
    "transfer": (lambda ledger: ("transfer", (acts.issue(ledger), THIRD, 500, [])), {"originator"}),
    "transferMany": (
        lambda ledger: ("transferMany", (SUPPLIER, [(acts.issue(ledger), THIRD, 500)], [])),
        {"originator"},
    ),
    "reject": (lambda ledger: ("reject", (_transferred(ledger), [])), {"another supplier"}),
    "lock": (lambda ledger: ("lock", (acts.issue(ledger), FUNDER, ledger.now + 9, [])), {"originator"}),
    "release": (_release, {"funder"}),
    "finance": (_finance, set()),
    "enforce": (_enforce, {"funder"}),
    "reassign": (lambda ledger: ("reassign", (_financed(ledger), OTHER_FUNDER, bytes(32), [])), set()),
    "putBack": (_put_back, {"funder"}),
    "settle": (lambda ledger: _settle(ledger, SETTLER), {"settler"}),
    "settle by receipt": (lambda ledger: _settle(ledger, SUPPLIER), {"originator"}),
    "settle in the obligor's name": (lambda ledger: _settle(ledger, OBLIGOR), set()),
    "settleMany": (_settle_many, {"settler"}),
    "writeOff": (lambda ledger: ("writeOff", (acts.issue(ledger), 5, bytes(32), [])), {"originator"}),
    "writeOff of a pledged lot": (
        lambda ledger: ("writeOff", (acts.pledge(ledger, acts.issue(ledger)), 5, bytes(32), [])),
        set(),
    ),
    "forcedTransfer": (
        lambda ledger: ("forcedTransfer", (acts.issue(ledger), THIRD, bytes(32))),
        {"arbiter"},
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_who_may_do_it_alone(ledger: Ledger, name: str) -> None:
    prepare, allowed = TABLE[name]
    act, arguments = prepare(ledger)
    found = set()
    for who, sender in SENDERS.items():
        with ledger.undone():
            try:
                ledger.send(sender, act, *arguments)
            except Refused:
                continue
            found.add(who)
    assert found == allowed


def test_the_table_names_every_function_that_changes_anything() -> None:
    changing = {
        entry["name"]
        for entry in registry_artifact().abi
        if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")
    }
    # renounceOwnership only refuses, and so counts as a view.
    assert {name.split(" ")[0] for name in TABLE} - {"renounceOwnership"} == changing - {"renounceOwnership"}
