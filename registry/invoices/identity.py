"""Who an invoice is: its legal keys, its content tag, its gist."""

import re
from dataclasses import dataclass

from registry.invoices.errors import MalformedInvoice, MissingField, NoIdentity
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.rules import ContentTag, Gist, cap_of, minor
from registry.invoices.syntaxes.terms import REGISTERS
from registry.kit.identifiers import MAX_IDENTIFIER_CHARS, TAX, USCC, VAT, TaxId, normalize

CN_CODE_AND_NUMBER = "cn.fp/1"
CN_DIGITAL = "cn.dz/1"
SELLER_AND_NUMBER = "inv/1"
WEAK = "inv.weak/1"

# 20 of a fully digital one; else a code of 10 or 12 with a number of 8.
_FAPIAO_DIGITS = re.compile(r"\d{20}|\d{18}", re.ASCII)
_OFFICIAL_SCHEMES = frozenset((VAT, TAX, USCC, *REGISTERS))


@dataclass(frozen=True, slots=True)
class LegalKey:
    """What may exist once in law: ``fields``, normalized, within a versioned ``domain``.

    ``is_official``: it rests on an identifier that a state gave, and goes on chain as a fingerprint; others
    stay in the database. ``owner``: the identifier of the seller it rests on, if any; only whoever has that
    one may claim the key for everybody.
    """

    domain: str
    fields: tuple[str, ...]
    is_official: bool
    owner: TaxId | None = None


def is_official(identifier: TaxId) -> bool:
    """Whether a state keeps the register this identifier is from."""
    return identifier.scheme in _OFFICIAL_SCHEMES


def is_fapiao(invoice: Invoice) -> bool:
    """Whether its own number tells it: read from an e-fapiao, or a sheet's row of a Chinese seller with one's."""
    if invoice.syntax.startswith("fapiao"):
        return True
    is_chinese = any(one.country == "CN" for one in invoice.seller.identifiers)
    digits = normalize(invoice.code) + normalize(invoice.number)
    return invoice.syntax == "sheet" and is_chinese and bool(_FAPIAO_DIGITS.fullmatch(digits))


def legal_keys(invoice: Invoice) -> tuple[LegalKey, ...]:
    """Every legal key of an invoice, each once.

    A fapiao is known by its own number; any other invoice by country, seller identifier, number, year and
    class, once per identifier of the seller. Where the identifier is not official the seller's name goes with
    it, since two courts keep a register entry 123 each. Raises MissingField for a number without letters or
    digits, MalformedInvoice for one without end, NoIdentity where nothing says who the seller is.
    """
    number = normalize(invoice.number)
    if not number:
        raise MissingField("The number of the invoice holds no letter and no digit.", field="number")
    if len(number) > MAX_IDENTIFIER_CHARS:
        raise MalformedInvoice(f"The number of the invoice has more than {MAX_IDENTIFIER_CHARS} characters.")
    if is_fapiao(invoice):
        code = normalize(invoice.code)
        owner = next(iter(invoice.seller.identifiers), None)
        domain, fields = (CN_CODE_AND_NUMBER, (code, number)) if code else (CN_DIGITAL, (number,))
        return (LegalKey(domain, fields, is_official=True, owner=owner),)
    tail = (number, str(invoice.issued_on.year), _key_class(invoice))
    keys = [_seller_key(invoice.seller, one, tail) for one in invoice.seller.identifiers]
    if keys:
        return tuple({(key.domain, key.fields): key for key in keys}.values())
    name = normalize(invoice.seller.name)
    if not name:
        raise NoIdentity("The invoice gives neither an identifier nor a name of its seller.")
    return (LegalKey(WEAK, (invoice.seller.country, "", name, *tail), is_official=False),)


def _seller_key(seller: Trader, identifier: TaxId, tail: tuple[str, ...]) -> LegalKey:
    if is_official(identifier):
        return LegalKey(SELLER_AND_NUMBER, (*identifier.parts, *tail), is_official=True, owner=identifier)
    fields = (*identifier.parts, normalize(seller.name), *tail)
    return LegalKey(WEAK, fields, is_official=False, owner=identifier)


def _key_class(invoice: Invoice) -> str:
    # A correction counts as an invoice here: changing the type code alone must not make a second identity.
    is_credit = invoice.document_class is InvoiceClass.CREDIT_NOTE
    return InvoiceClass.CREDIT_NOTE.value if is_credit else InvoiceClass.INVOICE.value


def content_tag(invoice: Invoice) -> ContentTag:
    """What the invoice says in figures. Raises BadAmount, UnknownCurrency."""

    def in_minor(field: str) -> int | None:
        value = getattr(invoice, field)
        return None if value is None else minor(value, invoice.currency)

    return ContentTag(
        issued_on=invoice.issued_on,
        document_class=invoice.document_class.value,
        currency=normalize(invoice.currency),
        net_minor=in_minor("net"),
        gross_minor=in_minor("gross"),
        payable_minor=in_minor("payable"),
    )


def gist(invoice: Invoice) -> Gist:
    """What near-duplicates of an invoice would share with it."""
    return Gist(
        sellers=_signs(invoice.seller),
        buyers=_signs(invoice.buyer),
        number=normalize(invoice.number),
        issued_on=invoice.issued_on,
        currency=normalize(invoice.currency),
        payable_minor=minor(invoice.payable, invoice.currency),
    )


def _signs(trader: Trader) -> frozenset[str]:
    name = normalize(trader.name)
    official = {str(one) for one in trader.identifiers if is_official(one)}
    return frozenset(official | ({f"name {name}"} if name else set()))


def cap_minor(invoice: Invoice) -> int:
    """How much of the invoice can be financed, in minor units: BT-115, never below zero.

    Nothing for a credit note. Raises BadAmount, UnknownCurrency.
    """
    payable_minor = minor(invoice.payable, invoice.currency)
    return cap_of(payable_minor, is_credit_note=invoice.document_class is InvoiceClass.CREDIT_NOTE)
