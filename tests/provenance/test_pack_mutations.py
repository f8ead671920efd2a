"""Whatever is changed in a pack, it is refused, and for the reason that it is wrong for."""

import pytest

from registry.provenance.pack import Pack, write_pack
from tests.provenance.pack_mutations import KINDS, campaign, why_refused
from tests.provenance.pack_story import TRUST, Told, tell
from tests.provenance.provenance_world import World

COUNT = 25 * len(KINDS)
SEED = 20_261_129


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The same story, told by the same keys to a second registry of a chain founded alike."""
    world = World(tmp_path_factory.mktemp("foreign"))
    first = world.contract
    world.found()
    assert world.contract != first
    pack = tell(world).whole_pack()
    world.close()
    return pack


@pytest.fixture(scope="module")
def whole(told: Told) -> Pack:
    return told.whole_pack()


def test_control_the_untouched_pack_is_not_refused(whole: Pack) -> None:
    assert why_refused(write_pack(whole), whole.block.hash, TRUST) == set()


def test_each_mutant_is_refused_for_its_reason(told: Told, whole: Pack, foreign: Pack) -> None:
    older = told.whole_pack(whole.block.number - 1)
    refused = campaign(whole, foreign, older, COUNT, SEED, TRUST)
    assert refused == {kind: COUNT // len(KINDS) for kind, _ in KINDS}
