"""What the log says: enough to follow an act from request to transaction, and nothing of what records hold."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.logs import JsonLines, Lines
from registry.chain.errors import ChainNotReachable
from registry.kit.clock import Deadline
from registry.storage.unit_of_work import Database
from tests.api.http_world import FIRMS, World
from tests.builders.processes import Server

SECRET = "sk-7f2c"


class Written:
    """What the loggers of the program wrote, as JSON lines, below warnings too."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def about(self, act: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("act") == act]


@contextmanager
def written(formatter: logging.Formatter | None = None) -> Iterator[Written]:
    made = Written()
    handler = logging.StreamHandler(made.stream)
    handler.setFormatter(formatter or JsonLines())
    loggers = [logging.getLogger(name) for name in ("api", "registry")]
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.DEBUG)
    try:
        yield made
    finally:
        for one in loggers:
            one.removeHandler(handler)
            one.setLevel(logging.NOTSET)


def until_included(found: Written, act: str) -> list[dict[str, Any]]:
    deadline = Deadline(20)
    while not any(line["message"] == "act included" for line in found.about(act)):
        assert not deadline.has_passed, found.text
        deadline.pause(0.02)
    return found.about(act)


def test_an_act_is_followed_from_its_request_to_its_transaction(world: World) -> None:
    with written() as found:
        lot = world.confirmed()
        act = world.signed(
            f"/v1/lots/{lot}/transfer", "nordlicht", to=world.numbers["ostsee"], amount="100.00"
        )
        lines = until_included(found, act["id"])
        answered = [line for line in lines if line["message"] == "request answered"]
    signed, included = (
        next(line for line in lines if line["message"] == said) for said in ("act signed", "act included")
    )
    assert signed["transaction"] == included["transaction"] == act["transaction"]
    assert {"time", "level", "logger", "request", "method", "route", "status", "ms"} <= answered[0].keys()
    assert answered[0]["route"] == "/v1/lots/{lot}/transfer"


def test_no_name_number_secret_or_content_is_in_the_log(world: World) -> None:
    with written() as found:
        invoice = world.bring(number="SECRET-4711")
        key = world.machine("nordlicht", "supplier")
        world.http.get("/v1/search", q=FIRMS["nordlicht"][1])
        world.http.get("/v1/search", q="Nordlicht")
        world.http.ask("GET", f"/v1/invoices/{invoice['id']}", status=200, token=key)
        world.http.refusal("GET", "/v1/parties", status=401, token="ctf_wrong")
        failing = patch.object(world.service.node, "block_number", side_effect=ValueError(SECRET))
        with (
            failing,
            pytest.raises(ValueError, match=SECRET),
        ):  # the client of tests raises what is answered 500
            world.http.client.get("/readyz")
    assert found.lines
    names = [one for name, number, _ in FIRMS.values() for one in (name, number)]
    hidden = [*names, "SECRET-4711", key, world.http.token, "ctf_wrong", SECRET, invoice["id"]]
    assert [one for one in hidden if one in found.text] == []
    # The registry's own loop may have asked meanwhile, too.
    failed = next(line for line in found.lines if line["message"] == "a request failed")
    assert (failed["level"], failed["error"]) == ("error", "builtins.ValueError")
    assert any("health.py" in place for place in failed["where"])  # the control: it is told all the same


@pytest.mark.parametrize("formatter", [JsonLines(), Lines()], ids=["json", "text"])
def test_of_an_exception_the_place_is_told_and_not_the_words(formatter: logging.Formatter) -> None:
    with written(formatter) as found:
        try:
            int(SECRET)
        except ValueError:
            logging.getLogger("registry.some").exception("it failed")
    assert SECRET not in found.text
    assert "ValueError" in found.text
    assert "test_logs.py" in found.text
    assert "it failed" in found.text


@pytest.mark.parametrize("formatter", [JsonLines(), Lines()], ids=["json", "text"])
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"https://node.example/v3/{SECRET}", "https://node.example"),
        (f"https://user:{SECRET}@node.example:8545/", "https://node.example:8545"),
        (f"https://node.example?key={SECRET}", "https://node.example"),
        (f"postgresql+psycopg://user:{SECRET}@db.example/counterfoil", "postgresql+psycopg://db.example"),
    ],
)
def test_of_an_url_the_host_is_told_and_not_what_opens_it(
    formatter: logging.Formatter, url: str, shown: str
) -> None:
    with written(formatter) as found:
        refusal = ChainNotReachable(f"The node at {url} cannot be reached; start it.")
        logging.getLogger("registry.some").warning("%s: %s", refusal.code, refusal.detail)
    assert SECRET not in found.text
    assert f"The node at {shown} cannot be reached; start it." in found.text


def test_no_value_of_a_record_is_in_an_error_of_the_database(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'some.db'}")
    with pytest.raises(DBAPIError) as failed, database.write() as session:
        session.execute(text("SELECT * FROM nothing WHERE name = :name"), {"name": SECRET})
    database.close()
    assert SECRET not in str(failed.value)


@pytest.mark.parametrize(
    ("given", "is_taken"), [("abc-1.2_3", True), ("a b", False), ("x" * 65, False), ("", False)]
)
def test_a_request_is_answered_under_its_own_id_or_a_new_one(
    world: World, given: str, *, is_taken: bool
) -> None:
    with written() as found:
        answer = world.http.client.get("/healthz", headers={"X-Request-Id": given})
    assert (answer.headers["x-request-id"] == given) == is_taken
    answered = [line for line in found.lines if line["message"] == "request answered"]
    assert [line["request"] for line in answered] == [answer.headers["x-request-id"]]
    assert len(answer.headers["x-request-id"]) >= 9


def test_the_setting_chooses_between_objects_and_text(live_folder: Path) -> None:
    for chosen, is_json in (("json", True), ("text", False)):
        server = Server(live_folder, COUNTERFOIL_LOG_FORMAT=chosen)
        httpx.get(server.url + "/v1/parties", trust_env=False)
        server.stop()
        lines = [json.loads(line) for line in server.said.splitlines() if line.startswith("{")]
        assert [line["status"] for line in lines if line["message"] == "request answered"] == [401] * is_json
