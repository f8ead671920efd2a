"""Who brings messages out: one process at a time, several messages at once, each endpoint one."""

import logging
from collections.abc import Collection, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from registry.kit.clock import Clock, unix
from registry.kit.errors import Refusal
from registry.storage.backend import Lead
from registry.storage.unit_of_work import Database
from registry.webhooks import queries
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint
from registry.webhooks.posting import Post, Reply
from registry.webhooks.rules import Ending, next_attempt, signatures

log = logging.getLogger(__name__)

LOCK = "webhooks"
PAUSE_S = 1.0
MAX_AT_ONCE = 16
KEPT = timedelta(days=30)  # how long messages at their end are listed
GONE = 410
MAX_FAILURE_CHARS = 200
_LOOK_S = 1.0


@dataclass(frozen=True)
class _Parcel:
    """All that one attempt needs, read beforehand: while it is on its way the database is nobody's."""

    message: str
    endpoint: str
    url: str
    body: str
    secrets: tuple[bytes, ...]


@dataclass(frozen=True)
class Courier:
    """Under the database's lock: of several processes one sends. Each message goes out at least once, under the same
    id each time: what was sent and not written down as sent goes out again."""

    database: Database
    post: Post
    clock: Clock

    def run_once(self, stop: Event | None = None) -> int:
        """Send all that is due; answers how many attempts were made. None is made while another process is at it.

        Raises DatabaseBusy, DatabaseAway; what was written down stays.
        """
        with self.database.lead(LOCK) as lead:
            return sum(1 for _ in self._attempts(lead, stop or Event())) if lead else 0

    def loop(self, stop: Event, pause_seconds: float = PAUSE_S) -> None:
        """Until ``stop`` is set. A failure is logged and ends the round, never the loop."""
        while not stop.is_set():
            try:
                self.run_once(stop)
            except Refusal as refusal:
                log.warning("%s: %s", refusal.code, refusal.detail)
            except Exception:
                log.exception("sending webhooks failed; trying again")
            stop.wait(pause_seconds)

    def _attempts(self, lead: Lead, stop: Event) -> Iterator[Reply]:
        """A slow receiver takes up its own place and no other."""
        going: dict[Future[Reply], _Parcel] = {}
        with ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="webhook") as pool:
            while True:
                if not stop.is_set() and lead():
                    for one in self._due(going.values()):
                        going[pool.submit(self._sent, one)] = one
                if not going:
                    return
                for done in wait(going, _LOOK_S, FIRST_COMPLETED).done:
                    yield self._written_down(going.pop(done), done.result())

    def _due(self, going: Collection[_Parcel]) -> list[_Parcel]:
        busy, room = [one.endpoint for one in going], MAX_AT_ONCE - len(going)
        if not room:
            return []
        now = self.clock.now()
        with self.database.read() as session:
            return [
                _Parcel(one.id, to.id, to.url, one.body, tuple(queries.live_secrets(session, to.id, now)))
                for one, to in queries.due(session, now, busy=busy, limit=room)
            ]

    def _sent(self, parcel: _Parcel) -> Reply:
        at = unix(self.clock.now())
        headers = {
            "content-type": "application/json",
            "user-agent": "Counterfoil",
            "webhook-id": parcel.message,
            "webhook-timestamp": str(at),
            "webhook-signature": signatures(parcel.secrets, parcel.message, at, parcel.body),
        }
        try:
            return self.post(parcel.url, headers, parcel.body.encode())
        except Exception as error:  # whatever a receiver brought about must not hold up the others
            log.warning("webhook %s failed", parcel.endpoint, exc_info=error)
            return Reply(None, "Sending failed.")

    def _written_down(self, parcel: _Parcel, reply: Reply) -> Reply:
        now = self.clock.now()
        with self.database.write() as session:
            one = queries.find_delivery(session, parcel.message)
            if one is None:  # the endpoint was removed meanwhile
                return reply
            to = queries.endpoint(session, one.endpoint)
            _conclude(one, to, reply, now)
            queries.forget_deliveries(session, to.id, now - KEPT)
        if one.delivered_at is None:
            log.warning("webhook %s: attempt %d at %s failed", to.id, one.attempts, one.id)
        return reply


def _conclude(one: WebhookDelivery, to: WebhookEndpoint, reply: Reply, now: datetime) -> None:
    """What an attempt came to, and what follows for the endpoint."""
    one.attempts += 1
    one.attempted_at, one.status_code = now, reply.status_code
    one.failure, one.next_attempt_at = None, None
    if reply.status_code is not None and 200 <= reply.status_code < 300:
        one.delivered_at = now
        return
    one.failure = (reply.failure or f"It answered {reply.status_code}.")[:MAX_FAILURE_CHARS]
    is_gone = reply.status_code == GONE
    if not is_gone:
        one.next_attempt_at = next_attempt(one.id, one.attempts, now, reply.retry_after_s)
    if one.next_attempt_at is None and to.disabled_at is None:
        to.disabled_at, to.disabled_because = now, Ending.GONE if is_gone else Ending.EXHAUSTED
