"""The proof packs: everything a verification of one lot, or of one obligor's total, reads, in one JSON file.

Nearly all of it is preimages of hashes: headers of block hashes, trie nodes of roots, code of code hashes. So a
pack needs no trust in who made it: with the hash of one block everything else stands or falls. What each member
is, for people: docs/proof-pack.md; for programs: docs/proof-pack.schema.json and docs/proof-total.schema.json, which
are this module's.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Protocol

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from registry.kit.errors import BadInput

FORMAT: Final = "counterfoil-proof/1"
TOTAL_FORMAT: Final = "counterfoil-total/1"
MAX_BYTES = 16_000_000
MAX_ITEMS = 20_000
MAX_TRANSACTIONS = 5_000

Hex = Annotated[str, Field(pattern=r"^0x([0-9a-f]{2})*$", max_length=2_000_000)]
Word = Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")]
Address = Annotated[str, Field(pattern=r"^0x[0-9a-f]{40}$")]
Number = Annotated[int, Field(ge=0, lt=1 << 64)]
Place = Annotated[int, Field(ge=0, lt=1 << 16)]
Text = Annotated[str, Field(max_length=4_096)]


class PackUnreadable(BadInput):
    code = "pack_unreadable"
    title = "This is no proof pack, or it was damaged"


class _Member(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Block(_Member):
    """The block as of whose end the pack speaks; its hash is all that whoever checks the pack has to know."""

    number: Number = Field(description="Its number.")
    hash: Word = Field(description="Its hash: compare it with what your own node, or two explorers, say.")


class Header(_Member):
    """One block's header."""

    hash: Word = Field(description="The block's hash: Keccak-256 of `rlp`, on BFT chains without the seals.")
    rlp: Hex = Field(description="The header as RLP (Yellow Paper 4.4).")
    history: Number | None = Field(
        default=None,
        description="Number of the later block whose state holds this hash (EIP-2935); null where the header "
        "after this one names it as its parent, or nothing does.",
    )


class Transaction(_Member):
    """Where a transaction stands, with its receipt: both are leaves of their block's tries."""

    hash: Word = Field(description="Keccak-256 of the transaction as its block holds it.")
    block: Number = Field(description="Number of its block.")
    index: Place = Field(description="Its place in the block: RLP of it is the key in both tries.")


class Code(_Member):
    """A contract's code, told as what differs from the known one of that name."""

    name: Literal["Registry", "Annex", "Metadata"] = Field(description="Which of the contracts it is.")
    settings: list[Hex] = Field(
        max_length=200,
        description="The bytes set at its making (immutables and addresses of parts), in their order.",
    )


class Statement(_Member):
    """What the pack proves, in numbers a person can read. The verifier works it out anew and compares."""

    lineage: list[Word] = Field(max_length=300, description="Lots from the root to this one.")
    state: dict[str, int] = Field(description="The lot's word: holder, peer, amount, status and the rest.")
    terms: dict[str, int | str] = Field(description="The terms that supplier and obligor signed.")
    facts: dict[str, int] | None = Field(description="The receivable's word: face, settled, status, flags.")
    obligation: dict[str, int] | None = Field(
        description="What the obligor owes in all in this currency: outstanding, quota, count."
    )
    hops: list[dict[str, Any]] = Field(
        max_length=MAX_ITEMS,
        description="Every act from the registration on: event, parties, amount, block, transaction, and who "
        "consented with which key by which signed message.",
    )
    invoices: list[dict[str, Any]] = Field(
        max_length=MAX_ITEMS,
        description="Each invoice's fingerprints, cap, amount used here and amount used in all.",
    )


class Beside(_Member):
    """A hash beside the way from a leaf to the root."""

    hash: Word = Field(description="SHA-256 of the leaf or node there.")
    is_left: bool = Field(description="Whether it stands left of the way.")


class Document(_Member):
    """An invoice's field that the supplier shows, and the way from it to the terms' `documentsRoot`."""

    salt: Hex = Field(description="16 random bytes that keep others from testing guesses.")
    field: Text = Field(description="The invoice's place in the receivable, a dot, and the field's name.")
    value: Text = Field(description="Its value as text.")
    path: list[Beside] = Field(max_length=32, description="The hashes beside the way up, lowest first.")


class Opening(_Member):
    """What a fingerprint on the chain is the fingerprint of, and the proof of it (RFC 9497, mode VOPRF)."""

    fingerprint: Word = Field(description="The fingerprint: the first 32 bytes of the function's output.")
    key_version: Annotated[int, Field(ge=1, lt=256)] = Field(
        description="Version of the registry's key; its public half stands on the chain."
    )
    domain: Text = Field(description="The kind of legal key, which says what the fields are.")
    fields: list[Text] = Field(max_length=20, description="The legal key's fields, e.g. seller and number.")
    evaluated: Word = Field(description="The input's group element times the registry's key.")
    proof: Hex = Field(description="64 bytes: that the published key, and no other, was used.")


class Company(_Member):
    """A company's signed word that what an account signs binds it, with its certificate."""

    party: Annotated[int, Field(ge=1, lt=1 << 32)] = Field(description="The party's number.")
    account: Address = Field(description="The account it speaks of.")
    said_at: Annotated[int, Field(ge=0, lt=1 << 32)] = Field(
        description="When it said so, by its own word: its certificate must have been in force then."
    )
    certificates: list[Hex] = Field(
        min_length=1,
        max_length=5,
        description="X.509 certificates in DER, the company's own first, each issued by the next.",
    )
    signature: Hex = Field(
        description="The signature of the first certificate's key over the statement, see above: SHA-256 with ECDSA in "
        "DER or RSA (PKCS #1 v1.5), or Ed25519."
    )


