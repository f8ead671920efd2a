"""Why a file is not taken as an invoice.

BadInput
└── UnreadableInvoice
    ├── UnsupportedSyntax    ├── MalformedInvoice     ├── DoctypeRefused
    ├── TooLarge             ├── NoInvoiceInside      ├── SeveralInvoicesInside
    └── MissingField         └── NoIdentity
"""

from registry.kit.errors import BadInput, Conflict, NotFound, Refusal


class UnreadableInvoice(BadInput):
    """The file was looked at and nothing of it was kept."""

    code = "unreadable_invoice"
    title = "This file cannot be read as an invoice"


class UnsupportedSyntax(UnreadableInvoice):
    code = "unsupported_syntax"
    title = "Files of this kind are not read here"
    status = 415


class MalformedInvoice(UnreadableInvoice):
    code = "malformed"
    title = "The file is damaged or not well-formed"


class DoctypeRefused(UnreadableInvoice):
    code = "doctype_refused"
    title = "An invoice may not bring a document type declaration"


class TooLarge(UnreadableInvoice):
    code = "too_large"
    title = "The file is larger or deeper than any invoice needs to be"
    status = 413


class NoInvoiceInside(UnreadableInvoice):
    code = "no_invoice_inside"
    title = "The file carries no electronic invoice"


class SeveralInvoicesInside(UnreadableInvoice):
    code = "several_invoices_inside"
    title = "The file carries several electronic documents"


class MissingField(UnreadableInvoice):
    """``field`` names the term, as ``Invoice`` calls it."""

    code = "missing_field"
    title = "The invoice lacks a field it must have"


class NoIdentity(UnreadableInvoice):
    code = "no_identity"
    title = "Nothing in the invoice says whose it is"


class InvoiceRaced(Refusal):
    """The same keys were registered again and again while this invoice was being decided."""

    code = "invoice_raced"
    title = "The invoice is being registered elsewhere at this moment"
    status = 409


class InvoiceUnknown(NotFound):
    code = "invoice_unknown"
    title = "There is no such invoice"


class SuspicionUnknown(NotFound):
    code = "suspicion_unknown"
    title = "There is no such suspicion"


class ReasonMissing(BadInput):
    code = "reason_missing"
    title = "A decision needs its reason in words"


class CorrectionNotFound(NotFound):
    code = "correction_not_found"
    title = "There is no such correction"


class CorrectionUnclear(Conflict):
    """A person says that a correction stands, and not of which invoice, or of one it cannot mean."""

    code = "correction_unclear"
    title = "It is not said which invoice the correction concerns"
