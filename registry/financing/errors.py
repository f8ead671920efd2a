"""How the financing area says no."""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal


class FinancingNotFound(NotFound):
    code = "financing_not_found"
    title = "There is no such financing"


class LotReserved(Conflict):
    code = "lot_reserved"
    title = "The lot is reserved for another funder"


class NotReservedForYou(Refusal):
    code = "not_reserved"
    title = "The lot is not reserved for this funder"


class LotNotLocked(Conflict):
    code = "lot_not_locked"
    title = "The lot is not locked for a funder"


class LockEndInvalid(Refusal):
    code = "lock_end_invalid"
    title = "A lock ends after now and no later than the maturity"


class LockOver(Conflict):
    code = "lock_over"
    title = "The lock has ended"


class LockNotOver(Conflict):
    code = "lock_not_over"
    title = "The lock has not ended"


class PriceInvalid(BadInput):
    code = "price_invalid"
    title = "The price does not fit the lot"


class NotEntitled(Refusal):
    code = "not_entitled"
    title = "This party may not do that with the lot"
    status = 403


class LotRedeemed(Conflict):
    code = "lot_redeemed"
    title = "The lot is paid already"
