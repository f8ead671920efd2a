"""Every act that passes a claim on tells the obligor, once, with the time it could know."""

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from registry.financing.use_cases import release_lot, release_message
from registry.kit.clock import FixedClock
from registry.mirror import queries as mirrored
from registry.mirror.fold import PROJECTIONS
from registry.mirror.mirror import Mirror
from registry.mirror.rebuild import rebuild
from registry.notices import queries
from registry.notices.making import make_notices
from registry.notices.model import Notice
from registry.notices.rules import KIND_OF_ACT, AssignmentKind
from registry.receivables import queries as receivables
from registry.receivables.disputes import force_transfer
from registry.receivables.lots import reject_lot, rejection_message
from registry.relay.model import Act
from tests.builders.office import START, Office, open_office
from tests.financing.test_remedies import (
    PAST_MATURITY_DAYS,
    enforce,
    finance,
    lock,
    put_back,
    reassign,
    release,
    settle,
    write_off,
)
from tests.mirror.life import embedded_life
from tests.notices.told import root_of as root_lot
from tests.notices.told import told

ROOT = Path(__file__).parents[2]
FACE = 100_000_000


@pytest.fixture
def root(office: Office) -> str:
    return root_lot(office)


def as_told(office: Office, *notices: Notice) -> list[tuple[str, str, str, str, str]]:
    """Kind, assignor, assignee, payee and payee before, by handle."""
    handles = {number: handle for handle, number in office.story.numbers.items()}
    return [
        (one.kind, *(handles[each] for each in (one.assignor, one.assignee, one.payee, one.payee_before)))
        for one in notices
    ]


def test_a_transfer_tells_who_to_whom_how_much_and_what_for(office: Office, root: str) -> None:
    office.clock.advance(days=3)
    act = office.pass_on(root, "tier1", "tier2", "1000000.00")
    (notice,) = told(office)
    with office.service.database.read() as session:
        of = receivables.receivable(session, notice.receivable)
    assert as_told(office, notice) == [("transfer", "tier1", "tier2", "tier2", "tier1")]
    assert (notice.obligor, notice.lot, notice.amount) == (office.number("obligor"), root, FACE)
    assert (notice.currency, notice.maturity) == (of.currency, of.maturity)
    assert notice.tx_hash == act.tx_hash
    assert notice.invoices
    assert notice.arrived_at == office.clock.now()
    assert notice.acknowledged_at is None


