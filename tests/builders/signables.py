"""Every act that a party consents to, in one table: what holds for consents is tested of all of them."""

from collections.abc import Callable

from registry.chain.messages import (
    Admission,
    Confirmation,
    Declinature,
    Lock,
    Mandate,
    Quota,
    Registration,
    Rejection,
    Release,
    Revocation,
    Settlement,
    Transfer,
)
from registry.chain.words import Role, Scope
from tests.builders import acts
from tests.builders.ledger import (
    CNY,
    DAY,
    FUNDER,
    HOUR,
    OBLIGOR,
    OPERATOR,
    REGISTRAR,
    SECOND,
    SETTLER,
    SUPPLIER,
    Ledger,
    account,
    identity_of,
)
from tests.builders.signable import AMOUNT, HELPER, NEWCOMER, Signable
from tests.builders.signables_rare import RARE


def _admit(ledger: Ledger) -> Signable:
    key = account(NEWCOMER)
    given = (NEWCOMER, identity_of(NEWCOMER), key.address)
    arguments = (*given, int(Role.SUPPLIER), ledger.now + DAY)
    return Signable("admit", arguments, Admission(*given), NEWCOMER, relayer=OPERATOR, is_sendable=False)


def _set_key(ledger: Ledger) -> Signable:
    given = (SUPPLIER, HELPER.address, 7, CNY, ledger.now + DAY, 500)
    message = Mandate(*given, ledger.party(SUPPLIER).nonce)
    return Signable("setKey", given, message, SUPPLIER, others=tuple(ledger.sign(message, HELPER)))


def _revoke_key(ledger: Ledger) -> Signable:
    ledger.grant(SUPPLIER, HELPER)
    given = (SUPPLIER, HELPER.address)
    return Signable("revokeKey", given, Revocation(*given, ledger.party(SUPPLIER).nonce), SUPPLIER)


def _set_quota(ledger: Ledger) -> Signable:
    given = (OBLIGOR, CNY, 5_000_000)
    return Signable("setQuota", given, Quota(*given, ledger.party(OBLIGOR).nonce), OBLIGOR)


def _register(_: Ledger) -> Signable:
    new = acts.claim(face=AMOUNT)
    return Signable(
        "register",
        (new.terms.as_argument(), new.invoices),
        Registration(new.terms),
        SUPPLIER,
        Scope.REGISTER,
        AMOUNT,
        relayer=account(REGISTRAR),
        is_sendable=False,
    )


def _confirm(ledger: Ledger) -> Signable:
    terms = acts.register(ledger, acts.claim(face=AMOUNT)).terms
    return Signable("confirm", (terms.as_argument(),), Confirmation(terms), OBLIGOR, Scope.CONFIRM, AMOUNT)


def _issue_by_originator(ledger: Ledger) -> Signable:
    new = acts.claim(face=AMOUNT)
    return Signable(
        "registerConfirmed",
        (new.terms.as_argument(), new.invoices),
        Registration(new.terms),
        SUPPLIER,
        Scope.REGISTER,
        AMOUNT,
        others=tuple(ledger.sign(Confirmation(new.terms), account(OBLIGOR))),
        relayer=account(REGISTRAR),
        is_sendable=False,
    )


def _issue_by_obligor(ledger: Ledger) -> Signable:
    new = acts.claim(face=AMOUNT)
    return Signable(
        "registerConfirmed",
        (new.terms.as_argument(), new.invoices),
        Confirmation(new.terms),
        OBLIGOR,
        Scope.CONFIRM,
        AMOUNT,
        others=tuple(ledger.sign(Registration(new.terms), account(SUPPLIER))),
        relayer=account(REGISTRAR),
        is_sendable=False,
    )


def _decline(ledger: Ledger) -> Signable:
    found = acts.register(ledger, acts.claim(face=AMOUNT))
    arguments = (found.terms.as_argument(), 5, acts.REASON, found.invoices, b"")
    return Signable(
        "decline", arguments, Declinature(found.receivable, 5, acts.REASON), OBLIGOR, Scope.CONFIRM
    )


