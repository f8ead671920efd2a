"""Which column probably holds what: from what it is called, and from what stands in it. Pure; a person decides."""

import re
from collections.abc import Sequence
from dataclasses import replace

from registry.invoices.imports.cells import amount_of, day_of
from registry.invoices.imports.columns import (
    MAX_COLUMNS,
    MAX_HEADER_ROW,
    ColumnMap,
    DayOrder,
    DecimalMark,
    Field,
)
from registry.kit.errors import BadInput
from registry.kit.identifiers import normalize
from registry.kit.money import UnknownCurrency, currency
from registry.sheets import Cell, Row

_MIN_NAMES = 2
# What a column is called, as ``normalize`` leaves it: English, Chinese, German; the first of a field is preferred.
TERMS: dict[Field, tuple[str, ...]] = {
    Field.NUMBER: (
        "INVOICENUMBER", "INVOICENO", "INVOICENR", "INVOICE", "INVOICEID", "INVNO", "DOCUMENTNUMBER",
        "DOCUMENTNO", "BILLINGDOCUMENT", "REFERENCE", "数电发票号码", "数电票号码", "发票号码", "发票号",
        "发票编号", "单据编号", "单据号", "RECHNUNGSNUMMER", "RECHNUNGSNR", "RECHNUNGNR", "RENR", "RGNR",
        "BELEGNUMMER", "BELEGNR", "NUMBER", "NUMMER",
    ),
    Field.CODE: (
        "INVOICECODE", "发票代码",
    ),
    Field.ISSUED_ON: (
        "INVOICEDATE", "ISSUEDATE", "ISSUEDON", "DATEOFISSUE", "DOCUMENTDATE", "BILLINGDATE", "开票日期",
        "发票日期", "开具日期", "单据日期", "RECHNUNGSDATUM", "REDATUM", "AUSSTELLUNGSDATUM", "BELEGDATUM",
        "DATE", "日期", "DATUM",
    ),
    Field.DUE_ON: (
        "DUEDATE", "DUEON", "DUE", "NETDUEDATE", "PAYMENTDUEDATE", "MATURITY", "MATURITYDATE", "到期日",
        "到期日期", "付款日期", "付款到期日", "应付日期", "FÄLLIGKEIT", "FÄLLIGKEITSDATUM", "FÄLLIGAM",
        "FAELLIGKEIT", "ZAHLBARBIS",
    ),
    Field.CURRENCY: (
        "CURRENCY", "CURRENCYCODE", "CURR", "CCY", "币种", "货币", "币别", "WÄHRUNG", "WAEHRUNG", "WHRG",
    ),
    Field.NET: (
        "NETAMOUNT", "NET", "AMOUNTEXCLUDINGTAX", "AMOUNTEXCLTAX", "AMOUNTWITHOUTTAX", "SUBTOTAL",
        "TAXABLEAMOUNT", "不含税金额", "未税金额", "NETTOBETRAG", "NETTO", "金额",
    ),
    Field.TAX: (
        "TAXAMOUNT", "TAX", "VATAMOUNT", "VAT", "税额", "STEUERBETRAG", "STEUER", "MWST", "MWSTBETRAG",
        "UST", "USTBETRAG",
    ),
    Field.GROSS: (
        "GROSSAMOUNT", "GROSS", "TOTALAMOUNT", "TOTAL", "AMOUNTINCLUDINGTAX", "AMOUNTINCLTAX",
        "INVOICEAMOUNT", "价税合计", "含税金额", "合计金额", "发票金额", "BRUTTOBETRAG", "BRUTTO",
        "GESAMTBETRAG", "RECHNUNGSBETRAG", "AMOUNT", "BETRAG",
    ),
    Field.PAYABLE: (
        "AMOUNTPAYABLE", "PAYABLEAMOUNT", "PAYABLE", "AMOUNTDUE", "OPENAMOUNT", "OUTSTANDING", "BALANCEDUE",
        "应付金额", "应收金额", "未付金额", "未收金额", "ZAHLBETRAG", "OFFENERBETRAG", "OFFEN",
        "ZAHLBARERBETRAG",
    ),
    Field.BUYER_NAME: (
        "BUYERNAME", "BUYER", "CUSTOMERNAME", "CUSTOMER", "BILLTO", "BILLTONAME", "DEBTOR", "购买方名称",
        "购方名称", "购买方", "购货单位", "客户名称", "客户", "KUNDENNAME", "KUNDE", "RECHNUNGSEMPFÄNGER",
        "DEBITOR", "KÄUFER",
    ),
    Field.BUYER_TAX_ID: (
        "BUYERTAXID", "BUYERVATID", "BUYERVATNUMBER", "BUYERVAT", "CUSTOMERTAXID", "CUSTOMERVATID",
        "CUSTOMERVATNUMBER", "CUSTOMERVAT", "VATID", "VATNUMBER", "VATREGNO", "TAXID", "购买方税号",
        "购方税号", "购买方识别号", "购买方纳税人识别号", "购方纳税人识别号", "客户税号", "纳税人识别号",
        "统一社会信用代码", "税号", "USTIDNR", "USTID", "USTIDKUNDE", "USTIDNRKUNDE", "UMSATZSTEUERID",
    ),
    Field.SELLER_NAME: (
        "SELLERNAME", "SELLER", "SUPPLIERNAME", "SUPPLIER", "VENDOR", "VENDORNAME", "销售方名称",
        "销方名称", "销售方", "供应商名称", "供应商", "VERKÄUFER", "LIEFERANT", "RECHNUNGSSTELLER",
    ),
    Field.SELLER_TAX_ID: (
        "SELLERTAXID", "SELLERVATID", "SELLERVATNUMBER", "SUPPLIERTAXID", "SUPPLIERVATID", "VENDORTAXID",
        "销售方税号", "销方税号", "销售方识别号", "销售方纳税人识别号", "销方纳税人识别号", "供应商税号",
        "USTIDLIEFERANT", "USTIDVERKÄUFER",
    ),
    Field.DOCUMENT_CLASS: (
        "INVOICETYPE", "DOCUMENTTYPE", "DOCUMENTCLASS", "TYPE", "KIND", "发票类型", "票种", "发票种类",
        "单据类型", "RECHNUNGSART", "BELEGART", "ART",
    ),
    Field.PRECEDING: (
        "PRECEDINGINVOICE", "PRECEDINGNUMBER", "ORIGINALINVOICE", "ORIGINALINVOICENUMBER",
        "CORRECTEDINVOICE", "REFERENCEDINVOICE", "原发票号码", "对应蓝字发票号码", "蓝字发票号码",
        "URSPRUNGSRECHNUNG", "BEZUGSRECHNUNG", "KORRIGIERTERECHNUNG",
    ),
    Field.LINE: (
        "DESCRIPTION", "ITEM", "ITEMNAME", "LINETEXT", "GOODS", "SUBJECT", "货物名称", "商品名称",
        "项目名称", "货物或应税劳务名称", "摘要", "BESCHREIBUNG", "BEZEICHNUNG", "ARTIKEL", "LEISTUNG",
        "BUCHUNGSTEXT", "TEXT",
    ),
}  # fmt: skip
_FIELD_OF = {name: (field, rank) for field, names in TERMS.items() for rank, name in enumerate(names)}
_UNIT = re.compile(r"[(（\[].{0,12}[)）\]]|\b(CNY|RMB|EUR|USD)\b|[€$¥￥]|元", re.IGNORECASE)
_SIGNS = {
    "CNY": "CNY",
    "RMB": "CNY",
    "元": "CNY",
    "¥": "CNY",
    "￥": "CNY",
    "EUR": "EUR",
    "€": "EUR",
    "USD": "USD",
    "$": "USD",
}
_FIGURES = (Field.NET, Field.TAX, Field.GROSS, Field.PAYABLE)


