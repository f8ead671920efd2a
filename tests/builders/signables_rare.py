"""The acts that came with pledges, batches, remedies and recovery, as test_consents takes them."""

from collections.abc import Callable

from registry.chain.messages import (
    Cancellation,
    Confirmations,
    Contest,
    Enforcement,
    PutBack,
    Reassignment,
    Registrations,
    Release,
    Settlement,
    Settlements,
    Takeover,
    Transfers,
    Veto,
    Withdrawal,
    WriteOff,
)
from registry.chain.words import Scope
from tests.builders import acts
from tests.builders.ledger import (
    DAY,
    FUNDER,
    OBLIGOR,
    OTHER_FUNDER,
    REGISTRAR,
    SECOND,
    SETTLER,
    SUPPLIER,
    Ledger,
    account,
)
from tests.builders.signable import AMOUNT, HELPER, NEWCOMER, Signable


def _register_many(_: Ledger) -> Signable:
    new = [acts.claim(face=AMOUNT // 2) for _ in range(2)]
    terms = tuple(each.terms for each in new)
    arguments = (list(terms), [each.invoices for each in new])
    relayer = account(REGISTRAR)
    return Signable(
        "registerMany",
        arguments,
        Registrations(terms),
        SUPPLIER,
        Scope.REGISTER,
        AMOUNT,
        relayer=relayer,
        is_sendable=False,
    )


def _confirm_many(ledger: Ledger) -> Signable:
    terms = tuple(acts.register(ledger, acts.claim(face=AMOUNT // 2)).terms for _ in range(2))
    return Signable("confirmMany", (list(terms),), Confirmations(terms), OBLIGOR, Scope.CONFIRM, AMOUNT)


def _withdraw(ledger: Ledger) -> Signable:
    found = acts.register(ledger, acts.claim(face=AMOUNT))
    arguments = (found.terms.as_argument(), acts.REASON, found.invoices, b"")
    message = Withdrawal(found.receivable, acts.REASON)
    return Signable("withdraw", arguments, message, SUPPLIER, Scope.REGISTER)


def _cancel(ledger: Ledger, party: int, other: int) -> Signable:
    found = acts.claim(face=AMOUNT)
    acts.issue(ledger, found)
    message = Cancellation(found.receivable, 0, AMOUNT, acts.REASON)
    arguments = (found.terms.as_argument(), acts.REASON, found.invoices, b"")
    others = tuple(ledger.sign(message, account(other)))
    scope, capped = (Scope.CONFIRM, 0) if party == OBLIGOR else (Scope.REGISTER, AMOUNT)
    return Signable("cancel", arguments, message, party, scope, capped, others=others)


def _contest(ledger: Ledger, party: int) -> Signable:
    lot = acts.issue(ledger, face=AMOUNT)
    given = (ledger.lot(lot).receivable, lot, party, 3, acts.REASON)
    scope = Scope.CONFIRM if party == OBLIGOR else Scope.TRANSFER
    return Signable("contest", given, Contest(*given, ledger.party(party).nonce), party, scope)


def _transfer_many(ledger: Ledger) -> Signable:
    one, two = (acts.issue(ledger, face=AMOUNT // 2) for _ in range(2))
    wanted = ((one, SECOND, 1_000), (one, FUNDER, AMOUNT // 2 - 1_000), (two, SECOND, AMOUNT // 2))
    message = Transfers(acts.moves_of(ledger, *wanted))
    return Signable("transferMany", (SUPPLIER, list(wanted)), message, SUPPLIER, Scope.TRANSFER, AMOUNT)


def _pledged(ledger: Ledger) -> int:
    return acts.pledge(ledger, acts.issue(ledger, face=AMOUNT))


def _release_pledge(ledger: Ledger) -> Signable:
    lot = _pledged(ledger)
    message = Release(lot, 2, AMOUNT)
    return Signable("release", (lot, FUNDER), message, FUNDER, Scope.FINANCE, has_currency=False)


def _pledge(ledger: Ledger, party: int, other: int) -> Signable:
    lot = acts.lock(ledger, acts.issue(ledger, face=AMOUNT))
    message = acts.sale(ledger, lot, pledge=True, recourse=False)
    arguments = (lot, False, True, acts.TERMS_HASH)
    others = tuple(ledger.sign(message, account(other)))
    return Signable("finance", arguments, message, party, Scope.FINANCE, AMOUNT, others=others)


def _enforce(ledger: Ledger) -> Signable:
    lot = _pledged(ledger)
    ledger.set_time(acts.MATURITY)
    return Signable("enforce", (lot,), Enforcement(lot, 2, AMOUNT), FUNDER, Scope.FINANCE, AMOUNT)


def _financed(ledger: Ledger) -> int:
    return acts.finance(ledger, acts.lock(ledger, acts.issue(ledger, face=AMOUNT)))


def _reassign(ledger: Ledger, party: int, other: int) -> Signable:
    lot = _financed(ledger)
    message = Reassignment(lot, 2, AMOUNT, OTHER_FUNDER, acts.TERMS_HASH)
    arguments = (lot, OTHER_FUNDER, acts.TERMS_HASH)
    others = tuple(ledger.sign(message, account(other)))
    return Signable("reassign", arguments, message, party, Scope.FINANCE, AMOUNT, others=others)


def _put_back(ledger: Ledger) -> Signable:
    lot = _financed(ledger)
    ledger.set_time(acts.MATURITY)
    return Signable("putBack", (lot,), PutBack(lot, 2, AMOUNT), FUNDER, Scope.FINANCE, AMOUNT)


def _settle_many(ledger: Ledger) -> Signable:
    one, two = acts.issue(ledger, face=AMOUNT // 2), acts.issue(ledger, face=AMOUNT)
    payments = acts.payments_of(ledger, (one, AMOUNT // 2), (two, AMOUNT // 2))
    message = Settlements(payments)
    return Signable("settleMany", (SETTLER, list(payments)), message, SETTLER, Scope.SETTLE, AMOUNT)


def _receipt_for_pledged(ledger: Ledger, party: int, other: int) -> Signable:
    lot = _pledged(ledger)
    message = Settlement(lot, 2, AMOUNT, FUNDER, AMOUNT - 1, acts.PAYMENT)
    arguments = (lot, SUPPLIER, FUNDER, AMOUNT, AMOUNT - 1, acts.PAYMENT)
    others = tuple(ledger.sign(message, account(other)))
    return Signable("settle", arguments, message, party, Scope.SETTLE, AMOUNT - 1, others=others)


def _write_off(ledger: Ledger) -> Signable:
    lot = acts.issue(ledger, face=AMOUNT)
    message = WriteOff(lot, 0, AMOUNT, AMOUNT - 1, acts.REASON)
    arguments = (lot, AMOUNT - 1, acts.REASON)
    return Signable("writeOff", arguments, message, SUPPLIER, Scope.SETTLE, AMOUNT - 1)


def _write_off_pledged(ledger: Ledger, party: int, other: int) -> Signable:
    lot = _pledged(ledger)
    message = WriteOff(lot, 2, AMOUNT, AMOUNT, acts.REASON)
    arguments = (lot, AMOUNT, acts.REASON)
    others = tuple(ledger.sign(message, account(other)))
    return Signable("writeOff", arguments, message, party, Scope.SETTLE, AMOUNT, others=others)


def _veto(ledger: Ledger) -> Signable:
    acts.propose(ledger, SUPPLIER, HELPER)
    message = Veto(SUPPLIER, HELPER.address, ledger.party(SUPPLIER).nonce)
    return Signable("vetoAccount", (SUPPLIER,), message, SUPPLIER, Scope.ANY, has_currency=False)


def _take(ledger: Ledger) -> Signable:
    acts.propose(ledger, SUPPLIER, account(NEWCOMER))
    ledger.pass_time(7 * DAY)
    message = Takeover(SUPPLIER, account(NEWCOMER).address, ledger.party(SUPPLIER).nonce)
    return Signable("takeAccount", (SUPPLIER,), message, SUPPLIER, signer=account(NEWCOMER))


RARE: dict[str, Callable[[Ledger], Signable]] = {
    "registerMany": _register_many,
    "confirmMany": _confirm_many,
    "withdraw": _withdraw,
    "cancel as originator": lambda ledger: _cancel(ledger, SUPPLIER, OBLIGOR),
    "cancel as obligor": lambda ledger: _cancel(ledger, OBLIGOR, SUPPLIER),
    "contest as obligor": lambda ledger: _contest(ledger, OBLIGOR),
    "contest as holder": lambda ledger: _contest(ledger, SUPPLIER),
    "transferMany": _transfer_many,
    "pledge as holder": lambda ledger: _pledge(ledger, SUPPLIER, FUNDER),
    "pledge as funder": lambda ledger: _pledge(ledger, FUNDER, SUPPLIER),
    "release of a pledge": _release_pledge,
    "enforce": _enforce,
    "reassign as holder": lambda ledger: _reassign(ledger, FUNDER, OTHER_FUNDER),
    "reassign as receiver": lambda ledger: _reassign(ledger, OTHER_FUNDER, FUNDER),
    "putBack": _put_back,
    "settleMany": _settle_many,
    "settle pledged as holder": lambda ledger: _receipt_for_pledged(ledger, SUPPLIER, FUNDER),
    "settle pledged as funder": lambda ledger: _receipt_for_pledged(ledger, FUNDER, SUPPLIER),
    "writeOff": _write_off,
    "writeOff pledged as holder": lambda ledger: _write_off_pledged(ledger, SUPPLIER, FUNDER),
    "writeOff pledged as funder": lambda ledger: _write_off_pledged(ledger, FUNDER, SUPPLIER),
    "vetoAccount": _veto,
    "takeAccount": _take,
}
