"""One sentence in plain English for each act that is signed: what a person reads before the typed data.

Pure: amounts in minor units with an ISO 4217 numeric currency, times in seconds since 1970 (UTC), names as
given. The sentences bind nobody; what is signed is the typed data, whose every figure they repeat.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from registry.kit.clock import from_unix
from registry.kit.money import Money, currency

NO_CAP = 2**64 - 1


@dataclass(frozen=True)
class Claim:
    """A claim as sentences speak of it: a receivable or a lot of it."""

    obligor: str
    amount_minor: int
    currency: int
    maturity: int

    def money(self, amount_minor: int | None = None) -> str:
        value = self.amount_minor if amount_minor is None else amount_minor
        return str(Money(value, currency(self.currency)))

    @property
    def due(self) -> str:
        return day(self.maturity)

    @property
    def as_lot(self) -> str:
        return f"the lot of {self.money()} owed by {self.obligor}, due {self.due}"


def day(seconds: int) -> str:
    return from_unix(seconds).date().isoformat()


def minute(seconds: int) -> str:
    return from_unix(seconds).strftime("%Y-%m-%d %H:%M UTC")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# ---------------------------------------------------------------------- parties


def admission(name: str, identifier: str, number: int, account: str) -> str:
    return f"{name} ({identifier}) takes part as party {number}; the account {account} signs for it."


def mandate(
    name: str, key: str, scopes: Sequence[str], valid_until: int, cap_minor: int, numeric: int
) -> str:
    bound = (
        f"up to {Money(cap_minor, currency(numeric))} an act"
        if numeric
        else "without a limit in any currency"
        if cap_minor == NO_CAP
        else f"up to {cap_minor} minor units of any currency an act"
    )
    return f"{name} lets the key {key} {_listed(scopes)} for it, {bound}, until {day(valid_until)}."


def veto(name: str, account: str) -> str:
    return f"{name} vetoes the account {account} that was proposed for it."


def takeover(name: str, account: str) -> str:
    return f"The account {account} takes over for {name}; all its older keys end."


def revocation(name: str, key: str) -> str:
    return f"{name} withdraws the mandate of the key {key}."


def quota(name: str, quota_minor: int, numeric: int) -> str:
    unit = currency(numeric)
    if quota_minor == 0:
        return f"{name} lifts the bound on what it may owe in {unit.code}."
    return f"{name} bounds what it may owe to {Money(quota_minor, unit)}."


# ---------------------------------------------------------------------- several at once


def _of_several(total_minor: int, numeric: int, number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'} of {Money(total_minor, currency(numeric))} in all"


def registrations(originator: str, claims: Sequence[Claim]) -> str:
    total = sum(one.amount_minor for one in claims)
    owed = _listed([f"{one.money()} by {one.obligor}, due {one.due}" for one in claims])
    several = _of_several(total, claims[0].currency, len(claims), "receivable")
    return f"{originator} registers {several}: {owed}."


def confirmations(obligor: str, owed: Sequence[tuple[Claim, str]]) -> str:
    total = sum(claim.amount_minor for claim, _ in owed)
    several = _of_several(total, owed[0][0].currency, len(owed), "receivable")
    parts = _listed([f"{claim.money()} to {to}, due {claim.due}" for claim, to in owed])
    return f"{obligor} confirms that it owes {several}: {parts}."


def transfers(holder: str, moves: Sequence[tuple[Claim, str, int]]) -> str:
    total = sum(amount for _, _, amount in moves)
    several = _of_several(total, moves[0][0].currency, len(moves), "part")
    parts = _listed(
        [
            f"{claim.money(amount)} owed by {claim.obligor}, due {claim.due}, to {to}"
            for claim, to, amount in moves
        ]
    )
    return f"{holder} assigns {several}: {parts}."


def settlements(settler: str, payments: Sequence[tuple[Claim, str, int, str]]) -> str:
    total = sum(amount for _, _, amount, _ in payments)
    several = _of_several(total, payments[0][0].currency, len(payments), "payment")
    parts = _listed(
        [
            f"{claim.money(amount)} by {claim.obligor} to {payee}, reference {reference}"
            for claim, payee, amount, reference in payments
        ]
    )
    return f"{settler} records {several}: {parts}."


# ---------------------------------------------------------------------- receivables


def registration(claim: Claim, originator: str, settler: str | None) -> str:
    records = f"{settler} records payments" if settler else "payments are recorded by receipt"
    return f"{originator} registers that {claim.obligor} owes it {claim.money()}, due {claim.due}; {records}."


def confirmation(claim: Claim, originator: str) -> str:
    return f"{claim.obligor} confirms that it owes {originator} {claim.money()}, due {claim.due}."


def declinature(claim: Claim, originator: str, owed_minor: int) -> str:
    owes = f"it owes {claim.money(owed_minor)}" if owed_minor else "it owes nothing of it"
    return (
        f"{claim.obligor} declines the receivable of {claim.money()} from {originator}, "
        f"due {claim.due}, and says that {owes}."
    )


def withdrawal(claim: Claim, originator: str) -> str:
    return (
        f"{originator} takes back the receivable of {claim.money()} that {claim.obligor} has not confirmed, "
        f"due {claim.due}."
    )


def cancellation(claim: Claim, originator: str) -> str:
    return (
        f"{originator} and {claim.obligor} undo the confirmed receivable of {claim.money()}, due {claim.due}: "
        f"{claim.obligor} no longer owes it."
    )


def contest(claim: Claim, party: str, because: str) -> str:
    return f"{party} contests {claim.as_lot}, as {because}."


# ---------------------------------------------------------------------- lots


def transfer(claim: Claim, holder: str, to: str, amount_minor: int) -> str:
    if amount_minor == claim.amount_minor:
        return f"{holder} assigns to {to} {claim.as_lot}."
    return f"{holder} assigns to {to} {claim.money(amount_minor)} of {claim.as_lot}."


def rejection(claim: Claim, holder: str, back_to: str) -> str:
    return f"{holder} gives back to {back_to} {claim.as_lot}."


def lock(claim: Claim, holder: str, funder: str, until: int) -> str:
    return (
        f"{holder} holds {claim.as_lot}, for {funder} until {minute(until)}; nobody else can take it before."
    )


def release(claim: Claim, by: str) -> str:
    return f"{by} ends the hold on {claim.as_lot}."


def sale(
    claim: Claim,
    holder: str,
    funder: str,
    *,
    price_minor: int,
    pays_on: str,
    with_recourse: bool,
    is_pledge: bool = False,
) -> str:
    recourse = "with" if with_recourse else "without"
    does = "pledges" if is_pledge else "sells"
    return (
        f"{holder} {does} to {funder} {claim.as_lot}, for {claim.money(price_minor)} "
        f"paid on {pays_on}, {recourse} recourse."
    )


def enforcement(claim: Claim, funder: str, holder: str) -> str:
    return f"{funder} takes title from {holder} to {claim.as_lot}, which was pledged to it and is not paid."


def put_back(claim: Claim, funder: str, recourse: str) -> str:
    return f"{funder} puts back to {recourse}, which stands in for it, {claim.as_lot}."


def reassignment(claim: Claim, funder: str, to: str, *, price_minor: int, pays_on: str) -> str:
    return f"{funder} reassigns to {to} {claim.as_lot}, for {claim.money(price_minor)} paid on {pays_on}."


def write_off(claim: Claim, givers: Sequence[str], amount_minor: int, reason: str) -> str:
    return (
        f"{_listed(givers)} for good {'gives' if len(givers) == 1 else 'give'} up {claim.money(amount_minor)} "
        f"of {claim.as_lot}: {reason}."
    )


def settlement(claim: Claim, by: str, payee: str, amount_minor: int, reference: str) -> str:
    return (
        f"{by} records that {claim.obligor} paid {payee} {claim.money(amount_minor)} "
        f"of {claim.as_lot}, by payment {reference}."
    )


# ---------------------------------------------------------------------- notices and payment accounts


def notice_acknowledgment(
    claim: Claim, sides: tuple[str, str], payee: str, kind: str, arrived_at: int
) -> str:
    """``sides``: assignor and assignee; ``kind`` as the registry names it."""
    return (
        f"{claim.obligor} acknowledges the notice of {minute(arrived_at)} ({kind.replace('_', ' ')}) that passed from "
        f"{sides[0]} to {sides[1]} {claim.as_lot}; it pays {payee}."
    )


def notice_withdrawal(claim: Claim, sides: tuple[str, str], payee: str, reason: str) -> str:
    """``sides``: assignor and assignee, who signs."""
    return (
        f"{sides[1]} takes back the notice that passed to it from {sides[0]} {claim.as_lot}; {claim.obligor} pays "
        f"{payee} again: {reason}."
    )


def bank_account(holder_name: str, number: str, bank_scheme: str, bank: str) -> str:
    return f"the account {number} of {holder_name}" + (f" at {bank_scheme} {bank}" if bank else "")


def account_instruction(party: str, code: str, to: str, former: str | None, effective_from: int) -> str:
    """``to`` and ``former`` as ``bank_account`` says them."""
    instead = f", no longer to {former}" if former else ""
    return f"{party} is paid in {code} from {day(effective_from)} on to {to}{instead}."


def account_acknowledgment(obligor: str, party: str, code: str, to: str, effective_from: int) -> str:
    return f"{obligor} has checked {to} and pays {party} there in {code} from {day(effective_from)} on."
