"""Who asked for what is entered with the write itself, on the API and on the command line."""

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import text

from api.service import open_service
from api.terminal import EXIT_NOT_TRUE
from registry.audit import queries
from registry.audit.log import check
from registry.audit.model import AuditEntry
from tests.api.http_world import World, a_world
from tests.builders.processes import run


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("audited") / "registry") as made:
        yield made


def latest(world: World, count: int = 1) -> list[AuditEntry]:
    with world.service.database.read() as session:
        assert check(session).broken_at is None
        return queries.entries(session, limit=count)


def test_an_act_that_is_taken_is_entered_with_who_asked_and_what_it_is_about(own: World) -> None:
    token, number = own.machine("nordlicht", "supplier"), own.numbers["nordlicht"]
    key = own.http.ask("GET", "/v1/api-keys", status=200, token=own.token("nordlicht"))["items"][0]["id"]
    made, bar = latest(own, 2), {"is_frozen": True}
    assert {one.what for one in made} <= {"add_api_key", "open_session", "ask_challenge"}
    assert own.http.ask("POST", f"/v1/parties/{number}/freeze", status=403, token=token, json=bar)["code"]
    entry = latest(own)[0]
    assert (entry.who, entry.what, entry.outcome) == (key, "freeze", "refused forbidden")
    assert entry.about == f"/v1/parties/{number}/freeze"


def test_what_is_taken_names_its_act_and_what_is_tried_out_is_no_write(own: World) -> None:
    before = latest(own)[0].position
    lot = own.confirmed()
    act = own.signed(f"/v1/lots/{lot}/transfer", "nordlicht", to=own.numbers["ostsee"], amount="100.00")
    entry = latest(own)[0]
    assert (entry.who, entry.what, entry.outcome) == ("installation", "transfer", f"accepted {act['id']}")
    assert entry.about.startswith("lot:0x")
    own.http.get(f"/v1/lots/{lot}")
    own.http.ask("POST", "/v1/people?dry_run=true", status=422, json={})
    assert latest(own)[0].position == entry.position > before
    own.http.ask("POST", "/v1/people", status=422, json={})
    assert latest(own)[0].outcome == "refused malformed_request"


def test_where_it_cannot_be_entered_it_is_not_done(own: World) -> None:
    body = {"name": "A", "roles": ["reviewer"], "expires_at": "2027-09-01T00:00:00Z"}
    token, before = own.token("bank"), latest(own)[0].position
    failing = patch("api.auditing.append", side_effect=RuntimeError("no room"))
    with failing, pytest.raises(RuntimeError):
        own.http.ask("POST", "/v1/api-keys", status=500, token=token, json=body)
    assert own.http.ask("GET", "/v1/api-keys", status=200, token=token)["items"] == []
    assert latest(own)[0].position == before
    own.http.ask("POST", "/v1/api-keys", status=201, token=token, json=body)  # the control
    assert latest(own)[0].what == "add_api_key"


def test_commands_are_entered_too_and_the_check_names_what_was_changed(live_folder: Path) -> None:
    data = ["--data", str(live_folder)]
    refused = run("party", "freeze", "99", *data)
    assert refused.returncode != 0
    done = run("rules", "use", "generic", *data)
    assert done.returncode == 0, done.stderr
    shown = run("audit", "list", *data).stdout
    assert "rules use" in shown
    assert "refused" in shown
    good = run("audit", "check", *data)
    assert good.returncode == 0, good.stdout
    with open_service(live_folder) as service, service.database.write() as session:
        session.execute(text("UPDATE audit_entry SET who = 'nobody' WHERE position = 1"))
    bad = run("audit", "check", *data)
    assert (bad.returncode, "entry 1:" in bad.stdout) == (EXIT_NOT_TRUE, True)
