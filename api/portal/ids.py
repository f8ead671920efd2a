"""Ids of records as they stand in addresses."""

from typing import Annotated

from fastapi import Depends, Path
from starlette.exceptions import HTTPException

from api.ids import LOT, RECEIVABLE, Kind, MalformedId

_KINDS = {"receivable": RECEIVABLE, "lot": LOT}


def stored(kind: str, written: str) -> str:
    """A receivable's or lot's id as tables have it, 0x and lower case; anything else as it is."""
    return _read(_KINDS[kind], written) if kind in _KINDS else written


def _read(kind: Kind, written: str) -> str:
    """An id that cannot be one is a page that is not there."""
    try:
        return kind.read(written)
    except MalformedId:
        raise HTTPException(404) from None


def receivable_in_path(receivable: Annotated[str, Path(max_length=80)]) -> str:
    return _read(RECEIVABLE, receivable)


def lot_in_path(lot: Annotated[str, Path(max_length=80)]) -> str:
    return _read(LOT, lot)


ReceivableId = Annotated[str, Depends(receivable_in_path)]
LotId = Annotated[str, Depends(lot_in_path)]
