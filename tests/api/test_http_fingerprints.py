"""Whether an invoice is known, asked blind: over HTTP, and by the command a bank types."""

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from api import outside
from api.auth.rates import Rates
from api.cli import app
from api.commands import fingerprints as command
from api.outside import Outside, RegistryUnreadable
from registry.access.actor import Actor, Role
from registry.access.errors import RateLimited
from registry.chain.keys import SigningKey
from registry.fingerprints import voprf
from registry.fingerprints.keys import MODE, SUITE, FingerprintKey
from registry.invoices import blind
from registry.invoices.blind import Kind, State, questions
from registry.invoices.use_cases import read_invoice
from registry.kit.clock import FixedClock
from tests.api.http_world import TODAY, World
from tests.invoices.builders import ubl

MONEY = {"net": "1000.00", "gross": "1190.00", "payable": "1190.00"}


class Line:
    """Between a bank and the registry: the same requests a connection would send, written down."""

    def __init__(self, world: World, token: str) -> None:
        self._client = world.http.client
        self._token = token
        self.base_url = self._client.base_url
        self.sent: list[tuple[str, str, Any]] = []
        self.received: list[bytes] = []

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, *_: object) -> None: ...

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:
        self.sent.append((method, path, how))
        answer = self._client.request(method, path, headers={"Authorization": f"Bearer {self._token}"}, **how)
        self.received.append(answer.content)
        return answer

    @contextmanager
    def stream(self, method: str, path: str, **how: Any) -> Iterator[httpx.Response]:
        yield self.request(method, path, **how)


@pytest.fixture(scope="module")
def outsider(world: World) -> str:
    """The secret of an API key that the operator gave to a bank without account here."""
    return world.outsider()


@pytest.fixture(autouse=True)
def plenty(world: World) -> None:
    world.http.client.app.state.rates = Rates(world.clock, 100_000)


@pytest.fixture
def line(world: World, outsider: str) -> Line:
    return Line(world, outsider)


def content(number: str, **changes: str) -> bytes:
    return ubl(number=number, **{**MONEY, **changes})


def upload(world: World, number: str, *, by: str = "nordlicht", **changes: str) -> dict[str, Any]:
    path = f"/v1/invoices?party={world.numbers[by]}&name={number}.xml"
    return dict(world.http.ask("POST", path, status=201, content=content(number, **changes)))


def asked(line: Line, number: str, **changes: str) -> tuple[State, Kind | None]:
    [answer] = Outside(line).check(read_invoice(content(number, **changes), "invoice.xml"))  # type: ignore[arg-type]
    return answer.state, answer.kind


def used(world: World, number: str) -> None:
    draft = world.http.post(
        "/v1/receivables",
        {
            "originator": world.numbers["nordlicht"],
            "obligor": world.numbers["hanse"],
            "maturity": "2027-03-31",
            "invoices": [{"invoice": upload(world, number)["id"]}],
        },
        status=201,
    )
    receivable = str(draft["receivable"]["id"])
    consents = world.sign(draft["registration"], "nordlicht")
    world.http.post(f"/v1/receivables/{receivable}/registration", {"consents": consents})


# ---------------------------------------------------------------------- what is told


def test_an_invoice_nobody_brought_is_unknown(line: Line) -> None:
    assert asked(line, "BLIND-0") == (State.UNKNOWN, None)


def test_the_same_content_other_content_and_fewer_fields_are_told_apart(world: World, line: Line) -> None:
    upload(world, "BLIND-1")
    assert asked(line, "BLIND-1") == (State.REGISTERED, Kind.EXACT)
    assert asked(line, "blind 1") == (State.REGISTERED, Kind.EXACT)
    assert asked(line, "BLIND-1", payable="1190.01") == (State.REGISTERED, Kind.OTHER_CONTENT)
    assert asked(line, "BLIND-1", issued_on="2026-09-02") == (State.REGISTERED, Kind.OTHER_CONTENT)
    assert asked(line, "BLIND-1", net="") == (State.REGISTERED, Kind.PARTIAL)
    assert asked(line, "BLIND-1", net="", gross="1190.02") == (State.REGISTERED, Kind.OTHER_CONTENT)
    assert asked(line, "BLIND-2") == (State.UNKNOWN, None)


