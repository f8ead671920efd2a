"""Frauds are told from honest invoices, on sets that are the same every time; what the bench prints is what it found."""

import json

import pytest

from registry.invoices.use_cases import read_invoice
from tests.invoices import bench_invoices
from tests.invoices.bench_invoices import Found, as_text, judged
from tests.invoices.generator import EXACT, SIGNALED, Kind, Label, a_set
from tests.invoices.writing import as_files


@pytest.fixture(scope="module")
def found() -> list[Found]:
    return judged(a_set(seed=1, cases=3))


def test_a_seed_gives_the_same_set_and_another_seed_another():
    assert a_set(3, 1) == a_set(3, 1)
    assert a_set(3, 1) != a_set(4, 1)


def test_each_fraud_stands_among_ten_honest_invoices_at_least():
    labelled = a_set(2, 1)
    for kind in Kind:
        told = [one.label for one in labelled if one.kind is kind]
        assert told.count(Label.FRAUD) >= 1
        assert told.count(Label.HONEST) >= 10


def test_exact_kinds_are_all_found_and_near_ones_nearly_all(found):
    for one in found:
        assert one.recall >= (1.0 if one.kind in EXACT | SIGNALED else 0.95), one


def test_what_is_said_is_mostly_true(found):
    caught, flagged = (sum(getattr(one, name) for one in found) for name in ("found", "flagged"))
    assert caught / (caught + flagged) >= 0.9


def test_written_files_say_what_the_invoice_says():
    fields = ("number", "issued_on", "currency", "payable", "net", "seller", "buyer", "payee", "lines", "accounts",
              "period", "preceding")  # fmt: skip
    seen = set()
    for one in a_set(1, 1):
        for syntax, content in as_files(one.invoice).items():
            seen.add(syntax)
            [read] = read_invoice(content, syntax)
            assert all(getattr(read, name) == getattr(one.invoice, name) for name in fields), (syntax, read)
    assert seen == {"ubl", "cii", "pdf", "fapiao"}


def test_the_bench_prints_its_table_and_the_same_as_json(capsys):
    few = ["--cases", "0", "--count", "5"]
    assert bench_invoices.main(few) == 0
    assert "precision" in capsys.readouterr().out
    assert bench_invoices.main([*few, "--json", "--seed", "7"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["seed"], len(told["kinds"])) == (7, len(Kind))


def test_a_table_row_shows_recall_and_precision_beside_their_goals():
    row = as_text([Found(Kind.CUT, frauds=20, found=19, honest=200, flagged=1)], {}, "").splitlines()[1]
    assert row.split() == ["cut", "20", "0.950", "0.95", "200", "1", "0.950", "0.90"]
