"""A registry whose own keys, and whose parties' keys, are in tokens: named by URI, they act as keystores do."""

import json
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from api.service import Service, open_service
from registry.chain.hsm import keys as hsm_keys
from registry.chain.keys import checksum
from registry.parties import queries as parties
from registry.parties.recovery import replace_arbiter
from registry.parties.use_cases import freeze_party
from registry.relay import queries as acts
from registry.relay.errors import SenderAway
from registry.relay.model import Act, ActStatus
from tests.api.test_commands import NOT_FOUND, REFUSED, Clerk
from tests.builders.softhsm import PIN, SECRETS, WRONG, SoftHsm

OWN = "registry"  # the token of the founded registry's keys


pytestmark = pytest.mark.usefixtures("no_secret_is_logged")


@pytest.fixture(scope="module")
def founded(soft_hsm: SoftHsm, tmp_path_factory: pytest.TempPathFactory) -> Clerk:
    """A registry whose operator's and relay's keys are in one token, the arbiter's in a file."""
    soft_hsm.new_token(OWN)
    words: list[str] = []
    for name in ("operator", "relay"):
        soft_hsm.new_key(name, OWN)
        words += ["--token-key", f"{name}={soft_hsm.uri(OWN, name)}"]
    clerk = Clerk(tmp_path_factory.mktemp("founded") / "registry")
    assert clerk.types("init", *words).exit_code == 0
    return clerk


@pytest.fixture
def service(founded: Clerk) -> Iterator[Service]:
    with patch.object(hsm_keys, "REST_S", 0.0), open_service(founded.folder) as opened:
        yield opened


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


def sender_of(service: Service, act: Act) -> str:
    """Who sent an act's transaction, as the chain has it."""
    assert act.tx_hash is not None
    found = service.node.transaction(act.tx_hash)
    assert found is not None
    return checksum(found["from"])


def now(service: Service, act: Act) -> Act:
    with service.database.read() as session:
        return acts.act(session, act.id)


def typed(*words: str, says: str | None = None, **env: str) -> Result:
    """A command that needs no registry; ``says`` is what a person types when asked."""
    return CliRunner().invoke(app, list(words), input=says, env={"COUNTERFOIL_PASSWORD": None, **env})


def is_refused(done: Result, code: str, status: int = REFUSED) -> None:
    assert done.exit_code == status, done.output
    assert f"({code})" in done.stderr
    for secret in SECRETS:
        assert secret not in done.output


# Keys of a token


def test_keys_are_made_and_listed(soft_hsm: SoftHsm) -> None:
    token = soft_hsm.new_token()
    assert json.loads(typed("key", "list", soft_hsm.uri(token, None), "--json").stdout) == []
    made = typed("key", "make", soft_hsm.uri(token, "one"))
    address = soft_hsm.key(token, "one").address
    assert address in made.stdout, made.output
    (found,) = json.loads(typed("key", "list", soft_hsm.uri(token, None), "--json").stdout)
    assert (found["object"], found["address"], found["is_extractable"]) == ("one", address, False)
    assert "never" in typed("key", "list", soft_hsm.uri(token, None)).stdout
    is_refused(typed("key", "make", soft_hsm.uri(token, "one")), "hsm_key_unfit")


def test_a_pin_is_given_or_asked_for_where_no_file_has_it(soft_hsm: SoftHsm) -> None:
    uri = soft_hsm.uri(soft_hsm.new_token(), None).replace(f"&pin-source=file:{soft_hsm.pin_file}", "")
    for given in (
        typed("key", "list", uri, "--json", "--password", PIN),
        typed("key", "list", uri, "--json", COUNTERFOIL_PASSWORD=PIN),
        typed("key", "list", uri, "--json", says=f"{PIN}\n"),
    ):
        assert (given.exit_code, given.stdout) == (0, "[]\n")
        assert PIN not in given.output
        soft_hsm.start_anew()


def test_what_does_not_fit_is_refused_by_its_code(soft_hsm: SoftHsm, tmp_path: Path) -> None:
    token = soft_hsm.new_token()
    uri = soft_hsm.uri(token, None)
    is_refused(typed("key", "list", soft_hsm.uri("nowhere")), "hsm_token_missing", NOT_FOUND)
    is_refused(typed("key", "list", uri.replace(".so", ".none")), "hsm_module_missing", NOT_FOUND)
    is_refused(typed("key", "list", f"{uri}&pin-value={WRONG}"), "bad_key_uri")
    (tmp_path / "pin").write_text(WRONG)
    is_refused(typed("key", "list", soft_hsm.uri(token, None, pin_file=tmp_path / "pin")), "hsm_pin_refused")
    assert typed("key", "list", uri).exit_code == 0  # control