def test_what_was_registered_with_fewer_fields_is_partly_the_same(world: World, line: Line) -> None:
    upload(world, "BLIND-3", net="")
    assert asked(line, "BLIND-3") == (State.REGISTERED, Kind.PARTIAL)
    assert asked(line, "BLIND-3", net="") == (State.REGISTERED, Kind.EXACT)


def test_what_a_receivable_rests_on_is_used(world: World, line: Line) -> None:
    used(world, "BLIND-4")
    assert asked(line, "BLIND-4") == (State.USED, Kind.EXACT)


def test_a_strangers_upload_makes_no_invoice_known(world: World, line: Line) -> None:
    upload(world, "BLIND-5", by="stranger")
    assert asked(line, "BLIND-5") == (State.UNKNOWN, None)
    upload(world, "BLIND-5")
    assert asked(line, "BLIND-5") == (State.REGISTERED, Kind.EXACT)


# ---------------------------------------------------------------------- what is not told


def test_two_fetches_of_what_is_known_have_no_token_in_common_and_one_size(world: World, line: Line) -> None:
    def fetched() -> tuple[set[bytes], int]:
        body = line.request("GET", "/v1/fingerprints/known", params={"key_version": 1}).json()
        raw = b64decode(body["tokens"])
        assert set(body) == {"key_version", "part", "parts", "salt", "token_bytes", "tokens"}
        return {raw[at : at + 8] for at in range(0, len(raw), 8)}, len(line.received[-1])

    first, size = fetched()
    upload(world, "BLIND-6")
    second, later = fetched()
    assert len(first) == len(second) == 4 * 1024
    assert not first & second
    assert size == later


def test_an_answer_is_the_same_for_known_and_unknown(world: World, line: Line) -> None:
    """Both halves: what is evaluated does not look at what is known, and what is known does not look at what was
    asked; so neither size nor order tells."""
    upload(world, "BLIND-7")
    sizes = []
    for number in ("BLIND-7", "BLIND-8"):
        line.received.clear()
        line.sent.clear()
        asked(line, number)
        sizes.append([(path, len(body)) for (_, path, _), body in zip(line.sent, line.received, strict=True)])
    assert sizes[0] == sizes[1]


def test_an_outsider_reaches_nothing_else(world: World, outsider: str) -> None:
    for address in (
        "/v1/invoices?party=2",
        "/v1/parties",
        "/v1/status",
        "/v1/search?q=BLIND",
        "/v1/api-keys",
    ):
        assert world.http.refusal("GET", address, status=403, token=outsider) == "forbidden"
    assert world.http.ask("GET", "/v1/me", status=200, token=outsider)["roles"] == ["outsider"]


def test_nobody_makes_an_outsider_but_the_operator_and_the_operator_no_partys_machine(world: World) -> None:
    body = {"name": "x", "expires_at": "2027-09-01T00:00:00Z"}
    token = world.token("nordlicht")
    as_party = {"json": body | {"roles": ["outsider"]}, "token": token}
    as_operator = {"json": body | {"roles": ["supplier"]}}
    assert world.http.refusal("POST", "/v1/api-keys", status=422, **as_party) == "bad_access_roles"
    assert world.http.refusal("POST", "/v1/api-keys", status=422, **as_operator) == "bad_access_roles"


# ---------------------------------------------------------------------- keys and proofs


def test_the_keys_are_those_of_the_ledger(world: World, outsider: str) -> None:
    found = world.http.ask("GET", "/v1/fingerprints/keys", status=200, token=outsider)
    [key] = found["keys"]
    assert (key["version"], key["is_live"]) == (1, True)
    ledger = command.Ledger(world.service.node, found["contract"])
    assert "0x" + ledger.key(1).hex() == key["public"]


