"""Files of the world against their truth; where none are at hand, the samples of our own."""

import json
from pathlib import Path
from random import Random

import pytest

from registry.invoices import sample_set as samples
from registry.invoices.use_cases import files_in, screen
from tests.invoices.builders import FIXTURES, ubl

OWN_GROUPS = [
    ["invoice-1.ubl.xml", "invoice-4-same-as-1.cii.xml"],
    ["invoice-2.pdf"],
    ["invoice-3.fapiao.xml"],
    ["invoice-5-altered-1.ubl.xml"],
    ["invoice-6.fapiao-2019.xml"],
    ["invoice-7-euro.ubl.xml", "invoice-8-same-as-7.cii.xml"],
]
OWN_RIVALS = [{"invoice-1.ubl.xml", "invoice-5-altered-1.ubl.xml"}]

# Same seller, number and year with other amounts: whichever comes second is blocked.
RIVALS = [
    {f"xrechnung/{name}-INVOICE_ubl.xml" for name in ("01.01a", "01.17a", "05.01a")},
    {
        "zugferd/EN16931_Einfach.pdf",
        "zugferd/EN16931_1_Teilrechnung.pdf",
        "zugferd/EN16931_Einfach_negativePaymentDue.cii.xml",
    },
]
# Two modifications of one Hungarian invoice that were given one number; Italian invoices 123 of 2014 and of 2017.
RIVALS += [
    {"nav-hu/Modositas es ervenytelenites 1.xml", "nav-hu/Tobbszoros modositas 1.xml"},
    {"fatturapa/IT01234567890_FPA01.xml", "fatturapa/IT01234567890_FPA02.xml"},
    {"fatturapa/IT01234567890_FPR01.xml", "fatturapa/IT01234567890_FPR03.xml"},
]
REFUSED = {
    "SOURCES.md": "unsupported_syntax",
    "groups.json": "unsupported_syntax",
    "cfdi/cfdv40-ejemplo.xml": "no_identity",
    "cfdi/h&e951128469_ingreso_iva16.xml": "no_identity",
}
SEVERAL = {"fatturapa/IT01234567890_FPR03.xml": 2}


def corpora() -> dict[str, tuple[Path, list[list[str]], list[set[str]]]]:
    found = {"samples": (samples.folder(), OWN_GROUPS, OWN_RIVALS)}
    if (FIXTURES / "groups.json").is_file():
        groups = json.loads((FIXTURES / "groups.json").read_bytes())["groups"]
        found["fixtures"] = (FIXTURES, groups, RIVALS)
    return found


CORPORA = corpora()


def in_order(folder: Path, order: str) -> list[tuple[str, bytes]]:
    files = list(files_in(folder))
    if order == "reversed":
        files.reverse()
    elif order != "sorted":
        Random(order).shuffle(files)
    return files


@pytest.mark.parametrize("order", ["sorted", "reversed", "one", "two", "three", "four", "five"])
@pytest.mark.parametrize("corpus", CORPORA)
def test_each_invoice_is_counted_once_in_any_order(corpus, order):
    folder, groups, rivals = CORPORA[corpus]
    files = in_order(folder, order)
    found = list(screen(files))
    assert [(row["file"], row["document"]) for row in found] == [
        (name, place) for name, _ in files for place in range(SEVERAL.get(name, 1))
    ]
    group_of = {name: set(group) for group in groups for name in group}

    for row in found:
        name = row["file"]
        if name in REFUSED:
            assert (row["outcome"], row["reason"]) == ("refused", REFUSED[name]), row
        else:
            assert row["outcome"] in ("new", "review", "conflict", "duplicate"), row
        if row["outcome"] == "duplicate":
            assert row["of"]["file"] in group_of[name], row
        if row["document"]:
            assert row["outcome"] == "new", row

    rows = {row["file"]: row for row in found if not row["document"]}
    for group in groups:
        first = [rows[name]["outcome"] for name in group if name not in REFUSED]
        assert len(first) - first.count("duplicate") == 1, group

    for some in rivals:
        wider = [group_of[name] for name in some]
        standing = [{rows[name]["outcome"] for name in group} - {"duplicate"} for group in wider]
        assert all(len(outcomes) == 1 for outcomes in standing)
        assert len([one for one in standing if one <= {"new", "review"}]) == 1, some
        everyone = set().union(*wider)
        blocked = [rows[name] for name in everyone if rows[name]["outcome"] == "conflict"]
        assert all(row["of"]["file"] in everyone for row in blocked)
    blocked = {name for name, row in rows.items() if row["outcome"] == "conflict"}
    assert all(any(group_of[name] & some for some in rivals) for name in blocked)


def test_a_row_has_plain_values_only():
    rows = list(screen([("a.xml", ubl()), ("b.xml", ubl()), ("c.txt", b"hello")]))
    assert json.loads(json.dumps(rows)) == rows
    assert rows == [
        {"file": "a.xml", "document": 0, "outcome": "new", "of": None, "reason": "no_key_known"},
        {
            "file": "b.xml",
            "document": 0,
            "outcome": "duplicate",
            "of": {"file": "a.xml", "document": 0},
            "reason": "same_file",
        },
        {"file": "c.txt", "document": 0, "outcome": "refused", "of": None, "reason": "unsupported_syntax"},
    ]


def test_a_refusal_in_deciding_is_a_row_too():
    [row] = screen([("a.xml", ubl(currency="XXX"))])
    assert (row["outcome"], row["reason"]) == ("refused", "unknown_currency")


def test_a_folder_is_walked_by_path_and_hidden_files_are_passed_over(tmp_path):
    for name in ("b/2.xml", "a.xml", "B.xml", ".hidden", ".git/config", "b/.keep", "b-c/1.xml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    (tmp_path / "link.xml").symlink_to(tmp_path / "a.xml")
    assert [name for name, _ in files_in(tmp_path)] == ["B.xml", "a.xml", "b-c/1.xml", "b/2.xml"]


def test_screening_can_be_left_early():
    rows = screen([("a.xml", ubl()), ("b.xml", ubl())])
    assert next(rows)["outcome"] == "new"
    rows.close()
