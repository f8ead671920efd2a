"""The file that stands for an authority, and how any outside service is asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Event

import orjson
import pytest

from registry.invoices.invoice import Invoice, Trader
from registry.invoices.verification import file_provider
from registry.invoices.verification.file_provider import FileProvider
from registry.invoices.verification.findings import Result, State
from registry.invoices.verification.provider import Answer, Inquiry
from registry.kit.identifiers import TaxId
from tests.invoices.builders import an_invoice

HEAD = "seller,number,code,state,issued_on,net,gross,payable,currency,detail\n"
ROW = "DE307141589,2026-17,,,2026-09-01,1000.00,1190.00,1190,EUR,\n"


def says(folder: Path, text: str, **changes: object) -> Answer:
    path = folder / "known.csv"
    path.write_text(text)
    return FileProvider(path).verify(an_invoice(**changes))


def test_an_invoice_that_stands_there_as_it_is_is_verified(tmp_path: Path) -> None:
    answer = says(tmp_path, HEAD + ROW)
    assert (answer.state, answer.finding.result) == (State.VERIFIED, Result.PASSED)
    assert len(answer.sha256 or "") == 64
    assert says(tmp_path, HEAD + ROW) == answer


@pytest.mark.parametrize("seller", ["DE307141589", "307141589", "de 307.141.589"])
@pytest.mark.parametrize("number", ["2026-17", "2026 17", "２０２６-17"])
def test_spelling_does_not_matter(tmp_path: Path, seller: str, number: str) -> None:
    assert says(tmp_path, f"seller,number\n{seller},{number}\n").state is State.VERIFIED


@pytest.mark.parametrize(
    "row",
    ["DE307141589,2026-18", "DE307141580,2026-17", "FR307141589,2026-17"],
)
def test_another_seller_or_number_is_not_found(tmp_path: Path, row: str) -> None:
    answer = says(tmp_path, f"seller,number\n{row}\n")
    assert (answer.state, answer.finding.result, answer.sha256) == (State.NOT_FOUND, Result.ERROR, None)


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("issued_on", "2026-09-02"),
        ("net", "999.99"),
        ("gross", "1191.00"),
        ("payable", "1"),
        ("currency", "USD"),
    ],
)
def test_other_contents_are_a_mismatch_that_says_which(tmp_path: Path, column: str, other: str) -> None:
    answer = says(tmp_path, f"seller,number,{column}\nDE307141589,2026-17,{other}\n")
    assert (answer.state, answer.values) == (State.MISMATCH, {column: other})


@pytest.mark.parametrize("state", ["void", "red_letter"])
def test_void_and_red_letter_come_before_any_mismatch(tmp_path: Path, state: str) -> None:
    answer = says(tmp_path, f"seller,number,state,gross\nDE307141589,2026-17,{state},1\n")
    assert answer.state.value == state


def test_the_last_row_counts(tmp_path: Path) -> None:
    answer = says(tmp_path, HEAD + ROW + "DE307141589,2026-17,,void,,,,,,Canceled on request\n")
    assert (answer.state, answer.detail) == (State.VOID, "Canceled on request")


def test_a_fapiao_is_looked_up_by_code_and_number(tmp_path: Path) -> None:
    seller = Trader("宁波精工", "CN", (TaxId.of("91330206MA2NB8Q357", country="CN", scheme="USCC"),))
    text = "seller,number,code\n91330206MA2NB8Q357,00012345,033002600111\n"
    of: dict[str, object] = {"seller": seller, "number": "00012345", "currency": "CNY"}
    assert says(tmp_path, text, **of, code="033002600111").state is State.VERIFIED
    assert says(tmp_path, text, **of, code="033002600112").state is State.NOT_FOUND


def test_json_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(orjson.dumps([{"seller": "DE307141589", "number": "2026-17", "state": "void"}]))
    assert FileProvider(path).verify(an_invoice()).state is State.VOID


def test_the_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text(HEAD + ROW)
    provider = FileProvider(path)
    assert provider.verify(an_invoice()).state is State.VERIFIED
    path.write_text(HEAD + ROW.replace("2026-17,,", "2026-17,,void"))
    assert provider.verify(an_invoice()).state is State.VOID


@pytest.mark.parametrize(
    "text",
    [
        "seller,number,state\nDE1,2,canceled\n",
        "seller,number\nDE1,\n",
        "seller,number,colour\nDE1,2,red\n",
        "seller,number,gross\nDE1,2,much\n",
        "seller,number,gross\nDE1,2,NaN\n",
        "seller,number,issued_on\nDE1,2,01.09.2026\n",
        "seller,number\nDE1,2,3\n",
        "[1, 2]",
        "[",
        'seller,number\n"DE1,2\n',
    ],
)
def test_a_file_with_a_slip_answers_nothing_rather_than_half(tmp_path: Path, text: str) -> None:
    answer = says(tmp_path, text)
    assert (answer.state, answer.finding.result) == (State.UNAVAILABLE, Result.NOT_CHECKED)


def test_a_missing_or_endless_file_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FileProvider(tmp_path / "none.csv").verify(an_invoice()).state is State.UNAVAILABLE
    monkeypatch.setattr(file_provider, "MAX_ROWS", 1)
    assert says(tmp_path, HEAD + ROW + ROW).state is State.UNAVAILABLE
    monkeypatch.setattr(file_provider, "MAX_FILE_BYTES", 10)
    assert says(tmp_path, HEAD + ROW).state is State.UNAVAILABLE


class Office:
    """A service that answers as told."""

    name = "tax office"

    def __init__(self, answer: Answer | Exception, wait: Event | None = None) -> None:
        self.answer, self.wait, self.asked = answer, wait, 0

    def verify(self, _invoice: Invoice) -> Answer:
        self.asked += 1
        if self.wait is not None:
            self.wait.wait(30)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


GOOD = Answer(State.VERIFIED, "It is there.")


def test_an_answer_is_passed_on() -> None:
    assert Inquiry(Office(GOOD), 30).ask(an_invoice()) == GOOD


def test_a_service_that_breaks_is_unavailable() -> None:
    assert Inquiry(Office(RuntimeError("line cut")), 30).ask(an_invoice()).state is State.UNAVAILABLE


def test_a_service_that_hangs_is_left_after_the_bound_and_not_asked_twice() -> None:
    end = Event()
    slow = Office(GOOD, end)
    inquiry = Inquiry(slow, 0.01)
    assert [inquiry.ask(an_invoice()).state for _ in range(3)] == [State.UNAVAILABLE] * 3
    assert slow.asked == 1
    end.set()
    assert inquiry._last is not None
    inquiry._last.join(30)
    assert Inquiry(slow, 30).ask(an_invoice()) == GOOD


def test_two_who_ask_at_once_are_both_answered() -> None:
    """The second waits for its turn, and is not told that nobody answers."""
    begun, go_on = Event(), Event()

    class Slow(Office):
        def verify(self, invoice: Invoice) -> Answer:
            begun.set()
            go_on.wait(30)
            return super().verify(invoice)

    inquiry = Inquiry(Slow(GOOD), 30)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inquiry.ask, an_invoice())
        assert begun.wait(30)
        second = pool.submit(inquiry.ask, an_invoice())
        go_on.set()
        assert [first.result(60), second.result(60)] == [GOOD, GOOD]


def test_what_an_invoice_does_not_state_is_not_held_against_it(tmp_path: Path) -> None:
    assert says(tmp_path, HEAD + ROW, net=None, gross=None).state is State.VERIFIED
    assert (
        says(tmp_path, HEAD + ROW, issued_on=date(2026, 9, 1), payable=Decimal("1190.000")).state
        is State.VERIFIED
    )