def test_what_a_key_evaluates_is_proved_and_another_keys_proof_does_not_do(
    world: World, outsider: str
) -> None:
    [question] = questions(read_invoice(content("BLIND-9"), "x")[0], 1)
    blinded = [voprf.blind(one) for one in question.messages]
    body = {"key_version": 1, "elements": ["0x" + one.element.hex() for one in blinded]}
    done = world.http.ask("POST", "/v1/fingerprints/check", status=200, token=outsider, json=body)
    elements, proof = [bytes.fromhex(one[2:]) for one in done["elements"]], bytes.fromhex(done["proof"][2:])
    own = world.service.context.database
    with own.read() as session:
        [key] = world.service.context.fingerprint_keys(session)
    outputs = voprf.finalize(question.messages, blinded, elements, proof, key.public)
    assert outputs[0][:32] == key.fingerprint("inv/1", "DE", "307141589", "BLIND9", "2026", "invoice")
    with pytest.raises(voprf.BadProof):
        voprf.finalize(question.messages, blinded, elements, proof, FingerprintKey.create().public)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"key_version": 2, "elements": ["0x" + "11" * 32]}, 404, "fingerprint_key_unknown"),
        ({"key_version": 1, "elements": ["0x" + "00" * 32]}, 422, "bad_group_element"),
        ({"key_version": 1, "elements": ["0x" + "ff" * 32]}, 422, "bad_group_element"),
        ({"key_version": 1, "elements": ["0x" + "11" * 31]}, 422, "malformed_request"),
        ({"key_version": 1, "elements": []}, 422, "malformed_request"),
        ({"key_version": 1, "elements": ["0x" + "11" * 32] * 65}, 422, "malformed_request"),
    ],
    ids=["unknown key", "identity", "no point", "length", "none", "too many"],
)
def test_what_cannot_be_evaluated_is_refused(
    world: World, outsider: str, body: dict[str, Any], status: int, code: str
) -> None:
    how = {"token": outsider, "json": body}
    assert world.http.refusal("POST", "/v1/fingerprints/check", status=status, **how) == code


