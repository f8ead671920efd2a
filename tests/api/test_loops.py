"""What a process does by itself."""

from dataclasses import replace

from api.loops import Loops
from tests.builders.office import Office

ALWAYS = ["chain", "worker", "importer", "webhooks"]


def names(office: Office, *, is_working: bool = True, **settings: object) -> list[str]:
    service = replace(office.service, settings=office.service.settings.model_copy(update=settings))
    return Loops(service, is_working=is_working).names


def test_a_node_that_tells_of_new_blocks_is_listened_to_by_who_works(office: Office) -> None:
    assert names(office) == ALWAYS
    assert names(office, heads_url="ws://127.0.0.1:1") == [*ALWAYS, "heads"]
    assert names(office, heads_url="ws://127.0.0.1:1", is_working=False) == ["chain"]
