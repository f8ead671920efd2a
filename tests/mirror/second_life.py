"""A second life on the same registry: through the acts that the first left out."""

from dataclasses import dataclass

from registry.chain.messages import (
    Cancellation,
    Confirmations,
    Enforcement,
    Mandate,
    Move,
    Payment,
    PutBack,
    Reassignment,
    Registrations,
    Revocation,
    Settlements,
    Takeover,
    Terms,
    Transfers,
    Veto,
    Withdrawal,
    WriteOff,
    child_lot,
    keccak256,
)
from tests.mirror.life import CNY, DAY, FACE, KEYS, PARTIES, Life

REASON = keccak256(b"reason")
CONDITIONS = keccak256(b"conditions")


@dataclass(frozen=True)
class SecondLife:
    """What came of it; ``kept`` and ``paid`` are confirmed, the others ended before or after that."""

    kept: Terms
    paid: Terms
    withdrawn: Terms
    expired: Terms
    canceled: Terms
    pledged: int
    sold: int
    rest: int


class Living:
    """Its acts, told one after the other."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.packed: dict[int, bytes] = {}

    def registered(self, *names: str) -> list[Terms]:
        """As many receivables, each of one invoice, under one signature."""
        life = self.life
        found = [life.registration(life.invoice(FACE, FACE, name)) for name in names]
        self.packed |= {terms.receivable: packed for terms, packed in found}
        batch = tuple(terms for terms, _ in found)
        arguments = [list(batch), [packed for _, packed in found]]
        life.do("registerMany", arguments, life.signed(Registrations(batch), "supplier"))
        return list(batch)

    def confirmed(self, *batch: Terms) -> None:
        self.life.do("confirmMany", [list(batch)], self.life.signed(Confirmations(batch), "obligor"))

    def end(self, terms: Terms, kind: str) -> None:
        """Withdrawn by its supplier, expired, or canceled by both."""
        life, packed = self.life, self.packed[terms.receivable]
        if kind == "expire":
            life.do(kind, [terms.as_argument(), packed, b""])
            return
        arguments = [terms.as_argument(), REASON, packed, b""]
        if kind == "withdraw":
            life.do(kind, arguments, life.signed(Withdrawal(terms.receivable, REASON), "supplier"))
            return
        word = life.lot(terms.root_lot)
        message = Cancellation(terms.receivable, word.seq, word.amount, REASON)
        life.do(kind, arguments, life.signed(message, "supplier", "obligor"))

    def parted(self, root: int, *shares: tuple[str, int]) -> list[int]:
        """One signature for several parts of a lot."""
        life, word = self.life, self.life.lot(root)
        moves, left = [], word.amount
        for place, (to, amount) in enumerate(shares):
            moves.append(Move(root, word.seq + place, left, PARTIES[to], amount))
            left -= amount
        consents = life.signed(Transfers(tuple(moves)), "supplier")
        life.do("transferMany", [PARTIES["supplier"], moves], consents)
        return [child_lot(root, move.seq) for move in moves]

    def pledged(self, lot: int, by: str) -> None:
        self.life.lock(lot, by)
        self.life.finance(lot, by, pledge=True)

    def enforced(self, lot: int) -> None:
        word = self.life.lot(lot)
        message = Enforcement(lot, word.seq, word.amount)
        self.life.do("enforce", [lot], self.life.signed(message, "funder"))

    def reassigned(self, lot: int) -> None:
        word = self.life.lot(lot)
        message = Reassignment(lot, word.seq, word.amount, PARTIES["bank"], CONDITIONS)
        consents = self.life.signed(message, "funder", "bank")
        self.life.do("reassign", [lot, PARTIES["bank"], CONDITIONS], consents)

    def put_back(self, lot: int) -> None:
        word = self.life.lot(lot)
        message = PutBack(lot, word.seq, word.amount)
        self.life.do("putBack", [lot], self.life.signed(message, "bank"))

    def written_off(self, lot: int, by: str, amount: int) -> None:
        word = self.life.lot(lot)
        message = WriteOff(lot, word.seq, word.amount, amount, REASON)
        self.life.do("writeOff", [lot, amount, REASON], self.life.signed(message, by))

    def paid(self, *parts: tuple[int, int]) -> None:
        """One signature of the settler for several payments, each of a lot and an amount."""
        payments, before = [], {lot: self.life.lot(lot) for lot, _ in parts}
        left = {lot: word.amount for lot, word in before.items()}
        for place, (lot, amount) in enumerate(parts):
            word, reference = before[lot], keccak256(bytes([place]))
            payments.append(Payment(lot, word.seq, left[lot], word.holder, amount, reference))
            left[lot] -= amount
        consents = self.life.signed(Settlements(tuple(payments)), "settler")
        self.life.do("settleMany", [PARTIES["settler"], payments], consents)

    def managed(self, name: str) -> None:
        """Frozen and free again, with other roles, and a key that came and went."""
        life, party, key = self.life, PARTIES[name], KEYS["deputy"].address
        life.do("freeze", [party, True], sender="operator")
        life.do("freeze", [party, False], sender="operator")
        life.do("setRoles", [party, 3, life.now() + 900 * DAY], sender="operator")
        mandate = Mandate(party, key, 4, CNY, life.now() + DAY, 5, life.party_nonce(name))
        arguments = [party, key, 4, CNY, mandate.valid_until, 5]
        life.do("setKey", arguments, life.signed(mandate, name, "deputy"))
        revocation = Revocation(party, key, life.party_nonce(name))
        life.do("revokeKey", [party, key], life.signed(revocation, name))

    def recovered(self, name: str, account: str) -> None:
        """A first proposal is vetoed; the arbiter's waits its seven days and is taken."""
        life, party, new = self.life, PARTIES[name], KEYS[account].address
        life.do("proposeAccount", [party, KEYS["arbiter"].address], sender="operator")
        life.do("proposeAccount", [party, new], sender="operator")
        veto = Veto(party, new, life.party_nonce(name))
        life.do("vetoAccount", [party], life.signed(veto, name))
        life.act_directly("arbiter", "proposeAccount", party, new)
        life.pass_days(8)
        takeover = Takeover(party, new, life.party_nonce(name))
        life.do("takeAccount", [party], life.signed(takeover, account))


