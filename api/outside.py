"""Another registry seen from outside: whether it knows an invoice, asked so that nothing of the invoice leaves
this machine."""

from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

import httpx
import orjson

from registry.chain.contract import decode_result, encode_call
from registry.chain.node import Node
from registry.fingerprints import voprf
from registry.fingerprints.keys import MODE, SUITE
from registry.invoices.blind import (
    MAX_ELEMENTS,
    SALT_BYTES,
    TOKEN_BYTES,
    Kind,
    Secrets,
    State,
    Tokens,
    part_of,
    questions,
)
from registry.invoices.invoice import Invoice
from registry.kit.clock import Deadline
from registry.kit.errors import Conflict, Refusal, Unavailable

Parts = dict[tuple[int, int, int], Tokens]  # by version, number of parts, part

SECONDS = 30.0
MAX_SECONDS = 300.0
MAX_PARTS = 2**16
MAX_KEYS = 255
MAX_ANSWER_BYTES = 2**25
PAGE = 100
MAX_PAGES = 100
ROUND = 8  # elements are asked for in multiples of it


class RegistryNotReachable(Unavailable):
    code = "registry_not_reachable"
    title = "The registry asked does not answer"


class RegistryUnreadable(Unavailable):
    code = "registry_unreadable"
    title = "The registry asked answers with what cannot be understood"
    status = 502


class RegistryRefused(Refusal):
    """``their_code``: the stable code of its refusal."""

    code = "registry_refused"
    title = "The registry asked refuses to answer"


class KeyNotOnChain(Conflict):
    """It answers under another key than the ledger has: its answers might tell invoices apart for this asker alone."""

    code = "fingerprint_key_not_on_chain"
    title = "The registry's key is not the one on the ledger"


@dataclass(frozen=True)
class Ledger:
    """A node of the asker's own, and the contract on it."""

    node: Node
    contract: str

    def key(self, version: int) -> bytes:
        return bytes(self._ask("fingerprintKey", version))

    def is_used(self, entry: bytes) -> bool:
        return bool(self._ask("invoiceOf", entry))

    def _ask(self, view: str, argument: int | bytes) -> Any:
        answer = self.node.eth_call(self.contract, encode_call(view, argument))
        if len(answer) != 32:
            raise KeyNotOnChain(f"At {self.contract} on this node's chain there is no registry's contract.")
        return decode_result(view, answer)


@dataclass(frozen=True)
class Answer:
    """``kind`` None for an unknown invoice, and where only the ledger knows it; ``is_used_on_ledger`` None where no
    node was asked."""

    state: State
    kind: Kind | None = None
    is_used_on_ledger: bool | None = None