def _transfer(ledger: Ledger, amount: int) -> Signable:
    lot = acts.issue(ledger, face=AMOUNT)
    message = Transfer(lot, 0, AMOUNT, SECOND, amount)
    return Signable("transfer", (lot, SECOND, amount), message, SUPPLIER, Scope.TRANSFER, amount)


def _reject(ledger: Ledger) -> Signable:
    lot = acts.transfer(ledger, acts.issue(ledger, face=AMOUNT), to=SECOND)
    return Signable("reject", (lot,), Rejection(lot, 1, AMOUNT), SECOND, Scope.TRANSFER, AMOUNT)


def _lock(ledger: Ledger) -> Signable:
    lot, until = acts.issue(ledger, face=AMOUNT), ledger.now + DAY
    message = Lock(lot, 0, AMOUNT, FUNDER, until)
    return Signable("lock", (lot, FUNDER, until), message, SUPPLIER, Scope.FINANCE, AMOUNT)


def _release(ledger: Ledger, by: int) -> Signable:
    lot = acts.lock(ledger, acts.issue(ledger, face=AMOUNT), until=ledger.now + HOUR)
    if by != FUNDER:
        ledger.pass_time(HOUR)
    return Signable("release", (lot, by), Release(lot, 1, AMOUNT), by, Scope.FINANCE, has_currency=False)


def _finance(ledger: Ledger, party: int, other: int) -> Signable:
    lot = acts.lock(ledger, acts.issue(ledger, face=AMOUNT))
    message = acts.sale(ledger, lot)
    arguments = (lot, True, False, acts.TERMS_HASH)
    others = tuple(ledger.sign(message, account(other)))
    return Signable("finance", arguments, message, party, Scope.FINANCE, AMOUNT, others=others)


def _settle(ledger: Ledger, by: int) -> Signable:
    lot = acts.issue(ledger, face=AMOUNT)
    message = Settlement(lot, 0, AMOUNT, SUPPLIER, AMOUNT - 1, acts.PAYMENT)
    arguments = (lot, by, SUPPLIER, AMOUNT, AMOUNT - 1, acts.PAYMENT)
    return Signable("settle", arguments, message, by, Scope.SETTLE, AMOUNT - 1)


SIGNABLES: dict[str, Callable[[Ledger], Signable]] = {
    "admit": _admit,
    "setKey": _set_key,
    "revokeKey": _revoke_key,
    "setQuota": _set_quota,
    "register": _register,
    "confirm": _confirm,
    "registerConfirmed as originator": _issue_by_originator,
    "registerConfirmed as obligor": _issue_by_obligor,
    "decline": _decline,
    "transfer whole": lambda ledger: _transfer(ledger, AMOUNT),
    "transfer part": lambda ledger: _transfer(ledger, AMOUNT // 4),
    "reject": _reject,
    "lock": _lock,
    "release by the funder": lambda ledger: _release(ledger, FUNDER),
    "release by the holder": lambda ledger: _release(ledger, SUPPLIER),
    "finance as holder": lambda ledger: _finance(ledger, SUPPLIER, FUNDER),
    "finance as funder": lambda ledger: _finance(ledger, FUNDER, SUPPLIER),
    "settle as settler": lambda ledger: _settle(ledger, SETTLER),
    "settle as holder": lambda ledger: _settle(ledger, SUPPLIER),
    **RARE,
}
ACCOUNT_ONLY = ("admit", "setKey", "revokeKey", "setQuota", "takeAccount")
MANDATED = [name for name in SIGNABLES if name not in ACCOUNT_ONLY]
CAPPED = [
    name
    for name in MANDATED
    if not name.startswith(("decline", "release", "withdraw", "contest", "vetoAccount", "cancel as obligor"))
]
