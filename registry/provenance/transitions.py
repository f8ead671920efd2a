"""What each act makes of a lot's word: the contract's own arithmetic (contracts/types/Lot.sol), pure."""

from dataclasses import replace

from registry.chain.words import LotStatus, LotWord


def root(originator: int, face: int, receivable: int) -> LotWord:
    """The lot that confirmation makes."""
    return LotWord(originator, 0, face, receivable, 0, 0, 0, LotStatus.FREE)


def passed_on(lot: LotWord, to: int, until: int) -> LotWord:
    return replace(lot, holder=to, peer=lot.holder, until=until, seq=lot.seq + 1, hops=lot.hops + 1)


def part(lot: LotWord, to: int, amount: int, until: int) -> LotWord:
    """The child that a part makes."""
    return replace(lot, holder=to, peer=lot.holder, amount=amount, until=until, seq=0, hops=lot.hops + 1)


def rest(lot: LotWord, taken: int) -> LotWord:
    """What stays with the holder after a part has left."""
    return replace(lot, peer=0, until=0, amount=lot.amount - taken, seq=lot.seq + 1)


def given_back(lot: LotWord) -> LotWord:
    return replace(lot, holder=lot.peer, peer=0, until=0, seq=lot.seq + 1)


def locked(lot: LotWord, funder: int, until: int) -> LotWord:
    return replace(lot, peer=funder, until=until, status=LotStatus.LOCKED, seq=lot.seq + 1)


def unlocked(lot: LotWord) -> LotWord:
    return replace(lot, peer=0, until=0, status=LotStatus.FREE)


def sold(lot: LotWord, *, with_recourse: bool) -> LotWord:
    return replace(
        lot,
        holder=lot.peer,
        peer=lot.holder if with_recourse else 0,
        until=0,
        status=LotStatus.FINANCED,
        seq=lot.seq + 1,
    )


def paid(lot: LotWord, amount: int) -> LotWord:
    left = replace(lot, amount=lot.amount - amount)
    if not left.amount:
        return replace(left, peer=0, until=0, status=LotStatus.REDEEMED)
    return replace(left, peer=0, until=0) if lot.status == LotStatus.FREE else left


def pledged(lot: LotWord) -> LotWord:
    """Title stays, the funder's claim is noted."""
    return replace(lot, until=0, status=LotStatus.PLEDGED, seq=lot.seq + 1)


def enforced(lot: LotWord) -> LotWord:
    """Title to the pledgee, recourse to nobody."""
    return replace(lot, holder=lot.peer, peer=0, until=0, status=LotStatus.FINANCED, seq=lot.seq + 1)


def reassigned(lot: LotWord, to: int) -> LotWord:
    return replace(lot, holder=to, seq=lot.seq + 1)


def put_back(lot: LotWord) -> LotWord:
    return replace(lot, holder=lot.peer, peer=0, until=0, status=LotStatus.FREE, seq=lot.seq + 1)


def forced(lot: LotWord, to: int) -> LotWord:
    """Ends the right to reject; lock, pledge, recourse and seq stay."""
    moved = replace(lot, holder=to)
    return replace(moved, peer=0, until=0) if lot.status == LotStatus.FREE else moved


def written_off(lot: LotWord, amount: int) -> LotWord:
    """As if paid, but the act raises seq."""
    return paid(replace(lot, seq=lot.seq + 1), amount)


def ended(lot: LotWord) -> LotWord:
    """Nothing is left of a canceled receivable's lot."""
    return paid(lot, lot.amount)