def test_a_part_makes_a_notice_of_the_part_from_the_holder_of_the_whole(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    (part,) = told(office)
    assert part.lot != root
    assert part.amount == 40_000_000
    office.pass_on(part.lot, "tier2", "tier3", "150000.00")
    assert as_told(office, told(office)[1]) == [("transfer", "tier2", "tier3", "tier3", "tier2")]


def test_giving_back_a_sale_and_what_a_funder_does_later_are_told(office: Office, root: str) -> None:
    office.pass_on(root, "tier1", "tier2", "1000000.00")
    with office.service.database.read() as session:
        message = rejection_message(session, root)
    office.settle(reject_lot(office.context, root, [office.sign("tier2", message)]))
    agreed = finance(office, root)
    office.settle(reassign(office, root, "bank", "second_bank"))
    office.clock.advance(days=PAST_MATURITY_DAYS)
    office.settle(put_back(office, root, "second_bank"))
    made = told(office)
    assert as_told(office, *made[1:]) == [
        ("return", "tier2", "tier1", "tier1", "tier2"),
        ("sale", "tier1", "bank", "bank", "tier1"),
        ("reassignment", "bank", "second_bank", "second_bank", "bank"),
        ("put_back", "second_bank", "tier1", "tier1", "second_bank"),
    ]
    assert made[2].agreement == agreed.terms_hash
    assert [one.agreement for one in (made[0], made[1], made[4])] == [None, None, None]


def test_a_pledge_changes_who_is_paid_and_its_release_changes_it_back(office: Office, root: str) -> None:
    finance(office, root, is_pledge=True)
    office.settle(release(office, root, "bank"))
    finance(office, root, is_pledge=True)
    office.clock.advance(days=PAST_MATURITY_DAYS)
    office.settle(enforce(office, root))
    assert as_told(office, *told(office)) == [
        ("pledge", "tier1", "bank", "bank", "tier1"),
        ("release", "bank", "tier1", "tier1", "bank"),
        ("pledge", "tier1", "bank", "bank", "tier1"),
        ("enforcement", "tier1", "bank", "bank", "bank"),
    ]


def test_an_order_of_the_arbiter_is_told_also_where_the_pledgee_stays(office: Office, root: str) -> None:
    office.settle(force_transfer(office.context, root, office.number("tier2"), "order 3"))
    assert as_told(office, *told(office)) == [("order", "tier1", "tier2", "tier2", "tier1")]


def test_an_order_about_a_pledged_lot_leaves_its_funder_the_payee(office: Office, root: str) -> None:
    finance(office, root, is_pledge=True)
    office.settle(force_transfer(office.context, root, office.number("tier3"), "order 4"))
    assert as_told(office, told(office)[-1]) == [("order", "tier1", "tier3", "bank", "bank")]


def test_control_what_passes_nothing_on_tells_nothing(office: Office, root: str) -> None:
    lock(office, root)
    with office.service.database.read() as session:
        message = release_message(session, root)
    bank = office.number("bank")
    office.settle(release_lot(office.context, root, bank, [office.sign("bank", message)]))
    office.settle(settle(office, root, "clearing", 100, "clearing"))
    office.settle(write_off(office, root, 100, "tier1"))
    assert told(office) == []


def test_every_kind_follows_from_an_act_of_the_ledger() -> None:
    assert set(KIND_OF_ACT.values()) == set(AssignmentKind)


def test_signed_is_not_arrived(office: Office, root: str) -> None:
    """Arrival is when the obligor could retrieve it, not when the parties signed or the block was made."""
    act = office.send(root, "tier1", "tier2")
    office.service.worker.run_until_idle()
    (notice,) = told(office)
    office.clock.advance(hours=5)
    office.pass_on(root, "tier2", "tier3", "1000000.00")
    assert act.created_at <= notice.arrived_at < told(office)[1].arrived_at == office.clock.now()


# ---------------------------------------------------------------------- whatever else happens


def lived_through(office: Office, root: str) -> list[Notice]:
    office.pass_on(root, "tier1", "tier2", "400000.00")
    finance(office, root)
    return told(office)


def columns(notice: Notice) -> dict[str, object]:
    return {column.name: getattr(notice, column.name) for column in Notice.__table__.columns}


def test_notices_survive_the_projections_and_are_not_made_twice(office: Office, root: str) -> None:
    before = [columns(one) for one in lived_through(office, root)]
    with office.service.database.write() as session:
        for kind in PROJECTIONS:
            session.execute(delete(kind))
    office.clock.advance(days=1)
    rebuild(office.service.database)
    with office.service.database.write() as session:
        assert make_notices(session, office.clock) == 0
    assert [columns(one) for one in told(office)] == before
    office.settle(reassign(office, root, "bank", "second_bank"))
    assert len(told(office)) == len(before) + 1


def test_made_again_from_the_chain_alone_they_say_the_same(office: Office, root: str) -> None:
    before = lived_through(office, root)
    with office.service.database.write() as session:
        session.execute(delete(Notice))
        assert make_notices(session, office.clock) == len(before) == 2
    assert [one.id for one in told(office)] == [one.id for one in before]


def test_acts_past_the_registry_are_told_like_any_other_whatever_the_size_of_steps(tmp_path: Path) -> None:
    with embedded_life(tmp_path) as (life, _):
        life.live()
        with life.database.read() as session:
            acts = {act.tx_hash for act in session.scalars(select(Act))}
            wanted = {
                (hop.tx_hash, hop.log_index)
                for hop in receivables.hops_behind(session, -1, KIND_OF_ACT)
                if hop.kind != "released"  # from a hold only
            }
        assert any(tx_hash not in acts for tx_hash, _ in wanted)
        made = []
        for limit in (1, 1_000):
            database = life.open_database(f"steps_{limit}.db")
            witness = partial(make_notices, clock=life.clock)
            mirror = Mirror(database, life.node, life.address, life.start_block, life.clock, witness=witness)
            while mirror.step(limit):
                pass
            with database.read() as session:
                made.append([columns(one) for one in queries.notices(session)])
            database.close()
        assert {(one["tx_hash"], one["log_index"]) for one in made[0]} == wanted
        assert made[0] == made[1]


def test_what_was_mirrored_without_notices_is_made_good_with_the_next_block(
    office: Office, root: str
) -> None:
    mirror = office.service.worker._mirror
    witness, mirror._witness = mirror._witness, None
    office.pass_on(root, "tier1", "tier2", "400000.00")
    assert told(office) == []
    office.clock.advance(hours=1)
    mirror._witness = witness
    office.pass_on(root, "tier1", "tier3", "100000.00")
    late, fresh = told(office)
    assert (late.amount, fresh.amount) == (40_000_000, 10_000_000)
    assert late.arrived_at == fresh.arrived_at == office.clock.now()


def test_a_mirror_that_fails_before_its_transaction_ends_leaves_neither_block_nor_notice(
    office: Office, root: str
) -> None:
    service = office.service
    with service.database.read() as session:
        stood = mirrored.cursor(session)
    assert stood is not None

    def fails(session: object) -> None:
        make_notices(session, office.clock)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    settings = service.settings
    place = (service.node, settings.contract, settings.start_block, office.clock)
    failing = Mirror(service.database, *place, witness=fails)
    service.worker._mirror = failing
    office.send(root, "tier1", "tier2")
    with pytest.raises(KeyboardInterrupt):
        service.worker.run_until_idle()
    with service.database.read() as session:
        now = mirrored.cursor(session)
        assert now is not None
        assert now.number == stood.number
        assert queries.last_block(session) == -1
    service.worker._mirror = Mirror(
        service.database, *place, witness=partial(make_notices, clock=office.clock)
    )
    service.worker.run_until_idle()
    assert len(told(office)) == 1


@pytest.mark.parametrize("when", ["before", "within", "after"])
def test_killed_around_a_notice_it_arrives_exactly_once_and_never_before_its_act(
    office_folder: Path, when: str
) -> None:
    """A process that is killed before, between or after block and notice; the next one finds one of each."""
    command = [sys.executable, str(Path(__file__).with_name("killed_process.py")), str(office_folder), when]
    killed = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -9, killed.stderr
    later = FixedClock(START + timedelta(hours=3))
    with open_office(office_folder, later) as again:
        with again.service.database.read() as session:
            is_moved = any(lot.holder == again.number("tier2") for lot in receivables.lots(session))
        assert is_moved == (when == "after") == bool(told(again))
        again.service.worker.run_until_idle()
        (notice,) = told(again)
        with again.service.database.read() as session:
            assert receivables.lot(session, notice.lot).holder == notice.assignee == again.number("tier2")
        assert (notice.arrived_at == later.now()) == (when != "after")
