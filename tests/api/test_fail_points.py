"""The API killed (SIGKILL) before and after each commit of a write, on both databases: asked again with the same
Idempotency-Key it answers, and the write was done once."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import ids
from api.app import create_app
from api.service import api_token
from registry.receivables import queries
from registry.receivables.lots import transfer_message
from registry.relay import queries as acts
from tests.builders.databases import CHOSEN, POSTGRESQL, SQLITE
from tests.builders.dying import AFTER, BEFORE, die_at, is_killed
from tests.builders.office import Office, copy_office, found_office, open_office

MOST_COMMITS = 10


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def template(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CHOSEN, request.param)
    found_office(tmp_path / "template")
    return tmp_path / "template"


def write(
    folder: Path, path: str, body: dict[str, Any], key: str | None, dying: tuple[int, str] | None
) -> int:
    """A server's answer to this write, if it lives so long."""
    with open_office(folder) as office:
        headers = {"Authorization": f"Bearer {api_token(folder)}", "Host": "localhost"}
        with TestClient(create_app(office.service, is_working=False)) as client:
            if dying is not None:
                die_at(*dying)
            headers |= {"Idempotency-Key": key} if key else {}
            return int(client.post(path, json=body, headers=headers).status_code)


def signed_transfer(office: Office) -> tuple[str, dict[str, Any]]:
    with office.service.database.read() as session:
        [lot] = queries.lots(session)
        consent = office.sign("tier1", transfer_message(session, lot.id, office.number("tier2"), 10_000))
    given = {
        "signer": consent.signer,
        "deadline": consent.deadline,
        "signature": "0x" + consent.signature.hex(),
    }
    path = f"/v1/lots/{ids.LOT.outside(lot.id)}/transfer"
    return path, {"to": office.number("tier2"), "amount": "100.00", "consents": [given]}


def transfers(folder: Path, path: str) -> int:
    """How many acts there are on the lot."""
    about = f"lot:{ids.LOT.read(path.split('/')[3])}"
    with open_office(folder) as office, office.service.database.read() as session:
        return sum(one.kind == "transfer" for one in acts.acts_about(session, about))


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_a_write_is_done_once_whichever_commit_the_server_is_killed_at(template: Path, when: str) -> None:
    kills = 0
    for number in range(1, MOST_COMMITS):
        folder = copy_office(template, template.with_name(f"registry-{number}"))
        with open_office(folder) as office:
            path, body = signed_transfer(office)
        has_died = is_killed(partial(write, folder, path, body, "the-same", (number, when)))
        kills += has_died
        for _ in range(2):
            assert write(folder, path, body, "the-same", None) in (200, 202)
        assert transfers(folder, path) == 1
        if not has_died:
            break
    else:
        raise AssertionError("there was no end of commits")
    assert kills >= 2  # the act, and its whole answer


def test_control_without_a_key_the_second_try_is_refused(template: Path) -> None:
    folder = copy_office(template, template.with_name("registry"))
    with open_office(folder) as office:
        path, body = signed_transfer(office)
    assert is_killed(partial(write, folder, path, body, None, (1, AFTER)))
    assert write(folder, path, body, None, None) == 409
