"""Refusals: every way the registry says no.

A refusal is a class with a stable ``code``, a ``title`` and named fields; ``api.problems`` turns it
into RFC 9457 problem details and the command line into a sentence and an exit status.
"""

from typing import ClassVar


class Refusal(Exception):
    """The request was understood and is not carried out; nothing was changed.

    ``detail`` is a sentence that says what to do next. ``fields`` are JSON-ready values about the case.
    """

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 422

    def __init__(self, detail: str = "", **fields: object) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = fields


class NotFound(Refusal):
    code = "not_found"
    title = "There is no such record"
    status = 404


class BadInput(Refusal):
    code = "bad_input"
    title = "The input cannot be read"
    status = 422


class Conflict(Refusal):
    code = "conflict"
    title = "The record has changed meanwhile"
    status = 409


class Unavailable(Refusal):
    """A part the request needs does not answer; trying again later may help."""

    code = "unavailable"
    title = "A part of the system does not answer"
    status = 503


def every_refusal() -> list[type[Refusal]]:
    """All refusal classes that are imported, base first, each once."""
    found: list[type[Refusal]] = []
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        refusal = waiting.pop(0)
        if refusal not in found:
            found.append(refusal)
            waiting.extend(refusal.__subclasses__())
    return found
