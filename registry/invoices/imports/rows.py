"""One row of a sheet as an invoice. Pure."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from registry.invoices.errors import MissingField
from registry.invoices.identity import is_fapiao
from registry.invoices.imports.cells import amount_of, class_of, day_of, required, text_of
from registry.invoices.imports.columns import ColumnMap, Field
from registry.invoices.imports.errors import AmountsDiffer
from registry.invoices.invoice import Invoice, InvoiceClass, Line, Trader
from registry.kit.identifiers import UNKNOWN_COUNTRY, USCC, VAT, TaxId, normalize
from registry.kit.money import currency
from registry.sheets import Cell

SYNTAX = "sheet"
_MAX_APART = Decimal("0.01")  # net and tax are each rounded


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows by a map; ``seller`` is the importing party, whose invoices they are unless a column says else."""

    columns: ColumnMap
    seller: Trader

    def invoice(self, cells: list[Cell]) -> Invoice:
        """Raises MissingField, UnreadableDate, BadAmount, UnknownCurrency, DigitsLost, FormulaCell, AmountsDiffer,
        UnknownClass, BadInput for a tax identifier that is none."""
        row = _Row(self.columns, cells)
        net, gross, payable = row.amounts()
        kind = class_of(row.text(Field.DOCUMENT_CLASS))
        if kind is None:
            kind = InvoiceClass.CREDIT_NOTE if payable < 0 else InvoiceClass.INVOICE
        line = row.text(Field.LINE)
        preceding = row.text(Field.PRECEDING)
        found = Invoice(
            number=required(row.text(Field.NUMBER), Field.NUMBER),
            code=row.text(Field.CODE),
            issued_on=row.issued_on(),
            due_on=row.day(Field.DUE_ON),
            document_class=kind,
            currency=row.currency(),
            net=net,
            gross=gross,
            payable=payable,
            seller=self._seller(row),
            buyer=self._buyer(row),
            preceding=(preceding,) if preceding else (),
            lines=(Line("1", line),) if line else (),
            syntax=SYNTAX,
            layer=SYNTAX,
        )
        return _unsigned(found) if payable < 0 and kind is InvoiceClass.CREDIT_NOTE else found

    def _seller(self, row: "_Row") -> Trader:
        """The importing party with all its identifiers, since an e-invoice may rest on any; or another."""
        name, tax_id = row.text(Field.SELLER_NAME), row.tax_id(Field.SELLER_TAX_ID)
        if tax_id is None:
            is_own = not name or normalize(name) == normalize(self.seller.name)
            return self.seller if is_own else Trader(name, UNKNOWN_COUNTRY)
        is_own = tax_id.parts in {one.parts for one in self.seller.identifiers}
        return self.seller if is_own else Trader(name, tax_id.country, (tax_id,))

    def _buyer(self, row: "_Row") -> Trader:
        name, tax_id = row.text(Field.BUYER_NAME), row.tax_id(Field.BUYER_TAX_ID)
        if not name and tax_id is None:
            raise MissingField("The row names no buyer.", field=Field.BUYER_NAME.value)
        country = tax_id.country if tax_id else self.columns.country or UNKNOWN_COUNTRY
        return Trader(name, country, (tax_id,) if tax_id else ())


def _unsigned(note: Invoice) -> Invoice:
    """A credit note with positive amounts, as EN 16931 has it; a red-letter fapiao is negative by itself."""
    if is_fapiao(note):
        return note
    net, gross = (None if one is None else abs(one) for one in (note.net, note.gross))
    return replace(note, net=net, gross=gross, payable=abs(note.payable))


@dataclass(frozen=True, slots=True)
class _Row:
    columns: ColumnMap
    cells: list[Cell]

    def cell(self, field: Field) -> Cell:
        place = self.columns.columns.get(field)
        return self.cells[place] if place is not None and place < len(self.cells) else None

    def text(self, field: Field) -> str:
        return text_of(self.cell(field), field)

    def day(self, field: Field) -> date | None:
        return day_of(self.cell(field), self.columns.day_order, field)

    def issued_on(self) -> date:
        found = self.day(Field.ISSUED_ON)
        if found is None:
            raise MissingField("Issued on is empty.", field=Field.ISSUED_ON.value)
        return found

    def currency(self) -> str:
        written = self.text(Field.CURRENCY) or self.columns.currency
        return currency(_COMMON_NAMES.get(written, required(written, Field.CURRENCY))).code

    def tax_id(self, field: Field) -> TaxId | None:
        written = self.text(field)
        if not written:
            return None
        country = self.columns.country
        return TaxId.of(written, country=country, scheme=USCC if country == "CN" else VAT)

    def amounts(self) -> tuple[Decimal | None, Decimal | None, Decimal]:
        """Net, gross and payable: what the row lacks follows from the others, as far as it does."""
        mark = self.columns.decimal_mark
        net, tax, gross, payable = (
            amount_of(self.cell(one), mark, one) for one in (Field.NET, Field.TAX, Field.GROSS, Field.PAYABLE)
        )
        if net is not None and tax is not None:
            if gross is not None and abs(net + tax - gross) > _MAX_APART:
                raise AmountsDiffer(f"{net} and {tax} do not come to {gross}.")
            gross = net + tax if gross is None else gross
        elif gross is not None and tax is not None:
            net = gross - tax
        payable = gross if payable is None else payable
        if payable is None:
            raise MissingField("The row says no amount to pay.", field=Field.PAYABLE.value)
        return net, gross, payable


_COMMON_NAMES = {
    **dict.fromkeys(("人民币", "RMB", "元", "¥", "￥"), "CNY"),
    **dict.fromkeys(("欧元", "€"), "EUR"),
    "美元": "USD",
}
