"""For what needs a context but no chain."""

from collections.abc import Sequence
from typing import NoReturn

from registry.chain.contract import View
from registry.provenance.state import NotProven


def unproven(number: int, _block_hash: str, _views: Sequence[View]) -> NoReturn:
    raise NotProven("There is no chain here.", block=number)
