"""Making a proof pack: a verification over a node, and then the proof of everything it read."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from registry.chain.artifact import registry_artifact
from registry.chain.errors import NodeRefused
from registry.chain.node import Json, Node, raw_header
from registry.chain.receipts import NO_RECEIPT, raw_receipt
from registry.chain.tries import ListTrie
from registry.invoices.verification.trust import NOBODY
from registry.kit.errors import Conflict
from registry.provenance import pack as form
from registry.provenance import report
from registry.provenance.binding import check_headers
from registry.provenance.companies import by_companies
from registry.provenance.model import (
    Broken,
    Checks,
    Outcome,
    PartyOnPath,
    Path,
    Verdict,
    Verification,
)
from registry.provenance.openings import check_documents, check_openings
from registry.provenance.packed import PackReader
from registry.provenance.reaching import Reach
from registry.provenance.reading import NodeReader, octets, quantity, text
from registry.provenance.slots import slot_of
from registry.provenance.transactions import seal_of
from registry.provenance.verify import verify_from

_SLOTS_AT_ONCE = 100


@dataclass(frozen=True)
class Shown:
    """What parties show of themselves: whose their accounts are, and what they were admitted as."""

    companies: Sequence[form.Company] = ()
    openings: Sequence[form.Opening] = ()


Identities = Callable[[Sequence[PartyOnPath]], Shown]


def unidentified(_: Sequence[PartyOnPath]) -> Shown:
    return Shown()


class LotNotProvable(Conflict):
    code = "lot_not_provable"
    title = "No proof can be made of this lot"


def make_pack(
    node: Node,
    contract: str,
    lot: int,
    at_block: int | None = None,
    *,
    documents: Sequence[form.Document] = (),
    openings: Sequence[form.Opening] = (),
    identities: Identities = unidentified,
) -> form.Pack:
    """The proof of a lot of the registry at ``contract`` as of a block's end, the latest unless told.

    Everything is asked of ``node``, which should hold all blocks' state: of a block whose state it has given up the
    pack says so, and what rests on it is not checked. ``documents`` and ``openings`` are what the supplier shows;
    ``identities`` says who the path's parties are. Raises LotNotProvable where the lot does not verify,
    ChainNotReachable and NodeRefused.
    """
    reader = NodeReader(node, contract.lower(), node.block_number() if at_block is None else at_block)
    path = _sound(verify_from(reader, lot))
    shown = identities(path.parties)
    openings = [*openings, *shown.openings]
    for opening in openings:
        reader.word("fingerprintKey", opening.key_version)
    checks = Checks()
    try:
        draft = Maker(node, reader).draft(lot).model_copy(
            update={"documents": list(documents), "openings": openings, "companies": list(shown.companies)}
        )  # fmt: skip
        packed = PackReader(draft)
        check_headers(draft, packed, None, checks)
        found = verify_from(packed, lot, checks=checks, identify=by_companies(draft, NOBODY))
        path = _sound(found)
        check_documents(draft, path.terms, checks)
        check_openings(draft, packed, path, checks)
    except Broken as broken:
        raise LotNotProvable(broken.detail, reason=broken.name) from broken
    statement = form.Statement.model_validate(report.plain(report.as_json(found)["path"]))
    nodes = ["0x" + each.hex() for each in packed.nodes.used()]
    # Where state is gone, the walk over the pack asks for less than the walk over the node did.
    missed = sorted(packed.missed)
    return draft.model_copy(update={"statement": statement, "nodes": nodes, "stateless": missed})


def _sound(found: Verification) -> Path:
    if found.verdict is Verdict.REFUSED or found.path is None:
        wrong = [*found.of(Outcome.FAILED), *found.of(Outcome.NOT_CHECKED)][0]
        raise LotNotProvable(f"{wrong.subject}: {wrong.detail}", reason=wrong.name)
    return found.path


_NOTHING_YET = form.Statement(
    lineage=[], state={}, terms={}, facts=None, obligation=None, hops=[], invoices=[]
)


class Maker:
    """Gathers what proves all that ``reader`` was asked. Raises LotNotProvable, ChainNotReachable, NodeRefused."""

    def __init__(self, node: Node, reader: NodeReader) -> None:
        self._node = node
        self._reader = reader
        self._nodes: dict[bytes, None] = {}
        self._stateless: set[int] = set()

    def draft(self, lot: int) -> form.Pack:
        """All that was read of a lot, proven; without the statement."""
        reader, at = self._reader, self._reader.at
        self.prove_state()
        transactions = self._prove_transactions()
        read = {*reader.asked("block"), *(block for _, _, block in reader.asked("word"))} - self._stateless
        reach = Reach(self._node, reader, self._prove_state)
        headers = reach.headers(read | {each.block for each in transactions})
        return form.Pack(
            format=form.FORMAT,
            chain_id=reader.chain_id(),
            contract=reader.contract,
            lot=f"0x{lot:064x}",
            block=form.Block(number=at, hash=reader.block_hash_now(at)),
            statement=_NOTHING_YET,
            headers=[_header(block, keeper) for block, keeper in headers],
            transactions=transactions,
            code=self.code(),
            nodes=self.nodes(),
            stateless=sorted(self._stateless),
        )

    def prove_state(self) -> None:
        """Of every word and every contract that was read."""
        self._prove_words()
        for address in self._reader.asked("code"):
            self._prove_state(address, [], self._reader.at)

    def nodes(self) -> list[str]:
        """All nodes so far, 0x hex."""
        return ["0x" + each.hex() for each in self._nodes]

    def code(self) -> list[form.Code]:
        """The code that was read."""
        return [self._code(address) for address in self._reader.asked("code")]

    def _prove_words(self) -> None:
        """Of every word that was read, or at least that its block's state is gone."""
        slots: dict[int, set[int]] = {}
        for view, arguments, block in self._reader.asked("word"):
            slots.setdefault(block, set()).add(slot_of(view, *arguments))
            if self._reader.word(view, *arguments, block=block) is None:
                self._stateless.add(block)
        for block, its in sorted(slots.items()):
            if (
                block not in self._stateless
                and self._prove_state(self._reader.contract, sorted(its), block) is None
            ):
                self._stateless.add(block)

    def _prove_state(self, address: str, slots: Sequence[int], block: int) -> list[int] | None:
        """Keep the nodes to the account and its slots; answers the slots' values, None where the node has no
        state of the block any more."""
        values: list[int] = []
        for start in range(0, max(len(slots), 1), _SLOTS_AT_ONCE):
            try:
                found = self._node.proof(address, slots[start : start + _SLOTS_AT_ONCE], block)
            except NodeRefused:
                return None
            self._keep(octets({"node": each}, "node") for each in found["accountProof"])
            for slot in found["storageProof"]:
                self._keep(octets({"node": each}, "node") for each in slot["proof"])
                values.append(quantity(slot, "value"))
        return values

    def _keep(self, nodes: Iterable[bytes]) -> None:
        self._nodes.update(dict.fromkeys(nodes))

    def _prove_transactions(self) -> list[form.Transaction]:
        places = [
            form.Transaction(
                hash=tx,
                block=quantity(self._reader.transaction(tx), "blockNumber"),
                index=quantity(self._reader.transaction(tx), "transactionIndex"),
            )
            for tx in self._reader.asked("transaction")
        ]
        for number in sorted({each.block for each in places}):
            transactions, receipts = self._tries(number)
            for index in sorted(each.index for each in places if each.block == number):
                self._keep(chain(transactions.nodes_to(index), receipts.nodes_to(index)))
        return sorted(places, key=lambda each: (each.block, each.index))

    def _tries(self, number: int) -> tuple[ListTrie, ListTrie]:
        """A block's transactions and receipts. Raises LotNotProvable where they do not make the header's roots."""
        block = self._node.block(number, full=True)
        if block is None:
            raise LotNotProvable(f"The node has no block {number:,} any more.", reason="node_lacks")
        raws = []
        for each in block["transactions"]:
            seal = seal_of(each)
            if seal is None:
                raise LotNotProvable(
                    f"Block {number:,} has a transaction of a kind not known here.",
                    reason="transaction_unknown",
                )
            raws.append(seal.raw)
        lies = LotNotProvable(
            f"What the node says of block {number:,} does not make the roots in its header.",
            reason="node_lies",
        )
        receipts = self._node.block_receipts(text(block, "hash")) or []
        try:
            tries = ListTrie(raws), ListTrie([raw_receipt(each) for each in receipts])
        except NO_RECEIPT as error:
            raise lies from error
        if [trie.root for trie in tries] != [
            octets(block, name) for name in ("transactionsRoot", "receiptsRoot")
        ]:
            raise lies
        return tries

    def _code(self, address: str) -> form.Code:
        code, artifact = self._reader.code(address), registry_artifact()
        name, known = next(
            (name, known)
            for name, known in (("Registry", artifact), *artifact.parts.items())
            if known.is_code(code)
        )
        settings = ["0x" + code[start : start + length].hex() for start, length in known.blanks]
        return form.Code.model_validate({"name": name, "settings": settings})


def _header(block: Json, keeper: int | None) -> form.Header:
    return form.Header(hash=text(block, "hash"), rlp="0x" + raw_header(block).hex(), history=keeper)
