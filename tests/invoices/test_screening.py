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
UNREAD_FOLDERS = ("cfdi", "fatturapa", "gst-in", "nav-hu", "nfe", "ofd")
UNREAD = {
    "SOURCES.md",
    "groups.json",
    "cn-shudian/shudian_redacted.ofd",
    "cn-shudian/shudian_qr.txt",
    "zugferd/ZUGFeRD_1p0_COMFORT_Einfach.pdf",
}


def corpora() -> dict[str, tuple[Path, list[list[str]], list[set[str]]]]:
    found = {"samples": (samples.folder(), OWN_GROUPS, OWN_RIVALS)}
    if (FIXTURES / "groups.json").is_file():
        groups = json.loads((FIXTURES / "groups.json").read_bytes())["groups"]
        found["fixtures"] = (FIXTURES, groups, RIVALS)
    return found


CORPORA = corpora()


def is_unread(name: str) -> bool:
    return name in UNREAD or name.split("/", maxsplit=1)[0] in UNREAD_FOLDERS


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
    rows = {row["file"]: row for row in screen(files)}
    assert list(rows) == [name for name, _ in files]
    group_of = {name: set(group) for group in groups for name in group}

    for name, row in rows.items():
        if is_unread(name):
            assert (row["outcome"], row["reason"]) == ("refused", "unsupported_syntax"), name
        else:
            assert row["outcome"] in ("new", "conflict", "duplicate"), row
        if row["outcome"] == "duplicate":
            assert row["of"]["file"] in group_of[name], row

    for group in groups:
        first = [rows[name]["outcome"] for name in group if not is_unread(name)]
        assert len(first) - first.count("duplicate") == (1 if first else 0), group

    for some in rivals:
        wider = [group_of[name] for name in some]
        found = [{rows[name]["outcome"] for name in group} - {"duplicate"} for group in wider]
        assert sorted(map(sorted, found)) == [["conflict"]] * (len(some) - 1) + [["new"]]
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
