"""Machines that sign with certificates: good for as long as authority, list and party say so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from registry.access.certificates import Authorities
from registry.invoices.verification.trust import TrustAnchors
from tests.access.certifying import KEYS, a_bundle, a_client, a_list, an_authority, by_certificate
from tests.api.http_world import World
from tests.api.test_signed_requests import YEAR, Machine, a_machine, end, make
from tests.invoices.verification.signing import Person

ROOT = an_authority()


@pytest.fixture(autouse=True)
def lists(world: World, tmp_path: Path) -> Iterator[Path]:
    """The registry trusts an authority whose list, in this folder, names nobody."""
    (tmp_path / "root.crl").write_bytes(a_list(ROOT))
    trusted = Authorities(TrustAnchors((ROOT.certificate,)), tmp_path)
    with patch.object(world.service, "authorities", trusted):
        yield tmp_path


def certified(world: World, client: Person, handle: str = "nordlicht", role: str = "supplier") -> Machine:
    bundle = a_bundle(client)
    made = make(world, handle, role, certificate=bundle.pem)
    assert made["secret"] is None
    assert made["key"]["keyid"] == bundle.keyid
    return Machine(world, handle, made["key"]["id"], bundle.keyid, by_certificate(client), bundle.algorithm)


@pytest.mark.parametrize("alg", KEYS)
def test_a_certificates_machine_acts_as_its_api_key(world: World, alg: str) -> None:
    machine = certified(world, a_client(ROOT, alg))
    me = machine.ask("GET", "/v1/me")
    assert (me["person"], me["party"], me["roles"]) == (machine.id, world.numbers["nordlicht"], ["supplier"])
    headers = machine.headers("GET", "/v1/me")
    assert machine.refused_as(headers, path="/v1/lots") == "request_signature_wrong"
    world.http.ask("GET", "/v1/me", status=200, token=None, headers=headers)
    assert machine.refused_as(headers) == "request_signature_replayed"


def test_no_key_signs_as_another_kind_of_key_would(world: World) -> None:
    ecdsa, ed25519 = (certified(world, a_client(ROOT, alg)) for alg in ("ecdsa-p256-sha256", "ed25519"))
    ethereum = a_machine(world)
    for alg in ("ed25519", "rsa-pss-sha512", "eip191-secp256k1", "hmac-sha256", None):
        assert ecdsa.refusal(params={"alg": alg}) == "signature_algorithm_wrong"
    assert ecdsa.refused_as(ecdsa.draft("GET", "/v1/me").signed(ed25519.sign)) == "request_signature_wrong"
    assert ecdsa.refused_as(ecdsa.draft("GET", "/v1/me").signed(ethereum.sign)) == "request_signature_wrong"
    ecdsa.ask("GET", "/v1/me")  # the control


def test_a_revoked_certificate_signs_nothing_from_then_on(world: World, lists: Path) -> None:
    client, other = a_client(ROOT), a_client(ROOT)
    machine, unharmed = certified(world, client), certified(world, other)
    machine.ask("GET", "/v1/me")
    (lists / "root.crl").write_bytes(a_list(ROOT, client))
    assert machine.ask("GET", "/v1/me", status=403)["code"] == "client_certificate_refused"
    unharmed.ask("GET", "/v1/me")


def test_a_list_that_has_run_out_lets_nobody_in(world: World, lists: Path) -> None:
    machine = certified(world, a_client(ROOT))
    with world.later(days=6):
        assert machine.ask("GET", "/v1/me", status=503)["code"] == "revocation_unknown"
        (lists / "root.crl").write_bytes(a_list(ROOT, at=world.clock.now()))
        machine.ask("GET", "/v1/me")


def test_a_certificate_that_has_run_out_signs_nothing(world: World, lists: Path) -> None:
    machine = certified(world, a_client(ROOT, until=world.clock.now() + timedelta(days=1)))
    machine.ask("GET", "/v1/me")
    with world.later(days=2):
        assert machine.ask("GET", "/v1/me", status=403)["code"] == "client_certificate_refused"


def test_an_ended_key_signs_nothing_whatever_its_certificate(world: World) -> None:
    machine = certified(world, a_client(ROOT))
    machine.ask("GET", "/v1/me")
    end(world, machine)
    assert machine.refusal() == "signing_key_unknown"


def test_whether_its_authority_is_trusted_is_asked_at_each_request(world: World) -> None:
    machine = certified(world, a_client(ROOT))
    with patch.object(world.service, "authorities", Authorities(TrustAnchors((an_authority().certificate,)))):
        assert machine.ask("GET", "/v1/me", status=403)["code"] == "client_certificate_refused"
    machine.ask("GET", "/v1/me")


def test_a_certificate_is_made_a_key_only_where_it_is_good(world: World) -> None:
    good = a_bundle(a_client(ROOT)).pem
    stranger = a_bundle(a_client(an_authority())).pem
    assert make(world, "bank", "reviewer", status=422, certificate="none")["code"] == "bad_client_certificate"
    refused = make(world, "bank", "reviewer", status=403, certificate=stranger)
    assert refused["code"] == "client_certificate_refused"
    both = {"certificate": good, "address": world.keys["bank"].address}
    assert make(world, "bank", "reviewer", status=422, **both)["code"] == "bad_client_certificate"
    assert make(world, "bank", "reviewer", certificate=good)["key"]["expires_at"] == YEAR
    taken = make(world, "nordlicht", "supplier", status=409, certificate=good)
    assert taken["code"] == "signing_key_taken"
