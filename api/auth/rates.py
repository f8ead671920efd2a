"""How much somebody may ask: a bucket for each caller that fills up again with time."""

from collections import OrderedDict
from datetime import datetime
from math import ceil
from threading import Lock

from registry.access.actor import Actor
from registry.access.errors import RateLimited
from registry.kit.clock import Clock

MAX_CALLERS = 10_000


class Rates:
    """At most ``per_hour`` at once, and as much again every hour. Kept by this process: several allow each as
    much, and one that starts anew allows it anew. Callers that asked longest ago are forgotten first."""

    def __init__(self, clock: Clock, per_hour: int) -> None:
        self._clock = clock
        self._per_hour = per_hour
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def take(self, actor: Actor, cost: int) -> None:
        """Take ``cost`` from the bucket of the actor's party, or of the actor where it has none: a party cannot
        make itself more buckets by making API keys. Raises RateLimited, and takes nothing then."""
        who = f"party {actor.party}" if actor.party else actor.person
        now = self._clock.now()
        with self._lock:
            left, since = self._left.pop(who, (float(self._per_hour), now))
            passed = max(0.0, (now - since).total_seconds())
            left = min(float(self._per_hour), left + passed * self._per_hour / 3600)
            is_enough = left >= cost
            self._left[who] = (left - cost if is_enough else left, now)
            if len(self._left) > MAX_CALLERS:
                self._left.popitem(last=False)
        if not is_enough:
            wait = ceil((cost - left) * 3600 / self._per_hour)
            raise RateLimited(f"Ask again in {wait} seconds.", retry_after_seconds=wait)
