"""Who does the work: one process at a time runs relay and mirror, all others wait for rows to change."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event

from registry.chain.errors import ChainNotReachable
from registry.chain.keys import Key
from registry.kit.clock import Deadline, Stopwatch
from registry.kit.errors import Refusal
from registry.mirror import queries as mirrored
from registry.mirror.mirror import Mirror
from registry.relay import queries
from registry.relay.errors import ActUnfinished
from registry.relay.model import Act, ActStatus
from registry.relay.refusals import refusal_of_act
from registry.relay.relay import Relay
from registry.storage.backend import Lead

log = logging.getLogger(__name__)

LOCK = "worker"
POLL_S = 1.0
_SOON_S = 0.03
_FIRST_BACK_OFF_S = 0.25
_LAST_BACK_OFF_S = 10.0


@dataclass(frozen=True)
class Done:
    """Acts the relay moved and blocks the mirror applied."""

    acts: int
    blocks: int


class Worker:
    """Relay and mirror under the database's lock: several may exist, in threads or processes, one works.

    ``renew`` is called after ChainNotReachable, to find the embedded chain's new owner or become it.
    ``trouble`` says why the last round failed, or what held up a sender's acts, or is None.
    """

    def __init__(
        self,
        relay: Relay,
        mirror: Mirror,
        *,
        renew: Callable[[], object] | None = None,
    ) -> None:
        self.database = relay.database
        self._relay = relay
        self._mirror = mirror
        self._renew = renew
        self._wake = Event()
        self._closing = Event()
        self.trouble: str | None = None

    def lead(self, wait_s: float = 0.0) -> AbstractContextManager[Lead | None]:
        """Whether this one works for the length of the block; if so, a function that says whether it still does."""
        return self.database.lead(LOCK, wait_s)

    def run_once(self) -> Done | None:
        """One round if nobody else works: send, then mirror to the head. None where somebody does.

        Raises what ``Relay.step`` and ``Mirror.step`` raise.
        """
        with self.lead() as lead:
            return self._round(Event()) if lead else None

    def _round(self, stop: Event) -> Done:
        # The mirror is not kept waiting by a relay that cannot go on, for want of gas say.
        try:
            acts = self._relay.step(mirrored.final_hash)
        finally:
            blocks = self._mirror.catch_up(lambda: self._is_over(stop))
        return Done(acts, blocks)

    def run_until_idle(self, wait_s: float = 30.0) -> None:
        """Rounds, here or in the leader, until no act waits and the mirror is at the head, or time is up.

        Raises what ``run_once`` raises; ChainNotReachable only where there is nothing to renew.
        """
        deadline = Deadline(wait_s)
        while not deadline.has_passed:
            try:
                done = self.run_once()
            except ChainNotReachable:
                if self._renew is None:
                    raise
                self._renew()
                continue
            is_any_left = queries.is_any_unfinished(self.database)
            if not is_any_left and (done is None or done == Done(0, 0)):
                return
            deadline.pause(_SOON_S)

    def sender(self, name: str) -> Key:
        """The key acts of this sender are sent with. Raises SenderUnknown."""
        return self._relay.sender(name)

    def rehearse(self, act: Act) -> None:
        """What the chain would say to an act now. Raises ChainRefused, SenderUnknown, SenderAway."""
        self._relay.rehearse(act)

    def close(self) -> None:
        """End the loop after its present step."""
        self._closing.set()
        self._wake.set()

    def wake(self) -> None:
        """Tell the loop that there is something to do; call it after a use case wrote an act."""
        self._wake.set()

    def loop(self, stop: Event, poll_seconds: float = POLL_S) -> None:
        """Work until ``stop`` is set, in rounds at most ``poll_seconds`` apart; wait where another leads.

        Failures are logged and tried again after a pause that doubles up to ten seconds; none ends the loop.
        """
        while not self._is_over(stop):
            try:
                with self.lead() as lead:
                    if lead:
                        self._lead_until(lead, stop, poll_seconds)
            except Refusal as refusal:  # a database that is away is no reason to end
                self._note(refusal)
            if not self._is_over(stop):
                self._pause(stop, min(poll_seconds, POLL_S))

    def _is_over(self, stop: Event) -> bool:
        return stop.is_set() or self._closing.is_set()

    def _lead_until(self, lead: Lead, stop: Event, poll_seconds: float) -> None:
        back_off = _FIRST_BACK_OFF_S
        while not self._is_over(stop) and lead():
            self._wake.clear()
            took = Stopwatch()
            if self._try_round(stop):
                back_off = _FIRST_BACK_OFF_S
                is_soon = queries.is_any_in_flight(self.database)
                pause = _SOON_S if is_soon else max(0.0, poll_seconds - took.seconds)
            else:
                pause, back_off = back_off, min(2 * back_off, _LAST_BACK_OFF_S)
            self._pause(stop, pause)

    def _pause(self, stop: Event, seconds: float) -> None:
        deadline = Deadline(seconds)
        while not (deadline.has_passed or self._is_over(stop)):
            if self._wake.wait(min(seconds, 0.1)):
                return

    def _try_round(self, stop: Event) -> bool:
        try:
            self._round(stop)
        except Refusal as refusal:
            self._note(refusal)
            if isinstance(refusal, ChainNotReachable):
                self._try_renew()
            return False
        except Exception as error:
            # The loop must outlive what nobody foresaw, and say so.
            log.exception("relay and mirror failed; trying again")
            self.trouble = repr(error)
            return False
        self.trouble = " ".join(self._relay.troubles.values()) or None
        return True

    def _note(self, refusal: Refusal) -> None:
        if self.trouble != refusal.detail:
            log.warning("%s: %s", refusal.code, refusal.detail)
        self.trouble = refusal.detail

    def _try_renew(self) -> None:
        if self._renew is None:
            return
        try:
            self._renew()
        except Refusal as refusal:
            log.warning("%s: %s", refusal.code, refusal.detail)

    def try_round_if_free(self) -> None:
        """One round if nobody else works, with failures kept in ``trouble``: for whoever waits for an act."""
        with self.lead() as lead:
            if lead:
                self._try_round(Event())


def settle_act(worker: Worker, act_id: str, wait_s: float) -> Act:
    """Wait until an act is included, working meanwhile if nobody else does.

    Raises the chain's refusal (a ChainRefused), ActUnfinished after ``wait_s`` real seconds, ActNotFound.
    """
    deadline = Deadline(wait_s)
    while True:
        with worker.database.read() as session:
            act = queries.act(session, act_id)
        if act.status == ActStatus.INCLUDED:
            return act
        if act.status == ActStatus.REFUSED:
            raise refusal_of_act(act)
        if deadline.has_passed:
            raise ActUnfinished(
                f"{act.kind} is {act.status} after {wait_s:g} s and goes on by itself"
                + (f"; the last round failed: {worker.trouble}" if worker.trouble else "."),
                act=act.id,
                status=act.status,
            )
        worker.try_round_if_free()
        deadline.pause(_SOON_S)
