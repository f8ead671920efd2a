"""What explorers and custody screens show of a lot."""

import json
from base64 import b64decode
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.builders import acts
from tests.builders.ledger import DAY, SECOND, START, Ledger, refused

PREFIX, IMAGE = "data:application/json;base64,", "data:image/svg+xml;base64,"


def described(ledger: Ledger, lot: int) -> dict[str, Any]:
    uri = ledger.view("tokenURI", lot)
    assert uri.startswith(PREFIX)
    return dict(json.loads(b64decode(uri[len(PREFIX) :])))


def lines_of(document: dict[str, Any]) -> list[ElementTree.Element]:
    picture = b64decode(document["image"][len(IMAGE) :]).decode()
    return [node for node in ElementTree.fromstring(picture).iter() if node.text]


def shown(ledger: Ledger, lot: int) -> dict[str, str]:
    """The traits, which the picture shows too."""
    document = described(ledger, lot)
    assert document["name"] == f"Lot 0x{lot:064x}"
    texts = [node.text for node in lines_of(document)]
    traits = {each["trait_type"]: each["value"] for each in document["attributes"]}
    assert texts == [
        "Counterfoil",
        f"{traits['Currency']} {traits['Amount']}",
        f"Due {traits['Maturity']}",
        f"Obligor {traits['Obligor']}",
        traits["Status"],
    ]
    return traits


@pytest.mark.parametrize(
    ("currency", "code", "amount"),
    [
        (156, "CNY", "1234567.05"),
        (978, "EUR", "1234567.05"),
        (392, "JPY", "123456705"),
        (48, "BHD", "123456.705"),
        (8, "008", "1234567.05"),
        (123, "123", "1234567.05"),
        (999, "999", "1234567.05"),
        (1_000, "1000", "1234567.05"),
        (40_000, "40000", "1234567.05"),
    ],
)
def test_amounts_stand_in_their_currencys_own_decimals(
    ledger: Ledger, currency: int, code: str, amount: str
) -> None:
    traits = shown(ledger, acts.issue(ledger, face=123_456_705, currency=currency))
    assert (traits["Currency"], traits["Amount"]) == (code, amount)


@pytest.mark.parametrize("day", [0, 1, 44, 45, 46, 300, 364])
def test_the_maturity_is_a_date(ledger: Ledger, day: int) -> None:
    maturity = START + (day + 1) * DAY - 5
    traits = shown(ledger, acts.issue(ledger, maturity=maturity))
    assert traits["Maturity"] == datetime.fromtimestamp(maturity, UTC).date().isoformat()


def test_dates_agree_with_the_calendar_over_a_century() -> None:
    ledger = Ledger(parties=())
    lot = 77
    ledger.write("lots", lot, 1 << 248 | 5 << 128 | 100 << 64 | 1)
    for time in (0, 951_782_400, 951_868_799, 1_709_164_800, 4_107_542_400, 4_102_444_799, 2**32 - 1):
        ledger.write("facts", 5, time << 128 | 156 << 224 | 2 << 240)
        assert shown(ledger, lot)["Maturity"] == datetime.fromtimestamp(time, UTC).date().isoformat()


@pytest.mark.parametrize("year", [1970, 2000, 2023, 2024, 2100, 2101])
def test_every_month_of_a_year_begins_and_ends_on_its_day(year: int) -> None:
    """2000 and 2024 have a 29 February, 2023, 2100 and 2101 have none."""
    ledger = Ledger(parties=())
    ledger.write("lots", 77, 1 << 248 | 5 << 128 | 100 << 64 | 1)
    for month in range(1, 13):
        first = datetime(year, month, 1, tzinfo=UTC)
        for day in (first, first + timedelta(days=monthrange(year, month)[1], seconds=-1)):
            ledger.write("facts", 5, int(day.timestamp()) << 128 | 156 << 224 | 2 << 240)
            assert shown(ledger, 77)["Maturity"] == day.date().isoformat()


def test_the_lines_of_the_picture_stand_below_each_other_the_amount_twice_as_large(ledger: Ledger) -> None:
    lines = lines_of(described(ledger, acts.issue(ledger)))
    assert [(int(line.attrib["y"]), int(line.attrib["font-size"])) for line in lines] == [
        (48, 16),
        (110, 32),
        (156, 16),
        (182, 16),
        (208, 16),
    ]


def test_the_status_is_named(ledger: Ledger) -> None:
    lot = acts.issue(ledger)
    assert shown(ledger, lot)["Status"] == "Free"
    assert shown(ledger, lot)["Obligor"] == "1"
    acts.suspend(ledger, lot)
    assert shown(ledger, lot)["Status"] == "Suspended"
    acts.suspend(ledger, lot, suspended=False)
    acts.lock(ledger, lot)
    assert shown(ledger, lot)["Status"] == "Locked"
    acts.finance(ledger, lot, pledge=True)
    assert shown(ledger, lot)["Status"] == "Pledged"
    acts.release(ledger, lot)
    acts.finance(ledger, acts.lock(ledger, lot))
    assert shown(ledger, lot)["Status"] == "Financed"
    acts.settle(ledger, lot)
    assert (shown(ledger, lot)["Status"], shown(ledger, lot)["Amount"]) == ("Ended", "0.00")


def test_a_lot_nobody_issued_has_no_picture(ledger: Ledger) -> None:
    with refused("LotUnknown", lot=5):
        ledger.view("tokenURI", 5)


def test_a_part_has_its_own_picture(ledger: Ledger) -> None:
    child = acts.transfer(ledger, acts.issue(ledger, face=1_000), to=SECOND, amount=400)
    assert shown(ledger, child)["Amount"] == "4.00"
