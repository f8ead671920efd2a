"""No list reads a table through: whoever asks, an index leads to what is shown, or the page ends the reading. On SQLite,
whose plans say in words what is looked at. A search is no list: it looks into the middle of names and numbers, which for
numbers are an index of nothing else."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import current_thread
from typing import Any

import orjson
import pytest
from sqlalchemy import Engine, event

from tests.api.http_world import MATURITY, World, a_world
from tests.builders.databases import CHOSEN, SQLITE

ROOT = Path(__file__).parents[2]
# As many rows as the registry has settings, rule packs, nodes: none grows with what is recorded.
FEW = frozenset({"chain_setting", "retired_fingerprint_key", "rule_choice", "mirror_cursor", "quarantine"})
# Indexes of some rows alone, and of which.
_IS_OPEN = "notice.acknowledged_at IS NULL AND notice.withdrawn_at IS NULL"
PARTIAL = {
    "ix_notice_open": _IS_OPEN,
    "ix_notice_answered": f"NOT ({_IS_OPEN})",
    "ix_correction_warning_unread": "correction_warning.read_at IS NULL",
    "ix_correction_warning_read": "correction_warning.read_at IS NOT NULL",
    "ix_financing_live": "financing.ended_at IS NULL",
    "ix_financing_ended": "financing.ended_at IS NOT NULL",
}
LOOPS = frozenset({"chain", "worker", "importer", "webhooks", "recheck", "chain-miner", "chain-rpc"})
WHO = ("operator", "hanse", "nordlicht", "bank", "auditor")
# Each list, with what it is narrowed by.
LISTS = {
    "acts": ("status=included", "party={nordlicht}", "about={lot}", "min_finality=final"),
    "api-keys": (),
    "correction-warnings": ("party={nordlicht}", "is_read=false"),
    "corrections": ("standing=doubtful", "invoice={invoice}", "receivable={receivable}"),
    "decisions": ("about={lot}", "outcome=warn"),
    "drafts": ("originator={nordlicht}", "min_finality=final"),
    "financings": ("lot={lot}", "party={bank}", "is_live=true", "min_finality=final"),
    "imports": ("party={nordlicht}",),
    "invitations": (),
    "invoices": ("party={nordlicht}",),
    "lots": ("holder={nordlicht}", "receivable={receivable}", "min_finality=final"),
    "notices": ("obligor={hanse}", "assignee={bank}", "lot={lot}", "is_open=true"),
    "obligors/overdue": (),
    "parties": ("min_finality=final",),
    "payment-accounts": ("party={nordlicht}", "party={nordlicht}&currency=EUR"),
    "payments": (f"obligor={{hanse}}&due={MATURITY}",),
    "people": (),
    "receivables": ("status=confirmed", "party={hanse}", "min_finality=final"),
    "suspicions": ("state=open", "sign=amount"),
    "viewing-consents": (),
    "webhooks": (),
}
NEVER_WHOLE = {"imports", "invoices", "payment-accounts", "payments"}  # they are always somebody's
PATHS = [
    *(sorted(LISTS.keys() - NEVER_WHOLE)),
    *(f"{path}?{by}" for path, bys in LISTS.items() for by in bys),
]
PAGES = 2  # the second begins behind the first


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
    invoice = on_sqlite.bring()["id"]
    return {**on_sqlite.numbers, "lot": lot, "receivable": receivable, "invoice": invoice}


def asked(world: World, path: str, token: str) -> tuple[int, list[tuple[str, Any]]]:
    """The answer's status, and the statements that were asked for it and, where it is a page, for the next."""
    engine, found = world.service.database.engine, list[tuple[str, Any]]()

    def keep(_connection: Any, _cursor: Any, words: str, given: Any, _context: Any, _many: bool) -> None:
        if current_thread().name not in LOOPS and words.lstrip().startswith(("SELECT", "WITH")):
            found.append((words, given))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        status, after = 200, ""
        for _ in range(PAGES):
            where = f"/v1/{path}{'&' if '?' in path else '?'}limit=1" + (f"&after={after}" if after else "")
            answer = world.http.client.get(where, headers={"Authorization": f"Bearer {token}"})
            status, after = answer.status_code, answer.json().get("next")
            if status != 200 or not after:
                break
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    return status, found


def planned(engine: Engine, words: str, given: Any) -> list[str]:
    with engine.connect() as connection:
        return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given)]


def conditions(words: str) -> list[str]:
    """What a statement demands of its own rows; whatever stands in brackets is one."""
    while (shorter := re.sub(r"\([^()]*\)", "…", words)) != words:
        words = shorter
    narrowed = words.partition("\nWHERE ")[2].partition(" ORDER BY ")[0]
    return [one for one in re.split(" AND | OR ", narrowed) if one and one != "1 = 1"]


