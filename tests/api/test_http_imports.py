"""Invoices from sheets over HTTP: begun, followed, told row by row; column maps."""

import json
from typing import Any

from api.importing import Importer
from tests.api.http_world import World
from tests.invoices.import_builders import HEADER, a_row, as_csv, many_rows

# The world is shared: amounts no other test brings, lest they look like the same invoice again.
BAD = a_row("H-BAD", gross="1,2,3")


def rows_of(world: World, found: dict[str, Any], **params: str) -> list[dict[str, Any]]:
    return list(world.http.get(f"/v1/imports/{found['id']}/rows", **params)["items"])


def test_a_sheet_is_imported_and_its_invoices_are_there(world: World) -> None:
    found = world.import_sheet(
        as_csv(
            a_row("H-1", net="2.03", tax="0", gross="2.03"), a_row("H-2", net="7.01", tax="0", gross="7.01")
        )
    )
    assert (found["status"], found["mode"], found["counts"]) == ("done", "all", {"new": 2})
    assert (found["done"], found["total"], found["finished_at"]) == (2, 2, "2026-09-21T09:00:00Z")
    first, second = rows_of(world, found)
    assert (first["row"], first["number"], first["outcome"], first["code"]) == (
        2,
        "H-1",
        "new",
        "no_key_known",
    )
    assert world.http.get(f"/v1/invoices/{second['invoice']}")["payable"]["amount"] == "7.01"


def test_a_refused_row_keeps_all_out_or_is_reported(world: World) -> None:
    content = as_csv(a_row("H-3", net="317.23", tax="0", gross="317.23"), BAD)
    refused = world.import_sheet(content)
    assert (refused["status"], refused["counts"]) == ("refused", {"refused": 1})
    (row,) = rows_of(world, refused, outcome="refused")
    assert (row["row"], row["code"], row["invoice"]) == (3, "bad_amount", None)
    reported = world.import_sheet(content, mode="report")
    assert (reported["status"], reported["counts"]) == ("done", {"new": 1, "refused": 1})


def test_a_dry_run_is_told_row_by_row_and_can_be_begun(world: World) -> None:
    tried = world.import_sheet(
        as_csv(a_row("H-4", net="4117.29", tax="0", gross="4117.29"), BAD), dry_run="true"
    )
    assert (tried["status"], tried["counts"]) == ("tried", {"new": 1, "refused": 1})
    assert [row["invoice"] for row in rows_of(world, tried)] == [None, None]
    number = world.numbers["nordlicht"]
    assert not [
        one
        for one in world.http.get("/v1/invoices", party=number, limit=100)["items"]
        if one["number"] == "H-4"
    ]
    begun = world.http.post(f"/v1/imports/{tried['id']}/start", {"mode": "report"}, status=202)
    assert begun["id"] == tried["id"]
    again = world.http.refusal(
        "POST", f"/v1/imports/{tried['id']}/start", status=409, json={"mode": "report"}
    )
    assert again == "import_under_way"


def test_rows_come_in_pages_and_as_csv(world: World) -> None:
    found = world.import_sheet(as_csv(*many_rows(5)))
    page = world.http.get(f"/v1/imports/{found['id']}/rows", limit=3)
    assert [one["row"] for one in page["items"]] == [2, 3, 4]
    rest = world.http.get(f"/v1/imports/{found['id']}/rows", limit=3, after=page["next"])
    assert ([one["row"] for one in rest["items"]], rest["next"]) == ([5, 6], None)
    answer = world.http.client.get(
        f"/v1/imports/{found['id']}/rows",
        headers={"Authorization": f"Bearer {world.http.token}", "Accept": "text/csv"},
    )
    assert answer.text.splitlines()[0] == "row,number,outcome,code,sentence,invoice"
    assert answer.text.splitlines()[1].startswith("2,RE-0000000,new,no_key_known,,inv_")
    number = world.numbers["nordlicht"]
    assert found["id"] in [one["id"] for one in world.http.get("/v1/imports", party=number)["items"]]


def test_a_map_is_saved_used_by_name_and_ended(world: World) -> None:
    odd = [f"x{place}" for place in range(len(HEADER))]
    columns = {
        "header_row": 1,
        "columns": {"number": 0, "issued_on": 1, "currency": 3, "gross": 6, "buyer_name": 7},
    }
    path = f"/v1/imports?party={world.numbers['nordlicht']}&name=a.csv"
    content = as_csv(a_row("H-5", gross="5.00"), header=odd)
    assert world.http.refusal("POST", path, status=422, content=content) == "column_map_incomplete"
    found = world.import_sheet(content, columns=json.dumps(columns))
    assert found["columns"]["columns"] == columns["columns"]
    saved = world.http.post(
        "/v1/imports/maps", {"import_id": found["id"], "name": "Odd", "columns": columns}, status=201
    )
    maps = world.http.get("/v1/imports/maps", party=world.numbers["nordlicht"])["items"]
    assert saved["id"] in [one["id"] for one in maps]
    assert world.import_sheet(content, map="Odd")["counts"] == {"duplicate": 1}
    other = as_csv(a_row("H-6"))
    assert world.http.refusal("POST", path + "&map=Odd", status=409, content=other) == "column_map_misfit"
    world.http.post(f"/v1/imports/maps/{saved['id']}/end", None)
    assert world.http.refusal("POST", path + "&map=Odd", status=404, content=content) == "column_map_unknown"
    assert (
        world.http.refusal("POST", path + "&columns=[", status=422, content=content) == "column_map_malformed"
    )


def test_under_an_idempotency_key_a_sheet_is_imported_once(world: World) -> None:
    path = f"/v1/imports?party={world.numbers['nordlicht']}&name=a.csv&mode=report"
    content = as_csv(a_row("H-7", gross="1196.00", net="1006.00"))
    how: dict[str, Any] = {"content": content, "headers": {"Idempotency-Key": "sheet-7"}}
    first = world.http.ask("POST", path, status=202, **how)
    again = world.http.ask("POST", path, status=202, **how)
    assert again["id"] == first["id"]
    assert world.http.headers["Idempotency-Replayed"] == "true"
    broken: dict[str, Any] = {"content": b"", "headers": {"Idempotency-Key": "sheet-8"}}
    assert world.http.refusal("POST", path, status=422, **broken) == "sheet_empty"
    assert world.http.refusal("POST", path, status=422, **broken) == "sheet_empty"


def test_a_sheet_that_is_too_large_says_what_is_taken(world: World) -> None:
    path = f"/v1/imports?party={world.numbers['nordlicht']}&name=a.csv"
    body = world.http.ask("POST", path, status=413, content=b"a,b\n" * 10_001)
    assert (body["code"], body["limit"]) == ("sheet_too_large", 10_000)


def test_whoever_does_not_lead_watches_the_one_who_does(world: World) -> None:
    found = world.import_sheet(as_csv(a_row("H-9", gross="1199.00", net="1009.00")))
    other = Importer(world.service.context)
    assert [one.status for one in other.follow(found["id"], 5)] == ["done"]
