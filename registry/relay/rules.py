"""What a transaction offers for its gas, and what it must offer to take another's place. Fees in wei a unit of gas."""

from dataclasses import dataclass

GWEI = 10**9
# Nodes take a transaction in another's place only where both fees are a tenth higher (geth's --txpool.pricebump).
_RISE_PERCENT = 10


@dataclass(frozen=True)
class Fees:
    """EIP-1559: the most in all, and of that the most for whoever makes the block."""

    max_fee: int
    tip: int

    def within(self, bound: int) -> "Fees":
        """At most ``bound`` in all."""
        max_fee = min(self.max_fee, bound)
        return Fees(max_fee, min(self.tip, max_fee))


def raised(before: Fees, asked: Fees, bound: int) -> Fees | None:
    """What takes the place of a transaction that offered ``before``: a tenth more of both at least, and what the node
    ``asked`` for just now where that is more. None where ``bound`` leaves no room for the tenth."""
    least = Fees(_risen(before.max_fee), _risen(before.tip))
    if least.max_fee > bound:
        return None
    found = Fees(max(least.max_fee, asked.max_fee), max(least.tip, asked.tip)).within(bound)
    return found if found.tip >= least.tip else None


def _risen(fee: int) -> int:
    return max(fee + 1, -(-fee * (100 + _RISE_PERCENT) // 100))


def free_nonces(following: int, taken: set[int], last: int | None = None) -> list[int]:
    """The nonces from ``following``, the node's next, on that no act has: all below ``last``, or the first one."""
    if last is not None:
        return [nonce for nonce in range(following, last) if nonce not in taken]
    while following in taken:
        following += 1
    return [following]
