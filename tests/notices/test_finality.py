"""Money moves on what is final: before, nobody is told to pay, and nothing is written down that would stay wrong."""

from decimal import Decimal

import pytest

from registry.chain.finality import Finality
from registry.financing import queries
from registry.financing.model import Financing
from registry.financing.use_cases import agree_sale, finance_lot, reserve_lot, sale_message
from registry.parties.use_cases import freeze_party
from registry.receivables import queries as receivables
from tests.builders.office import Office
from tests.financing.test_remedies import HOUR, finance, lock, release, stands
from tests.notices.told import pay_into, payee, refused_code, root_of, second_person, told


@pytest.fixture
def patient(office: Office) -> Office:
    """On a chain whose blocks are final once another stands upon them."""
    office.service.worker._mirror._finality = Finality(1)
    return office


def another_block(office: Office) -> None:
    """Makes the block before final."""
    office.settle(freeze_party(office.context, office.number("tier3"), is_frozen=True))
    office.settle(freeze_party(office.context, office.number("tier3"), is_frozen=False))


def sell(office: Office, lot: str) -> None:
    bank = office.number("bank")
    agreed = agree_sale(office.context, lot, bank, Decimal("0.05"), with_recourse=True)
    with office.service.database.read() as session:
        message = sale_message(session, lot, agreed)
    office.settle(finance_lot(office.context, lot, [office.sign(one, message) for one in ("tier1", "bank")]))


def test_nobody_is_told_to_pay_another_before_the_act_is_final(patient: Office) -> None:
    root = root_of(patient)
    another_block(patient)
    act = patient.pass_on(root, "tier1", "tier2", "1000000.00")
    assert told(patient) == []
    assert (payee(patient, root).party, payee(patient, root).on_ledger) == (
        patient.number("tier1"), patient.number("tier2"),
    )  # fmt: skip
    another_block(patient)
    (notice,) = told(patient)
    assert notice.block_number == act.block_number
    assert payee(patient, root).party == patient.number("tier2")


def test_a_part_split_off_just_now_is_still_paid_to_whom_the_whole_was(patient: Office) -> None:
    root = root_of(patient)
    patient.pass_on(root, "tier1", "tier2", "1000000.00")
    another_block(patient)
    patient.pass_on(root, "tier2", "tier3", "400000.00")
    with patient.service.database.read() as session:
        (part,) = [one.id for one in receivables.lots(session) if one.parent == root]
    assert payee(patient, part).party == patient.number("tier2")
    another_block(patient)
    assert payee(patient, part).party == patient.number("tier3")


def test_a_lot_is_bought_only_once_its_lock_is_final(patient: Office) -> None:
    root = root_of(patient)
    lock(patient, root)
    assert refused_code(lambda: sell(patient, root)) == "not_final"
    another_block(patient)
    sell(patient, root)


def test_on_an_instant_chain_a_lock_is_enough(office: Office) -> None:
    lock(office, root_of(office))
    sell(office, root_of(office))


def test_a_funder_is_told_that_it_financed_once_that_is_final(patient: Office) -> None:
    root = root_of(patient)
    patient.service.worker._mirror._finality = Finality(0)
    financing = finance(patient, root, is_pledge=True)
    assert stands(patient, financing) == ("financed", None)
    patient.service.worker._mirror._finality = Finality(1)
    patient.settle(release(patient, root, "bank"))
    # The release could still be undone: the row must not end by it.

    def reserve() -> Financing:
        end = patient.context.now + HOUR
        return reserve_lot(patient.context, root, patient.number("second_bank"), end)

    assert refused_code(reserve) == "not_final"
    another_block(patient)
    assert stands(patient, financing) == ("ended", "released")
    assert reserve().funder == patient.number("second_bank")


def test_a_sale_that_is_not_final_is_still_on_its_way(patient: Office) -> None:
    root = root_of(patient)
    lock(patient, root)
    another_block(patient)
    sell(patient, root)
    with patient.service.database.read() as session:
        financing = queries.live_financing(session, root)
    assert financing is not None
    assert stands(patient, financing) == ("submitted", None)
    another_block(patient)
    assert stands(patient, financing) == ("financed", None)


def test_where_a_party_is_paid_rests_on_final_keys(patient: Office) -> None:
    second = second_person(patient)
    assert refused_code(lambda: pay_into(patient, second)) == "not_final"
    another_block(patient)
    assert pay_into(patient, second).party == patient.number("tier1")
