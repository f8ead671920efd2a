"""The server is killed at ten random moments while a supplier works: no act is lost, none takes effect twice."""

import random
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from api.demo import PASSWORD
from api.service import open_service
from registry.chain.keys import SigningKey, open_keystore
from registry.chain.messages import Domain, Transfer
from registry.kit.clock import Deadline, SystemClock, unix
from registry.mirror.digest import digest
from registry.mirror.rebuild import rebuild
from registry.mirror.reconcile import reconcile
from registry.receivables import queries
from registry.relay import queries as acts
from registry.relay.model import ActStatus
from tests.builders.processes import Server

KILLS = 10
SEED = 20261121
PART = 10_000
ACT_SECONDS = 90.0


@dataclass
class Supplier:
    """Splits small parts off its lot, one after the other, over whatever server is there just now."""

    server: Server
    key: SigningKey
    domain: Domain
    lot: str
    receiver: int
    enough: threading.Event
    """Set once the server is left alone."""
    acknowledged: list[str] = field(default_factory=list)

    def pass_on_parts(self) -> int:
        """The number of parts handed in and seen on the lot: as many as there are kills, however slow the machine."""
        seq = self._lot()["seq"]
        first = seq
        while not self.enough.is_set() or seq - first < KILLS:
            self._pass_on(seq)
            seq += 1
        return seq - first

    def _pass_on(self, seq: int) -> None:
        """Hand in one transfer; once it is acknowledged it is never handed in again, only waited for."""
        deadline = Deadline(ACT_SECONDS)
        is_acknowledged = False
        while not deadline.has_passed:
            if not self.enough.is_set():  # a slow machine may get nothing done between two kills
                deadline = Deadline(ACT_SECONDS)
            shown = self._lot()
            if shown["seq"] == seq + 1:
                return
            assert shown["seq"] == seq, "an act took effect twice"
            if not is_acknowledged:
                is_acknowledged = self._hand_in(seq, shown["amount_minor"])
            deadline.pause(0.05)
        raise AssertionError(f"act {seq} was {'acknowledged and lost' if is_acknowledged else 'never taken'}")

    def _hand_in(self, seq: int, lot_amount: int) -> bool:
        message = Transfer(int(self.lot, 16), seq, lot_amount, self.receiver, PART)
        consent = message.sign(self.key, self.domain, unix(SystemClock().now()) + 600)
        body = {"to": self.receiver, "amount": "100.00", "consents": [consent.as_json()]}
        answer = self._ask("POST", f"/v1/lots/{self.lot}/transfer", body)
        if answer is None:
            return False
        if answer.status_code == 202:
            self.acknowledged.append(answer.json()["id"])
            return True
        # It was taken before the kill and the answer lost: it is on its way, or there already.
        assert answer.json()["code"] in ("act_pending", "signature_invalid"), answer.text
        return False

    def _lot(self) -> dict[str, Any]:
        deadline = Deadline(ACT_SECONDS)
        while not deadline.has_passed:
            answer = self._ask("GET", f"/v1/lots/{self.lot}")
            if answer is not None:
                assert answer.status_code == 200, answer.text
                shown: dict[str, Any] = answer.json()
                shown["amount_minor"] = round(float(shown["amount"]["amount"]) * 100)
                return shown
            deadline.pause(0.1)
        raise AssertionError("no server answers")

    def _ask(self, method: str, path: str, body: object = None) -> httpx.Response | None:
        """None while the server is dead or dies under the request."""
        try:
            return httpx.request(
                method,
                self.server.url + path,
                json=body,
                headers={"Authorization": f"Bearer {self.server.token}"},
                timeout=20,
                trust_env=False,
            )
        except httpx.HTTPError:
            return None


def kill_at_random_moments(server: Server, enough: threading.Event) -> None:
    random_moments = random.Random(SEED)
    try:
        for _ in range(KILLS):
            threading.Event().wait(random_moments.uniform(0.1, 2.5))
            server.kill()
            server.start()
        threading.Event().wait(1.0)
    finally:
        enough.set()


def test_ten_kills_lose_and_double_nothing(live_folder: Path) -> None:
    with open_service(live_folder) as service, service.database.read() as session:
        root = queries.lots(session)[0]
        domain = service.context.domain
    server = Server(live_folder)
    try:
        key = open_keystore(live_folder / "parties/tier1.json", PASSWORD)
        supplier = Supplier(server, key, domain, root.id, root.holder + 1, threading.Event())
        killer = threading.Thread(target=kill_at_random_moments, args=(server, supplier.enough))
        killer.start()
        try:
            parts = supplier.pass_on_parts()
        finally:
            killer.join()  # or it would start the server once more
    finally:
        server.kill()

    with open_service(live_folder) as service:
        service.worker.run_until_idle()
        with service.database.read() as session:
            lots = queries.lots(session, receivable_id=root.receivable)
            children = [one for one in lots if one.parent == root.id]
            rest = queries.lot(session, root.id)
            done = {acts.act(session, one).status for one in supplier.acknowledged}
            before = digest(session)
        assert parts >= KILLS
        assert len(children) == parts
        assert {one.amount for one in children} == {PART}
        assert rest.amount == root.amount - parts * PART
        assert done == {ActStatus.INCLUDED}
        assert reconcile(service.database, service.node, service.settings.contract).drifts == []
        assert rebuild(service.database).digest_after == before