def guess(head: Sequence[Row], country: str = "") -> ColumnMap:
    """A map for a sheet whose first rows are ``head``; incomplete where nothing tells. ``country`` the party's."""
    header_row, columns = _header(head)
    header: list[Cell] = next((cells for number, cells in head if number == header_row), [])
    samples = [cells for number, cells in head if number > header_row]
    made = ColumnMap(header_row, columns, country=country)
    days = _texts(samples, [columns[one] for one in (Field.ISSUED_ON, Field.DUE_ON) if one in columns])
    figures = _texts(samples, [columns[one] for one in _FIGURES if one in columns])
    made = replace(made, day_order=_day_order(days), decimal_mark=_decimal_mark(figures))
    made = replace(made, columns=columns | _by_values(samples, made))
    if Field.CURRENCY in made.columns:
        return made
    return replace(made, currency=_currency_in([*map(str, header), *figures]))


def _header(head: Sequence[Row]) -> tuple[int, dict[Field, int]]:
    """The row that names most columns, and which; none names any where they are data from the first row on."""
    best: tuple[int, dict[Field, int]] = (0, {})
    for number, cells in head:
        if number > MAX_HEADER_ROW:
            break
        found = _named(cells)
        if len(found) >= _MIN_NAMES and len(found) > len(best[1]):
            best = number, found
    return best