def is_ended_by_its_page(words: str, plan: Sequence[str], line: str) -> bool:
    """Whether each row that is read is one of the page: in its order, and narrowed by nothing but where it begins."""
    if "LIMIT" not in words or any("TEMP B-TREE" in each for each in plan):
        return False
    index = re.search(r"INDEX (\w+)", line)
    given = PARTIAL.get(index[1]) if index else None
    demanded = conditions(words.replace(given, "1 = 1") if given else words)
    return f"FROM {line.split()[1]} " in words and len(demanded) <= line.startswith("SEARCH ")


def read_through(engine: Engine, words: str, given: Any) -> list[str]:
    """Tables that a statement reads from end to end, or from the page before on, for what few of their rows have."""
    plan = planned(engine, words, given)
    ranged = re.compile(r"SEARCH \w+ USING .*\(\w+[<>]\?\)$")
    read = [
        line
        for line in plan
        if (line.startswith("SCAN ") or ranged.match(line)) and not is_ended_by_its_page(words, plan, line)
    ]
    tables = {line.split()[1] for line in read} - FEW
    return sorted(one for one in tables if re.search(rf"\b(FROM|JOIN) {re.escape(one)}\b", words))


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", PATHS)
def test_a_list_reads_no_table_through(
    on_sqlite: World, tokens: dict[str, str], names: dict[str, Any], path: str, who: str
) -> None:
    status, statements = asked(on_sqlite, path.format(**names), tokens[who])
    assert (status, bool(statements)) == (200, True) or status == 403, path
    engine = on_sqlite.service.database.engine
    assert [
        (table, words) for words, given in statements for table in read_through(engine, words, given)
    ] == []


def test_each_list_is_asked_by_everything_that_narrows_it() -> None:
    paths = orjson.loads((ROOT / "docs/openapi.json").read_bytes())["paths"]
    for path, bys in LISTS.items():
        named = {one["name"] for one in paths[f"/v1/{path}"]["get"]["parameters"] if one["in"] == "query"}
        assert {one.split("=")[0] for by in bys for one in by.split("&")} == named - {
            "limit",
            "after",
            "accept",
        }


def test_every_list_there_is_is_asked() -> None:
    paths = orjson.loads((ROOT / "docs/openapi.json").read_bytes())["paths"]
    pages = {
        path.removeprefix("/v1/")
        for path, ways in paths.items()
        if "{" not in path
        and any(one["name"] == "after" for one in ways.get("get", {}).get("parameters", ()))
    }
    assert pages - LISTS.keys() == {"search"}


@pytest.mark.parametrize("who", WHO)
def test_part_of_a_number_is_looked_for_in_an_index_alone(
    on_sqlite: World, tokens: dict[str, str], who: str
) -> None:
    _, statements = asked(on_sqlite, "search?q=4711", tokens[who])
    engine = on_sqlite.service.database.engine
    steps = [line for words, given in statements for line in planned(engine, words, given)]
    looked = [line for line in steps if re.match(r"SCAN invoice\b", line)]
    assert looked == ["SCAN invoice USING COVERING INDEX ix_invoice_number_plain_uploader_party_id"]


@pytest.mark.parametrize(
    "words",
    [
        "FROM act \nWHERE sender = 'relay' ORDER BY created_at LIMIT 5",
        "FROM act \nWHERE sender = 'relay' ORDER BY position LIMIT 5",
        "FROM act \nWHERE sender = 'relay' AND position < 9 ORDER BY position LIMIT 5",
        "FROM act \nWHERE position < 9 AND (kind = 'a' OR kind = 'b') ORDER BY position LIMIT 5",
        "FROM act \nWHERE position < 9 ORDER BY position",
        "FROM act \nWHERE position < 9 ORDER BY created_at LIMIT 5",
    ],
)
def test_control_a_question_without_an_index_reads_its_table_through(on_sqlite: World, words: str) -> None:
    assert read_through(on_sqlite.service.database.engine, f"SELECT id \n{words}", ()) == ["act"]


@pytest.mark.parametrize(
    "words", ["ORDER BY position LIMIT 5", "\nWHERE position < 9 ORDER BY position LIMIT 5"]
)
def test_control_a_page_by_place_reads_no_more_than_itself(on_sqlite: World, words: str) -> None:
    assert read_through(on_sqlite.service.database.engine, f"SELECT id \nFROM act {words}", ()) == []