# The registry's own keys


def test_a_registry_is_founded_with_its_keys_in_a_token(
    founded: Clerk, soft_hsm: SoftHsm, service: Service
) -> None:
    assert {one.name for one in (founded.folder / "keys").glob("*.json")} == {
        "arbiter.json",
        "fingerprint-1.json",
    }
    with service.database.read() as session:
        registrar = parties.party_on_chain(session, 1)
    assert registrar is not None
    assert checksum(registrar.account) == soft_hsm.key(OWN, "relay").address
    assert PIN not in (founded.folder / "counterfoil.toml").read_text()


def test_the_relay_sends_with_a_tokens_key(soft_hsm: SoftHsm, service: Service) -> None:
    for is_frozen in (True, False):
        act = service.settle(freeze_party(service.context, 1, is_frozen=is_frozen))
        assert act.status == ActStatus.INCLUDED
        assert sender_of(service, act) == soft_hsm.key(OWN, "operator").address


def test_while_a_token_is_away_its_acts_wait_and_others_go_out(soft_hsm: SoftHsm, service: Service) -> None:
    service.settle(freeze_party(service.context, 1, is_frozen=True))
    with soft_hsm.away(OWN):
        waiting = freeze_party(service.context, 1, is_frozen=False)
        other = replace_arbiter(service.context, service.worker.sender("arbiter").address)
        assert service.settle(other).status == ActStatus.INCLUDED
        assert now(service, waiting).status == ActStatus.PENDING
        service.worker.try_round_if_free()
        assert "'operator' does not sign now (hsm_away)" in (service.worker.trouble or "")
        service.worker.rehearse(waiting)  # its address is known, and nothing is signed
        with open_service(service.folder) as fresh, pytest.raises(SenderAway):
            fresh.worker.rehearse(waiting)
    assert service.settle(waiting).status == ActStatus.INCLUDED
    assert service.worker.trouble is None


def test_while_a_token_is_away_the_registry_is_read(founded: Clerk, soft_hsm: SoftHsm) -> None:
    with soft_hsm.away(OWN):
        soft_hsm.start_anew()
        assert founded.types("party", "list").exit_code == 0


def test_the_registrys_own_keys_need_their_pin_in_a_file(founded: Clerk, soft_hsm: SoftHsm) -> None:
    settings = founded.folder / "counterfoil.toml"
    kept = settings.read_text()
    try:
        settings.write_text(kept.replace(f"&pin-source=file:{soft_hsm.pin_file}", ""))
        founded.is_refused("status", code="bad_key_uri")
        settings.write_text(kept.replace("pin-source=", f"pin-value={WRONG}&pin-source="))
        done = founded.is_refused("status", code="bad_key_uri")
        assert WRONG not in done.output
        settings.write_text(kept.replace("operator =", f'"{WRONG}" =').replace("start_block", f"{WRONG}"))
        done = founded.is_refused("status", code="settings_unreadable")
        settings.write_text(f'{kept}\nwait_seconds = "{WRONG}"\n')
        assert WRONG not in founded.is_refused("status", code="settings_unreadable").output
    finally:
        settings.write_text(kept)


# A party's key


def test_a_party_whose_key_is_in_a_token_takes_and_passes_on_a_lot(clerk: Clerk, soft_hsm: SoftHsm) -> None:
    token = soft_hsm.new_token()
    uri = soft_hsm.uri(token)
    words = ("party", "add", "Weser Stahl", "--tax-id", "DE:DE136695976", "--role", "supplier", "--key", uri)
    clerk.is_refused(*words, code="hsm_key_missing", status=NOT_FOUND)
    assert typed("key", "make", uri).exit_code == 0
    done = clerk.types(*words)
    assert f"account {soft_hsm.key(token).address}" in done.stdout, done.output
    lot = json.loads(clerk.types("lot", "list", "--json").stdout)[0]
    number = str(json.loads(clerk.types("party", "list", "--json").stdout)[-1]["number"])
    passed = ("lot", "transfer", lot["id"], "--to", number, "--amount", "1000.00")
    assert clerk.types(*passed, "--key", clerk.key("tier1")).exit_code == 0
    own = next(
        one["id"]
        for one in json.loads(clerk.types("lot", "list", "--json").stdout)
        if one["holder"]["number"] == int(number)
    )
    onward = ("lot", "transfer", own, "--to", str(lot["holder"]["number"]))
    clerk.is_refused(*onward, "--key", clerk.key("tier2"), code="consent_missing")
    assert "passed to party" in clerk.types(*onward, "--key", uri).stdout
