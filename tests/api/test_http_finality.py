"""A caller can demand how final a record must be."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from unittest.mock import patch

import pytest
from sqlalchemy import update

from registry.mirror import queries
from registry.mirror.model import MirrorCursor
from registry.mirror.worker import Done
from tests.api.http_world import Http, World


@contextmanager
def at_rest(world: World) -> Iterator[None]:
    """The registry's own loop does nothing: it would find out what is final."""
    worker, rests = world.service.worker, Event()

    def rest(_stop: Event) -> Done:
        rests.set()
        return Done(0, 0)

    with patch.object(worker, "_round", rest):
        worker.wake()
        assert rests.wait(30)  # the round before has ended
        yield


@contextmanager
def nothing_final(world: World) -> Iterator[None]:
    with at_rest(world):
        with world.service.database.write() as session:
            before = queries.final_number(session)
            session.execute(update(MirrorCursor).values(final_number=0))
        try:
            yield
        finally:
            with world.service.database.write() as session:
                session.execute(update(MirrorCursor).values(final_number=before))


def test_what_is_less_final_than_demanded_is_refused(world: World, http: Http) -> None:
    world.confirmed()
    for kind in ("lots", "receivables", "acts"):
        path = f"/v1/{kind}/{http.get(f'/v1/{kind}')['items'][0]['id']}"
        assert http.get(path, min_finality="final")["ledger"]["status"] == "final"
        with nothing_final(world):
            assert http.get(path, min_finality="included")["ledger"]["status"] == "included"
            refused = http.get(path, status=409, min_finality="final")
            assert (refused["code"], refused["ledger"]["status"]) == ("finality_not_reached", "included")


def test_a_list_leaves_out_what_is_less_final(world: World, http: Http) -> None:
    world.confirmed()
    assert http.get("/v1/lots", min_finality="final")["items"] == http.get("/v1/lots")["items"] != []
    with nothing_final(world):
        assert http.get("/v1/lots", min_finality="final")["items"] == []
        assert http.get("/v1/lots", min_finality="included")["items"] != []


def test_an_act_can_be_bound_to_a_final_record(world: World, http: Http) -> None:
    path = f"/v1/lots/{world.confirmed()}/transfer"
    body = {"to": world.numbers["ostsee"], "consents": []}
    with nothing_final(world):
        codes = [
            http.refusal("POST", path, status=status, json=body, params=params)
            for status, params in (
                (409, {"min_finality": "final"}),
                (422, {"min_finality": "included"}),
                (422, {}),
            )
        ]
    assert codes[0] == "finality_not_reached" not in codes[1:]


@pytest.mark.parametrize("path", ["/v1/lots", "/v1/status"])
def test_another_word_is_refused(http: Http, path: str) -> None:
    answer = http.client.get(
        path, params={"min_finality": "certain"}, headers={"Authorization": f"Bearer {http.token}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_finality")