def test_a_registry_of_many_is_asked_for_the_part_alone(
    world: World, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        upload(world, f"BLIND-4{number}")
    monkeypatch.setattr(blind, "PART_KEYS", 2)
    for number in range(6):
        line.sent.clear()
        assert asked(line, f"BLIND-4{number}") == (State.REGISTERED, Kind.EXACT)
        parts = [how["params"]["part"] for _, path, how in line.sent if path == "/v1/fingerprints/known"]
        assert len(parts) <= 2  # how many parts there are is learned with the first
    assert asked(line, "BLIND-49") == (State.UNKNOWN, None)


def test_a_part_there_is_not_is_refused(world: World, outsider: str) -> None:
    address = "/v1/fingerprints/known?key_version=1&part=1"
    assert world.http.refusal("GET", address, status=404, token=outsider) == "part_unknown"


# ---------------------------------------------------------------------- how much may be asked


def test_who_asked_enough_waits_and_is_told_how_long(world: World, outsider: str) -> None:
    world.http.client.app.state.rates = Rates(world.clock, 64)
    element = "0x" + voprf.blind(b"x").element.hex()
    how = {"token": outsider, "json": {"key_version": 1, "elements": [element] * 64}}
    world.http.ask("POST", "/v1/fingerprints/check", status=200, **how)
    assert world.http.refusal("POST", "/v1/fingerprints/check", status=429, **how) == "rate_limited"
    assert world.http.headers["retry-after"] == "3600"
    address = "/v1/fingerprints/known?key_version=1"
    assert world.http.refusal("GET", address, status=429, token=outsider) == "rate_limited"
    world.http.ask("GET", address, status=200, token=world.machine("bank", "reviewer"))
    second = world.machine("bank", "finance")  # another key of the same party draws on the same bucket
    assert world.http.refusal("GET", address, status=429, token=second) == "rate_limited"


def test_a_bucket_fills_up_again_with_time_and_never_beyond_its_size() -> None:
    clock = FixedClock(TODAY)
    rates, who = Rates(clock, 100), Actor(0, "key_1", "A bank", frozenset({Role.OUTSIDER}))
    rates.take(who, 100)
    with pytest.raises(RateLimited) as refused:
        rates.take(who, 10)
    assert refused.value.fields == {"retry_after_seconds": 360}
    clock.advance(seconds=360)
    rates.take(who, 10)
    clock.advance(days=30)
    with pytest.raises(RateLimited):
        rates.take(who, 101)
    rates.take(who, 100)


# ---------------------------------------------------------------------- the command


@pytest.fixture
def bank(line: Line, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Bank":
    monkeypatch.setattr(command, "connect", lambda _registry, _key: line)
    return Bank(line, tmp_path)


class Bank:
    """Types `fingerprint check` on a machine of its own: no data folder, no database."""

    def __init__(self, line: Line, folder: Path) -> None:
        self.line = line
        self.folder = folder

    def file(self, number: str, **changes: str) -> str:
        path = self.folder / f"{number}.xml"
        path.write_bytes(content(number, **changes))
        return str(path)

    def checks(self, *words: str) -> Result:
        known = ("--registry", "http://registry.test", "--api-key", "cfk_secret")
        return CliRunner().invoke(app, ["fingerprint", "check", *words, *known])


def test_the_command_tells_each_file_and_by_its_exit_status_whether_any_is_known(
    world: World, bank: Bank
) -> None:
    used(world, "BLIND-20")
    upload(world, "BLIND-21")
    alone = bank.checks(bank.file("BLIND-22"))
    assert alone.exit_code == 0, alone.output
    assert "BLIND-22.xml: not known" in alone.output
    assert "not checked against the chain" in alone.output
    files = [bank.file("BLIND-20"), bank.file("BLIND-21", payable="5.00"), bank.file("BLIND-22")]
    done = bank.checks(*files)
    assert done.exit_code == 6
    assert "BLIND-20.xml: used by a receivable, with the same content" in done.output
    assert "BLIND-21.xml: known, with other content" in done.output
    assert "BLIND-22.xml: not known" in done.output


def test_with_a_node_of_its_own_a_bank_trusts_the_key_and_the_use_to_the_chain(
    world: World, bank: Bank
) -> None:
    used(world, "BLIND-23")
    service = world.service
    own = ("--rpc", service.node.url, "--contract", service.settings.contract)
    done = bank.checks(bank.file("BLIND-23"), *own, "--json")
    assert done.exit_code == 6, done.output
    [row] = json.loads(done.stdout)
    assert row["is_used_on_ledger"] is True
    assert row["is_key_checked"] is True
    assert (row["state"], row["kind"]) == ("used", "exact")
    # Another contract has no such key: what the registry says of itself is then worth nothing.
    foreign = ("--rpc", service.node.url, "--contract", SigningKey.create().address)
    bank.line.sent.clear()
    refused = bank.checks(bank.file("BLIND-23"), *foreign)
    assert refused.exit_code == 3
    assert "(fingerprint_key_not_on_chain)" in refused.stderr
    assert [path for _, path, _ in bank.line.sent] == ["/v1/fingerprints/keys"]


def test_nothing_of_an_invoice_leaves_the_machine(world: World, bank: Bank) -> None:
    upload(world, "BLIND-24")
    done = bank.checks(bank.file("BLIND-24"))
    assert done.exit_code == 6
    sent = json.dumps(bank.line.sent).lower()
    # Blinded elements look random, and four random digits may be anybody's amount.
    [how] = [how for _, address, how in bank.line.sent if address == "/v1/fingerprints/check"]
    in_words = re.sub("|".join(how["json"]["elements"]).lower(), "", sent)
    invoice = read_invoice(content("BLIND-24"), "x")[0]
    for field in (
        "blind-24",
        "blind24",
        "2026-09",
        "nordlicht",
        "hanse",
        "307141589",
        "eur",
    ):
        assert field not in sent, field
    for amount in ("1190", "119000"):
        assert amount not in in_words, amount
    for question in questions(invoice, 1):
        for message in question.messages:
            assert message.hex() not in sent
    with world.service.database.read() as session:
        [key] = world.service.context.fingerprint_keys(session)
    entry = key.output("inv/1", "DE", "307141589", "BLIND24", "2026", "invoice")
    assert entry[:32].hex() not in sent
    assert entry[32:].hex() not in sent
    # The control: these do stand where the same invoice is uploaded.
    assert b"307141589" in content("BLIND-24")


def test_two_checks_of_one_invoice_look_unrelated(world: World, bank: Bank) -> None:
    upload(world, "BLIND-25")
    path = bank.file("BLIND-25")
    elements = []
    for _ in range(2):
        bank.line.sent.clear()
        bank.checks(path)
        [how] = [how for _, address, how in bank.line.sent if address == "/v1/fingerprints/check"]
        elements.append(how["json"]["elements"])
        assert {address for _, address, _ in bank.line.sent} == {
            "/v1/fingerprints/keys",
            "/v1/fingerprints/check",
            "/v1/fingerprints/known",
        }
    assert len(elements[0]) == len(elements[1]) == 8
    assert not set(elements[0]) & set(elements[1])


def test_a_registry_that_answers_under_another_key_is_caught(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = FingerprintKey.create()
    request = bank.line.request

    def lying(method: str, path: str, **how: Any) -> Any:
        answer = request(method, path, **how)
        if path == "/v1/fingerprints/check":
            elements = [bytes.fromhex(one[2:]) for one in how["json"]["elements"]]
            evaluated, proof = other.evaluate_blinded(elements)
            lie = {"key_version": 1, "elements": [one.hex() for one in evaluated], "proof": proof.hex()}
            return httpx.Response(200, json=lie)
        return answer

    monkeypatch.setattr(bank.line, "request", lying)
    done = bank.checks(bank.file("BLIND-26"))
    assert done.exit_code == 3
    assert "(bad_fingerprint_proof)" in done.stderr


def test_a_file_that_is_no_invoice_is_named_and_the_others_are_checked(bank: Bank) -> None:
    odd = bank.folder / "odd.xml"
    odd.write_text("<nothing/>")
    done = bank.checks(str(odd), bank.file("BLIND-27"))
    assert done.exit_code == 3
    assert "BLIND-27.xml: not known" in done.output
    assert "odd.xml" in done.stderr


@pytest.mark.parametrize("is_endless", [True, False])
def test_an_answer_without_end_is_read_no_further_than_any_could_be_long(
    is_endless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outside, "MAX_ANSWER_BYTES", 2**16)
    given = []

    def body() -> Iterator[bytes]:
        keys = {"suite": SUITE, "mode": MODE, "keys": []}
        yield json.dumps(keys).encode()
        while is_endless:
            given.append(1)
            yield b" " * 2**12

    http = httpx.Client(
        base_url="http://bank.test",
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body())),
    )
    with pytest.raises(RegistryUnreadable, match="more than 65536 bytes" if is_endless else "0 live"):
        Outside(http).check([])
    assert len(given) <= 2**4


def test_a_registry_that_does_not_answer_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "one.xml"
    path.write_bytes(content("BLIND-28"))
    words = ["fingerprint", "check", str(path), "--registry", "http://127.0.0.1:1", "--api-key", "x"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 5
    assert "(registry_not_reachable)" in done.stderr
    half = CliRunner().invoke(app, [*words, "--rpc", "http://127.0.0.1:1"])
    assert "(ledger_half_named)" in half.stderr
