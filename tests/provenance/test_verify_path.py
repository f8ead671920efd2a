"""A lot's path is walked and every consent on it is named and proven."""

from dataclasses import replace

from registry.chain.keys import SigningKey
from registry.chain.messages import (
    Confirmation,
    Lock,
    Registration,
    Release,
    Revocation,
    Settlement,
    Transfer,
    child_lot,
    keccak256,
)
from registry.chain.words import LotStatus, PartyWord, Scope
from registry.provenance.model import Outcome, Path, Verdict, Verification
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_story import CLERKS, Story, tell
from tests.provenance.provenance_world import (
    DAY,
    FUNDER,
    OBLIGOR,
    REGISTRAR,
    SETTLER,
    SUPPLIER,
    TIER_2,
    TIER_3,
    TIER_4,
    World,
)

CLERK = SigningKey.from_secret(b"\x41" * 32)


def verified(world: World, lot: int) -> Verification:
    found = verify_lot(world.node, world.contract, lot)
    assert found.of(Outcome.FAILED) == []
    assert found.of(Outcome.NOT_CHECKED) == []
    assert found.verdict is Verdict.VERIFIED
    return found


def path_of(world: World, lot: int) -> Path:
    path = verified(world, lot).path
    assert path is not None
    return path


def test_financed_lot_four_tiers_down_verifies(story: Story) -> None:
    path = path_of(story.world, story.lot)
    assert (path.word.holder, path.word.amount) == (FUNDER, 40_000_000)
    assert path.word.status == LotStatus.FINANCED
    assert path.terms == story.terms
    assert len(path.lineage) == 3
    assert path.lineage[0] == story.terms.root_lot
    assert sum(use.amount_minor for use in path.invoices) == story.terms.face


def test_each_hop_names_giver_taker_and_signers(story: Story) -> None:
    path = path_of(story.world, story.lot)
    told = [
        (
            hop.event,
            hop.giver,
            hop.taker,
            [(each.party, each.authority, each.has_sent) for each in hop.signers],
        )
        for hop in path.hops
    ]
    assert told == [
        ("ReceivableRegistered", SUPPLIER, OBLIGOR,
         [(SUPPLIER, "account", False), (REGISTRAR, "account", True)]),
        ("ReceivableConfirmed", OBLIGOR, SUPPLIER, [(OBLIGOR, "account", False)]),
        ("LotTransferred", SUPPLIER, TIER_2, [(SUPPLIER, "account", True)]),
        ("LotRejected", TIER_2, SUPPLIER, [(TIER_2, "account", True)]),
        ("LotSplit", SUPPLIER, TIER_2, [(SUPPLIER, "account", False)]),
        ("LotSplit", TIER_2, TIER_3, [(TIER_2, "account", True)]),
        ("LotTransferred", TIER_3, TIER_4, [(TIER_3, "two keys", False), (TIER_3, "two keys", False)]),
        ("LotLocked", TIER_4, FUNDER, [(TIER_4, "account", True)]),
        ("LotReleased", FUNDER, TIER_4, [(FUNDER, "account", True)]),
        ("LotLocked", TIER_4, FUNDER, [(TIER_4, "account", True)]),
        ("LotFinanced", TIER_4, FUNDER, [(TIER_4, "account", False), (FUNDER, "account", True)]),
    ]  # fmt: skip
    assert [each.address for each in path.hops[6].signers] == [clerk.address for clerk in CLERKS]
    assert all(hop.is_checked for hop in path.hops)


def test_acts_of_an_ancestor_after_the_split_are_not_on_the_path(world: World) -> None:
    root = world.issue().root_lot
    world.send(SUPPLIER, "transfer", root, TIER_2, 30_000_000, [])
    before = path_of(world, child_lot(root, 0))
    world.send(SUPPLIER, "transfer", root, TIER_3, 20_000_000, [])
    world.send(SUPPLIER, "transfer", root, TIER_3, 50_000_000, [])
    assert path_of(world, child_lot(root, 0)).hops == before.hops
    assert path_of(world, child_lot(root, 1)).word.amount == 20_000_000
    assert path_of(world, root).word.holder == TIER_3


def test_obligor_led_issue_verifies_in_one_transaction(world: World) -> None:
    invoices = world.invoices()
    terms = world.terms(invoices)
    consents = [world.sign(SUPPLIER, Registration(terms)), world.sign(OBLIGOR, Confirmation(terms))]
    world.send(REGISTRAR, "registerConfirmed", terms.as_argument(), invoices, consents)
    path = path_of(world, terms.root_lot)
    assert [hop.signers[0].party for hop in path.hops] == [SUPPLIER, OBLIGOR]
    assert len({hop.tx for hop in path.hops}) == 1


