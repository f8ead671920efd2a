"""What a party was when an act was made: its own word and its keys' words, replayed from the party's events
and borne out by the contract's state at the end of the block before."""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.chain.keys import same_address
from registry.chain.node import Json
from registry.chain.words import KeyWord, PartyFlag, PartyWord, Role, Scope
from registry.provenance.history import Act, acts_of
from registry.provenance.model import Broken, OutOfReach
from registry.provenance.reading import Reader, quantity, text

_SET_ACCOUNT = ("PartyAdmitted", "AccountTaken")
_ABOUT_PROPOSALS = ("AccountProposed", "ProposalVetoed", "AccountTaken")


class HistoryGone(OutOfReach):
    """The node no longer holds the state a check needs."""

    def __init__(self, block: int) -> None:
        super().__init__(
            "state_gone",
            f"The node does not hold the state at block {block:,} any more; ask an archive node.",
        )


@dataclass(frozen=True)
class Mandate:
    """``counts``: the key may take part in the act. ``suffices``: it may do so alone."""

    counts: bool
    suffices: bool


class Standing:
    """One party just before one act."""

    def __init__(self, parties: "Parties", party: int, act: Act) -> None:
        self._parties = parties
        self._act = act
        self.party = party
        self.word = parties.word_before(party, act)

    @property
    def account(self) -> str:
        return f"0x{self.word.account:040x}"

    def is_account(self, address: str) -> bool:
        return same_address(address, self.account)

    @property
    def is_frozen(self) -> bool:
        return bool(self.word.flags & PartyFlag.FROZEN)

    @property
    def is_active(self) -> bool:
        """Neither frozen nor expired at the act's time."""
        return not self.is_frozen and self.word.valid_until >= self._act.at

    def has_role(self, role: Role) -> bool:
        return bool(self.word.roles & role)

    def mandate(self, address: str, scope: Scope, currency: int, amount_minor: int) -> Mandate:
        """What a key may do, as ``Parties._mandate`` of the contract has it."""
        key = self._parties.key_before(self.party, address, self._act)
        counts = (
            self.is_live(key)
            and bool(key.scopes & scope)
            and (not key.currency or not currency or key.currency == currency)
        )
        return Mandate(counts, counts and key.cap >= amount_minor)

    def has_live_key(self, address: str) -> bool:
        return self.is_live(self._parties.key_before(self.party, address, self._act))

    def is_live(self, key: KeyWord) -> bool:
        return key.party == self.party and key.epoch == self.word.epoch and key.valid_until >= self._act.at


