"""How the financing area says no."""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal
from registry.relay.refusals import refusal_class


class FinancingNotFound(NotFound):
    code = "financing_not_found"
    title = "There is no such financing"


class LotReserved(Conflict):
    code = "lot_reserved"
    title = "The lot is reserved for another funder"


class NotReservedForYou(Refusal):
    code = "not_reserved"
    title = "The lot is not reserved for this funder"


class PriceInvalid(BadInput):
    code = "price_invalid"
    title = "The price does not fit the lot"


class LedgerDiffers(Refusal):
    """The database was changed past the mirror, or the mirror is wrong."""

    code = "ledger_differs"
    title = "The database says something else than the chain"
    status = 500


# What the chain would say too, said earlier and with names: one code, one class.
LockEndInvalid = refusal_class("LockEndInvalid")
LockNotOver = refusal_class("LockNotOver")
LockOver = refusal_class("LockOver")
LotNotLocked = refusal_class("LotNotLocked")
LotNotFinanced = refusal_class("LotNotFinanced")
LotNotPledged = refusal_class("LotNotPledged")
NoRecourse = refusal_class("NoRecourse")
NotMature = refusal_class("NotMature")
