"""Parties as the chain's events tell them: a pure fold, called by the mirror only."""

from collections.abc import Callable, Iterator

from registry.chain.contract import Event
from registry.chain.place import Place, address_of, word_hex
from registry.chain.words import KeyWord, PartyWord, RecoveryWord
from registry.parties.model import ChainSetting, Party, PartyKey, PartyRecovery
from registry.storage.rows import Key, Kind, Rows

LIMITS = "limits"
ARBITER = "arbiter"
FINGERPRINT_KEY = "fingerprint_key:"


def apply(rows: Rows, event: Event, at: Place) -> bool:
    """Bring the tables to the state after ``event``; False where it is none of this area's."""
    handler = _HANDLERS.get(event.name)
    if handler is None:
        return False
    handler(rows, event, at)
    return True


def rows_read(event: Event) -> Iterator[tuple[Kind, Key]]:
    """Rows that ``apply`` will ask for, as far as the event alone tells."""
    values = event.values
    if event.name in _HANDLERS and "party" in values:
        yield Party, (values["party"],)
        for name in ("key", "account"):
            if name in values:
                yield PartyKey, (address_of(values[name]),)


def handled() -> set[str]:
    """Names of the events this area's tables follow from."""
    return set(_HANDLERS)


def party_columns(word: int) -> dict[str, int | str]:
    """Columns of ``party`` that stand in its packed word."""
    found = PartyWord.values_in(word)
    return {**found, "account": address_of(found["account"])}


def key_columns(word: int) -> dict[str, int | str]:
    """Columns of ``party_key`` that stand in its packed word."""
    return {**KeyWord.values_in(word)}


def recovery_columns(word: int) -> dict[str, int | str]:
    """Columns of ``party_recovery`` that stand in its packed word."""
    found = RecoveryWord.values_in(word)
    return {**found, "account": address_of(found["account"])}


def _admitted(rows: Rows, event: Event, at: Place) -> None:
    values = event.values
    identity = "0x" + values["identity"].hex()
    columns = party_columns(values["partyWord"])
    rows.add(
        Party, {"number": values["party"], "identity": identity, **columns, "block_number": at.block_number}
    )
    _set_key(rows, str(columns["account"]), values["keyWord"], at)


def _key_changed(rows: Rows, event: Event, at: Place) -> None:
    _set_key(rows, address_of(event.values["key"]), event.values["keyWord"], at)
    _party_changed(rows, event, at)


def _party_changed(rows: Rows, event: Event, at: Place) -> None:
    columns = party_columns(event.values["partyWord"])
    rows.change(Party, event.values["party"], **columns, block_number=at.block_number)


def _set_key(rows: Rows, address: str, word: int, at: Place) -> None:
    rows.put(PartyKey, {"address": address, **key_columns(word), "block_number": at.block_number})


def _account_proposed(rows: Rows, event: Event, at: Place) -> None:
    columns = recovery_columns(event.values["recoveryWord"])
    rows.put(PartyRecovery, {"party": event.values["party"], **columns, "block_number": at.block_number})


def _proposal_vetoed(rows: Rows, event: Event, at: Place) -> None:
    rows.remove(PartyRecovery, event.values["party"])
    _party_changed(rows, event, at)


def _account_taken(rows: Rows, event: Event, at: Place) -> None:
    """Older keys stay as they are: their epoch says that they are dead."""
    rows.remove(PartyRecovery, event.values["party"])
    _set_key(rows, address_of(event.values["account"]), event.values["keyWord"], at)
    _party_changed(rows, event, at)


def _arbiter_set(rows: Rows, event: Event, at: Place) -> None:
    _set(rows, ARBITER, address_of(event.values["arbiter"]), at)


def _limits_set(rows: Rows, event: Event, at: Place) -> None:
    _set(rows, LIMITS, word_hex(event.values["limitsWord"]), at)


def _fingerprint_key_set(rows: Rows, event: Event, at: Place) -> None:
    name = f"{FINGERPRINT_KEY}{event.values['version']}"
    _set(rows, name, "0x" + event.values["publicKey"].hex(), at)


def _set(rows: Rows, name: str, value: str, at: Place) -> None:
    rows.put(ChainSetting, {"name": name, "value": value, "block_number": at.block_number})


_HANDLERS: dict[str, Callable[[Rows, Event, Place], None]] = {
    "PartyAdmitted": _admitted,
    "KeySet": _key_changed,
    "KeyRevoked": _key_changed,
    # Also changes obligations: receivables.projection reads the same event.
    "QuotaSet": _party_changed,
    "RolesSet": _party_changed,
    "FreezeSet": _party_changed,
    "BarSet": _party_changed,
    # Also a contest of a receivable, which receivables.projection reads.
    "ReceivableContested": _party_changed,
    "AccountProposed": _account_proposed,
    "ProposalVetoed": _proposal_vetoed,
    "AccountTaken": _account_taken,
    "ArbiterSet": _arbiter_set,
    "LimitsSet": _limits_set,
    "FingerprintKeySet": _fingerprint_key_set,
}
