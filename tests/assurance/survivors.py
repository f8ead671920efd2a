"""Why some mutants may survive."""

import json
from functools import cache
from pathlib import Path
from typing import Protocol

EXPLAINED = Path(__file__).with_name("survivors.json")


class Fault(Protocol):
    """A mutant, or the record of one."""

    @property
    def file(self) -> str: ...
    @property
    def before(self) -> str: ...
    @property
    def after(self) -> str: ...


@cache
def explained() -> dict[tuple[str, str, str], str]:
    """Why a mutant may survive, by file and what it replaces with what: lines move, reasons do not."""
    return {
        (entry["file"], entry["before"], entry["after"]): entry["why"]
        for entry in json.loads(EXPLAINED.read_text())
    }


def is_explained(fault: Fault) -> bool:
    return (fault.file, fault.before, fault.after) in explained()
