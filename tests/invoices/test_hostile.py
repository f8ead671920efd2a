"""Files made to hurt their reader: each is refused with its reason, within bounds, and nothing of it is kept."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.invoices import sample_set as samples
from registry.invoices.errors import UnreadableInvoice
from registry.invoices.invoice import Invoice
from registry.invoices.use_cases import read_file
from registry.kit.errors import Refusal
from tests.invoices import documents
from tests.invoices.builders import ubl
from tests.invoices.hostile import HOSTILE

ROOT = Path(__file__).parents[2]
SPARE_MB = 200

# Registers files under a cap on what memory may grow by; prints the code of each document and how many were kept.
CAPPED = f"""
import json, resource, sys
from pathlib import Path
from sqlalchemy import func, select
from registry.invoices.model import InvoiceRecord
from registry.invoices.use_cases import register_file
from registry.kit.clock import FixedClock
from tests.invoices.builders import SELLER, a_database, id_source, live_keys, pdf, ubl

database, clock, ids = a_database(), FixedClock(), id_source()
def codes(name, content):
    surroundings = dict(uploader=SELLER, fingerprint_keys=live_keys, clock=clock, ids=ids)
    found = register_file(database, content=content, name=name, **surroundings)
    return [one.refusal.code if one.refusal else one.done.outcome for one in found]
codes("warm up", pdf())
for path in sys.argv[1:]:
    content = Path(path).read_bytes()
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + {SPARE_MB} * 2**20, resource.RLIM_INFINITY))
    print(json.dumps(codes(path, content)))
with database.read() as session:
    print(session.scalar(select(func.count()).select_from(InvoiceRecord)))
"""


def registered_under_a_cap(folder: Path, contents: list[bytes]) -> tuple[list[list[str]], int]:
    paths = []
    for place, content in enumerate(contents):
        path = folder / f"{place}.bin"
        path.write_bytes(content)
        paths.append(str(path))
    done = subprocess.run(
        [sys.executable, "-c", CAPPED, *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *codes, count = map(json.loads, done.stdout.splitlines())
    return codes, count


def test_hostile_files_are_refused_within_bounds_and_leave_nothing(tmp_path):
    codes, count = registered_under_a_cap(tmp_path, [build() for build in HOSTILE.values()])
    known = {one.code for one in UnreadableInvoice.__subclasses__()}
    for name, found in zip(HOSTILE, codes, strict=True):
        assert found, name
        assert set(found) <= known, (name, found)
    assert count == 0


def test_an_honest_file_is_kept_under_the_same_cap(tmp_path):
    assert registered_under_a_cap(tmp_path, [ubl(), documents.archive({"a.xml": ubl(number="2")})]) == (
        [["new"], ["review"]],
        2,
    )


SEEDS = [
    *documents.EVERY.values(),
    ubl(),
    documents.archive({"a.xml": ubl()}),
    documents.signed(documents.fatturapa()),
]
SEEDS += [samples.read("invoice-2.pdf"), documents.ofd(documents.fapiao())]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_mutation_of_a_file_gets_anything_but_an_invoice_or_a_refusal(data):
    content = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, max(0, len(content) - 1)))
        stop = min(len(content), start + data.draw(st.integers(0, 40)))
        content[start:stop] = data.draw(st.binary(max_size=12) | st.sampled_from(PIECES))
    for found in read_file(bytes(content), "mutated"):
        assert isinstance(found.invoice, Invoice) or isinstance(found.refusal, Refusal)


PIECES = [
    b"",
    b"<",
    b">",
    b"'",
    b"+",
    b":",
    b"?",
    b"-",
    b"9" * 30,
    b"1e9",
    b"9999-12-31",
    b"<!DOCTYPE x>",
    b"\x00",
    b"null",
    b"[[]]",
]


@pytest.mark.parametrize("place", range(len(SEEDS)))
def test_no_cut_of_a_file_gets_anything_but_an_invoice_or_a_refusal(place):
    content = SEEDS[place]
    for size in range(0, len(content), 1 + len(content) // 40):
        for found in read_file(content[:size], "cut"):
            assert isinstance(found.invoice, Invoice) or isinstance(found.refusal, Refusal)
