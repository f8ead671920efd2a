"""What a batch of documents is compared with: what the database holds, asked once for all of them, and what the batch
itself put there since. So each document meets those before it, whether they are written yet or not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from registry.invoices import correction_queries, near_queries, queries
from registry.invoices.entries import Entry
from registry.invoices.model import SELLERS_OWN
from registry.invoices.near_keys import FEW, LIMITS, Block, Neighbor, searched, worth_reading
from registry.invoices.near_queries import Member
from registry.invoices.records import Document, Kept, kept_now
from registry.invoices.rules import Outcome
from registry.kit.identifiers import normalize


@dataclass(frozen=True, slots=True)
class Coming:
    """A document that is to be registered: its ``entries``, and the blocks in which its near-duplicates can be."""

    document: Document
    entries: list[Entry]
    searched: Mapping[Block, Iterable[int]]

    @classmethod
    def of(cls, document: Document, entries: list[Entry]) -> "Coming":
        found = {} if document.portrait.is_credit_note else searched(document.portrait)
        return cls(document, entries, found)

    @property
    def names(self) -> set[str]:
        """What a correction may call it."""
        return {self.document.gist.number, normalize(self.document.invoice.official_id)} - {""}


@dataclass(frozen=True, slots=True)
class Found:
    """Of one kind of block, those in the uploader's sight or outside: ``has_more`` where the limit cut it."""

    kind: Block
    is_hidden: bool
    neighbors: tuple[Neighbor, ...]
    has_more: bool


class AtHand:
    """Of one batch that ``party`` brings, in one unit of work."""

    def __init__(self, session: Session, party: int, batch: Sequence[Coming]) -> None:
        self._session = session
        self._scopes = (SELLERS_OWN, party)
        self._kept: dict[str, Kept] = {}
        self._having: dict[bytes, list[str]] = defaultdict(list)
        for key, one in queries.having_a_key(
            session, self._scopes, {entry.key for coming in batch for entry in coming.entries}
        ):
            self._having[key].append(one)
        self._members: dict[int, list[Member]] = defaultdict(list)
        asked = {block for coming in batch for blocks in coming.searched.values() for block in blocks}
        for member in near_queries.members(session, self._scopes, asked):
            self._members[member.block].append(member)
        self._named = correction_queries.named(session, {name for one in batch for name in one.names})
        self._read([*self._likely(batch)])

    def _likely(self, batch: Sequence[Coming]) -> Iterator[str]:
        """What is surely compared with one of them."""
        for having in self._having.values():
            yield from having
        for coming in batch:
            for found in self.neighbors(coming):
                if found.kind is not Block.PAIR:
                    yield from (one.id for one in found.neighbors)
                elif len(found.neighbors) <= FEW:
                    yield from worth_reading(coming.document.portrait, found.neighbors)

    def sharing(self, coming: Coming) -> list[Kept]:
        """Documents in sight that have one of its legal keys, accepted or blocked, oldest first."""
        ids = {one for entry in coming.entries for one in self._having.get(entry.key, ())}
        return sorted(self.kept(ids), key=lambda one: (one.created_at, one.id))

    def neighbors(self, coming: Coming) -> list[Found]:
        """Those in the blocks it searches, by scope and id, at most LIMITS of each kind in sight, and apart from them
        of those that strangers brought."""
        found = []
        for kind, blocks in sorted(coming.searched.items()):
            members = {
                (member.scope, member.neighbor.id): member.neighbor
                for block in blocks
                for member in self._members.get(block, ())
            }
            ordered = sorted(members)
            for is_hidden in (False, True):
                ones = [members[at] for at in ordered if (at[0] not in self._scopes) is is_hidden]
                if ones:
                    limit = LIMITS[kind]
                    found.append(Found(kind, is_hidden, tuple(ones[:limit]), len(ones) > limit))
        return found

    def kept(self, ids: Iterable[str]) -> list[Kept]:
        """These, by id."""
        wanted = sorted(ids)
        self._read(wanted)
        return [self._kept[one] for one in wanted]

    def _read(self, ids: Iterable[str]) -> None:
        missing = sorted(set(ids) - self._kept.keys())
        self._kept |= {one.id: one for one in queries.kept(self._session, missing)}

    def is_named(self, coming: Coming) -> bool:
        """Whether a correction may name it."""
        return not self._named.isdisjoint(coming.names)

    def take(
        self,
        coming: Coming,
        invoice_id: str,
        scope: int,
        outcome: Outcome,
        at: datetime,
        blocks: Iterable[int],
    ) -> None:
        """Let those that come after it meet a document that is kept, with the blocks it is in."""
        document = coming.document
        self._kept[invoice_id] = kept_now(document, invoice_id, self._scopes[1], at, outcome)
        for key in {entry.key for entry in coming.entries}:
            self._having[key].append(invoice_id)
        self._named |= document.portrait.preceding
        if outcome.value in near_queries.COMPARED:
            one = document.portrait
            neighbor = Neighbor(invoice_id, one.payable_minor, one.issued_on, one.is_credit_note)
            for block in blocks:
                self._members[block].append(Member(block, scope, neighbor))