def _named(cells: Sequence[Cell]) -> dict[Field, int]:
    ranked: dict[Field, tuple[int, int]] = {}
    for place, cell in enumerate(cells[:MAX_COLUMNS]):
        if not isinstance(cell, str):
            continue
        whole, plain = normalize(cell), normalize(_UNIT.sub("", cell))
        found = _FIELD_OF.get(whole) or _FIELD_OF.get(plain)
        if found is not None and (found[0] not in ranked or found[1] < ranked[found[0]][0]):
            ranked[found[0]] = found[1], place
    return {field: place for field, (_, place) in ranked.items()}


def _by_values(samples: Sequence[Sequence[Cell]], made: ColumnMap) -> dict[Field, int]:
    """What no name told and the cells do: a column of currency codes, the one column of days."""
    found: dict[Field, int] = {}
    taken = set(made.columns.values())
    width = max(map(len, samples), default=0)
    free = [place for place in range(min(width, MAX_COLUMNS)) if place not in taken]
    columns = {place: [row[place] for row in samples if place < len(row) and row[place]] for place in free}
    if Field.CURRENCY not in made.columns:
        codes = [place for place in free if columns[place] and all(map(_is_code, columns[place]))]
        found |= {Field.CURRENCY: codes[0]} if codes else {}
    if Field.ISSUED_ON not in made.columns:
        order = made.day_order
        days = [one for one in free if columns[one] and all(_is_day(cell, order) for cell in columns[one])]
        found |= {Field.ISSUED_ON: days[0]} if len(days) == 1 else {}
    return found


def _is_code(cell: Cell) -> bool:
    try:
        return isinstance(cell, str) and len(cell.strip()) == 3 and bool(currency(cell))
    except UnknownCurrency:
        return False


def _is_day(cell: Cell, order: DayOrder) -> bool:
    try:
        return (
            isinstance(cell, str) and not cell.isdigit() and day_of(cell, order, Field.ISSUED_ON) is not None
        )
    except BadInput:
        return False


def _texts(samples: Sequence[Sequence[Cell]], places: Sequence[int]) -> list[str]:
    found = (row[place] for row in samples for place in places if place < len(row))
    return [one for one in found if isinstance(one, str) and one]


def _day_order(days: Sequence[str]) -> DayOrder:
    """Only an order in which every sample is a day; of several, day first before month first."""
    return next(
        (order for order in DayOrder if all(_is_day(one, order) or one.isdigit() for one in days)),
        DayOrder.YMD,
    )


def _decimal_mark(figures: Sequence[str]) -> DecimalMark:
    def fits(mark: DecimalMark) -> int:
        return sum(1 for one in figures if _is_amount(one, mark))

    # 1,234 alone is either: then whatever reads more of them, and a point in doubt.
    return DecimalMark.COMMA if fits(DecimalMark.COMMA) > fits(DecimalMark.POINT) else DecimalMark.POINT


def _is_amount(text: str, mark: DecimalMark) -> bool:
    try:
        return amount_of(text, mark, Field.PAYABLE) is not None
    except BadInput:
        return False


def _currency_in(texts: Sequence[str]) -> str:
    found = {
        code for one in texts for sign, code in _SIGNS.items() if _UNIT.search(one) and sign in one.upper()
    }
    return found.pop() if len(found) == 1 else ""
