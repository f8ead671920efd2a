"""Packs with one thing changed, and what each may be refused for."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from registry.invoices.verification.trust import NOBODY, TrustAnchors
from registry.provenance.model import Outcome, Verdict
from registry.provenance.pack import Pack, PackUnreadable, read_pack
from registry.provenance.proving import verify_pack

Json = dict[str, Any]
PROOFS = {"account_proof", "storage_proof", "transaction_proof", "receipt_proof"}
# Where an act is missing: the lot's line breaks, its words do not follow, or a party's history has a gap. An act
# that was only looked at, like the setting of a fingerprint key, leaves its proof behind.
GAPS = {
    "node_unneeded",
    "transaction_missing", "creation_missing", "split_missing", "confirmation_missing", "registration_missing",
    "lot_word", "lot_state", "state_differs", "party_not_admitted", "proposal_missing", "log_differs",
}  # fmt: skip
HISTORY = {"header_history", "header_link", "header_missing", "storage_proof", "account_proof"}
MISPLACED = {"transaction_hash", "transaction_proof", "receipt_proof", "header_missing", "transaction_twice"}
OPENINGS = {"fingerprint_foreign", "fingerprint_key", "fingerprint_proof", "storage_proof"}
# What a changed value may be refused for, by the member it stands in. A value that has lost its form is unreadable.
REASONS: dict[str, set[str]] = {
    "format": set(),
    "chain_id": {"contract_domain"},
    "contract": {"account_proof", "storage_proof", "contract_code"},
    "lot": {"storage_proof", "lot_unknown"},
    "block": {"anchor_differs", "anchor_missing"},
    "statement": {"statement_differs"},
    "documents": {"document_differs", "document_twice"},
    "openings": OPENINGS,
    "companies": {"company_foreign", "company_statement", "company_twice"},
    "stamps": {"time_stamp"},
    "headers": {"header_hash", *HISTORY},
    "transactions": MISPLACED,
    "code": {"contract_code"},
    "nodes": PROOFS,
    "stateless": {"stateless_unneeded"},
}


@dataclass(frozen=True)
class Mutant:
    """``reasons``: at least one of them must be named, and none but them and what follows from them."""

    kind: str
    content: bytes
    reasons: set[str]


def mutants(pack: Pack, foreign: Pack, older: Pack, count: int, seed: int) -> Iterator[Mutant]:
    """``count`` of every kind in turn. ``foreign``: of another contract on the same chain; ``older``: of the same
    lot as of an earlier block."""
    chosen = random.Random(seed)
    whole = pack.model_dump(mode="json")
    others = foreign.model_dump(mode="json"), older.model_dump(mode="json")
    for turn in range(count):
        kind, change = KINDS[turn % len(KINDS)]
        copy = orjson.loads(orjson.dumps(whole))
        reasons = change(copy, others, chosen)
        yield Mutant(kind, orjson.dumps(copy), reasons)


def campaign(
    pack: Pack, foreign: Pack, older: Pack, count: int, seed: int, trust: TrustAnchors
) -> Counter[str]:
    """How many mutants of each kind were refused; raises AssertionError for one that was not, or not for its reason."""
    refused: Counter[str] = Counter()
    whole = orjson.dumps(pack.model_dump(mode="json"))
    for mutant in mutants(pack, foreign, older, count, seed):
        assert mutant.content != whole, mutant.kind
        found = why_refused(mutant.content, pack.block.hash, trust)
        assert found & (mutant.reasons | {"pack_unreadable"}), (mutant.kind, mutant.reasons, found)
        refused[mutant.kind] += 1
    return refused


def why_refused(content: bytes, block: str, trust: TrustAnchors = NOBODY) -> set[str]:
    """The reasons; none for a pack that is not refused."""
    try:
        found = verify_pack(read_pack(content), block=block, trust=trust)  # type: ignore[arg-type]
    except PackUnreadable as unreadable:
        return {unreadable.code}
    if found.verdict is not Verdict.REFUSED:
        return set()
    return {check.name for check in found.of(Outcome.FAILED)}


Others = tuple[Json, Json]


def _byte(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """One digit of one byte string."""
    places = [each for each in _leaves(copy, ()) if _is_hex(_at(copy, each))]
    path = chosen.choice(places)
    value = _at(copy, path)
    place = chosen.randrange(2, len(value))
    digit = chosen.choice([each for each in "0123456789abcdef" if each != value[place]])
    _put(copy, path, value[:place] + digit + value[place + 1 :])
    return REASONS[path[0]]


def _evidence(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """One digit of what companies and authorities apart from the chain signed, or of what is shown by consent."""
    member = chosen.choice(["companies", "stamps", "openings", "documents"])
    return _byte({member: copy[member]}, _, chosen)


def _field(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """One value of another kind: a number, a text, a yes or no."""
    places = [each for each in _leaves(copy, ()) if not _is_hex(_at(copy, each))]
    by_member: dict[str, list[tuple[Any, ...]]] = {}
    for path in places:
        by_member.setdefault(path[0], []).append(path)
    path = chosen.choice(by_member[chosen.choice(sorted(by_member))])
    _put(copy, path, _other(_at(copy, path), chosen))
    return REASONS[path[0]]


def _dropped(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """A transaction with its act, or an entry of any other list."""
    name = chosen.choice(["transactions", "transactions", "headers", "nodes", "code", "hops"])
    entries = copy["statement"]["hops"] if name == "hops" else copy[name]
    del entries[chosen.randrange(len(entries))]
    if name == "hops":
        return {"statement_differs"}
    return {
        "transactions": GAPS,
        "headers": {"anchor_missing", *HISTORY},
        "nodes": PROOFS,
        "code": REASONS["code"],
    }[name]


def _swapped(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """Two acts change places: as stated, or where their transactions stand."""
    if chosen.random() < 0.5:
        hops = copy["statement"]["hops"]
        one, other = chosen.sample(range(len(hops)), 2)
        hops[one], hops[other] = hops[other], hops[one]
        return {"statement_differs"}
    one, other = chosen.sample(copy["transactions"], 2)
    one["hash"], other["hash"] = other["hash"], one["hash"]
    return {"transaction_hash"}


def _amounts(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """The amounts of two acts, exchanged as stated; or the words' amounts, in the receipts' own bytes."""
    hops = copy["statement"]["hops"]
    if chosen.random() < 0.5:
        one, other = chosen.choice(
            [(a, b) for a in hops for b in hops if a["amount_minor"] < b["amount_minor"]]
        )
        one["amount_minor"], other["amount_minor"] = other["amount_minor"], one["amount_minor"]
        return {"statement_differs"}
    amounts = sorted({f"{each['amount_minor']:016x}" for each in hops})
    one, other = chosen.sample(amounts, 2)
    places = [place for place, node in enumerate(copy["nodes"]) if one in node]
    place = chosen.choice(places)
    copy["nodes"][place] = copy["nodes"][place].replace(one, other)
    return PROOFS


def _another_contract(copy: Json, others: Others, chosen: random.Random) -> set[str]:
    """Proofs of a contract with the same code, made by somebody else on the same chain."""
    foreign = others[0]
    if chosen.random() < 0.5:
        copy["contract"] = foreign["contract"]
        return REASONS["contract"]
    members = chosen.choice(
        [("nodes",), ("nodes", "headers"), ("transactions", "nodes", "headers"), ("code",)]
    )
    for name in members:
        copy[name] = foreign[name]
    reasons = PROOFS | HISTORY | GAPS | {"anchor_missing", "header_later"}
    return REASONS["code"] if members == ("code",) else reasons


def _foreign_signature(copy: Json, _: Others, chosen: random.Random) -> set[str]:
    """A signature in the stead of another: as stated, or in the calldata's own bytes."""
    signers = [signer for hop in copy["statement"]["hops"] for signer in hop["signers"] if signer["message"]]
    one, other = chosen.sample(signers, 2)
    theirs = other["message"]["signature"]
    if chosen.random() < 0.5:
        one["message"]["signature"] = theirs
        return {"statement_differs"}
    own = one["message"]["signature"][2:]
    place = next(place for place, node in enumerate(copy["nodes"]) if own in node)
    copy["nodes"][place] = copy["nodes"][place].replace(own, theirs[2:])
    return {"transaction_proof"}


