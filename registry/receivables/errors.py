"""How the receivables area says no: one class per refusal."""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal
from registry.relay.refusals import refusal_class


class ReceivableNotFound(NotFound):
    code = "receivable_not_found"
    title = "There is no such receivable"


class LotNotFound(NotFound):
    code = "lot_not_found"
    title = "There is no such lot"


class AmbiguousId(BadInput):
    code = "ambiguous_id"
    title = "Several records begin with these digits"


class NoInvoices(BadInput):
    code = "no_invoices"
    title = "A receivable needs at least one invoice"


class TooManyInvoices(BadInput):
    code = "too_many_invoices"
    title = "A receivable covers at most 256 invoices"


class DraftOutdated(Conflict):
    """A fingerprint key came since it was prepared: signed as it is, it would leave out entries that the ledger asks
    for, or name an invoice under an older key alone."""

    code = "draft_outdated"
    title = "The invoices are known by more entries than the draft names"


class InvoiceNotYours(Refusal):
    code = "invoice_not_yours"
    title = "Only the seller's own invoices go into its receivable"
    status = 403


class InvoiceBlocked(Conflict):
    code = "invoice_blocked"
    title = "The invoice is blocked by a conflict"


class SellerMismatch(Refusal):
    code = "seller_mismatch"
    title = "The invoice's seller is not the receivable's originator"


class BuyerMismatch(Refusal):
    code = "buyer_mismatch"
    title = "The invoice's buyer is not the receivable's obligor"


class CurrencyMismatch(Refusal):
    code = "currency_mismatch"
    title = "The invoice is in another currency than the receivable"


class InvoiceCorrected(Conflict):
    """``corrections`` are ids, amounts in minor units; ``over_minor``: how much more rests on it than it is worth."""

    code = "invoice_corrected"
    title = "A correction leaves less of the invoice than this needs"


class CreditNoteRefused(Refusal):
    code = "credit_note"
    title = "A credit note backs nothing"


class NoOfficialIdentity(Refusal):
    code = "no_official_identity"
    title = "The invoice has no official number or seller identifier to be recognized by"


class AmountNotPositive(BadInput):
    code = "amount_not_positive"
    title = "The amount must be more than zero"


class MaturityPassed(Refusal):
    code = "maturity_passed"
    title = "The maturity does not lie ahead"


class TenorTooLong(Refusal):
    code = "tenor_too_long"
    title = "The maturity lies further ahead than the registry allows"


class DatesDisagree(BadInput):
    code = "dates_disagree"
    title = "Issue, delivery, acceptance and maturity do not follow each other"


class AlreadySubmitted(Conflict):
    code = "already_submitted"
    title = "This was handed in before"


class NotAwaitingConfirmation(Conflict):
    code = "not_awaiting_confirmation"
    title = "The receivable does not await confirmation"


class AmountOverLot(Refusal):
    code = "amount_over_lot"
    title = "The lot is smaller than that"


class SameHolder(Refusal):
    code = "same_holder"
    title = "The lot is with that party already"


# What the chain would say too, said earlier and with names: one code, one class.
BatchInvalid = refusal_class("BatchInvalid")
BatchMixed = refusal_class("BatchMixed")
BelowMinLot = refusal_class("BelowMinLot")
CodeInvalid = refusal_class("CodeInvalid")
ConfirmationPeriodNotOver = refusal_class("ConfirmationPeriodNotOver")
ConfirmationPeriodOver = refusal_class("ConfirmationPeriodOver")
HopLimitReached = refusal_class("HopLimit")
LotNotFree = refusal_class("LotNotFree")
LotNotWhole = refusal_class("LotNotWhole")
LotRedeemed = refusal_class("LotRedeemed")
NotConfirmed = refusal_class("ReceivableNotConfirmed")
NotEntitled = refusal_class("NotEntitled")
ObligorIsOriginator = refusal_class("ObligorIsOriginator")
OverInvoiceCap = refusal_class("InvoiceOverCap")
RejectWindowOver = refusal_class("RejectWindowOver")
SettlerInvalid = refusal_class("SettlerInvalid")
