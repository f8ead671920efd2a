"""No list reads a table through: whoever asks, an index leads to what is shown, or the page ends the reading. On SQLite,
whose plans say in words what is looked at. A search is no list: it looks into the middle of names and numbers, which for
numbers are an index of nothing else."""

import re
from collections.abc import Iterator
from threading import current_thread
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.api.http_world import MATURITY, World, a_world
from tests.builders.databases import CHOSEN, SQLITE

# As many rows as the registry has settings, rule packs, nodes: none grows with what is recorded.
FEW = frozenset({"chain_setting", "retired_fingerprint_key", "rule_choice", "mirror_cursor", "quarantine"})
# They hold nothing but what is listed by them.
PARTIAL = ("USING INDEX ix_notice_open", "USING INDEX ix_notice_answered")
LOOPS = frozenset({"chain", "worker", "importer", "webhooks", "recheck", "chain-miner", "chain-rpc"})
WHO = ("operator", "hanse", "nordlicht", "bank", "auditor")
LISTS = (
    "acts", "acts?status=included", "acts?party={nordlicht}", "acts?about={lot}",
    "api-keys", "correction-warnings", "corrections", "corrections?party={nordlicht}",
    "decisions", "decisions?about={lot}", "drafts", "drafts?status=ready",
    "financings", "financings?lot={lot}", "imports?party={nordlicht}", "invitations",
    "invoices?party={nordlicht}", "lots", "lots?holder={nordlicht}", "lots?receivable={receivable}",
    "notices", "notices?obligor={hanse}", "notices?assignee={bank}", "notices?lot={lot}", "notices?open=true",
    "obligors/overdue", "parties", "payment-accounts?party={nordlicht}", f"payments?obligor={{hanse}}&due={MATURITY}",
    "people", "receivables", "receivables?status=confirmed", "receivables?party={hanse}",
    "suspicions", "viewing-consents", "webhooks",
)  # fmt: skip


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHOSEN, SQLITE)
        with a_world(tmp_path_factory.mktemp("plans") / "data") as world:
            yield world


@pytest.fixture(scope="module")
def tokens(on_sqlite: World) -> dict[str, str]:
    firms = [who for who in WHO if who in on_sqlite.numbers]
    return {
        "operator": on_sqlite.http.token,
        "auditor": on_sqlite.auditor(),
        **{firm: on_sqlite.token(firm) for firm in firms},
    }


@pytest.fixture(scope="module")
def names(on_sqlite: World) -> dict[str, Any]:
    lot = on_sqlite.locked()
    receivable = on_sqlite.http.get(f"/v1/lots/{lot}")["receivable"]
    return {**on_sqlite.numbers, "lot": lot, "receivable": receivable}


def asked(world: World, path: str, token: str) -> tuple[int, list[tuple[str, Any]]]:
    """The answer's status, and the statements that were asked for it."""
    engine, found = world.service.database.engine, list[tuple[str, Any]]()

    def keep(_connection: Any, _cursor: Any, words: str, given: Any, _context: Any, _many: bool) -> None:
        if current_thread().name not in LOOPS and words.lstrip().startswith(("SELECT", "WITH")):
            found.append((words, given))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        answer = world.http.client.get(f"/v1/{path}", headers={"Authorization": f"Bearer {token}"})
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    return answer.status_code, found


def planned(engine: Engine, words: str, given: Any) -> list[str]:
    with engine.connect() as connection:
        return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given)]


def read_through(engine: Engine, words: str, given: Any) -> list[str]:
    """Tables that a statement reads from end to end, or from the page before on, for what few of their rows have."""
    plan = planned(engine, words, given)
    is_sorted = any("TEMP B-TREE" in line for line in plan)
    conditions = words.rpartition("WHERE")[2].partition("ORDER BY")[0].replace(" AND 1 = 1", "")
    is_cut = "LIMIT" in words and not is_sorted and " AND " not in conditions and " OR " not in conditions
    ranged = re.compile(r"SEARCH (\w+) USING .*\(\w+[<>]\?\)$")
    plan = [line for line in plan if not line.endswith(PARTIAL)]
    tables = [line.split()[1] for line in plan if line.startswith("SCAN ") or ranged.match(line)]
    return [
        table
        for table in tables
        if table not in FEW and not is_cut and re.search(rf"\b(FROM|JOIN) {re.escape(table)}\b", words)
    ]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", LISTS)
def test_a_list_reads_no_table_through(
    on_sqlite: World, tokens: dict[str, str], names: dict[str, Any], path: str, who: str
) -> None:
    status, statements = asked(on_sqlite, path.format(**names), tokens[who])
    assert status in (200, 403), path
    engine = on_sqlite.service.database.engine
    assert [
        (table, words) for words, given in statements for table in read_through(engine, words, given)
    ] == []


@pytest.mark.parametrize("who", WHO)
def test_part_of_a_number_is_looked_for_in_an_index_alone(
    on_sqlite: World, tokens: dict[str, str], who: str
) -> None:
    _, statements = asked(on_sqlite, "search?q=4711", tokens[who])
    engine = on_sqlite.service.database.engine
    steps = [line for words, given in statements for line in planned(engine, words, given)]
    looked = [line for line in steps if re.match(r"SCAN invoice\b", line)]
    assert looked == ["SCAN invoice USING COVERING INDEX ix_invoice_number_plain_uploader_party_id"]


def test_control_a_question_without_an_index_reads_its_table_through(on_sqlite: World) -> None:
    words = "SELECT id FROM act WHERE sender = 'relay' ORDER BY created_at LIMIT 5"
    assert read_through(on_sqlite.service.database.engine, words, ()) == ["act"]
