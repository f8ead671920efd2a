"""The queue of invoices that may be one: over HTTP and on the command line."""

import json
from pathlib import Path

from tests.api.http_world import World
from tests.api.test_commands import REFUSED, Clerk
from tests.invoices.builders import ubl

ALTERED = Path(__file__).parents[2] / "registry/invoices/samples/invoice-5-altered-1.ubl.xml"


def a_pair(world: World, number: str) -> tuple[str, str]:
    """Two invoices of nordlicht's, the second under a number that looks like the first's; their ids."""
    first = world.bring("4321.00", number=f"{number}10")
    second = world.bring("4321.00", number=f"{number}1O")
    assert second["suspicions"][0]["of"] == first["id"]
    assert second["suspicions"][0]["signs"] == ["altered_number"]
    return first["id"], second["id"]


def of(world: World, invoice: str) -> dict:
    """The suspicion against an invoice, as the operator finds it page by page."""
    after = ""
    while True:
        page = world.http.get("/v1/suspicions", after=after, limit=100, state="all")
        found = [one for one in page["items"] if one["invoice"]["id"] == invoice]
        if found:
            return dict(found[0])
        after = page["next"]


def test_the_operator_decides_and_takes_it_back(world: World) -> None:
    _, second = a_pair(world, "DECIDE-")
    suspicion = of(world, second)
    path = f"/v1/suspicions/{suspicion['id']}"
    before = world.http.get("/v1/suspicions")["total"]
    done = world.http.post(f"{path}/verdicts", {"verdict": "same", "why": "One delivery note."}, status=201)
    assert done == {"verdict": "same", "outcome": "duplicate", "other_outcome": world.http.get(
        f"/v1/invoices/{suspicion['other']['id']}")["outcome"]}  # fmt: skip
    assert world.http.get("/v1/suspicions")["total"] == before - 1
    world.http.post(f"{path}/verdicts", {"verdict": "different", "why": "Two, it turned out."}, status=201)
    told = world.http.get(path)
    assert [one["verdict"] for one in told["verdicts"]] == ["same", "different"]
    assert {one["field"] for one in told["fields"] if one["differs"]} == {"number"}


def test_a_blocked_invoice_backs_no_receivable(world: World) -> None:
    _, second = a_pair(world, "BLOCK-")
    suspicion = of(world, second)
    world.http.post(f"/v1/suspicions/{suspicion['id']}/verdicts", {"verdict": "same", "why": "w"}, status=201)
    body = {
        "originator": world.numbers["nordlicht"],
        "obligor": world.numbers["hanse"],
        "settler": world.numbers["clearing"],
        "maturity": "2027-03-31",
        "invoices": [{"invoice": second}],
    }
    refused = world.http.post("/v1/receivables", body, status=409)
    assert refused["code"] == "invoice_blocked"
    world.http.post(
        f"/v1/suspicions/{suspicion['id']}/verdicts", {"verdict": "different", "why": "w"}, status=201
    )
    world.http.post("/v1/receivables", body, status=201)


def test_a_supplier_sees_its_own_and_decides_nothing(world: World) -> None:
    _, second = a_pair(world, "OWN-")
    suspicion, token = of(world, second), world.token("nordlicht")
    shown = world.http.ask("GET", f"/v1/suspicions/{suspicion['id']}", status=200, token=token)
    assert shown["other"]["number"] == "OWN-10"
    body = {"verdict": "different", "why": "Mine."}
    path = f"/v1/suspicions/{suspicion['id']}"
    world.http.ask("POST", f"{path}/verdicts", status=403, token=token, json=body)
    world.http.ask("GET", path, status=404, token=world.token("stranger"))


def test_a_decision_without_a_reason_is_refused(world: World) -> None:
    _, second = a_pair(world, "WHY-")
    path = f"/v1/suspicions/{of(world, second)['id']}/verdicts"
    assert world.http.post(path, {"verdict": "same", "why": " "}, status=422)["code"] == "reason_missing"


def test_the_command_line_shows_and_decides(live_folder: Path, tmp_path: Path) -> None:
    clerk = Clerk(live_folder)
    altered = tmp_path / "altered.xml"
    altered.write_bytes(ubl(number="NEW-10"))
    again = tmp_path / "again.xml"
    again.write_bytes(ubl(number="NEW-1O"))
    for path in (altered, again, ALTERED):
        clerk.types("invoice", "add", str(path), "--party", "3")
    found = json.loads(clerk.types("invoice", "suspicions", "--json").stdout)
    assert [one["signs"] for one in found][-1] == ["altered_number"]
    shown = clerk.types("invoice", "suspicions", found[-1]["id"])
    assert "differs" in shown.stdout
    done = clerk.types("invoice", "decide", found[-1]["id"], "same", "--why", "One order.")
    assert "The later invoice is duplicate" in done.stdout
    assert "One order." in clerk.types("invoice", "suspicions", found[-1]["id"]).stdout
    clerk.is_refused(
        "invoice", "decide", found[-1]["id"], "same", "--why", " ", code="reason_missing", status=REFUSED
    )
