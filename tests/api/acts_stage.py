"""A registry on which every act can be done by command and over HTTP, and the records that acts are done on."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from stdnum.iso7064 import mod_11_10

from api import settings as settings_file
from api.demo import PASSWORD
from api.service import ARBITER, DATABASE_FILE, PASSWORD_FILE, SENDERS, keystore
from registry.chain.keys import SigningKey
from tests.api.http_world import FIRMS, World, a_world
from tests.api.test_commands import Clerk
from tests.builders.databases import SQLITE, copied, kind, url_of

PARTIES = "parties"
POOL = 10


@dataclass(frozen=True)
class Case:
    """One act ready to be done: the same by command and over HTTP.

    ``signers`` sign in this order, their keystores given to the command's ``options``; each in turn is replaced by
    a stranger, unless ``fixed`` names its place. ``ask``: answers what each signer has to sign.
    """

    words: tuple[str, ...]
    path: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    signers: tuple[str, ...] = ()
    options: tuple[str, ...] = ("--key",)
    fixed: tuple[int, ...] = ()
    ask: "Callable[[Stage, Case], list[dict[str, Any]]] | None" = None


def get(stage: "Stage", case: Case) -> list[dict[str, Any]]:
    return [stage.world.http.get(case.path, **case.values)] * len(case.signers)


def post(stage: "Stage", case: Case) -> list[dict[str, Any]]:
    asked = stage.world.http.post(f"{case.path}/typed-data", case.values, wait=0)
    return [asked] * len(case.signers)


class Stage:
    """``world`` speaks HTTP and ``clerk`` types commands, both at one registry and by one clock."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.folder = folder
        self.clerk = Clerk(folder, world.clock)
        for handle in FIRMS:
            self._save(handle)
        self._registered: list[str] = []
        self._lots: list[str] = []
        self._serial = count(1)

    def number(self, handle: str) -> int:
        return self.world.numbers[handle]

    def written(self, handle: str) -> str:
        """A party's number as commands take it."""
        return str(self.number(handle))

    # ------------------------------------------------------------------ keys and parties

    def new_key(self) -> str:
        """The handle of a key that belongs to nobody yet."""
        handle = f"key-{next(self._serial)}"
        self.world.keys[handle] = SigningKey.create()
        self._save(handle)
        return handle

    def address(self, handle: str) -> str:
        return self.world.keys[handle].address

    def new_firm(self) -> tuple[str, str]:
        """Handle and VAT number of a firm that is not admitted yet."""
        digits = f"9{next(self._serial):07}"
        return self.new_key(), f"DE{digits}{mod_11_10.calc_check_digit(digits)}"

    def admission(self, handle: str, vat: str) -> dict[str, Any]:
        return {
            "name": f"Firm {handle}",
            "country": "DE",
            "identifiers": [{"value": vat, "country": "DE"}],
            "roles": ["obligor"],
            "account": self.address(handle),
            "valid_until": "2028-12-31",
        }

    def party(self) -> str:
        """The handle of a fresh party, admitted as obligor."""
        handle, vat = self.new_firm()
        body = self.admission(handle, vat)
        asked = self.world.http.post("/v1/parties/admissions", body)
        self.world.numbers[handle] = asked["number"]
        signed = {"number": asked["number"], "consents": self.world.sign(asked, handle)}
        self.world.http.post("/v1/parties", body | signed)
        return handle

    def proposed(self) -> tuple[str, str]:
        """A fresh party and the key that is proposed as its account."""
        party, new = self.party(), self.new_key()
        path = f"/v1/parties/{self.number(party)}/proposal"
        self.world.http.post(path, {"account": self.address(new)})
        return party, new

    # ------------------------------------------------------------------ receivables and lots

    def maturity(self, days: int = 200) -> str:
        return (self.world.clock.now() + timedelta(days=days)).date().isoformat()

    def in_days(self, days: int) -> str:
        return (self.world.clock.now() + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def draft(self, days: int = 200) -> str:
        return str(self.world.prepare("1000.00", maturity=self.maturity(days))["receivable"]["id"])

    def registered(self) -> str:
        if not self._registered:
            self._registered = self._register()
        return self._registered.pop()

    def lot(self) -> str:
        """A free root lot of Nordlicht's, with its whole receivable in it."""
        if not self._lots:
            found = self._register()
            self._batch("/v1/confirmations", {"receivables": found}, "hanse")
            self._lots = [str(self.world.http.get(f"/v1/receivables/{one}")["root_lot"]) for one in found]
        return self._lots.pop()

    def lot_due_in(self, days: int) -> str:
        receivable = self.draft(days)
        path = f"/v1/receivables/{receivable}/issue"
        asked = self.world.http.get(path)
        consents = [
            *self.world.sign(asked["registration"], "nordlicht"),
            *self.world.sign(asked["confirmation"], "hanse"),
        ]
        self.world.http.post(path, {"consents": consents})
        return str(self.world.http.get(f"/v1/receivables/{receivable}")["root_lot"])

    def receivable_of(self, lot: str) -> str:
        return str(self.world.http.get(f"/v1/lots/{lot}")["receivable"])

    def received(self) -> str:
        """A lot that Ostsee just received of Nordlicht."""
        lot = self.lot()
        self.world.signed(f"/v1/lots/{lot}/transfer", "nordlicht", to=self.number("ostsee"), amount="1000.00")
        return lot

    def locked(self, lot: str | None = None) -> str:
        lot = lot or self.lot()
        values = {"funder": self.number("bank"), "until": self.in_days(5)}
        self.world.signed(f"/v1/lots/{lot}/lock", "nordlicht", **values)
        return lot

    def agreed(self, lot: str, *, is_pledge: bool = False) -> str:
        """A lot whose sale to the bank only waits for both signatures."""
        terms = {
            "funder": self.number("bank"),
            "discount_rate": "0.045",
            "with_recourse": True,
            "is_pledge": is_pledge,
        }
        self.world.http.post(f"/v1/lots/{lot}/sale-terms", terms)
        return lot

    def financed(self, lot: str | None = None, *, is_pledge: bool = False) -> str:
        lot = self.agreed(self.locked(lot), is_pledge=is_pledge)
        self.world.signed(f"/v1/lots/{lot}/sale", "nordlicht", "bank")
        return lot

    def _register(self) -> list[str]:
        found = [self.draft() for _ in range(POOL)]
        self._batch("/v1/registrations", {"receivables": found}, "nordlicht")
        return found

    def _batch(self, path: str, body: dict[str, Any], signer: str) -> None:
        asked = self.world.http.post(f"{path}/typed-data", body, wait=0)
        self.world.http.post(path, {**body, "consents": self.world.sign(asked, signer)})

    # ------------------------------------------------------------------ doing

    def types(self, case: Case, signers: Sequence[str], clerk: Clerk | None = None) -> Any:
        """The case's command with these parties' keystores."""
        given = [
            word
            for option, handle in zip(case.options, signers, strict=False)
            for word in (option, self.clerk.key(handle))
        ]
        return (clerk or self.clerk).types(*case.words, *given)

    def asked(self, case: Case) -> list[dict[str, Any]]:
        return (case.ask or get)(self, case) if case.signers else []

    def body(self, case: Case, asked: list[dict[str, Any]], signers: Sequence[str]) -> dict[str, Any]:
        consents = [
            one
            for to_sign, handle in zip(asked, signers, strict=True)
            for one in self.world.sign(to_sign, handle)
        ]
        number = {"number": asked[0]["number"]} if asked and "number" in asked[0] else {}
        return {**case.values, **number, **({"consents": consents} if signers else {})}

    def pass_time(self, **by: float) -> None:
        """Let time pass and be seen on the chain: a block is sealed by the new time. What was kept has aged."""
        self.world.clock.advance(**by)
        self._registered, self._lots = [], []
        self.world.http.post("/v1/state", {"state": "open"})

    def impostor(self, folder: Path) -> Clerk:
        """A clerk at a copy of the registry whose own keys are a stranger's."""
        (folder / "keys").mkdir(parents=True)
        copied(self.world.service.database, folder / DATABASE_FILE).close()
        settings = settings_file.load(self.folder)
        node = self.world.service.node.url
        settings_file.save(
            folder,
            {
                "contract": settings.contract,
                "chain_id": settings.chain_id,
                "start_block": settings.start_block,
                "rpc_url": node,
                **({} if kind() == SQLITE else {"database_url": url_of(folder / DATABASE_FILE)}),
            },
        )
        for file in ("keys/fingerprint-1.json", PASSWORD_FILE):
            shutil.copy(self.folder / file, folder / file)
        stranger = SigningKey.create()
        for name in (*SENDERS, ARBITER):
            stranger.save(keystore(folder, name), (folder / PASSWORD_FILE).read_text())
        return Clerk(folder, self.world.clock)

    def _save(self, handle: str) -> None:
        self.world.keys[handle].save(self.folder / PARTIES / f"{handle}.json", PASSWORD)


@contextmanager
def a_stage(folder: Path) -> Iterator[Stage]:
    with a_world(folder) as world:
        yield Stage(world, folder)