def live_on(life: Life) -> SecondLife:
    """Needs the parties admitted. Ends with one receivable suspended and one proposal waiting."""
    living = Living(life)
    living.managed("third")
    expired, *batch = living.registered("expired", "kept", "paid", "withdrawn", "canceled")
    kept, paid, withdrawn, canceled = batch
    living.confirmed(kept, paid, canceled)
    living.end(withdrawn, "withdraw")
    living.end(canceled, "cancel")
    pledged, sold = living.parted(kept.root_lot, ("second", 30_000_000), ("third", 20_000_000))
    life.contest(kept, "second", pledged)

    living.pledged(pledged, "second")
    life.act_directly("funder", "release", pledged, PARTIES["funder"], [])
    living.pledged(pledged, "second")
    life.pay(pledged, 1_000_000)
    life.pay(pledged, 2_000_000, "second", "funder")
    life.lock(sold, "third")
    life.finance(sold, "third")
    living.reassigned(sold)

    life.act_directly("arbiter", "suspend", kept.receivable, REASON)
    life.act_directly("arbiter", "resume", kept.receivable, CONDITIONS)
    for state in (2, 1, 0):
        life.do("setState", [state], sender="operator")
    living.recovered("second", "successor")
    life.pass_days(83)
    living.end(expired, "expire")

    living.enforced(pledged)
    living.reassigned(pledged)
    living.written_off(pledged, "bank", 7_000_000)
    living.put_back(sold)
    life.act_directly("arbiter", "setArbiter", KEYS["clerk"].address)
    life.act_directly("clerk", "forcedTransfer", sold, PARTIES["second"], REASON)
    living.paid((paid.root_lot, FACE // 2), (sold, 20_000_000), (paid.root_lot, FACE // 2))
    life.act_directly("clerk", "suspend", kept.receivable, REASON)
    life.do("proposeAccount", [PARTIES["bank"], KEYS["arbiter"].address], sender="operator")
    life.worker.run_once()
    return SecondLife(kept, paid, withdrawn, expired, canceled, pledged, sold, kept.root_lot)