def test_relayed_lock_release_and_settlements_verify(world: World) -> None:
    terms = world.issue()
    lot, face = terms.root_lot, terms.face
    until = world.now + DAY
    locked = Lock(lot, 0, face, FUNDER, until)
    world.send(REGISTRAR, "lock", lot, FUNDER, until, [world.sign(SUPPLIER, locked)])
    world.clock.advance(days=2)
    # After its end the holder itself may end the lock.
    world.send(REGISTRAR, "release", lot, SUPPLIER, [world.sign(SUPPLIER, Release(lot, 1, face))])
    payment = keccak256(b"payment")
    first = Settlement(lot, 1, face, SUPPLIER, 1_000, payment)
    world.send(
        REGISTRAR, "settle", lot, SETTLER, SUPPLIER, face, 1_000, payment, [world.sign(SETTLER, first)]
    )
    world.send(SUPPLIER, "settle", lot, SUPPLIER, SUPPLIER, face - 1_000, face - 1_000, payment, [])
    path = path_of(world, lot)
    assert [hop.giver for hop in path.hops[-3:]] == [SUPPLIER, SETTLER, SUPPLIER]
    assert path.word.status == LotStatus.REDEEMED


def test_key_revoked_after_its_act_stays_good_for_that_act(world: World) -> None:
    terms = world.issue()
    world.mandate(SUPPLIER, CLERK, terms.face, Scope.TRANSFER)
    act = Transfer(terms.root_lot, 0, terms.face, TIER_2, 10_000_000)
    world.send(REGISTRAR, "transfer", terms.root_lot, TIER_2, act.amount, [world.sign(CLERK, act)])
    nonce = PartyWord.unpack(world.view("party", SUPPLIER)).nonce
    revoked = world.sign(SUPPLIER, Revocation(SUPPLIER, CLERK.address, nonce))
    world.send(REGISTRAR, "revokeKey", SUPPLIER, CLERK.address, [revoked])
    (signer,) = path_of(world, child_lot(terms.root_lot, 0)).hops[-1].signers
    assert (signer.address, signer.authority) == (CLERK.address, "mandate")


def test_key_granted_in_the_block_of_its_act_counts(world: World) -> None:
    """The state of the block before does not know the key; the block's own events do."""
    terms = world.issue()
    act = Transfer(terms.root_lot, 0, terms.face, TIER_2, 10_000_000)
    transfer = world.sign(CLERK, act)
    world.queue_mandate(SUPPLIER, CLERK, terms.face, Scope.TRANSFER)
    world.send(REGISTRAR, "transfer", terms.root_lot, TIER_2, act.amount, [transfer])
    (signer,) = path_of(world, child_lot(terms.root_lot, 0)).hops[-1].signers
    assert signer.address == CLERK.address


def test_smart_account_consents_by_its_own_code(world: World) -> None:
    """ERC-1271: the party's account is a contract, here one that takes any signature."""
    wallet = world.wallet()
    world.admit_wallet(30, wallet)
    terms = world.issue()
    world.send(SUPPLIER, "transfer", terms.root_lot, 30, terms.face, [])
    consent = world.wallet_consent(wallet)
    world.send(REGISTRAR, "transfer", terms.root_lot, TIER_3, terms.face, [consent])
    (signer,) = path_of(world, terms.root_lot).hops[-1].signers
    assert (signer.party, signer.address.lower()) == (30, wallet.lower())


def test_invoice_shared_with_another_receivable_that_came_and_went(world: World) -> None:
    """The other half of each invoice: registered by a second receivable, then declined."""
    first = world.invoices()
    terms = world.terms(first)
    other = replace(terms, salt=keccak256(b"another"))
    for each in (terms, other):
        consents = [world.sign(SUPPLIER, Registration(each))]
        world.send(REGISTRAR, "register", each.as_argument(), first, consents)
    world.send(REGISTRAR, "confirm", terms.as_argument(), [world.sign(OBLIGOR, Confirmation(terms))])
    assert [use.used_minor for use in path_of(world, terms.root_lot).invoices] == [terms.face] * 2
    world.send(OBLIGOR, "decline", other.as_argument(), 0, bytes(32), first, b"", [])
    assert [use.used_minor for use in path_of(world, terms.root_lot).invoices] == [terms.face // 2] * 2


def test_as_of_an_earlier_block_later_acts_are_unknown(story: Story) -> None:
    path = path_of(story.world, story.lot)
    birth = path.hops[5].block
    found = verify_lot(story.world.node, story.world.contract, story.lot, birth)
    assert found.verdict is Verdict.VERIFIED
    assert found.path is not None
    assert found.path.hops == path.hops[:6]
    assert (found.at_block, found.path.word.holder) == (birth, TIER_3)
    early = verify_lot(story.world.node, story.world.contract, story.lot, birth - 1)
    assert [check.name for check in early.of(Outcome.FAILED)] == ["lot_unknown"]


def test_unknown_lot_and_foreign_chain_are_refused(story: Story) -> None:
    world = story.world
    unknown = verify_lot(world.node, world.contract, 5)
    assert [check.name for check in unknown.of(Outcome.FAILED)] == ["lot_unknown"]
    foreign = verify_lot(world.node, world.contract, story.lot, chain_id=1)
    assert [check.name for check in foreign.of(Outcome.FAILED)] == ["chain_id"]
    nowhere = verify_lot(world.node, "0x" + "12" * 20, story.lot)
    assert [check.name for check in nowhere.of(Outcome.FAILED)] == ["contract_code"]
    assert {each.verdict for each in (unknown, foreign, nowhere)} == {Verdict.REFUSED}


def test_two_stories_on_one_chain_do_not_mix(world: World) -> None:
    one, other = tell(world), world.issue()
    assert len(path_of(world, one.lot).hops) == 11
    assert len(path_of(world, other.root_lot).hops) == 2
