"""A registry is copied while others write, and what is restored of it agrees with its chain."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from api.backup import BackupUnreadable, FolderNotEmpty, back_up, read, restore
from api.loops import Loops
from api.service import open_service
from registry.kit.clock import SystemClock
from registry.mirror.errors import NodeBehind
from registry.mirror.reconcile import reconcile
from registry.receivables import queries
from registry.relay import queries as acts
from registry.relay.model import ActStatus
from tests.builders.databases import SQLITE
from tests.builders.office import copy_office, found_office, open_office
from tests.builders.processes import run

CLOCK = SystemClock()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A founded registry with its database in a file, whatever the other tests' stand in."""
    folder = tmp_path_factory.mktemp("backup") / "registry"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COUNTERFOIL_TEST_DATABASE", SQLITE)
        found_office(folder, CLOCK)
    return folder


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("COUNTERFOIL_TEST_DATABASE", SQLITE)
        yield copy_office(template, tmp_path / "registry")


def parts_of_root(folder: Path) -> tuple[int, int, list[object]]:
    """Once all has come to rest: lots split off, transfers done, and what differs from the chain."""
    with open_service(folder, CLOCK) as service:
        service.worker.run_until_idle()
        with service.database.read() as session:
            lots = queries.lots(session)
            done = acts.acts(session, status=ActStatus.INCLUDED)
        assert not acts.is_any_unfinished(service.database)
        found = reconcile(service.database, service.node, service.settings.contract)
    split_off = [one for one in lots if one.parent is not None]
    return len(split_off), len([one for one in done if one.kind == "transfer"]), list(found.drifts)


def test_a_copy_made_while_others_write_agrees_with_its_chain(folder: Path, tmp_path: Path) -> None:
    enough, begun = Event(), Event()
    with open_office(folder, CLOCK) as office:
        with office.service.database.read() as session:
            root = queries.lots(session)[0].id

        def pass_on_parts() -> None:
            while not enough.is_set():
                office.pass_on(root, "tier1", "tier2", "100.00")
                begun.set()

        loops, writer = Loops(office.service), Thread(target=pass_on_parts)
        loops.start()
        writer.start()
        assert begun.wait(60)
        copied = run("backup", str(tmp_path / "copy"), "--with-keys", "--data", str(folder))
        enough.set()
        writer.join(60)
        loops.close()
    assert copied.returncode == 0, copied.stderr
    assert "The keys are in it" in copied.stderr
    brought = run("restore", str(tmp_path / "copy"), "--data", str(tmp_path / "again"))
    assert brought.returncode == 0, brought.stderr
    there, transfers, drifts = parts_of_root(tmp_path / "again")
    assert (there, drifts) == (transfers, [])
    assert 0 < there <= parts_of_root(folder)[0]


def test_control_a_chain_older_than_its_database_would_not_do(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "chain.db", tmp_path / "older.db")
    with open_office(folder, CLOCK) as office:
        with office.service.database.read() as session:
            root = queries.lots(session)[0].id
        office.pass_on(root, "tier1", "tier2", "100.00")
    shutil.copy(tmp_path / "older.db", folder / "chain.db")
    with open_service(folder, CLOCK) as service, pytest.raises(NodeBehind):
        service.worker.run_once()


def test_keys_are_in_a_copy_only_where_asked_for_and_nobody_else_reads_it(
    folder: Path, tmp_path: Path
) -> None:
    (folder / "api.token").write_text("secret")
    back_up(folder, tmp_path / "without", CLOCK, with_keys=False)
    back_up(folder, tmp_path / "with", CLOCK, with_keys=True)
    names = {one: {path.name for path in (tmp_path / one).rglob("*")} for one in ("with", "without")}
    assert names["without"] == {"registry.db", "chain.db", "counterfoil.toml", "backup.json"}
    assert {"operator.json", "password", "api.token"} <= names["with"]
    assert {oct(path.stat().st_mode & 0o77) for path in (tmp_path / "with").rglob("*")} == {"0o0"}


def test_a_copy_that_was_changed_is_not_restored(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "copy", CLOCK, with_keys=True)
    assert read(tmp_path / "copy").has_keys
    with (tmp_path / "copy/registry.db").open("r+b") as file:
        file.seek(5_000)
        file.write(b"\xff")
    with pytest.raises(BackupUnreadable, match=r"registry\.db"):
        restore(tmp_path / "copy", tmp_path / "again")
    (tmp_path / "copy/registry.db").unlink()
    with pytest.raises(BackupUnreadable, match=r"registry\.db"):
        restore(tmp_path / "copy", tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_nothing_is_written_over(folder: Path, tmp_path: Path) -> None:
    back_up(folder, tmp_path / "copy", CLOCK, with_keys=False)
    with pytest.raises(FolderNotEmpty):
        back_up(folder, tmp_path / "copy", CLOCK, with_keys=False)
    with pytest.raises(FolderNotEmpty):
        restore(tmp_path / "copy", folder)
    with pytest.raises(BackupUnreadable):
        restore(folder, tmp_path / "again")
