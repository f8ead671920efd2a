"""Lists leave as CSV too, and no cell of one begins a formula."""

import csv
import io
from typing import Any

import pytest
from pydantic import BaseModel

from api.v1.export import as_csv
from tests.api.http_world import World


def _rows(world: World, path: str) -> tuple[list[dict[str, str]], Any]:
    headers = {"Accept": "text/csv", "Authorization": f"Bearer {world.http.token}"}
    answer = world.http.client.get(path, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text))), answer.headers


@pytest.mark.parametrize("kind", ["receivables", "lots", "acts"])
def test_a_list_says_the_same_as_csv(world: World, kind: str) -> None:
    world.confirmed("1100.00")
    items = world.http.get(f"/v1/{kind}", limit=100)["items"]
    rows, _ = _rows(world, f"/v1/{kind}?limit=100")
    assert [row["id"] for row in rows] == [one["id"] for one in items]
    stands = [(one["ledger"] or {"status": ""})["status"] for one in items]
    assert [row["ledger_status"] for row in rows] == stands
    if kind != "acts":
        amount = "face" if kind == "receivables" else "amount"
        assert [row[f"{amount}_amount"] for row in rows] == [one[amount]["amount"] for one in items]
        assert [row["obligor_name"] for row in rows] == [one["obligor"]["name"] for one in items]


def test_pages_of_csv_follow_each_other_by_link(world: World) -> None:
    world.confirmed("1100.00")
    world.confirmed("1200.00")
    whole, headers = _rows(world, "/v1/receivables?limit=100&status=confirmed")
    assert "link" not in headers
    first, headers = _rows(world, "/v1/receivables?limit=1&status=confirmed")
    following = headers["link"].removeprefix("<").partition(">")[0]
    second, _ = _rows(world, following)
    assert first + second == whole[:2]


class Named(BaseModel):
    name: str
    amount: int | None


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_no_cell_begins_a_formula(begins: str) -> None:
    attack = begins + 'HYPERLINK("http://example.com","x")'
    text = as_csv(Named, [{"name": attack, "amount": None}])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["name"] == "'" + attack


def test_other_cells_are_left_as_they_are() -> None:
    text = as_csv(Named, [{"name": 'Müller, "Söhne" = 华远', "amount": 12}])
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row == {"name": 'Müller, "Söhne" = 华远', "amount": "12"}
