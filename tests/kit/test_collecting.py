"""While a step makes many objects nobody looks for garbage, and afterwards somebody does again."""

import gc

import pytest

from registry.kit.collecting import uncollected


@uncollected()
def is_looked_for() -> bool:
    return gc.isenabled()


def test_nothing_is_looked_for_until_the_end() -> None:
    assert not is_looked_for()
    assert gc.isenabled()


def test_a_fault_ends_it_too() -> None:
    with pytest.raises(LookupError), uncollected():
        raise LookupError
    assert gc.isenabled()


def test_within_another_it_ends_with_the_outer_one() -> None:
    with uncollected():
        assert not is_looked_for()
        assert not gc.isenabled()
