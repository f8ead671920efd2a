"""The command line refuses with a sentence, a stable code and an exit status, and leaves nothing half done."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.cli import app
from api.demo import PASSWORD
from api.service import DATABASE_FILE
from api.terminal import CLOCK
from registry.kit.clock import Clock, FixedClock, SystemClock
from tests.builders.databases import POSTGRESQL, a_database, url_of
from tests.invoices.builders import ubl
from tests.invoices.documents import archive

SAMPLES = Path(__file__).parents[2] / "registry/invoices/samples"
REFUSED, NOT_FOUND, UNAVAILABLE, NOT_TRUE = 3, 4, 5, 6


class Clerk:
    """Types commands at one registry, by the machine's time or by a clock of the test's."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or SystemClock()

    def types(self, *words: str, **env: str) -> Result:
        token = CLOCK.set(self.clock)
        try:
            return CliRunner().invoke(
                app, [*words, "--data", str(self.folder)], env={"COUNTERFOIL_PASSWORD": PASSWORD, **env}
            )
        finally:
            CLOCK.reset(token)

    def is_refused(self, *words: str, code: str, status: int = REFUSED, **env: str) -> Result:
        done = self.types(*words, **env)
        assert done.exit_code == status, done.output
        assert f"({code})" in done.stderr, done.stderr
        return done

    def key(self, handle: str) -> str:
        return str(self.folder / "parties" / f"{handle}.json")


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


@pytest.fixture
def root_lot(clerk: Clerk) -> str:
    return str(json.loads(clerk.types("lot", "list", "--json").stdout)[0]["id"])


def test_a_folder_without_a_registry_says_how_to_begin(tmp_path: Path) -> None:
    done = Clerk(tmp_path).is_refused("status", code="not_initialized", status=NOT_FOUND)
    assert "counterfoil init" in done.stderr


def test_a_settings_file_with_a_slip_is_named(clerk: Clerk) -> None:
    with (clerk.folder / "counterfoil.toml").open("a") as file:
        file.write('colour = "red"\n')
    clerk.is_refused("status", code="settings_unreadable")


def test_an_environment_variable_overrides_the_file(clerk: Clerk) -> None:
    done = clerk.is_refused(
        "status",
        code="chain_not_reachable",
        status=UNAVAILABLE,
        COUNTERFOIL_RPC_URL="http://127.0.0.1:1",
        COUNTERFOIL_NODE_TIMEOUT_SECONDS="1",
    )
    assert "127.0.0.1:1" in done.stderr


