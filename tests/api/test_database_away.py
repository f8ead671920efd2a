"""A database that is away, or refuses what it is given, is a problem document and never a driver's error."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from api.app import create_app
from api.service import api_token
from registry.storage.unit_of_work import Database
from tests.api.http_world import Http
from tests.builders.databases import POSTGRESQL, a_database, server
from tests.builders.office import Office


@pytest.fixture
def http(office: Office) -> Iterator[Http]:
    """An application whose database is a PostgreSQL of its own, empty but for its tables."""
    before, own = office.context, a_database(on=POSTGRESQL, busy_ms=300)
    office.service.context = replace(before, database=own)
    app = create_app(office.service, is_working=False)
    with TestClient(app, base_url="http://127.0.0.1:8420") as client:
        yield Http(client, app, api_token(office.service.folder))
    office.service.context = before
    own.close()


def leave(database: Database) -> None:
    """Nobody gets in any more, and who is in is sent away."""
    name = database.engine.url.database
    server().ask(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server().ask("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", name)


def test_reads_writes_and_readiness_say_that_the_database_is_away(http: Http, office: Office) -> None:
    assert http.refusal("GET", "/readyz", status=503) == "not_ready"  # the control: it answers
    leave(office.context.database)
    body = {"name": "A", "roles": ["reviewer"], "expires_at": "2027-09-01T00:00:00Z"}
    assert http.refusal("GET", "/readyz", status=503) == "database_away"
    assert http.refusal("GET", "/v1/parties", status=503) == "database_away"
    assert http.refusal("POST", "/v1/api-keys", status=503, json=body) == "database_away"
    assert http.get("/healthz")["status"] == "up"


@pytest.mark.parametrize(
    "path",
    ["/v1/search?q=a%00b", "/v1/parties/99999999999999999999", "/v1/invoices/inv_%00", "/v1/lots/%00",
     "/v1/parties?after=99999999999999999999", "/v1/people?after=%00"],
)  # fmt: skip
def test_text_with_nul_and_numbers_without_end_are_no_failure_of_the_server(http: Http, path: str) -> None:
    answer = http.client.get(path, headers={"Authorization": f"Bearer {http.token}"})
    assert (answer.status_code, answer.json()["code"] == "internal_error") in ((422, False), (404, False))


def test_what_a_refusal_shows_of_the_server_is_nothing(http: Http, office: Office) -> None:
    leave(office.context.database)
    shown = str(http.ask("GET", "/v1/parties", status=503))
    assert "postgres" not in shown.lower()
    assert str(Path(server().folder)) not in shown
    with pytest.raises(DBAPIError):  # the control: the driver tells
        office.context.database.engine.connect()
