"""Ids are written with their kind before them, read in either form, and never mistaken for hashes."""

import pytest

from api import ids
from api.ids import LOT, RECEIVABLE, MalformedId

DIGITS = "0123456789abcdef"


@pytest.mark.parametrize("written", [f"rcv_{DIGITS}", f"0x{DIGITS}", DIGITS, f"RCV_{DIGITS.upper()}"])
def test_a_receivable_is_read_in_any_form_and_written_in_one(written: str) -> None:
    assert RECEIVABLE.read(written) == f"0x{DIGITS}"
    assert RECEIVABLE.outside(RECEIVABLE.read(written)) == f"rcv_{DIGITS}"


@pytest.mark.parametrize(
    "written", [f"lot_{DIGITS}", f"rcv_{DIGITS}0", "rcv_", "0x", "", f"rcv_{DIGITS[:-1]}g"]
)
def test_the_id_of_another_kind_or_length_is_refused(written: str) -> None:
    with pytest.raises(MalformedId):
        RECEIVABLE.read(written)


def test_ids_in_texts_are_written_as_outside_and_hashes_left_alone() -> None:
    whole = DIGITS * 4
    assert ids.shown(f"receivable:0x{DIGITS}") == f"rcv_{DIGITS}"
    assert ids.shown(f"lot:0x{whole}") == LOT.outside(f"0x{whole}")
    assert ids.shown(f"There is no lot 0x{whole}.") == f"There is no lot lot_{whole}."
    assert ids.shown(f"transaction 0x{whole}, party:3") == f"transaction 0x{whole}, party:3"