def _older_block(copy: Json, others: Others, chosen: random.Random) -> set[str]:
    """What was true once: the whole pack, or its proofs under the newer block's name."""
    older = others[1]
    names = chosen.choice([None, ("nodes",), ("headers", "nodes"), ("block",), ("block", "headers")])
    if names is None:
        copy.clear()
    copy.update(older if names is None else {name: older[name] for name in names})
    return {"anchor_differs", "anchor_missing", *PROOFS, *HISTORY}


Change = Callable[[Json, Others, random.Random], set[str]]
KINDS: list[tuple[str, Change]] = [
    ("byte", _byte),
    ("evidence", _evidence),
    ("field", _field),
    ("dropped", _dropped),
    ("swapped", _swapped),
    ("amounts", _amounts),
    ("another contract", _another_contract),
    ("foreign signature", _foreign_signature),
    ("older block", _older_block),
]


def _leaves(value: Any, path: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    items = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    )
    return [path] if items is None else [each for name, its in items for each in _leaves(its, (*path, name))]


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    _at(value, path[:-1])[path[-1]] = new


def _is_hex(value: object) -> bool:
    return isinstance(value, str) and value.startswith("0x") and len(value) > 2


def _other(value: Any, chosen: random.Random) -> Any:
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, int):
        return value + chosen.choice([1, 2, 256, 65_536]) if value < 1 << 40 else value - 1
    return str(value) + chosen.choice(["0", " ", "x"])
