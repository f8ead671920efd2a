"""Ask again, on a schedule, about invoices that are in use: one that was good may have been canceled since."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

from registry.invoices.model import InvoiceVerification
from registry.invoices.verification import queries as verified
from registry.invoices.verification.findings import GONE_BAD
from registry.invoices.verification.provider import Inquiry
from registry.invoices.verification.use_cases import verify_invoice
from registry.kit.clock import Clock
from registry.kit.errors import Refusal
from registry.receivables import queries as receivables
from registry.storage.unit_of_work import Database

log = logging.getLogger(__name__)

LOCK = "recheck"
PAUSE_S = 60.0
MAX_A_ROUND = 1000
RETRY = timedelta(hours=1)  # an outside service that did not answer is left alone for so long


@dataclass(frozen=True)
class Rechecker:
    """Under the database's lock: of several processes one asks. ``days``: how old an answer may get."""

    database: Database
    inquiry: Inquiry
    clock: Clock
    ids: Callable[[str], str]
    days: int

    def run_once(self, stop: Event | None = None, retry: timedelta = RETRY) -> Iterator[InvoiceVerification]:
        """Ask about all that is due, at most MAX_A_ROUND, and give each answer as it is kept.

        Nobody is asked while another process is at it. Raises DatabaseBusy; what was answered stays.
        """
        with self.database.lead(LOCK) as lead:
            if lead:
                yield from self._round(stop or Event(), retry)

    def _round(self, stop: Event, retry: timedelta) -> Iterator[InvoiceVerification]:
        now = self.clock.now()
        after, asked = "", 0
        while asked < MAX_A_ROUND:
            with self.database.read() as session:
                due = verified.due_for_inquiry(
                    session,
                    receivables.invoices_in_use(),
                    answered_before=now - timedelta(days=self.days),
                    asked_before=now - retry,
                    after=after,
                    limit=MAX_A_ROUND - asked,
                )
            if not due:
                return
            for invoice in due:
                if stop.is_set():
                    return
                found = verify_invoice(self.database, self.inquiry, invoice, clock=self.clock, ids=self.ids)
                _tell(found)
                yield found
            after, asked = due[-1], asked + len(due)

    def loop(self, stop: Event, pause_seconds: float = PAUSE_S) -> None:
        """Rounds until ``stop`` is set. A failure is logged and ends the round, never the loop."""
        while not stop.is_set():
            try:
                for _ in self.run_once(stop):
                    pass
            except Refusal as refusal:
                log.warning("%s: %s", refusal.code, refusal.detail)
            except Exception:
                log.exception("asking again about invoices failed; trying again")
            stop.wait(pause_seconds)


def _tell(found: InvoiceVerification) -> None:
    if found.state in [one.value for one in GONE_BAD] and found.state != found.was:
        log.warning(
            "invoice %s has turned %s, it was %s", found.invoice_id, found.state, found.was or "unknown"
        )
