"""The operator's part passes to another key: offered by the one, accepted by the other, and nobody loses an act."""

from pathlib import Path

import pytest

from api.service import PASSWORD_FILE, keystore
from registry.chain.keys import SigningKey, open_keystore
from tests.api.test_commands import Clerk


@pytest.fixture
def clerk(live_folder: Path) -> Clerk:
    return Clerk(live_folder)


@pytest.fixture
def successor(clerk: Clerk) -> SigningKey:
    """One that has some of the chain's currency."""
    return open_keystore(keystore(clerk.folder, "arbiter"), password(clerk))


def password(clerk: Clerk) -> str:
    return (clerk.folder / PASSWORD_FILE).read_text()


def put_in_place(clerk: Clerk, key: SigningKey) -> bytes:
    """In the operator's place, as whoever runs the registry does; answers the keystore that was there."""
    place = keystore(clerk.folder, "operator")
    former = place.read_bytes()
    place.unlink()
    key.save(place, password(clerk))
    return former


def test_the_successor_accepts_and_acts_and_the_former_key_can_no_more(
    clerk: Clerk, successor: SigningKey
) -> None:
    done = clerk.types("operator", "offer", successor.address)
    assert done.exit_code == 0, done.output
    assert clerk.types("party", "freeze", "3").exit_code == 0  # the present key acts until the other accepts
    former = put_in_place(clerk, successor)
    clerk.is_refused("party", "freeze", "3", "--lift", code="ownable_unauthorized_account")
    done = clerk.types("operator", "accept")
    assert done.exit_code == 0, done.output
    assert f"{successor.address} is the operator." in done.output
    assert clerk.types("party", "freeze", "3", "--lift").exit_code == 0
    keystore(clerk.folder, "operator").write_bytes(former)
    clerk.is_refused("party", "freeze", "3", code="ownable_unauthorized_account")


def test_nobody_accepts_what_was_not_offered_to_it(clerk: Clerk, successor: SigningKey) -> None:
    clerk.is_refused("operator", "accept", code="ownable_unauthorized_account")
    assert clerk.types("operator", "offer", successor.address).exit_code == 0
    put_in_place(clerk, open_keystore(keystore(clerk.folder, "relay"), password(clerk)))
    clerk.is_refused("operator", "accept", code="ownable_unauthorized_account")


def test_the_operators_part_is_offered_to_an_address_only(clerk: Clerk) -> None:
    clerk.is_refused("operator", "offer", "0x12", code="bad_address")
