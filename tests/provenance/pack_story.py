"""A lot five tiers down with everything a pack can hold, and packs of it."""

from dataclasses import dataclass, replace
from typing import Any

from registry.chain.messages import (
    Confirmation,
    InvoiceEntry,
    Registration,
    Sale,
    Terms,
    Transfer,
    child_lot,
    keccak256,
    pack_invoices,
)
from registry.chain.words import Role
from registry.fingerprints.keys import FingerprintKey
from registry.invoices.verification.trust import TrustAnchors
from registry.kit.clock import from_unix
from registry.parties.rules import IDENTITY_DOMAIN
from registry.parties.statements import Statement, digest_of
from registry.provenance.making import Shown, make_pack
from registry.provenance.openings import opening_of
from registry.provenance.pack import Beside, Company, Document, Opening, Pack
from registry.provenance.proving import verify_pack
from registry.provenance.stamps import request_for, stamped, token_in
from registry.receivables.rules import leaf_hash, merkle_path, merkle_root
from tests.builders.companies import a_company, a_root, der, signed
from tests.builders.time_stamps import a_stamp_authority
from tests.invoices.verification.signing import Person
from tests.provenance.provenance_story import CLERKS, TRADE
from tests.provenance.provenance_world import (
    DAY,
    FACE,
    FUNDER,
    OBLIGOR,
    REGISTRAR,
    SUPPLIER,
    TIER_2,
    TIER_3,
    TIER_4,
    World,
)

TIER_5 = 10
IDENTITY = ("DE", "271828180")  # what tier 5 was admitted as
KEY = FingerprintKey.create(seed=b"\x05" * 32)
LEGAL = ("cn.fp", "3100204130", "12345678")
FIELDS = (
    ("0.number", "3100204130/12345678"),
    ("0.issued_on", "2026-03-02"),
    ("0.payable_minor", "100000000"),
    ("1.number", "A-17"),
    ("1.payable_minor", "47"),
)
ROOT = a_root()
TRUST = TrustAnchors((ROOT.certificate,))
COMPANY = a_company(ROOT, "Fünf GmbH", f"VATDE-{IDENTITY[1]}")
LEAVES = [(bytes([place]) * 16, *field) for place, field in enumerate(FIELDS)]


@dataclass(frozen=True)
class Told:
    world: World
    terms: Terms
    lot: int

    def pack(
        self, at_block: int | None = None, *, shown: tuple[int, ...] = (0, 2), opened: bool = True
    ) -> Pack:
        return make_pack(
            self.world.node,
            self.world.contract,
            self.lot,
            at_block,
            documents=[document(place) for place in shown],
            openings=[opening()] if opened else [],
        )

    def whole_pack(self, at_block: int | None = None) -> Pack:
        """With everything that a pack can hold: tier 5 shows who it is, and an authority has stamped the block."""
        shown = Shown([said(self.statement(), COMPANY)], [opening_of(KEY.opened(IDENTITY_DOMAIN, *IDENTITY))])
        pack = make_pack(
            self.world.node,
            self.world.contract,
            self.lot,
            at_block,
            documents=[document(place) for place in (0, 2)],
            openings=[opening()],
            identities=lambda _: shown,
        )
        block = bytes.fromhex(pack.block.hash[2:])
        at = from_unix(verify_pack(pack).at_seconds)
        return stamped(pack, token_in(a_stamp_authority(at, ROOT).answer(request_for(block, b"")), block))

    def statement(self, **other: Any) -> Statement:
        """What a company signs for tier 5, once ``said`` puts its certificates in."""
        world = self.world
        own = Statement(world.chain_id, world.contract, TIER_5, world.keys[TIER_5].address, "", world.now)
        return replace(own, **other)


def said(statement: Statement, company: Person, *above: Person) -> Company:
    statement = replace(statement, certificates=digest_of(der(company, *above)))
    return Company(
        party=statement.party,
        account=statement.account.lower(),
        said_at=statement.said_at,
        certificates=["0x" + each.hex() for each in der(company, *above)],
        signature="0x" + signed(company, statement).hex(),
    )


def tell(world: World) -> Told:
    """From the obligor over its supplier and tiers 2 to 5 to a funder: parts three times, then whole."""
    world.admit(TIER_5, Role.SUPPLIER, KEY.fingerprint(IDENTITY_DOMAIN, *IDENTITY))
    world.send(world.operator, "setFingerprintKey", KEY.version, KEY.public)
    terms = issue(world)
    lot = terms.root_lot
    part = Transfer(lot, 0, terms.face, TIER_2, 60_000_000)
    world.send(REGISTRAR, "transfer", lot, TIER_2, part.amount, [world.sign(SUPPLIER, part)])
    lot = child_lot(lot, 0)
    world.send(TIER_2, "transfer", lot, TIER_3, 40_000_000, [])
    lot = child_lot(lot, 0)
    for clerk in CLERKS:
        world.mandate(TIER_3, clerk, 1_000_000, TRADE)
    part = Transfer(lot, 0, 40_000_000, TIER_4, 30_000_000)
    consents = [world.sign(clerk, part) for clerk in CLERKS]
    world.send(REGISTRAR, "transfer", lot, TIER_4, part.amount, consents)
    lot = child_lot(lot, 0)
    world.send(TIER_4, "transfer", lot, TIER_5, 30_000_000, [])
    world.send(TIER_5, "lock", lot, FUNDER, world.now + 10 * DAY, [])
    price = keccak256(b"price")
    sale = Sale(lot, world.lot(lot).seq, 30_000_000, FUNDER, True, False, price)
    world.send(FUNDER, "finance", lot, True, False, price, [world.sign(TIER_5, sale)])
    return Told(world, terms, lot)


def issue(world: World) -> Terms:
    """A confirmed receivable over one invoice, whose fingerprint is a real one and whose fields are in the root."""
    invoices = pack_invoices([InvoiceEntry(FACE, FACE, (KEY.fingerprint(*LEGAL),))])
    terms = replace(world.terms(invoices), documents_root=merkle_root([leaf_hash(*leaf) for leaf in LEAVES]))
    registered = [world.sign(SUPPLIER, Registration(terms))]
    world.send(REGISTRAR, "register", terms.as_argument(), invoices, registered)
    world.send(REGISTRAR, "confirm", terms.as_argument(), [world.sign(OBLIGOR, Confirmation(terms))])
    return terms


def document(place: int) -> Document:
    salt, field, value = LEAVES[place]
    path = merkle_path([leaf_hash(*leaf) for leaf in LEAVES], place)
    return Document(
        salt="0x" + salt.hex(),
        field=field,
        value=value,
        path=[Beside(hash="0x" + each.hex(), is_left=is_left) for each, is_left in path],
    )


def opening() -> Opening:
    return opening_of(KEY.opened(*LEGAL))
