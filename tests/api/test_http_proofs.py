"""A lot's proof over HTTP and from the command line: who gets it, who shows what, and what a changed one is told."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from typer.testing import CliRunner

from api.cli import app
from registry.invoices.verification.trust import TrustAnchors
from registry.provenance.model import Outcome, Verdict
from registry.provenance.pack import Pack, TotalPack, read_pack
from registry.provenance.proving import verify_pack
from tests.api.http_world import World
from tests.builders.companies import a_company, a_root, pem

REFUSED, NOT_TRUE = 3, 6


def proof(world: World, lot: str, who: str, query: str = "") -> Pack:
    headers = {"Authorization": f"Bearer {world.token(who)}"}
    answer = world.http.client.get(f"/v1/lots/{lot}/proof{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    return read_pack(answer.content)


@pytest.fixture(scope="module")
def lot(world: World) -> str:
    return world.confirmed("4200.00")


def test_a_holder_gets_a_proof_that_needs_no_server(world: World, lot: str) -> None:
    found = proof(world, lot, "nordlicht")
    assert found.lot == lot.replace("lot_", "0x")
    assert verify_pack(found, block=found.block.hash).verdict is Verdict.VERIFIED
    assert (found.documents, found.openings) == ([], [])


def test_the_supplier_shows_of_its_invoices_what_it_chooses(world: World, lot: str) -> None:
    found = proof(world, lot, "nordlicht", "?disclose=number&disclose=payable_minor&disclose=fingerprint")
    assert [(one.field, one.value) for one in found.documents][1:] == [("0.payable_minor", "420000")]
    assert [one.domain for one in found.openings] == ["inv/1"]
    checked = verify_pack(found, block=found.block.hash)
    assert checked.verdict is Verdict.VERIFIED
    assert {"document", "fingerprint"} <= {check.name for check in checked.of(Outcome.PROVEN)}


def test_nobody_else_shows_them(world: World, lot: str) -> None:
    """Not the obligor, who confirmed them, nor the operator, who has them all."""
    path = f"/v1/lots/{lot}/proof?disclose=number"
    for token in (world.token("hanse"), ""):
        assert world.http.refusal("GET", path, status=403, token=token) == "disclosure_not_yours"


def test_a_field_that_the_terms_do_not_commit_to_is_refused(world: World, lot: str) -> None:
    path = f"/v1/lots/{lot}/proof?disclose=price"
    code = world.http.refusal("GET", path, status=422, token=world.token("nordlicht"))
    assert code == "field_not_kept"


def typed(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


def test_a_file_is_verified_where_there_is_no_registry(world: World, lot: str, tmp_path: Path) -> None:
    found = proof(world, lot, "nordlicht")
    file = tmp_path / "a.json"
    file.write_text(found.model_dump_json())
    trusted = ("--block", found.block.hash, "--data", str(tmp_path / "none"))
    assert typed("verify", str(file), *trusted)[0] == 0
    status, output = typed("verify", str(file), "--json", *trusted)
    assert (status, json.loads(output)["verdict"]) == (0, "verified")
    assert typed("verify", str(file))[0] == NOT_TRUE  # no block is trusted
    assert typed("verify", str(file), *trusted, "--contract", "0x" + "12" * 20)[0] == NOT_TRUE
    other = found.model_copy(update={"lot": "0x" + "12" * 32})
    file.write_text(other.model_dump_json())
    assert typed("verify", str(file), *trusted)[0] == NOT_TRUE
    file.write_text("{")
    status, output = typed("verify", str(file), *trusted)
    assert (status, "pack_unreadable" in output) == (REFUSED, True)
    assert typed("verify", lot, "--block", found.block.hash)[0] == 2


def total(world: World, who: str, currency: str = "EUR", status: int = 200) -> Any:
    number = world.numbers["hanse"]
    headers = {"Authorization": f"Bearer {world.token(who)}"}
    path = f"/v1/obligors/{number}/outstanding/{currency}/proof"
    answer = world.http.client.get(path, headers=headers)
    assert answer.status_code == status, answer.text
    return answer


def test_whoever_takes_part_gets_the_proof_of_what_an_obligor_owes(
    world: World, lot: str, tmp_path: Path
) -> None:
    """A funder that holds nothing of it yet too: it is what it looks at before it buys."""
    answer = total(world, "factor")
    found = read_pack(answer.content)
    assert isinstance(found, TotalPack)
    listed = world.http.get(f"/v1/obligors/{world.numbers['hanse']}/outstanding")["items"]
    assert [one["outstanding"]["amount"] for one in listed] == [f"{found.statement.outstanding / 100:.2f}"]
    file = tmp_path / "total.json"
    file.write_bytes(answer.content)
    trusted = ("--block", found.block.hash, "--contract", world.service.settings.contract)
    status, output = typed("verify", str(file), *trusted)
    assert (status, f"{found.statement.outstanding / 100:,.2f} EUR" in output) == (0, True)
    status, output = typed("verify", str(file), "--json", *trusted)
    assert json.loads(output)["total"]["outstanding"] == found.statement.outstanding
    owed = f'"outstanding":{found.statement.outstanding}'
    file.write_bytes(answer.content.replace(owed.encode(), owed.encode() + b"0"))
    assert typed("verify", str(file), *trusted)[0] == NOT_TRUE


def test_a_total_that_there_is_none_of_is_refused(world: World) -> None:
    total(world, "factor", "XXX", 422)
    none = "/v1/obligors/999/outstanding/EUR/proof"
    assert world.http.refusal("GET", none, status=409, token=world.token("bank")) == "total_not_provable"


def test_a_company_shows_that_the_account_is_its_own(world: World, lot: str) -> None:
    """From the text to sign to a proof in which an authority vouches for whom the fingerprint on the chain stands."""
    root, number = a_root(), world.numbers["nordlicht"]
    path, token = f"/v1/parties/{number}/company-statement", world.token("nordlicht")
    identifier = world.http.get(f"/v1/parties/{number}")["identifiers"][0]
    company = a_company(root, "Nordlicht GmbH", f"VAT{identifier['country']}-{identifier['value']}")
    asked = world.http.ask(
        "POST", path + "/text", status=200, token=token, json={"certificates": pem(company, root)}
    )
    signature = company.key.sign(asked["text"].encode(), ECDSA(SHA256()))
    body = {
        "said_at": asked["said_at"],
        "certificates": pem(company, root),
        "signature": "0x" + signature.hex(),
    }
    kept = world.http.ask("POST", path, status=201, token=token, json=body)
    assert (kept["name"], kept["issuer"]) == ("Nordlicht GmbH", "Handelsregister-CA")
    assert world.http.get(f"/v1/parties/{number}")["companies"] == [kept]

    found = proof(world, lot, "hanse")
    trust = TrustAnchors((root.certificate,))
    checked = verify_pack(found, block=found.block.hash, trust=trust)
    assert checked.verdict is Verdict.VERIFIED
    proven = {(each.name, each.subject) for each in checked.of(Outcome.PROVEN)}
    assert {("company", f"party {number}"), ("identity", f"party {number}")} <= proven
    without = verify_pack(found, block=found.block.hash)
    assert ("company", f"party {number}") in {
        (each.name, each.subject) for each in without.of(Outcome.CLAIMED)
    }


def test_what_the_certificates_key_did_not_sign_is_refused(world: World) -> None:
    number, token = world.numbers["nordlicht"], world.token("nordlicht")
    path = f"/v1/parties/{number}/company-statement"
    body = {"said_at": 1_790_000_000, "certificates": pem(a_company(a_root())), "signature": "0x00"}
    assert (
        world.http.ask("POST", path, status=422, token=token, json=body)["code"]
        == "company_statement_refused"
    )
    for member, value in (("certificates", "none"), ("signature", "0x"), ("said_at", -1), ("said_at", "1")):
        world.http.ask("POST", path, status=422, token=token, json=body | {member: value})
    others = f"/v1/parties/{world.numbers['hanse']}/company-statement"
    world.http.ask("POST", others, status=403, token=token, json=body)
