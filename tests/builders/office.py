"""A registry for tests: founded once, copied for each test, with the demonstration's cast."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api import settings as settings_file
from api import setup
from api.demo import CAST, PASSWORD, Story
from api.service import DATABASE_FILE, Service, open_service
from registry.chain.keys import SigningKey, open_keystore
from registry.chain.messages import Consent, Signed
from registry.invoices import sample_set
from registry.invoices.registering import Registered, Uploader
from registry.invoices.use_cases import register_invoice
from registry.kit.clock import Clock, FixedClock
from registry.kit.errors import Refusal
from registry.kit.identifiers import TaxId
from registry.kit.money import Money
from registry.receivables import queries
from registry.receivables.checks import DraftRequest, Use
from registry.receivables.lots import transfer_lot, transfer_message
from registry.relay.model import Act
from registry.storage.unit_of_work import Database
from tests.builders.databases import POSTGRESQL, copied, kind, settings_url, url_of

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Silence:
    """Tells nothing."""

    def chapter(self, title: str) -> None: ...
    def say(self, text: str) -> None: ...
    def done(self, text: str, act: Act | None = None) -> None: ...
    def refused(self, text: str, refusal: Refusal) -> None: ...


@dataclass
class Office:
    """An open registry with the cast's keys and numbers, and what the story has made so far."""

    service: Service
    clock: Any
    story: Story = field(init=False)

    def __post_init__(self) -> None:
        self.story = Story(self.service, Silence(), self.service.folder / "parties")
        for number, firm in enumerate(CAST, start=2):
            self.story.numbers[firm.handle] = number

    @property
    def context(self):  # type: ignore[no-untyped-def]
        return self.service.context

    def number(self, handle: str) -> int:
        return self.story.numbers[handle]

    def key(self, handle: str) -> SigningKey:
        if handle not in self.story.keys:
            content = (self.service.folder / "parties" / f"{handle}.json").read_bytes()
            self.story.keys[handle] = _opened(content)
        return self.story.keys[handle]

    def sign(self, handle: str, message: Signed, *, deadline: int | None = None) -> Consent:
        end = self.context.deadline() if deadline is None else deadline
        return message.sign(self.key(handle), self.context.domain, end)

    def settle(self, act: Act) -> Act:
        return self.service.settle(act)

    def bring(self, name: str, *, by: str = "tier1") -> Registered:
        """A sample invoice, uploaded by one of the cast."""
        firm = next(firm for firm in CAST if firm.handle == by)
        return register_invoice(
            self.service.database,
            content=sample_set.read(name),
            name=name,
            uploader=Uploader(self.number(by), (TaxId.of(firm.tax_id, country=firm.country),)),
            fingerprint_keys=self.context.fingerprint_keys,
            clock=self.clock,
            ids=self.context.new_id,
        )

    def request(
        self,
        *uses: Use,
        originator: str = "tier1",
        obligor: str = "obligor",
        settler: str | None = "clearing",
        days: int = 90,
    ) -> DraftRequest:
        return DraftRequest(
            originator=self.number(originator),
            obligor=self.number(obligor),
            settler=self.number(settler) if settler else 0,
            maturity=(self.clock.now() + timedelta(days=days)).date(),
            uses=uses,
        )

    def send(self, lot: str, sender: str, receiver: str, amount: str | None = None) -> Act:
        """A transfer signed by the sender, not waited for; amounts in CNY, the whole lot where none is given."""
        with self.service.database.read() as session:
            minor = Money.parse(amount, "CNY").amount_minor if amount else queries.lot(session, lot).amount
            message = transfer_message(session, lot, self.number(receiver), minor)
        return transfer_lot(self.context, lot, self.number(receiver), minor, [self.sign(sender, message)])

    def pass_on(self, lot: str, sender: str, receiver: str, amount: str) -> Act:
        """A transfer that is waited for."""
        return self.settle(self.send(lot, sender, receiver, amount))


@cache
def _opened(keystore: bytes) -> SigningKey:
    """Opening a keystore is slow on purpose; the copies of a template share theirs."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "key.json"
        path.write_bytes(keystore)
        return open_keystore(path, PASSWORD)


@contextmanager
def open_office(folder: Path, clock: Clock | None = None) -> Iterator[Office]:
    """Open a copy of a founded registry, its clock ten minutes on."""
    clock = clock or FixedClock(START + timedelta(minutes=10))
    with open_service(folder, clock) as service:
        yield Office(service, clock)


def founding(folder: Path, **given: Any) -> setup.Founding:
    """A registry in this folder, its database where the tests' databases are."""
    return setup.Founding(folder=folder, database_url=settings_url(folder / DATABASE_FILE), **given)


def work_when_woken(folder: Path) -> None:
    """For a registry that stays up while other tests run: at five looks a second an idle one takes 7 % of a core."""
    with (folder / settings_file.FILE).open("a") as settings:
        settings.write("\npoll_seconds = 2.0\n")


def found_office(folder: Path, clock: Clock | None = None) -> None:
    """A registry with everybody admitted, the sample invoices in, and one receivable confirmed.

    With the system's clock for what other processes open, else at START.
    """
    clock = clock or FixedClock(START)
    setup.found(founding(folder), clock, lambda _said: None)
    with open_service(folder, clock) as service:
        story = Story(service, Silence(), folder / "parties")
        story.admit_everybody()
        story.bring_invoices()
        story.register()
        story.confirm()


def copy_office(template: Path, target: Path) -> Path:
    shutil.copytree(template, target, ignore=shutil.ignore_patterns("*.lock", "chain.url"))
    if kind() == POSTGRESQL:
        before, own = (one / DATABASE_FILE for one in (template, target))
        copied(Database(url_of(before)), own).close()
        settings = target / settings_file.FILE
        settings.write_text(settings.read_text().replace(url_of(before), url_of(own)))
    return target
