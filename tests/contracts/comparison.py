"""The model's state and the chain's as the same words, and what must always hold of them."""

from collections import defaultdict
from functools import cache
from typing import Any

from registry.chain.contract import Event
from registry.chain.messages import child_lot, keccak256, unpack_invoices
from registry.chain.words import (
    FactsWord,
    InvoiceUseWord,
    KeyWord,
    LimitsWord,
    LotStatus,
    LotWord,
    ObligationWord,
    PartyFlag,
    PartyWord,
    ReceivableStatus,
    RecoveryWord,
    RegisteredWord,
    Word,
)
from tests.builders.ledger import Ledger
from tests.contracts.model import Receivable
from tests.contracts.model_ledger import LedgerModel

PLACES = {"party": 1, "recovery": 2, "key": 5, "obligation": 6, "facts": 7, "lot": 8, "invoice": 9}
FIXED = {"limits": 0, "arbiter": 3}
Words = dict[tuple[str, int], int]


@cache
def _slot(kind: str, key: int) -> int:
    return int.from_bytes(keccak256(key.to_bytes(32) + PLACES[kind].to_bytes(32)))


def _facts(number: int, found: Receivable) -> Word:
    if found.status in (ReceivableStatus.CONFIRMED, ReceivableStatus.CANCELED):
        terms = found.terms
        return FactsWord(
            terms.face,
            found.settled,
            terms.maturity,
            terms.obligor,
            terms.settler,
            terms.currency,
            found.status,
            int(found.is_suspended),
        )
    low = found.terms.root_lot & (2**192 - 1)
    assert found.terms.root_lot >> 192 == number
    return RegisteredWord(low, found.expires, 0, found.status, 0)


def model_words(model: LedgerModel) -> Words:
    """Every word the chain should hold, and nothing it should not."""
    words: dict[tuple[str, int], Word] = {}
    for number, party in model.parties.items():
        flags = party.is_frozen * PartyFlag.FROZEN | party.is_barred * PartyFlag.BARRED
        flags |= party.is_vetoed * PartyFlag.VETOED
        account = int(party.account, 16)
        words["party", number] = PartyWord(
            account, party.valid_until, party.nonce, party.epoch, party.roles, flags
        )
    for address, key in model.keys.items():
        words["key", int(address, 16)] = KeyWord(
            key.party, key.scopes, key.currency, key.valid_until, key.cap, key.epoch
        )
    for number, (proposed, effective) in model.recoveries.items():
        words["recovery", number] = RecoveryWord(int(proposed, 16), effective)
    pairs = {(each.terms.obligor, each.terms.currency) for each in model.receivables.values()} | set(
        model.quotas
    )
    for obligor, currency in pairs:
        owed, count = model.outstanding(obligor, currency)
        quota = model.quotas.get((obligor, currency), 0)
        words["obligation", obligor << 16 | currency] = ObligationWord(owed, quota, count)
    for number, found in model.receivables.items():
        words["facts", number] = _facts(number, found)
    for number, lot in model.lots.items():
        words["lot", number] = LotWord(
            lot.holder, lot.peer, lot.amount, lot.receivable, lot.until, lot.seq, lot.hops, lot.status
        )
    for each, use in model.invoices.items():
        words["invoice", int.from_bytes(each)] = InvoiceUseWord(
            use.latest, use.cap, use.used, len(use.uses), use.currency, use.place, len(use.prints)
        )
    packed = {place: word.pack() for place, word in words.items()}
    packed["arbiter", 0] = int(model.arbiter, 16)
    limits = model.limits
    packed["limits", 0] = LimitsWord(
        limits.state,
        limits.max_tenor_days,
        limits.max_hops,
        limits.reject_window_days,
        limits.expiry_days,
        limits.min_lot,
    ).pack()
    return packed


def chain_words(ledger: Ledger, places: Any) -> Words:
    """The contract's storage at these places, read past its own views."""
    read = ledger.evm.storage
    return {
        (kind, key): read(ledger.address, FIXED[kind] if kind in FIXED else _slot(kind, key))
        for kind, key in places
    }


