"""Who works imports through: one process at a time, each import a batch in its turn; all others watch the rows."""

import logging
from collections.abc import Iterator, Sequence
from threading import Event

from registry.invoices.imports import queries
from registry.invoices.imports.engine import Workshop, work
from registry.invoices.imports.model import InvoiceImport
from registry.kit.clock import Deadline
from registry.kit.errors import Refusal, Unavailable
from registry.relay.context import Context
from registry.storage.backend import Lead

log = logging.getLogger(__name__)

LOCK = "imports"
_IDLE_S = 1.0
_WATCH_S = 0.2


class ImportStandsStill(Unavailable):
    code = "import_stands_still"
    title = "The import does not get further at this moment"


class Importer:
    """Imports and dry runs under the database's lock: several may exist, in threads or processes, one works."""

    def __init__(self, context: Context) -> None:
        self._shop = Workshop(context.database, context.fingerprint_keys, context.clock, context.new_id)
        self._wake = Event()

    def wake(self) -> None:
        """There is something to do."""
        self._wake.set()

    def loop(self, stop: Event) -> None:
        """Work until told to stop, which is obeyed between two batches."""
        while not stop.is_set():
            try:
                with self._shop.uow.lead(LOCK) as lead:
                    if lead:
                        self._lead(lead, stop)
            except Refusal as refusal:  # a database that is away is no reason to end
                _report("queue", refusal)
            stop.wait(_IDLE_S)

    def _lead(self, lead: Lead, stop: Event) -> None:
        going: dict[str, Iterator[InvoiceImport]] = {}
        while not stop.is_set() and lead():
            self._wake.clear()
            waiting = self._waiting()
            going = {one: going.get(one) or work(self._shop, one) for one in waiting}
            has_moved = False
            for one in waiting:
                if stop.is_set():
                    return
                try:
                    has_moved |= next(going[one], None) is not None
                except Exception as error:  # one that stands still must not hold up the others
                    _report(one, error)
                    del going[one]
            if not has_moved:
                self._wake.wait(_IDLE_S)

    def _waiting(self) -> Sequence[str]:
        try:
            with self._shop.uow.read() as session:
                return queries.under_way(session)
        except Exception as error:  # whatever ails the database: look again in a while
            _report("queue", error)
            return ()

    def follow(self, import_id: str, patience_s: float) -> Iterator[InvoiceImport]:
        """Its record again and again, to its end: carried on here, or watched where another process does it.

        Raises ImportUnknown, and ImportStandsStill where the other does not get further for so many seconds.
        """
        before, until = (-1, ""), Deadline(patience_s)
        while True:
            with self._shop.uow.read() as session:
                record = queries.import_by_id(session, import_id)
            yield record
            if record.status not in queries.UNDER_WAY:
                return
            if (record.done, record.status) != before:
                before, until = (record.done, record.status), Deadline(patience_s)
            if until.has_passed:
                raise ImportStandsStill(
                    "It goes on by itself; look again later, or bring the same file again."
                )
            with self._shop.uow.lead(LOCK, _WATCH_S) as lead:
                if lead:
                    yield from work(self._shop, import_id)


def _report(what: str, error: Exception) -> None:
    if isinstance(error, Refusal):
        log.warning("import %s waits: %s", what, error.detail)
    else:
        log.error("import %s stands still", what, exc_info=error)
