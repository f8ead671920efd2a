"""The contract's custom errors as refusals: a stable code and a sentence for each.

One table; ``tests/relay`` holds it against the ABI. A code is the error's name in snake case.
"""

import re
from collections.abc import Callable
from typing import Any, cast

from registry.chain.contract import Revert, decode_revert
from registry.chain.place import receivable_hex, word_hex
from registry.chain.words import LotStatus, ReceivableStatus, Role, Scope
from registry.kit.clock import from_unix
from registry.kit.errors import Refusal
from registry.relay.model import Act


class ChainRefused(Refusal):
    """The contract refused an act; each of its errors has a subclass of its own."""

    code = "chain_refused"
    title = "The ledger refused the act"
    status = 409


# Error: title, and what to say with its values. Amounts are minor units of the receivable's currency.
_TABLE: dict[str, tuple[str, str]] = {
    # Parties
    "PartyNumberInvalid": ("A party's number starts at 1", "Party number {party} is not usable."),
    "PartyAlreadyAdmitted": (
        "The party number is taken",
        "Party {party} is admitted already; use the next number.",
    ),
    "IdentityAlreadyAdmitted": (
        "This legal identifier is admitted already",
        "The identifier belongs to party {party}; one identifier, one party.",
    ),
    "AddressAlreadyBound": (
        "The address belongs to a party already",
        "{key} belongs to party {party}; use an address of its own.",
    ),
    "ZeroAddress": ("An address is missing", "The zero address can sign nothing; give a real one."),
    "UnknownParty": ("There is no such party", "Party {party} is not admitted on the ledger."),
    "PartyFrozen": ("The party is frozen", "Party {party} is frozen; the operator can lift this."),
    "PartyExpired": (
        "The party's admission has ended",
        "The admission of party {party} is no longer valid; the operator can renew it.",
    ),
    "RoleMissing": (
        "The party lacks the role for this",
        "Party {party} lacks the role {role}; the operator can grant it.",
    ),
    "SenderNotRegistrar": (
        "The sender is no registrar",
        "{sender} is no live key of a party with the registrar role, so it may not bring registrations.",
    ),
    "SenderNotArbiter": (
        "Only the arbiter may do that",
        "{sender} is not the ledger's arbiter; after a veto it alone proposes an account.",
    ),
    "ConsentMissing": (
        "The party that must consent has not signed",
        "No account and no key of party {party} with the mandate to {scope} has signed.",
    ),
    "ConsentExpired": (
        "The signature is past its deadline",
        "The signature of {signer} was valid until {deadline}; sign again.",
    ),
    "SignatureInvalid": (
        "The signature does not fit",
        "The signature of {signer} is not over this act as it is now; ask for what to sign and sign again.",
    ),
    "CapExceeded": (
        "The amount is above the key's mandate",
        "{amount} minor units are above what one key of party {party} may sign alone; add a second key.",
    ),
    "BatchInvalid": (
        "The batch is empty or incomplete",
        "A batch holds at least one act, and a registration's one list of invoices each.",
    ),
    "BatchMixed": (
        "The batch mixes parties or currencies",
        "One signature stands for one party in one currency: entry {index}, counted from 0, has another.",
    ),
    "KeyUnknown": ("The party has no such key", "{key} is no key of this party besides its account."),
    "FingerprintKeyAlreadySet": (
        "The fingerprint key is published already",
        "Version {version} of the fingerprint key is on the ledger and never changes.",
    ),
    "ProposalUnknown": (
        "No account is proposed",
        "No account is proposed for party {party}; the operator can propose one.",
    ),
    "ProposalFinal": (
        "This proposal cannot be vetoed",
        "The account proposed for party {party} comes from the arbiter, since an earlier one was vetoed.",
    ),
    "ProposalWaits": (
        "The proposed account must wait",
        "The account proposed for party {party} can be taken from {effective} on.",
    ),
    "EpochExhausted": (
        "The party has changed accounts as often as it can",
        "Party {party} has had 256 accounts; admit it anew under another number.",
    ),
    "StateInvalid": (
        "There is no such state of the ledger",
        "{state} is none of 0 open, 1 no new receivables, 2 halted.",
    ),
    "LimitsInvalid": ("The limits would stop everything", "Tenor, hops and time to confirm must exceed 0."),
    # Receivables
    "NoNewReceivables": (
        "No new receivables are taken",
        "The ledger takes no registrations or confirmations at present; what exists is not touched.",
    ),
    "ObligorIsOriginator": (
        "Nobody registers a receivable against itself",
        "Party {party} is both obligor and originator.",
    ),
    "ObligorBarred": ("The obligor is barred", "Party {obligor} may be named in no new receivable."),
    "SettlerInvalid": ("The settler is the obligor", "Party {settler} owes, so it cannot record payment."),
    "FaceTooSmall": (
        "The amount is below the smallest lot",
        "{face} minor units are below the smallest amount the ledger takes.",
    ),
    "MaturityInvalid": (
        "The maturity is past or too far away",
        "The maturity {maturity} is not in the future, or beyond the longest tenor.",
    ),
    "IdAlreadyUsed": (
        "The receivable's id is taken",
        "The id {receivable} is in use already; prepare the receivable again for a new salt.",
    ),
    "ReceivableUnknown": ("There is no such receivable", "Receivable {receivable} is not on the ledger."),
    "ReceivableNotRegistered": (
        "The receivable no longer awaits confirmation",
        "Receivable {receivable} is {status}.",
    ),
    "ReceivableNotConfirmed": (
        "The receivable is not confirmed",
        "Receivable {receivable} is {status}; this act needs a confirmed one.",
    ),
    "ConfirmationPeriodNotOver": (
        "The time to confirm is not over",
        "Receivable {receivable} can be confirmed until {expires}; until then its supplier may withdraw it.",
    ),
    "CodeInvalid": (
        "There is no such code of contest",
        "Code {code} is none of 1 to 6, which stand for C01 to C06.",
    ),
    "ConfirmationPeriodOver": (
        "The time to confirm is over",
        "Receivable {receivable} could be confirmed until {expires}; the supplier can register it again.",
    ),
    "TermsMismatch": (
        "These are other terms than were registered",
        "The terms do not hash to what receivable {receivable} was registered with.",
    ),
    "InvoicesMismatch": (
        "These are other invoices than the terms name",
        "The list of invoices is not the one behind the terms' hash, or leaves fingerprints out.",
    ),
    "InvoicesMalformed": ("The list of invoices is malformed", "The packed list of invoices is malformed."),
    "InvoiceTwice": (
        "An invoice is named twice",
        "The invoice with fingerprint {fingerprint} stands twice in this receivable.",
    ),
    "InvoiceOverCap": (
        "More than the invoice's amount would be used",
        "Invoice {fingerprint} is good for {cap} minor units; with this act {used} would be in use.",
    ),
    "InvoiceDiffers": (
        "The invoice is registered with other facts",
        "Invoice {fingerprint} is registered with another amount, currency or set of fingerprints.",
    ),
    "FaceNotCovered": (
        "Face and invoices differ",
        "The face is {face} minor units, its invoices' amounts add up to {invoices}.",
    ),
    "QuotaExceeded": (
        "The obligor's quota would be exceeded",
        "Party {obligor} set itself a quota of {quota} minor units; {outstanding} would be outstanding.",
    ),
    # Lots
    "Halted": ("The ledger is halted", "Lots neither move nor are financed at present; payment stays open."),
    "ReceivableSuspended": (
        "The receivable is suspended",
        "The arbiter suspended receivable {receivable}: it only moves back or is paid.",
    ),
    "LotUnknown": ("There is no such lot", "Lot {lot} is not on the ledger."),
    "LotNotFree": (
        "The lot is not free",
        "The lot is locked, financed or redeemed: lot {lot} is {status}. Have it released, or take another.",
    ),
    "LotNotLocked": ("The lot is not locked", "Lot {lot} is {status}; lock it for the funder first."),
    "LotNotPledged": ("The lot is not pledged", "Lot {lot} is {status}; only a pledge can be enforced."),
    "LotNotFinanced": (
        "The lot is not financed",
        "Lot {lot} is {status}; only a financed lot is reassigned or put back.",
    ),
    "LotNotWhole": (
        "The lot is no longer the whole receivable",
        "Of lot {lot} something was paid or split off, so its receivable cannot be canceled.",
    ),
    "NoRecourse": (
        "There is no recourse",
        "Lot {lot} was financed without recourse, so there is nobody to put it back to.",
    ),
    "NotMature": ("The maturity has not come", "Lot {lot} matures on {maturity}; this act waits for it."),
    "LotRedeemed": (
        "Nothing is left of the lot",
        "Lot {lot} is redeemed: paid, written off or canceled; nothing is left to act on.",
    ),
    "LotChanged": (
        "The lot has changed meanwhile",
        "Holder or amount of lot {lot} are not as expected; look again and sign again.",
    ),
    "SameParty": ("Both sides are the same party", "Party {party} holds the lot already."),
    "AmountInvalid": (
        "The amount does not fit the lot",
        "{amount} minor units do not fit a lot of {lotAmount}; give 1 up to that.",
    ),
    "BelowMinLot": (
        "A part would be too small",
        "Splitting off {amount} minor units leaves a part below the smallest lot of {minLot}.",
    ),
    "HopLimit": (
        "The lot has passed on as often as it may",
        "Lot {lot} reached the largest number of transfers; it can be financed or held to maturity.",
    ),
    "SeqExhausted": ("The lot has had as many acts as it can", "Lot {lot} can only be settled or released."),
    "RejectWindowOver": (
        "The time to reject is over",
        "Lot {lot} could be given back until {until}; a transfer by its holder is open.",
    ),
    "LockEndInvalid": (
        "The lock's end does not fit",
        "A lock ends after now and by the maturity, not {until}.",
    ),
    "LockOver": ("The lock has ended", "The lock of lot {lot} ended at {until}; ask the holder for another."),
    "LockNotOver": (
        "The lock has not ended",
        "Lot {lot} is locked until {until}; its funder can release it.",
    ),
    "NotEntitled": (
        "The party is not entitled to this act",
        "Party {party} is neither the holder of lot {lot} nor named for this act.",
    ),
    # The library the contract is built on
    "OwnableUnauthorizedAccount": (
        "Only the operator may do that",
        "{account} is not the ledger's operator.",
    ),
    "OwnableInvalidOwner": ("That is no operator", "{owner} cannot become the ledger's operator."),
    "InvalidShortString": ("A name of the ledger is malformed", "A name of the ledger is malformed."),
    "StringTooLong": ("A name of the ledger is too long", "The name {str} is too long."),
    # The language itself
    "Error": ("The ledger refused the act", "The ledger says: {reason}."),
    "Panic": ("The ledger failed", "The ledger failed with panic code {reason}; please report this."),
}

