"""What a supplier holds and what became of what it sold, gathered for the rule of its borrowing power."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy.orm import Session

from registry.chain.words import LotStatus
from registry.financing import queries
from registry.financing.borrowing import FREE, OFFERED, PLEDGED, SOLD, Stake
from registry.kit.clock import from_unix
from registry.receivables import holding_queries as holdings
from registry.receivables.holding_queries import Total
from registry.receivables.lots import SUSPENDED

_STATES = {LotStatus.FREE: FREE, LotStatus.LOCKED: OFFERED, LotStatus.PLEDGED: PLEDGED}


def stakes(session: Session, party: int, now: int) -> list[Stake]:
    """Everything that counts for a party's borrowing power. A free lot that is kept for a funder counts as offered; what
    it bought from others as a funder does not count."""
    held = [one for one in holdings.totals(session, party) if one.status in _STATES]
    sums = _summed((one, _STATES[LotStatus(one.status)]) for one in held)
    kept = holdings.totals_of(session, queries.kept_for_funders(party, now))
    for one in kept:
        if one.status == LotStatus.FREE:
            sums[_key(one, FREE)] -= one.amount_minor
            sums[_key(one, OFFERED)] += one.amount_minor
    sold = holdings.totals_of(session, queries.sold_or_pledged(party))
    sums += _summed((one, SOLD) for one in sold if one.status == LotStatus.FINANCED)
    return [
        Stake(currency, state, from_unix(maturity).date(), amount, is_suspended)
        for (currency, state, maturity, is_suspended), amount in sorted(sums.items())
        if amount
    ]


Key = tuple[int, str, int, bool]


def _key(one: Total, state: str) -> Key:
    return one.currency, state, one.maturity, bool(one.flags & SUSPENDED)


def _summed(totals: Iterable[tuple[Total, str]]) -> Counter[Key]:
    found: Counter[Key] = Counter()
    for one, state in totals:
        found[_key(one, state)] += one.amount_minor
    return found
