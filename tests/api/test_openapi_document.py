"""The committed description of the API is the one the application gives."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.api.http_world import Http

DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"


def _members(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a document with its JSON pointer (RFC 6901)."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _members(one, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for place, one in enumerate(value):
            yield from _members(one, f"{pointer}/{place}")
    else:
        yield pointer, value


def differences(committed: Any, given: Any) -> list[str]:
    """What was added (+), removed (-) and changed (~), each by its place in the document."""
    before, now = dict(_members(committed)), dict(_members(given))
    lines = []
    for pointer in sorted(before.keys() | now.keys()):
        if pointer not in now:
            lines.append(f"- {pointer}: {before[pointer]!r}")
        elif pointer not in before:
            lines.append(f"+ {pointer}: {now[pointer]!r}")
        elif before[pointer] != now[pointer]:
            lines.append(f"~ {pointer}: {before[pointer]!r} is now {now[pointer]!r}")
    return lines


def test_the_committed_document_is_what_the_api_says_of_itself(http: Http) -> None:
    """`COUNTERFOIL_UPDATE_SNAPSHOTS=1 scripts/test tests/api/test_openapi_document.py` writes it anew."""
    if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS"):
        DOCUMENT.write_text(json.dumps(http.document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    assert differences(json.loads(DOCUMENT.read_text()), json.loads(json.dumps(http.document))) == []


def test_a_difference_is_told_by_its_place() -> None:
    before = {"paths": {"/v1/lots": {"get": {"summary": "Lots", "tags": ["lots"]}}}, "info": {}}
    now = {"paths": {"/v1/lots": {"get": {"summary": "All lots"}}}, "info": {}, "servers": [{"url": "/"}]}
    assert differences(before, now) == [
        "~ /paths/~1v1~1lots/get/summary: 'Lots' is now 'All lots'",
        "- /paths/~1v1~1lots/get/tags/0: 'lots'",
        "+ /servers/0/url: '/'",
    ]
    assert differences(before, before) == []
