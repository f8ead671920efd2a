"""Parties as the chain's events tell them: a pure fold, called by the mirror only."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from registry.chain.contract import Event
from registry.chain.place import Place, address_of, word_hex
from registry.chain.words import KeyWord, PartyWord, RecoveryWord
from registry.parties.model import ChainSetting, Party, PartyKey, PartyRecovery

LIMITS = "limits"
ARBITER = "arbiter"
FINGERPRINT_KEY = "fingerprint_key:"


def apply(session: Session, event: Event, at: Place) -> bool:
    """Bring the tables to the state after ``event``; False where it is none of this area's."""
    handler = _HANDLERS.get(event.name)
    if handler is None:
        return False
    handler(session, event, at)
    return True


def handled() -> set[str]:
    """Names of the events this area's tables follow from."""
    return set(_HANDLERS)


def party_columns(word: int) -> dict[str, int | str]:
    """Columns of ``party`` that stand in its packed word."""
    found = PartyWord.unpack(word)
    return {
        "account": address_of(found.account),
        "valid_until": found.valid_until,
        "nonce": found.nonce,
        "epoch": found.epoch,
        "roles": found.roles,
        "flags": found.flags,
    }


def key_columns(word: int) -> dict[str, int | str]:
    """Columns of ``party_key`` that stand in its packed word."""
    found = KeyWord.unpack(word)
    return {
        "party": found.party,
        "scopes": found.scopes,
        "currency": found.currency,
        "valid_until": found.valid_until,
        "cap": found.cap,
        "epoch": found.epoch,
    }


def recovery_columns(word: int) -> dict[str, int | str]:
    """Columns of ``party_recovery`` that stand in its packed word."""
    found = RecoveryWord.unpack(word)
    return {"account": address_of(found.account), "effective": found.effective}


def _admitted(session: Session, event: Event, at: Place) -> None:
    values = event.values
    columns = party_columns(values["partyWord"])
    session.add(
        Party(
            number=values["party"],
            identity="0x" + values["identity"].hex(),
            block_number=at.block_number,
            **columns,
        )
    )
    _set_key(session, str(columns["account"]), values["keyWord"], at)


def _key_changed(session: Session, event: Event, at: Place) -> None:
    _set_key(session, address_of(event.values["key"]), event.values["keyWord"], at)
    _party_changed(session, event, at)


def _party_changed(session: Session, event: Event, at: Place) -> None:
    party = session.get_one(Party, event.values["party"])
    for name, value in party_columns(event.values["partyWord"]).items():
        setattr(party, name, value)
    party.block_number = at.block_number


def _set_key(session: Session, address: str, word: int, at: Place) -> None:
    key = session.get(PartyKey, address)
    if key is None:
        session.add(PartyKey(address=address, block_number=at.block_number, **key_columns(word)))
        return
    for name, value in key_columns(word).items():
        setattr(key, name, value)
    key.block_number = at.block_number


def _account_proposed(session: Session, event: Event, at: Place) -> None:
    columns = {**recovery_columns(event.values["recoveryWord"]), "block_number": at.block_number}
    recovery = session.get(PartyRecovery, event.values["party"])
    if recovery is None:
        session.add(PartyRecovery(party=event.values["party"], **columns))
        return
    for name, value in columns.items():
        setattr(recovery, name, value)


def _proposal_vetoed(session: Session, event: Event, at: Place) -> None:
    session.delete(session.get_one(PartyRecovery, event.values["party"]))
    _party_changed(session, event, at)


def _account_taken(session: Session, event: Event, at: Place) -> None:
    """Older keys stay as they are: their epoch says that they are dead."""
    session.delete(session.get_one(PartyRecovery, event.values["party"]))
    _set_key(session, address_of(event.values["account"]), event.values["keyWord"], at)
    _party_changed(session, event, at)


def _arbiter_set(session: Session, event: Event, at: Place) -> None:
    _set(session, ARBITER, address_of(event.values["arbiter"]), at)


def _limits_set(session: Session, event: Event, at: Place) -> None:
    _set(session, LIMITS, word_hex(event.values["limitsWord"]), at)


def _fingerprint_key_set(session: Session, event: Event, at: Place) -> None:
    name = f"{FINGERPRINT_KEY}{event.values['version']}"
    _set(session, name, "0x" + event.values["publicKey"].hex(), at)


def _set(session: Session, name: str, value: str, at: Place) -> None:
    setting = session.get(ChainSetting, name)
    if setting is None:
        session.add(ChainSetting(name=name, value=value, block_number=at.block_number))
    else:
        setting.value = value
        setting.block_number = at.block_number


_HANDLERS: dict[str, Callable[[Session, Event, Place], None]] = {
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