class Replay:
    """State rebuilt from events alone, as far as their words carry it."""

    def __init__(self) -> None:
        self.words: Words = {}

    def apply(self, event: Event) -> None:
        values = event.values
        match event.name:
            case "LotSplit":
                parent = values["parent"]
                child = child_lot(parent, LotWord.unpack(self.words["lot", parent]).seq)
                self.words["lot", parent] = values["parentWord"]
                self.words["lot", child] = values["childWord"]
            case "ProposalVetoed" | "AccountTaken":
                self.words["recovery", values["party"]] = 0
            case "ArbiterSet":
                self.words["arbiter", 0] = int(values["arbiter"], 16)
            case "Transfer" | "OwnershipTransferred" | "FingerprintKeySet":
                return
        lot = values.get("lot", values.get("rootLot"))
        facts = values.get("receivable")
        if "lotWord" in values:
            self.words["lot", lot] = values["lotWord"]
            facts = LotWord.unpack(values["lotWord"]).receivable
        if "factsWord" in values:
            self.words["facts", facts] = values["factsWord"]
        if "recoveryWord" in values:
            self.words["recovery", values["party"]] = values["recoveryWord"]
        if "partyWord" in values:
            self.words["party", values["party"]] = values["partyWord"]
        if "keyWord" in values:
            address = values.get("key") or hex(values["partyWord"] & (2**160 - 1))
            self.words["key", int(address, 16)] = values["keyWord"]
        if "limitsWord" in values:
            self.words["limits", 0] = values["limitsWord"]
        if "obligationWord" in values:
            self._obligation(event.name, values, facts)

    def _obligation(self, name: str, values: dict[str, Any], receivable: int | None) -> None:
        if name == "QuotaSet":
            place = values["party"] << 16 | values["currency"]
        else:
            facts = FactsWord.unpack(self.words["facts", receivable or 0])
            place = facts.obligor << 16 | facts.currency
        self.words["obligation", place] = values["obligationWord"]


def assert_what_must_always_hold(model: LedgerModel, words: Words) -> None:
    """Over the chain's own words; the model only says which receivables and invoices there are."""
    lots = {key: LotWord.unpack(word) for (kind, key), word in words.items() if kind == "lot"}
    facts = {key: FactsWord.unpack(word) for (kind, key), word in words.items() if kind == "facts"}
    live: dict[int, int] = defaultdict(int)
    for lot in lots.values():
        live[lot.receivable] += lot.amount
        assert (lot.amount == 0) == (lot.status == LotStatus.REDEEMED)
        assert {model.receivables[lot.receivable].terms.obligor} < model.receivables[lot.receivable].consented
    owed: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for number, found in facts.items():
        if found.status == ReceivableStatus.CONFIRMED:
            assert live[number] + found.settled == found.face, "live lots and settled are the face"
            total = owed[found.obligor << 16 | found.currency]
            total[0] += found.face - found.settled
            total[1] += found.settled < found.face
        else:
            assert not live.get(number), "no lot before both have signed, none once they undid it"
    for (kind, key), word in words.items():
        if kind == "obligation":
            total = ObligationWord.unpack(word)
            assert [total.outstanding, total.count] == owed[key], "outstanding is what is left of each face"
    used: dict[bytes, int] = defaultdict(int)
    for receivable in model.receivables.values():
        if receivable.status in (ReceivableStatus.REGISTERED, ReceivableStatus.CONFIRMED):
            entries = unpack_invoices(receivable.packed)
            assert sum(entry.amount for entry in entries) == receivable.terms.face
            for entry in entries:
                used[entry.fingerprints[0]] += entry.amount
    for first, amount in used.items():
        word = InvoiceUseWord.unpack(words["invoice", int.from_bytes(first)])
        everywhere = sum(
            sum_ for other, sum_ in used.items() if model.invoices[other] == model.invoices[first]
        )
        assert amount <= everywhere == word.used <= word.cap, "an invoice is used as much as receivables say"
