"""One receivable's whole life, on the embedded chain and on anvil."""

from pathlib import Path

import pytest

from api import setup
from api.demo import Story
from api.service import open_service
from api.setup import AccountUnfunded
from registry.chain.keys import open_keystore
from registry.kit.clock import FixedClock, SystemClock
from registry.kit.errors import Refusal
from registry.mirror.digest import digest
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from registry.receivables import queries
from registry.relay.model import Act
from tests.builders.anvil import anvil
from tests.builders.office import START, founding


class Record:
    """Keeps what was told."""

    def __init__(self) -> None:
        self.chapters: list[str] = []
        self.said: list[str] = []
        self.acts: list[Act] = []
        self.codes: list[str] = []

    def chapter(self, title: str) -> None:
        self.chapters.append(title)

    def say(self, text: str) -> None:
        self.said.append(text)

    def done(self, text: str, act: Act | None = None) -> None:
        self.said.append(text)
        if act is not None:
            self.acts.append(act)

    def refused(self, text: str, refusal: Refusal) -> None:
        self.codes.append(refusal.code)


def check_the_end(folder: Path, told: Record) -> None:
    """Everything is on the chain once, adds up to nothing owed, and a new process sees the same."""
    assert told.codes == ["consent_missing", "lot_not_free", "lot_not_free"]
    assert any("duplicate (same_content)" in line for line in told.said)
    assert any("conflict (other_content)" in line for line in told.said)
    assert len(told.acts) == 9 + 1 + 1 + 3 + 1 + 1 + 4
    assert len({act.tx_hash for act in told.acts}) == len(told.acts)
    with open_service(folder) as again:
        found = reconcile(again.database, again.node, again.settings.contract)
        assert found.drifts == []
        assert found.records > 60
        with again.database.read() as session:
            before = digest(session)
            lots = queries.lots(session)
            assert len(lots) == 4
            assert sum(lot.amount for lot in lots) == 0
        assert rebuild(again.database).digest_after == before


def test_a_claim_lives_on_the_embedded_chain(tmp_path: Path) -> None:
    told = Record()
    clock = FixedClock(START)
    setup.found(founding(tmp_path / "registry"), clock, told.say)
    with open_service(tmp_path / "registry", clock) as service:
        Story(service, told, tmp_path / "parties").play()
    check_the_end(tmp_path / "registry", told)


def test_a_claim_lives_on_anvil(tmp_path: Path) -> None:
    told = Record()
    folder = tmp_path / "registry"
    with anvil() as node:
        founded = founding(folder, rpc_url=node.url, finality="instant")
        with pytest.raises(AccountUnfunded):
            setup.found(founded, SystemClock(), told.say)
        for name in ("operator", "relay"):
            key = open_keystore(folder / f"keys/{name}.json", (folder / "keys/password").read_text())
            node.call("anvil_setBalance", key.address, 10**20)
        setup.found(founded, SystemClock(), told.say)
        with open_service(folder) as service:
            Story(service, told, tmp_path / "parties").play()
        check_the_end(folder, told)


def test_a_registry_is_founded_once(tmp_path: Path) -> None:
    founded = founding(tmp_path / "registry")
    setup.found(founded, FixedClock(START), lambda _said: None)
    with pytest.raises(setup.AlreadyInitialized):
        setup.found(founded, FixedClock(START), lambda _said: None)
