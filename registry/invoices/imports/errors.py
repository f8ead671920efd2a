"""Why a sheet is not imported, and why a row of it is not taken."""

from registry.invoices.errors import UnreadableInvoice
from registry.kit.errors import BadInput, Conflict, NotFound


class ImportUnknown(NotFound):
    code = "import_unknown"
    title = "There is no such import"


class ImportUnderWay(Conflict):
    """Its columns are settled once it has begun."""

    code = "import_under_way"
    title = "The import has begun already"


class SheetEmpty(BadInput):
    code = "sheet_empty"
    title = "The sheet holds no rows below its header"


class ColumnMapUnknown(NotFound):
    code = "column_map_unknown"
    title = "There is no column map of that name"


class ColumnMapMalformed(BadInput):
    code = "column_map_malformed"
    title = "This is not a column map"


class ColumnMapIncomplete(BadInput):
    """``missing`` names the fields no column was given for."""

    code = "column_map_incomplete"
    title = "The column map leaves out what an invoice must have"


class ColumnMapMisfit(Conflict):
    """The sheet's header is another than the map was made for: columns may have moved."""

    code = "column_map_misfit"
    title = "The column map was made for another layout"


class TooManyColumnMaps(Conflict):
    code = "too_many_column_maps"
    title = "The party keeps as many column maps as it may"


class UnreadableDate(UnreadableInvoice):
    """``field`` names the column's field; so do those below."""

    code = "unreadable_date"
    title = "A cell holds no date that can be read"


class DigitsLost(UnreadableInvoice):
    """A spreadsheet's number has 15 digits (IEEE 754): what was longer has been rounded."""

    code = "digits_lost"
    title = "A long number stands as a number, its last digits are lost"


class FormulaCell(UnreadableInvoice):
    code = "formula_cell"
    title = "A cell holds a formula instead of a value"


class AmountsDiffer(UnreadableInvoice):
    code = "amounts_differ"
    title = "Net and tax do not come to the gross amount"


class UnknownClass(UnreadableInvoice):
    code = "unknown_class"
    title = "A cell names no kind of invoice"
