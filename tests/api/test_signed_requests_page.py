"""What the page on signed requests says is so: its lines sign, and its table names every refusal."""

import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from api.v1.documented import SIGNED
from registry.access.certificates import Authorities
from registry.chain.keys import SigningKey
from registry.invoices.verification.trust import TrustAnchors
from tests.access.certifying import a_bundle, a_client, an_authority
from tests.api.http_world import World
from tests.api.test_signed_requests import a_machine, make
from tests.invoices.builders import ubl

PAGE = Path(__file__).parents[2] / "docs/signed-requests.md"


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


def filled(block: str, world: World, **values: str) -> str:
    """A block with the reader's own values in place of the page's."""
    values |= {"int(time.time())": str(int(world.clock.now().timestamp()))}
    for written, value in values.items():
        assert block.count(written) == 1
        block = block.replace(written, value)
    return block


def run(block: str, found: dict[str, Any]) -> None:
    exec(compile(block, PAGE.name, "exec"), found)


def test_the_lines_of_the_page_bring_an_invoice_and_ask_who_one_is(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, root = SigningKey.create(), an_authority()
    machine, client = a_machine(world, key=key), a_client(root)
    key.save(tmp_path / "machine.json", "its password")
    (tmp_path / "invoice.xml").write_bytes(ubl(number="BY-THE-PAGE"))
    (tmp_path / "machine.key.pem").write_bytes(
        client.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(httpx, "request", world.http.client.request)
    found: dict[str, Any] = {}
    signing, with_ethereum, with_certificate = blocks()
    party = f"party={world.numbers['nordlicht']}"
    run(signing, found)
    run(filled(with_ethereum, world, **{"erc8128:…": machine.keyid, "party=3": party}), found)
    assert found["answer"].status_code == 201
    assert world.http.get(f"/v1/invoices/{found['answer'].json()['id']}")["number"] == "BY-THE-PAGE"
    bundle, trusted = a_bundle(client), Authorities(TrustAnchors((root.certificate,)))
    with patch.object(world.service, "authorities", trusted):
        made = make(world, "bank", "reviewer", certificate=bundle.pem)["key"]
        run(filled(with_certificate, world, **{"x509:…": made["keyid"]}), found)
    assert (found["answer"].status_code, found["answer"].json()["person"]) == (200, made["id"])


def test_each_refusal_of_a_signed_request_is_on_the_page_and_no_other() -> None:
    _, _, table = PAGE.read_text().partition("## Refusals")
    named = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert named == {one.code for one in SIGNED}
