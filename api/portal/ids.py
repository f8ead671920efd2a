"""Ids of records as they stand in addresses."""

import re
from typing import Annotated

from fastapi import Depends, Path
from starlette.exceptions import HTTPException

_DIGITS = {"receivable": ("rcv_", 16), "lot": ("lot_", 64)}


def stored(kind: str, written: str) -> str:
    """A receivable's or lot's id as tables have it, 0x and lower case; anything else as it is. An id that
    cannot be one is a page that is not there."""
    if kind not in _DIGITS:
        return written
    prefix, digits = _DIGITS[kind]
    found = re.fullmatch(rf"(?:0x|{prefix})([0-9a-f]{{{digits}}})", written.lower(), re.ASCII)
    if found is None:
        raise HTTPException(404)
    return "0x" + found[1]


def receivable_in_path(receivable: Annotated[str, Path(max_length=80)]) -> str:
    return stored("receivable", receivable)


def lot_in_path(lot: Annotated[str, Path(max_length=80)]) -> str:
    return stored("lot", lot)


ReceivableId = Annotated[str, Depends(receivable_in_path)]
LotId = Annotated[str, Depends(lot_in_path)]
