"""Who an invoice is: its legal keys, its content tag, its gist."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from registry.invoices.errors import MalformedInvoice, MissingField, NoIdentity
from registry.invoices.invoice import Invoice, InvoiceClass, Trader
from registry.invoices.rules import ContentTag, Gist, cap_of, minor
from registry.invoices.syntaxes.gst import irn
from registry.invoices.syntaxes.terms import REGISTERS
from registry.kit.identifiers import MAX_IDENTIFIER_CHARS, TAX, USCC, VAT, TaxId, normalize

CN_CODE_AND_NUMBER = "cn.fp/1"
CN_DIGITAL = "cn.dz/1"
MX_CFDI = "mx.cfdi/1"
BR_NFE = "br.nfe/1"
IN_IRN = "in.irn/1"
HU_NAV = "hu.nav/1"
IT_FPA = "it.fpa/1"
SELLER_AND_NUMBER = "inv/1"
WEAK = "inv.weak/1"

# 20 of a fully digital one; else a code of 10 or 12 with a number of 8.
_FAPIAO_DIGITS = re.compile(r"\d{20}|\d{18}", re.ASCII)
_OFFICIAL_SCHEMES = frozenset((VAT, TAX, USCC, *REGISTERS))
# Syntaxes whose documents have an identity of their own, given by the state.
_BY_OFFICIAL_ID = {"cfdi": MX_CFDI, "nfe": BR_NFE}


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

    A fapiao is known by its own number, a CFDI by its UUID, an NF-e by its access key; any other invoice by what the
    country of each of its seller's identifiers counts by, whatever syntax it comes in: in India the IRN, in Hungary
    tax number and number, else country, seller identifier, number, year and class (in Italy that is the identity of
    a FatturaPA). Where the identifier is not official the seller's name goes with it, since two courts keep a
    register entry 123 each. Raises MissingField for a number without letters or digits, MalformedInvoice for one
    without end, NoIdentity where nothing says who the seller is or a CFDI was never stamped.
    """
    number = normalize(invoice.number)
    if not number:
        raise MissingField("The number of the invoice holds no letter and no digit.", field="number")
    if len(number) > MAX_IDENTIFIER_CHARS:
        raise MalformedInvoice(f"The number of the invoice has more than {MAX_IDENTIFIER_CHARS} characters.")
    if is_fapiao(invoice):
        code = normalize(invoice.code)
        return (
            _own_key(*((CN_CODE_AND_NUMBER, code, number) if code else (CN_DIGITAL, number)), of=invoice),
        )
    if domain := _BY_OFFICIAL_ID.get(invoice.syntax):
        official_id = normalize(invoice.official_id)
        if not official_id:
            raise NoIdentity("The invoice was not stamped: bring it with the number the tax office gave it.")
        return (_own_key(domain, official_id, of=invoice),)
    keys = [_seller_key(invoice, one, number) for one in invoice.seller.identifiers]
    if keys:
        return tuple({(key.domain, key.fields): key for key in keys}.values())
    name = normalize(invoice.seller.name)
    if not name:
        raise NoIdentity("The invoice gives neither an identifier nor a name of its seller.")
    return (LegalKey(WEAK, (invoice.seller.country, "", name, *_tail(invoice, number)), is_official=False),)


def _own_key(domain: str, *fields: str, of: Invoice) -> LegalKey:
    owner = next(iter(of.seller.identifiers), None)
    return LegalKey(domain, fields, is_official=True, owner=owner)


def _seller_key(invoice: Invoice, identifier: TaxId, number: str) -> LegalKey:
    if not is_official(identifier):
        weak = (*identifier.parts, normalize(invoice.seller.name), *_tail(invoice, number))
        return LegalKey(WEAK, weak, is_official=False, owner=identifier)
    domain, fields = _COUNTRIES.get(identifier.country, _anywhere)(invoice, identifier, number)
    return LegalKey(domain, fields, is_official=True, owner=identifier)


def _tail(invoice: Invoice, number: str) -> tuple[str, str, str]:
    return number, str(invoice.issued_on.year), _key_class(invoice)


_Key = tuple[str, tuple[str, ...]]


def _anywhere(invoice: Invoice, identifier: TaxId, number: str) -> _Key:
    return SELLER_AND_NUMBER, (*identifier.parts, *_tail(invoice, number))


def _indian(invoice: Invoice, identifier: TaxId, number: str) -> _Key:
    """The IRN; slashes and dashes of the number count in it."""
    if len(identifier.value) != 15:  # no GSTIN
        return _anywhere(invoice, identifier, number)
    is_credit = invoice.document_class is InvoiceClass.CREDIT_NOTE
    kind = "CRN" if is_credit else "DBN" if invoice.type_code == "DBN" else "INV"
    written = "".join(unicodedata.normalize("NFKC", invoice.number).split())
    return IN_IRN, (irn(identifier.value, invoice.issued_on, kind, written),)


def _hungarian(_invoice: Invoice, identifier: TaxId, number: str) -> _Key:
    """A number is given once, whatever the document (Act CXXVII of 2007, 169 b). Whose it is, the first 8 digits say."""
    return HU_NAV, (identifier.value[:8], number)


def _italian(invoice: Invoice, identifier: TaxId, number: str) -> _Key:
    return IT_FPA, (identifier.value, *_tail(invoice, number))


_COUNTRIES: dict[str, Callable[[Invoice, TaxId, str], _Key]] = {
    "IN": _indian,
    "HU": _hungarian,
    "IT": _italian,
}


def _key_class(invoice: Invoice) -> str:
    # A correction counts as an invoice here: changing the type code alone must not make a second identity.
    is_credit = invoice.document_class is InvoiceClass.CREDIT_NOTE
    return InvoiceClass.CREDIT_NOTE.value if is_credit else InvoiceClass.INVOICE.value


def content_tag(invoice: Invoice) -> ContentTag:
    """What the invoice says in figures. Raises BadAmount, UnknownCurrency.

    An amount that may be net or gross stands alone: what else was worked out from it is not said by the document.
    """

    def in_minor(field: str) -> int | None:
        value = getattr(invoice, field)
        is_said = invoice.total is None or field == "total"
        return minor(value, invoice.currency) if value is not None and is_said else None

    return ContentTag(
        issued_on=invoice.issued_on,
        document_class=invoice.document_class.value,
        currency=normalize(invoice.currency),
        net_minor=in_minor("net"),
        gross_minor=in_minor("gross"),
        payable_minor=in_minor("payable"),
        total_minor=in_minor("total"),
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
