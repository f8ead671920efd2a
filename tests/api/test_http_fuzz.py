"""Whatever is sent to any operation: no server error, and no status the document does not name."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings

from tests.api.http_world import World, a_world

schema = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs/openapi.json")


@dataclass(frozen=True)
class Fuzzed:
    """A registry of its own, since nobody else's tests should find it halted, and ids of what is in it."""

    world: World
    known: dict[str, str]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with a_world(tmp_path_factory.mktemp("fuzzed") / "data") as world:
        lot = world.locked()
        act = world.http.get("/v1/acts")["items"][0]["id"]
        decision = world.http.get("/v1/decisions")["items"][0]["id"]
        known = {
            "lot": lot,
            "receivable": world.registered(),
            "number": str(world.numbers["hanse"]),
            "key": world.keys["hanse"].address,
            "invoice": str(world.bring()["id"]),
            "act": act,
            "decision": decision,
        }
        yield Fuzzed(world, known)


@schema.parametrize()
@pytest.mark.parametrize("is_known", [False, True])
@settings(
    max_examples=int(os.environ.get("COUNTERFOIL_FUZZ_EXAMPLES", "4")),
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_server_or_ends_undocumented(
    case: schemathesis.Case, fuzzed: Fuzzed, is_known: bool
) -> None:
    if is_known:
        found = {name: fuzzed.known[name] for name in case.path_parameters if name in fuzzed.known}
        case.path_parameters.update(found)
    http = fuzzed.world.http
    headers = {"Authorization": f"Bearer {http.token}"}
    sent = case.as_transport_kwargs(base_url="http://127.0.0.1:8420", headers=headers)
    sent.pop("cookies", None)
    sent["headers"] = {name: text for name, text in sent["headers"].items() if str(text).isascii()}
    if isinstance(sent.get("data"), bytes):
        sent["content"] = sent.pop("data")
    answer = http.client.request(**sent)
    assert answer.status_code < 500, answer.text
    assert str(answer.status_code) in case.operation.responses.status_codes, answer.text