class Stamp(_Member):
    """A time stamp (RFC 3161): that an authority saw the hash of the pack's block at a time."""

    token: Hex = Field(
        description="The TimeStampToken in DER; its imprint is of the 32 bytes of the block's hash."
    )


class Pack(_Member):
    """A proof of one lot as of one block."""

    format: Literal["counterfoil-proof/1"] = Field(description="The version of this format.")
    chain_id: Number = Field(description="The chain's id (EIP-155), which all signatures are bound to.")
    contract: Address = Field(description="The registry: compare it with the address you were given.")
    lot: Word = Field(description="The lot's id.")
    block: Block = Field(description="The block as of whose end the pack speaks.")
    statement: Statement = Field(description="What the pack proves, to be read.")
    documents: list[Document] = Field(
        default_factory=list, max_length=MAX_ITEMS, description="Invoice fields that the supplier shows."
    )
    openings: list[Opening] = Field(
        default_factory=list, max_length=1_000, description="What the fingerprints stand for, where shown."
    )
    companies: list[Company] = Field(
        default_factory=list, max_length=1_000, description="Whose the accounts are, by certificates."
    )
    stamps: list[Stamp] = Field(
        default_factory=list, max_length=8, description="Time stamps of the pack's block."
    )
    headers: list[Header] = Field(
        max_length=MAX_ITEMS, description="Headers of all blocks that are read, latest first."
    )
    transactions: list[Transaction] = Field(
        max_length=MAX_TRANSACTIONS, description="Places of all transactions that are read."
    )
    code: list[Code] = Field(max_length=3, description="The code of the registry and its parts.")
    nodes: list[Hex] = Field(
        max_length=MAX_ITEMS,
        description="Nodes of all tries, each once: state, storage, transactions and receipts.",
    )
    stateless: list[Number] = Field(
        default_factory=list,
        max_length=MAX_ITEMS,
        description="Blocks whose state no node could prove any more when the pack was made.",
    )


class TotalStatement(_Member):
    """What the pack of a total proves, in numbers a person can read. The verifier works it out anew and compares."""

    account: Address = Field(description="The account that signs for the obligor.")
    outstanding: Number = Field(description="What it owes in all on what it confirmed, in minor units.")
    quota: Number = Field(description="The bound it set itself, in minor units; 0 for none.")
    count: Number = Field(description="On how many receivables that are not paid yet.")


class TotalPack(_Member):
    """A proof of what one obligor owes in all in one currency, as of one block."""

    format: Literal["counterfoil-total/1"] = Field(description="The version of this format.")
    chain_id: Number = Field(description="The chain's id (EIP-155).")
    contract: Address = Field(description="The registry: compare it with the address you were given.")
    obligor: Annotated[int, Field(ge=1, lt=1 << 32)] = Field(description="The obligor's party number.")
    currency: Annotated[int, Field(ge=0, lt=1 << 16)] = Field(description="The currency's number (ISO 4217).")
    block: Block = Field(description="The block as of whose end the pack speaks.")
    statement: TotalStatement = Field(description="What the pack proves, to be read.")
    header: Hex = Field(description="The block's header as RLP (Yellow Paper 4.4).")
    code: list[Code] = Field(max_length=3, description="The code of the registry and its parts.")
    nodes: list[Hex] = Field(
        max_length=MAX_ITEMS, description="Nodes of the state's and the registry's tries, each once."
    )

    @property
    def headers(self) -> list[Header]:
        return [Header(hash=self.block.hash, rlp=self.header)]

    @property
    def transactions(self) -> list[Transaction]:
        """A total is state: no act is read."""
        return []

    @property
    def stateless(self) -> list[int]:
        return []


AnyPack = Pack | TotalPack
_ANY: TypeAdapter[AnyPack] = TypeAdapter(Annotated[AnyPack, Field(discriminator="format")])


class Preimages(Protocol):
    """What every pack is read by, whatever it proves."""

    @property
    def chain_id(self) -> int: ...
    @property
    def contract(self) -> str: ...
    @property
    def block(self) -> Block: ...
    @property
    def headers(self) -> Sequence[Header]: ...
    @property
    def transactions(self) -> Sequence[Transaction]: ...
    @property
    def code(self) -> Sequence[Code]: ...
    @property
    def nodes(self) -> Sequence[str]: ...
    @property
    def stateless(self) -> Sequence[int]: ...


def read_pack(content: bytes) -> AnyPack:
    """A pack of either kind, as its ``format`` says. Raises PackUnreadable, naming the member that is not as it
    should be."""
    if len(content) > MAX_BYTES:
        raise PackUnreadable(f"A pack has at most {MAX_BYTES:,} bytes.")
    try:
        return _ANY.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # The first is the format by which the others were read.
        where = ".".join(str(each) for each in first["loc"][1:])
        raise PackUnreadable(f"{where or 'The file'}: {first['msg']}.", member=where) from None


def write_pack(pack: AnyPack) -> bytes:
    """One line of JSON; equal packs give equal bytes."""
    return orjson.dumps(pack.model_dump(mode="json"), option=orjson.OPT_APPEND_NEWLINE)


def pack_schema(kind: type[AnyPack]) -> dict[str, Any]:
    """The format as JSON Schema (draft 2020-12)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": FORMAT if kind is Pack else TOTAL_FORMAT,
        **kind.model_json_schema(),
    }
