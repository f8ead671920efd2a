"""What was found of an invoice over HTTP: shown to whom the invoice is shown, and asked for again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.invoices.verification.file_provider import FileProvider
from registry.invoices.verification.provider import Inquiry
from tests.api.http_world import World


@pytest.fixture
def authority(world: World, tmp_path: Path) -> Iterator[Path]:
    """The file that says what the authority knows; it knows nothing yet."""
    path = tmp_path / "known.csv"
    path.write_text("seller,number,state\n")
    world.service.inquiry = Inquiry(FileProvider(path), 30)
    yield path
    world.service.inquiry = None


def test_an_upload_is_examined_and_the_findings_shown(world: World) -> None:
    invoice = world.bring()["id"]
    page = world.http.get(f"/v1/invoices/{invoice}/verifications")
    (one,) = page["items"]
    assert (one["kind"], one["provider"], one["answer_sha256"]) == ("examination", "counterfoil", None)
    assert {"payable_sum", "signature"} <= {each["check"] for each in one["findings"]}
    assert page["next"] is None


def test_each_answer_is_kept_and_shown_newest_first(world: World, authority: Path) -> None:
    invoice = world.bring(number="V-1")["id"]
    path = f"/v1/invoices/{invoice}/verifications"
    told = []
    for row in ("", "DE307141589,V-1,\n", "DE307141589,V-1,void\n"):
        authority.write_text("seller,number,state\n" + row)
        told.append(world.http.ask("POST", path, status=201))
    assert [(one["state"], one["was"]) for one in told] == [
        ("not_found", None),
        ("verified", "not_found"),
        ("void", "verified"),
    ]
    assert world.http.get(path)["items"][:3] == told[::-1]
    first = world.http.get(path, limit=2)
    rest = world.http.get(path, limit=2, after=first["next"])
    assert first["items"] + rest["items"] == world.http.get(path)["items"]


def test_an_invoice_gone_bad_backs_no_receivable(world: World, authority: Path) -> None:
    invoice = world.bring(number="V-2")["id"]
    authority.write_text("seller,number,state\nDE307141589,V-2,red_letter\n")
    world.http.ask("POST", f"/v1/invoices/{invoice}/verifications", status=201)
    body = {
        "originator": world.numbers["nordlicht"],
        "obligor": world.numbers["hanse"],
        "maturity": "2027-03-31",
        "invoices": [{"invoice": invoice}],
    }
    assert world.http.refusal("POST", "/v1/receivables", status=409, json=body) == "invoice_corrected"


def test_without_a_service_it_is_said_that_nobody_can_be_asked(world: World) -> None:
    invoice = world.bring()["id"]
    path = f"/v1/invoices/{invoice}/verifications"
    assert world.http.refusal("POST", path, status=409) == "no_verification_service"
    assert len(world.http.get(path)["items"]) == 1


def test_strangers_see_nothing_of_it(world: World) -> None:
    invoice = world.bring()["id"]
    path = f"/v1/invoices/{invoice}/verifications"
    for method in ("GET", "POST"):
        refused = world.http.refusal(method, path, status=404, token=world.token("stranger"))
        assert refused == "invoice_unknown"
    own = world.http.ask("GET", path, status=200, token=world.token("nordlicht"))
    assert len(own["items"]) == 1
