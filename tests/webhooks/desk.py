"""An endpoint of a party's, a receiver that is told what to answer, and who brings messages out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from registry.access.actor import Actor, Role
from registry.chain.messages import Domain
from registry.kit.clock import FixedClock
from registry.kit.identifiers import new_id
from registry.relay.context import Context
from registry.webhooks import queries
from registry.webhooks.announcing import announce
from registry.webhooks.courier import Courier
from registry.webhooks.model import WebhookDelivery, WebhookEndpoint
from registry.webhooks.posting import Reply
from registry.webhooks.use_cases import add_endpoint, send_test
from tests.builders.chainless import unproven
from tests.builders.databases import a_database

URL = "https://hooks.example/counterfoil"
ACCOUNT = Actor(3, "0x" + "3" * 40, "Ningbo", frozenset({Role.SUPPLIER}), is_account=True)
OTHER = Actor(4, "0x" + "4" * 40, "Donggang", frozenset({Role.FINANCE}), is_account=True)
MACHINE = Actor(3, "key_1", "ERP", frozenset({Role.SUPPLIER}))
OPERATOR = Actor(1, "0x" + "1" * 40, "operator", frozenset({Role.OPERATOR}), is_account=True)


@dataclass
class Receiver:
    """``answers`` are used up; after that everything is taken."""

    answers: list[Reply] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def __call__(self, url: str, headers: dict[str, str], content: bytes) -> Reply:
        self.got.append((url, headers, content))
        return self.answers.pop(0) if self.answers else Reply(204)


@dataclass
class Desk:
    context: Context
    clock: FixedClock
    receiver: Receiver = field(default_factory=Receiver)

    @property
    def courier(self) -> Courier:
        return Courier(self.context.database, self.receiver, self.clock)

    def endpoint(self, by: Actor = ACCOUNT, url: str = URL, **how: object) -> WebhookEndpoint:
        return add_endpoint(self.context, by, url, **how)[1]  # type: ignore[arg-type]

    def test(self, endpoint: WebhookEndpoint, by: Actor = ACCOUNT) -> WebhookDelivery:
        return send_test(self.context, by, endpoint.id)

    def again(self, endpoint: WebhookEndpoint) -> WebhookEndpoint:
        with self.context.database.read() as session:
            return queries.endpoint(session, endpoint.id)

    def sent(self, endpoint: WebhookEndpoint) -> list[WebhookDelivery]:
        """Oldest first."""
        with self.context.database.read() as session:
            return list(queries.deliveries(session, endpoint.id))[::-1]


def random_bytes() -> Callable[[int], bytes]:
    """Other ones each time, the same in each test."""
    numbers: Iterator[int] = count(1)
    return lambda length: next(numbers).to_bytes(length, "big")


def a_desk(folder: Path) -> Desk:
    clock, random = FixedClock(), random_bytes()
    database = a_database(
        folder / "registry.db", witness=partial(announce, clock=clock, ids=partial(new_id, random=random))
    )
    context = Context(database, clock, Domain(1, "0x" + "0" * 40), lambda _session: (), unproven, random)
    return Desk(context, clock)