class Parties:
    """The parties of one verification, their logs read once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._acts: dict[int, list[Act]] = {}
        self._proposals: dict[int, list[Act]] = {}

    def load(self, parties: Iterable[int]) -> None:
        """Read the logs of these parties in two queries: a contest names its receivable first."""
        missing = [party for party in dict.fromkeys(parties) if party and party not in self._acts]
        if not missing:
            return
        self._acts.update({party: [] for party in missing})
        logs = [*self._reader.logs(missing), *self._reader.logs(None, missing)]
        for act in acts_of(self._reader, _once(logs)):
            # A version of a fingerprint key, or a currency, may have a party's number.
            party = int(act.event.values.get("party", 0))
            if party in missing and "partyWord" in act.event.values:
                self._acts[party].append(act)
            if party in missing and act.name in _ABOUT_PROPOSALS:
                self._proposals.setdefault(party, []).append(act)

    def known(self) -> list[int]:
        return sorted(self._acts)

    def admission(self, party: int) -> Act:
        """Raises Broken with ``party_not_admitted``."""
        self.load([party])
        found = [act for act in self._acts.get(party, []) if act.name == "PartyAdmitted"]
        if len(found) != 1:
            raise Broken("party_not_admitted", f"{len(found)} admissions of party {party}, not one.")
        return found[0]

    def standing(self, party: int, act: Act) -> Standing:
        """Raises Broken with ``party_not_admitted`` or ``state_differs``, HistoryGone."""
        self.load([party])
        return Standing(self, party, act)

    def word_before(self, party: int, act: Act) -> PartyWord:
        """The party's word just before the act."""
        before = self._state(act, "party", party)
        replayed = self._replayed_party(party, (act.block, -1))
        if before != replayed:
            raise Broken(
                "state_differs", f"Party {party}'s events do not give its state before block {act.block:,}."
            )
        word = self._replayed_party(party, act.place)
        if not word:
            raise Broken("party_not_admitted", f"Party {party} was not admitted before the act.")
        found = PartyWord.unpack(word)
        self._require_origin_of_account(party, found, act)
        return found

    def _require_origin_of_account(self, party: int, word: PartyWord, act: Act) -> None:
        """Only an admission and a takeover, each checked, set an account: a node may not hide one of them behind a
        later event that carries the party's whole word."""
        made = [each for each in self._acts[party] if each.name in _SET_ACCOUNT and each.place < act.place]
        last = PartyWord.unpack(made[-1].number("partyWord")) if made else None
        if last is None or (last.account, last.epoch) != (word.account, word.epoch):
            raise Broken(
                "state_differs",
                f"Party {party}'s events do not show how it came to its account 0x{word.account:040x}.",
            )

    def key_before(self, party: int, address: str, act: Act) -> KeyWord:
        """What the address may do for the party just before the act; zeros where it is no key of it."""
        before = self._state(act, "keyOf", address)
        replayed = self._replayed_key(party, address, (act.block, -1))
        # An address is bound to one party for good, so another party's key is none of this one's.
        if before != replayed and (replayed or KeyWord.unpack(before).party == party):
            raise Broken(
                "state_differs", f"Events do not give the state of key {address} before block {act.block:,}."
            )
        return KeyWord.unpack(self._replayed_key(party, address, act.place))

    def grant(self, party: int, address: str, act: Act) -> Act | None:
        """The act by which the party's account last gave the key its mandate before ``act``; None for the
        account's own key, which its admission bound."""
        found = None
        for each in self._acts.get(party, []):
            if _is_before(each, act, "KeySet") and same_address(str(each.event.values["key"]), address):
                found = each
        return found

    def takeovers(self, party: int, act: Act | None = None) -> list[Act]:
        """The accounts the party took, before ``act`` if one is named, each in place of the one before."""
        taken = [each for each in self._acts.get(party, []) if each.name == "AccountTaken"]
        return [each for each in taken if act is None or each.place < act.place]

    def proposal(self, party: int, act: Act) -> Act | None:
        """The act that proposed the account which stood proposed for the party just before ``act``."""
        about = [each for each in self._proposals.get(party, []) if each.place < act.place]
        return about[-1] if about and about[-1].name == "AccountProposed" else None

    def owner_of_key(self, address: str, act: Act) -> int:
        """The party an address was bound to at the act, 0 if none. Raises HistoryGone."""
        bound = KeyWord.unpack(self._state(act, "keyOf", address)).party
        if bound:
            return bound
        # It may have been bound within the block; bindings are for good, so its end tells.
        return KeyWord.unpack(self._read(act.block, "keyOf", address)).party

    def _state(self, act: Act, view: str, argument: int | str) -> int:
        return self._read(max(act.block - 1, 0), view, argument)

    def _read(self, block: int, view: str, argument: int | str) -> int:
        word = self._reader.word(view, argument, block=block)
        if word is None:
            raise HistoryGone(block)
        return word

    def _replayed_party(self, party: int, place: tuple[int, int]) -> int:
        word = 0
        for act in self._acts.get(party, []):
            if act.place < place:
                word = act.number("partyWord")
        return word

    def _replayed_key(self, party: int, address: str, place: tuple[int, int]) -> int:
        word = 0
        for act in self._acts.get(party, []):
            if act.place >= place or "keyWord" not in act.event.values:
                continue
            # An admission or takeover binds the account it names in the party's word.
            bound = act.event.values.get("key", f"0x{act.number('partyWord') % (1 << 160):040x}")
            if same_address(str(bound), address):
                word = act.number("keyWord")
        return word


def _is_before(each: Act, act: Act, name: str) -> bool:
    return each.name == name and each.place < act.place


def _once(logs: list[Json]) -> list[Json]:
    """Each log once, though both queries may find it."""
    return list({(text(log, "blockHash"), quantity(log, "logIndex")): log for log in logs}.values())