def test_a_malformed_file_is_refused_by_name(clerk: Clerk, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xml"
    broken.write_text("<Invoice>")
    done = CliRunner().invoke(app, ["invoice", "read", str(broken)])
    assert done.exit_code == REFUSED
    assert "malformed" in done.stderr
    added = clerk.types("invoice", "add", str(broken), "--party", "3", "--json")
    assert added.exit_code == REFUSED
    assert [one["reason"] for one in json.loads(added.stdout)] == ["malformed"]


def test_the_same_invoice_again_is_a_duplicate_and_stores_nothing(clerk: Clerk) -> None:
    before = json.loads(clerk.types("invoice", "list", "--party", "3", "--json").stdout)
    done = clerk.types("invoice", "add", str(SAMPLES / "invoice-1.ubl.xml"), "--party", "3")
    assert done.exit_code == REFUSED
    assert "duplicate (same_file)" in done.stdout
    assert json.loads(clerk.types("invoice", "list", "--party", "3", "--json").stdout) == before


def test_a_file_of_several_documents_has_a_row_for_each(clerk: Clerk, tmp_path: Path) -> None:
    packed = tmp_path / "mixed.zip"
    packed.write_bytes(
        archive({"1.xml": ubl(number="ZIP-1"), "2.txt": b"hello", "3.xml": ubl(number="ZIP-1")})
    )
    done = clerk.types("invoice", "add", str(packed), "--party", "3", "--json")
    assert done.exit_code == REFUSED
    rows = json.loads(done.stdout)
    assert [(one["file"], one["document"], one["name"]) for one in rows] == [
        (str(packed), 0, "1.xml"),
        (str(packed), 1, "2.txt"),
        (str(packed), 2, "3.xml"),
    ]
    assert [(one["outcome"], one["reason"]) for one in rows] == [
        ("new", "no_key_known"),
        ("refused", "unsupported_syntax"),
        ("duplicate", "same_file"),
    ]
    screened = CliRunner().invoke(app, ["invoice", "screen", str(packed)])
    assert "#3" in screened.stdout
    read = CliRunner().invoke(app, ["invoice", "read", str(packed), "--json"])
    assert [one.get("number", one.get("code")) for one in json.loads(read.stdout)] == [
        "ZIP-1",
        "unsupported_syntax",
        "ZIP-1",
    ]


def test_unknown_ids_are_not_found(clerk: Clerk) -> None:
    clerk.is_refused("party", "show", "99", code="party_not_found", status=NOT_FOUND)
    clerk.is_refused("lot", "show", "0x" + "ab" * 32, code="lot_not_found", status=NOT_FOUND)
    clerk.is_refused(
        "receivable", "show", "0x0000000000000001", code="receivable_not_found", status=NOT_FOUND
    )
    clerk.is_refused("lot", "show", "lot-7", code="bad_lot_id")
    clerk.is_refused("lot", "show", "0xab", code="bad_lot_id")
    clerk.is_refused(
        "invoice", "add", str(SAMPLES / "invoice-1.ubl.xml"), "--party", "99",
        code="party_not_found", status=NOT_FOUND,
    )  # fmt: skip


def test_a_lot_is_found_by_its_first_digits(clerk: Clerk, root_lot: str) -> None:
    assert json.loads(clerk.types("lot", "show", root_lot[:10]).stdout)["id"] == root_lot


def test_the_wrong_partys_key_moves_nothing(clerk: Clerk, root_lot: str) -> None:
    clerk.is_refused(
        "lot", "transfer", root_lot, "--to", "4", "--key", clerk.key("stranger"), code="consent_missing"
    )
    clerk.is_refused(
        "lot", "transfer", root_lot, "--to", "4", "--amount", "1000000.01", "--key", clerk.key("tier1"),
        code="amount_over_lot",
    )  # fmt: skip
    clerk.is_refused(
        "lot", "transfer", root_lot, "--to", "4", "--amount", "ten", "--key", clerk.key("tier1"),
        code="bad_amount",
    )  # fmt: skip
    shown = json.loads(clerk.types("lot", "show", root_lot).stdout)
    assert (shown["seq"], shown["amount"]["amount"]) == (0, "1000000.00")


def test_a_wrong_password_and_a_missing_keystore_are_told_apart(clerk: Clerk, root_lot: str) -> None:
    words = ("lot", "transfer", root_lot, "--to", "4", "--key")
    clerk.is_refused(*words, clerk.key("tier1"), code="keystore_refused", COUNTERFOIL_PASSWORD="no")
    clerk.is_refused(*words, clerk.key("nobody"), code="keystore_missing", status=NOT_FOUND)


def test_a_cell_changed_by_hand_is_found_and_made_right(clerk: Clerk, root_lot: str) -> None:
    database = a_database(clerk.folder / DATABASE_FILE)
    with database.write() as session:
        session.execute(text("update party set valid_until = 1 where number = 3"))
    database.close()
    words = ("lot", "transfer", root_lot, "--to", "4", "--key", clerk.key("tier1"))
    clerk.is_refused(*words, code="party_expired")
    drift = clerk.types("reconcile")
    assert drift.exit_code == NOT_TRUE
    assert "valid_until" in drift.stdout
    repaired = clerk.types("reconcile", "--repair")
    assert repaired.exit_code == 0
    assert "valid_until" in repaired.stdout
    assert repaired.stdout.rstrip().endswith("no drift")
    assert clerk.types("reconcile").exit_code == 0
    assert clerk.types(*words).exit_code == 0


def test_a_stored_log_changed_by_hand_is_taken_from_the_chain_anew(clerk: Clerk, root_lot: str) -> None:
    database = a_database(clerk.folder / DATABASE_FILE)
    with database.write() as session:
        session.execute(text("update chain_event set time = time + 1"))
    database.close()
    assert clerk.types("mirror", "rebuild").exit_code == 0  # from what is stored, which is wrong
    before = clerk.types("reconcile", "--json")
    assert before.exit_code == NOT_TRUE
    assert {drift["is_left"] for drift in json.loads(before.stdout)} == {True}
    shown = clerk.types("reconcile", "--repair", "--json")
    assert shown.exit_code == 0
    drifts = json.loads(shown.stdout)
    assert {"chain_event"} <= {drift["table"] for drift in drifts}
    assert {drift["is_left"] for drift in drifts} == {False}
    assert json.loads(clerk.types("reconcile", "--json").stdout) == []


@pytest.fixture
def locked_database(clerk: Clerk) -> Iterator[None]:
    """Somebody holds the database's write lock."""
    database = a_database(clerk.folder / DATABASE_FILE)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with database.write() as session:
            session.execute(text("select 1"))
            held.set()
            done.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(10)
    yield
    done.set()
    holder.join()
    database.close()


@pytest.mark.usefixtures("locked_database")
def test_a_locked_database_is_said_to_be_busy(clerk: Clerk) -> None:
    clerk.is_refused(
        "invoice", "add", str(SAMPLES / "invoice-6.fapiao-2019.xml"), "--party", "3",
        code="database_busy", status=UNAVAILABLE, COUNTERFOIL_DATABASE_WAIT_SECONDS="0.2",
    )  # fmt: skip


def test_a_registry_is_founded_on_postgresql_by_its_address(tmp_path: Path) -> None:
    clerk = Clerk(tmp_path / "new", FixedClock())
    for url, code in (
        ("postgresql://x@127.0.0.1:9/y", "database_away"),
        ("mysql://x@somewhere/y", "database_unsuitable"),
    ):
        clerk.is_refused("init", "--database", url, code=code, status=UNAVAILABLE)
    url = url_of(tmp_path / "own", on=POSTGRESQL, is_empty=True)
    assert clerk.types("init", COUNTERFOIL_DATABASE_URL=url).exit_code == 0
    assert clerk.types("status").exit_code == 0
    assert not (clerk.folder / DATABASE_FILE).exists()
    clerk.is_refused("init", code="already_initialized")


def test_lists_say_why_they_are_empty(clerk: Clerk) -> None:
    assert "no invoices yet" in clerk.types("invoice", "list", "--party", "4").stdout
    assert "no lots yet" in clerk.types("lot", "list", "--holder", "9").stdout


def test_every_command_explains_itself() -> None:
    def walk(*words: str) -> None:
        shown = CliRunner().invoke(app, [*words, "--help"])
        assert shown.exit_code == 0
        assert "Usage" in shown.stdout

    walk()
    for group in ("party", "invoice", "receivable", "lot", "proof", "arbiter", "rules", "mirror"):
        walk(group)
    for command in ("init", "demo", "serve", "status", "verify", "reconcile"):
        walk(command)


def test_screening_names_files_so_that_they_can_be_told_apart(tmp_path: Path) -> None:
    def names(*paths: Path) -> list[str]:
        done = CliRunner().invoke(app, ["invoice", "screen", *map(str, paths), "--json"])
        assert done.exit_code == 0
        return [json.loads(line)["file"] for line in done.stdout.splitlines()]

    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        (folder / "a.xml").write_text("<a/>")
    assert names(one) == ["a.xml"]
    assert names(one, two) == [str(one / "a.xml"), str(two / "a.xml")]
    assert names(two / "a.xml") == [str(two / "a.xml")]