class Outside:
    """A registry by its API. ``http`` carries its address and the caller's token."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def check(self, invoices: Sequence[Invoice], ledger: Ledger | None = None) -> list[Answer]:
        """What is known of each invoice, in order. With ``ledger`` the registry's keys must be those on chain, and
        the chain is asked as well.

        Raises RegistryNotReachable, RegistryUnreadable, RegistryRefused, KeyNotOnChain, BadProof, and the refusals
        of identity and money.
        """
        keys = self._live_keys()
        if ledger is not None:
            _require_on_chain(keys, ledger)
        asked = [[one for version in keys for one in questions(invoice, version)] for invoice in invoices]
        outputs: dict[bytes, bytes] = {}
        for version, public in keys.items():
            messages = {
                message: None
                for each in asked
                for question in each
                if question.version == version
                for message in question.messages
            }
            outputs |= self._evaluated(version, public, list(messages))
        secrets = [[Secrets.of(one, outputs) for one in each] for each in asked]
        known = self._known(one for each in secrets for one in each)
        return [_answer(each, known, ledger) for each in secrets]

    def correction_warnings(self) -> list[dict[str, Any]]:
        """What the caller was warned of, as far as 10,000 warnings. Raises RegistryNotReachable, RegistryUnreadable,
        RegistryRefused."""
        found: list[dict[str, Any]] = []
        after = ""
        for _ in range(MAX_PAGES):
            page = self._ask("GET", "/v1/correction-warnings", params={"limit": PAGE, "after": after})
            found += page["items"]
            after = page["next"]
            if not after:
                break
        return found

    def _live_keys(self) -> dict[int, bytes]:
        found = self._ask("GET", "/v1/fingerprints/keys")
        try:
            if (found["suite"], found["mode"]) != (SUITE, MODE):
                raise RegistryUnreadable("It works with another function than this program.")
            keys = {
                int(one["version"]): bytes.fromhex(one["public"].removeprefix("0x"))
                for one in found["keys"]
                if one["is_live"]
            }
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RegistryUnreadable("Its list of keys has not the form it must have.") from error
        if not 0 < len(keys) <= MAX_KEYS:
            raise RegistryUnreadable(f"It has {len(keys)} live fingerprint keys.")
        return keys

    def _evaluated(self, version: int, public: bytes, messages: list[bytes]) -> dict[bytes, bytes]:
        """Each message's output, proved to be of that key. What is sent is blinded afresh each time, and filled up
        with noise: how many keys and amounts an invoice has shows no more than roughly."""
        outputs: dict[bytes, bytes] = {}
        messages = messages + [token_bytes(SALT_BYTES) for _ in range(-len(messages) % ROUND)]
        for start in range(0, len(messages), MAX_ELEMENTS):
            some = messages[start : start + MAX_ELEMENTS]
            blinded = [voprf.blind(one) for one in some]
            body = {"key_version": version, "elements": ["0x" + one.element.hex() for one in blinded]}
            found = self._ask("POST", "/v1/fingerprints/check", json=body)
            try:
                elements = [bytes.fromhex(one.removeprefix("0x")) for one in found["elements"]]
                proof = bytes.fromhex(found["proof"].removeprefix("0x"))
            except (LookupError, TypeError, ValueError, AttributeError) as error:
                raise RegistryUnreadable("Its evaluation has not the form it must have.") from error
            if len(elements) != len(some):
                raise RegistryUnreadable("It evaluated another number of elements than it was asked to.")
            outputs |= zip(some, voprf.finalize(some, blinded, elements, proof, public), strict=True)
        return outputs

    def _known(self, secrets: Iterable[Secrets]) -> Parts:
        """The parts that may hold these secrets, each fetched once."""
        found: Parts = {}
        firsts: dict[int, Tokens] = {}
        for one in secrets:
            if one.version not in firsts:
                firsts[one.version] = first = self._tokens(one.version, 0)
                found[one.version, first.parts, 0] = first
            parts = firsts[one.version].parts
            part = part_of(one.check_key, parts)
            if (one.version, parts, part) not in found:
                tokens = self._tokens(one.version, part)
                if tokens.parts != parts:
                    raise RegistryUnreadable("What it knows is just being divided anew; ask again.")
                found[one.version, parts, part] = tokens
        return found

    def _tokens(self, version: int, part: int) -> Tokens:
        params = {"key_version": version, "part": part}
        found = self._ask("GET", "/v1/fingerprints/known", params=params)
        try:
            raw = b64decode(found["tokens"], validate=True)
            tokens = frozenset(raw[at : at + TOKEN_BYTES] for at in range(0, len(raw), TOKEN_BYTES))
            size = int(found["token_bytes"])
            salt = bytes.fromhex(found["salt"].removeprefix("0x"))
            parts = int(found["parts"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RegistryUnreadable("Its list of tokens has not the form it must have.") from error
        if size != TOKEN_BYTES or not 0 < parts <= MAX_PARTS or found["part"] != part:
            raise RegistryUnreadable("It gave other tokens than it was asked for.")
        return Tokens(version, part, parts, salt, tokens)

    def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        try:
            status, content = self._answer(method, path, how)
        except httpx.HTTPError as error:
            raise RegistryNotReachable(f"No answer from {self._http.base_url}: {error}.") from error
        try:
            found = orjson.loads(content)
        except ValueError as error:
            raise RegistryUnreadable(f"Status {status}, and no JSON.") from error
        if not isinstance(found, dict):
            raise RegistryUnreadable(f"Status {status}, and no JSON object.")
        if status != 200:
            said, code = str(found.get("detail", "")), str(found.get("code", status))
            raise RegistryRefused(f"{code}: {said}", their_code=code)
        return found

    def _answer(self, method: str, path: str, how: dict[str, Any]) -> tuple[int, bytes]:
        """Status and content, read no further than MAX_ANSWER_BYTES and no longer than MAX_SECONDS."""
        until, content = Deadline(MAX_SECONDS), bytearray()
        with self._http.stream(method, path, **how) as answer:
            for some in answer.iter_bytes():
                content += some
                if len(content) > MAX_ANSWER_BYTES:
                    raise RegistryUnreadable(f"It answers with more than {MAX_ANSWER_BYTES} bytes.")
                if until.has_passed:
                    raise RegistryNotReachable(f"{self._http.base_url} did not end its answer in time.")
        return answer.status_code, bytes(content)


def _require_on_chain(keys: Mapping[int, bytes], ledger: Ledger) -> None:
    for version, public in keys.items():
        if ledger.key(version) != public:
            raise KeyNotOnChain(
                f"For version {version} the contract at {ledger.contract} has another key.", version=version
            )


def _answer(secrets: Sequence[Secrets], known: Parts, ledger: Ledger | None) -> Answer:
    """Of all keys of an invoice the most that is known, and the content that comes nearest."""
    parts = {version: count for version, count, _ in known}
    found = [
        (one, known[one.version, parts[one.version], part_of(one.check_key, parts[one.version])])
        for one in secrets
    ]
    states = [one.state(tokens) for one, tokens in found]
    kinds = [
        one.kind(tokens)
        for (one, tokens), state in zip(found, states, strict=True)
        if state is not State.UNKNOWN
    ]
    is_used = None if ledger is None else any(ledger.is_used(one.entry) for one in secrets)
    state = State.USED if is_used else max(states, key=list(State).index)
    return Answer(state, max(kinds, key=list(Kind).index, default=None), is_used)