REVERTED = "reverted"


class Reverted(ChainRefused):
    """A revert without a reason: none of the contract's own errors, so out of gas or not this contract."""

    code = REVERTED
    title = "The ledger refused the act without a reason"


def _code(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


# Who asks is the trouble, not what the ledger stands at.
_FORBIDDEN = {
    "CapExceeded",
    "ConsentMissing",
    "NotEntitled",
    "OwnableUnauthorizedAccount",
    "RoleMissing",
    "SenderNotArbiter",
    "SenderNotRegistrar",
    "SignatureInvalid",
}


def _subclass(name: str, title: str) -> type[ChainRefused]:
    status = 403 if name in _FORBIDDEN else 409
    own = {
        "code": _code(name),
        "title": title,
        "status": status,
        "__doc__": title + ".",
        "__module__": __name__,
    }
    return cast("type[ChainRefused]", type(name, (ChainRefused,), own))


_CLASSES = {name: _subclass(name, title) for name, (title, _) in _TABLE.items()}
_ALL: list[type[ChainRefused]] = [*_CLASSES.values(), Reverted]
_BY_CODE = {each.code: each for each in _ALL}


def error_names() -> set[str]:
    """The contract errors this table knows."""
    return set(_TABLE)


def refusal(name: str, **values: Any) -> ChainRefused:
    """The refusal for a contract error by its Solidity name and values, as if the contract had raised it."""
    shown = {key: _show(name, key, value) for key, value in values.items()}
    return _CLASSES[name](_TABLE[name][1].format_map(_Blank(shown)), **shown)


def refusal_class(name: str) -> type[ChainRefused]:
    """The class of a contract error, for whoever notices the same before the chain does."""
    return _CLASSES[name]


def refusal_of_revert(data: bytes | None) -> ChainRefused:
    """The refusal behind revert data; Reverted where there are none or they are not the contract's."""
    revert: Revert | None = decode_revert(data) if data else None
    if revert is None or revert.name not in _CLASSES:
        return Reverted("The ledger gave no reason.")
    return refusal(revert.name, **revert.values)


def refusal_of_act(act: Act) -> ChainRefused:
    """The refusal a refused act ended with, to raise where somebody waits for it."""
    kind = _BY_CODE.get(act.refusal_code or "", ChainRefused)
    return kind(act.refusal_detail or "", act=act.id)


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "(unknown)"


def _status(error: str, value: int) -> str:
    kind = ReceivableStatus if error.startswith("Receivable") else LotStatus
    return kind(value).name.lower()


def _when(value: Any) -> str:
    return from_unix(int(value)).strftime("%Y-%m-%d %H:%M UTC") if 0 < int(value) < 2**37 else str(value)


_SHOWN: dict[str, Callable[[Any], str]] = {
    "lot": word_hex,
    "receivable": receivable_hex,
    "role": lambda value: str(Role(value).name).lower(),
    "scope": lambda value: str(Scope(value).name).lower() if value else "act for the account itself",
    "deadline": _when,
    "effective": _when,
    "expires": _when,
    "until": _when,
    "maturity": _when,
}


def _show(error: str, key: str, value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return value
    if key == "status":
        return _status(error, value)
    return _SHOWN.get(key, str)(value)
