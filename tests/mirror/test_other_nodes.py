"""The same life on another implementation of the chain, where it is installed: anvil, an npm package."""

import pytest

from registry.mirror.digest import digest
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from tests.builders.anvil import BINARY
from tests.mirror.life import anvil_life, embedded_life
from tests.mirror.second_life import live_on

NODES = ["embedded", *(["anvil"] if BINARY.exists() else [])]


@pytest.fixture(params=NODES)
def life(request, tmp_path):
    if request.param == "anvil":
        with anvil_life(tmp_path) as life:
            yield life
    else:
        with embedded_life(tmp_path) as (life, _):
            yield life


def test_a_whole_life_is_mirrored_without_drift(life):
    lived = life.live()
    told = live_on(life)
    found = reconcile(life.database, life.node, life.address)
    assert found.drifts == []
    assert found.records > 60
    assert rebuild(life.database).is_same
    other = life.open_database("other.db")
    life.new_mirror(other).catch_up()
    with life.database.read() as one, other.read() as two:
        assert digest(one) == digest(two)
    assert len(lived.lots()) == 3
    assert life.lot(told.pledged).amount == 20_000_000
    other.close()
