"""The port to outside services that know invoices: a tax bureau, an e-invoicing platform, a chamber of commerce."""

import logging
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Protocol

from registry.invoices.invoice import Invoice
from registry.invoices.verification.findings import Finding, Result, State

log = logging.getLogger(__name__)

MAX_DETAIL_CHARS = 500
CODE = "outside_service"
_RESULTS = {State.VERIFIED: Result.PASSED, State.UNAVAILABLE: Result.NOT_CHECKED}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service says of one invoice: ``state`` from ``verified`` to ``unavailable``, a sentence, what differed,
    and the SHA-256 (hex) of the answer as it came, None where none came."""

    state: State
    detail: str
    values: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None

    @property
    def finding(self) -> Finding:
        result = _RESULTS.get(self.state, Result.ERROR)
        return Finding(CODE, result, self.detail[:MAX_DETAIL_CHARS], self.values)


class VerificationProvider(Protocol):
    """One outside service. Asked again and again of the same invoice, long after its file has gone: it gets what was
    read of it."""

    @property
    def name(self) -> str:
        """Short and stable: it stands with every answer (at most 60 characters)."""
        ...

    def verify(self, invoice: Invoice) -> Answer:
        """What the service says now. Whatever it raises counts as ``unavailable``."""
        ...


class Inquiry:
    """Asks a provider within a bound of time, one invoice at a time; a provider that hangs is not asked twice."""

    def __init__(self, provider: VerificationProvider, seconds: float) -> None:
        self.provider = provider
        self._seconds = seconds
        self._last: Thread | None = None
        self._turn = Lock()

    def ask(self, invoice: Invoice) -> Answer:
        """Never raises for what the provider does: no answer in time is ``unavailable``, to be asked again."""
        if not self._turn.acquire(timeout=self._seconds):
            return Answer(State.UNAVAILABLE, f"{self.provider.name} is being asked too much; ask again.")
        try:
            return self._asked(invoice)
        finally:
            self._turn.release()

    def _asked(self, invoice: Invoice) -> Answer:
        name = self.provider.name
        if self._last is not None and self._last.is_alive():
            return Answer(State.UNAVAILABLE, f"{name} has not answered an earlier question yet.")
        answers: list[Answer] = []

        def work() -> None:
            try:
                answers.append(self.provider.verify(invoice))
            except Exception as error:  # an outside service may fail in any way
                log.warning("%s failed", name, exc_info=error)
                answers.append(Answer(State.UNAVAILABLE, f"{name} does not answer; it will be asked again."))

        thread = self._last = Thread(target=work, name="verification", daemon=True)
        thread.start()
        thread.join(self._seconds)
        return (
            answers[0]
            if answers
            else Answer(
                State.UNAVAILABLE,
                f"{name} did not answer within {self._seconds:g} s; it will be asked again.",
            )
        )
