"""A registry on a real embedded chain, spoken to over HTTP only, with a handful of firms that hold their
keys."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import urlencode

from eth_account.messages import encode_typed_data
from eth_utils import keccak
from fastapi import FastAPI

from api.app import create_app
from api.service import Service, api_token, open_service
from api.setup import found
from registry.chain.keys import SigningKey
from registry.chain.wallets import text_digest
from registry.kit.clock import FixedClock
from tests.builders.office import founding, work_when_woken
from tests.invoices.builders import ubl

with warnings.catch_warnings():
    # Starlette would rather have a client the project does not need otherwise.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

TODAY = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
MATURITY = "2027-03-31"
LOCK_END = "2026-09-28T12:00:00Z"
PROBLEM = "application/problem+json"
FIRMS = {
    "hanse": ("Hanse AG", "DE271828180", ["obligor"]),
    "nordlicht": ("Nordlicht GmbH", "DE307141589", ["supplier"]),
    "ostsee": ("Ostsee Guss GmbH", "DE811907980", ["supplier"]),
    "bank": ("Hafenbank", "DE114103379", ["funder"]),
    "factor": ("Elbe Factoring", "DE129273398", ["funder"]),
    "clearing": ("Nord Clearing", "DE136695976", ["settler"]),
    "stranger": ("Niemand Handel", "DE143454214", ["obligor", "supplier"]),
}


class Http:
    """A client that holds every answer to what the OpenAPI document says the operation may answer."""

    def __init__(self, client: TestClient, app: FastAPI, token: str) -> None:
        self.client = client
        self.token = token
        self.document: dict[str, Any] = app.openapi()

    def ask(self, method: str, path: str, *, status: int, token: str | None = "", **how: Any) -> Any:
        """The answer's JSON; ``token`` None sends none. Fails unless the status is the one expected."""
        headers = dict(how.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token or self.token}"
        answer = self.client.request(method, path, headers=headers, **how)
        assert answer.status_code == status, answer.text
        self._require_declared(method, path, answer)
        self.headers = answer.headers
        return answer.json()

    def get(self, path: str, *, status: int = 200, **params: Any) -> Any:
        return self.ask("GET", path, status=status, params=params or None)

    def post(self, path: str, body: Any, *, status: int = 200, wait: int = 10) -> Any:
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        return self.ask("POST", path, status=status, json=body, headers=headers)

    def refusal(self, method: str, path: str, *, status: int, **how: Any) -> str:
        """The code of the problem this ends with."""
        body = self.ask(method, path, status=status, **how)
        assert self.headers["content-type"] == PROBLEM
        assert body["type"] == "urn:counterfoil:problem:" + body["code"]
        assert body["status"] == status
        assert body["title"]
        assert body["detail"]
        return str(body["code"])

    def _require_declared(self, method: str, path: str, answer: Any) -> None:
        operations = [
            declared[method.lower()]
            for template, declared in self.document["paths"].items()
            if method.lower() in declared
            and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path.partition("?")[0])
        ]
        if operations:
            declared = operations[0]["responses"][str(answer.status_code)]
            assert answer.headers["content-type"] in declared["content"]


class World:
    """Firms with keys of their own, and what they do over HTTP. Numbers and keys by the firms' handles."""

    def __init__(self, http: Http, service: Service, clock: FixedClock) -> None:
        self.http = http
        self.service = service
        self.clock = clock
        self.keys = {handle: SigningKey.create() for handle in FIRMS}
        self.numbers: dict[str, int] = {}
        self._serial = count(1)

    # ------------------------------------------------------------------ signing

    def sign(self, to_sign: dict[str, Any], *signers: str | SigningKey) -> list[dict[str, Any]]:
        """Consents over typed data exactly as it came over HTTP."""
        encoded = encode_typed_data(full_message=to_sign["typed_data"])
        digest = bytes(keccak(b"\x19" + encoded.version + encoded.header + encoded.body))
        keys = [self.keys[one] if isinstance(one, str) else one for one in signers]
        return [
            {
                "signer": key.address,
                "deadline": to_sign["deadline"],
                "signature": "0x" + key.sign_digest(digest).hex(),
            }
            for key in keys
        ]

    def signed(self, path: str, *signers: str, status: int = 200, wait: int = 10, **values: Any) -> Any:
        """Both calls of an act: GET what to sign, POST the signatures with the same values."""
        to_sign = self.http.get(path, **values)
        body = {**values, "consents": self.sign(to_sign, *signers)}
        return self.http.post(path, body, status=status, wait=wait)

    @contextmanager
    def later(self, **by: float) -> Iterator[None]:
        """Some time on, and back again. Nothing may be under way meanwhile: its block would carry the later
        time, and the chain never goes back."""
        for _ in range(200):
            acts = self.http.get("/v1/status")["acts"]
            if not acts["pending"] and not acts["sent"]:
                break
            sleep(0.05)
        else:
            raise AssertionError("acts stay under way")
        began = self.clock.now()
        self.clock.advance(**by)
        try:
            yield
        finally:
            self.clock.at = began

    # ------------------------------------------------------------------ coming in

    def sign_in(self, who: str | SigningKey, *, status: int = 200) -> dict[str, Any]:
        """Sign in with a firm's account, or any key."""
        key = self.keys[who] if isinstance(who, str) else who
        asked = {"address": key.address}
        challenge = self.http.ask("POST", "/v1/sign-in/challenge", status=200, token=None, json=asked)
        signature = "0x" + key.sign_digest(text_digest(challenge["text"])).hex()
        body = asked | {"challenge": challenge["challenge"], "signature": signature}
        return dict(self.http.ask("POST", "/v1/sign-in", status=status, token=None, json=body))

    def token(self, handle: str) -> str:
        """Of a firm's account, which may all its firm may."""
        return str(self.sign_in(handle)["token"])

    def machine(self, handle: str, *roles: str) -> str:
        """An API key's secret with these roles only."""
        body = {"name": "A machine", "roles": list(roles), "expires_at": "2027-09-01T00:00:00Z"}
        made = self.http.ask("POST", "/v1/api-keys", status=201, token=self.token(handle), json=body)
        return str(made["secret"])

    def outsider(self) -> str:
        """An API key's secret that the operator gave to somebody who takes no part."""
        body = {"name": "A bank elsewhere", "roles": ["outsider"], "expires_at": "2027-09-01T00:00:00Z"}
        return str(self.http.ask("POST", "/v1/api-keys", status=201, json=body)["secret"])

    def auditor(self) -> str:
        """The token of somebody who is nothing but an auditor."""
        key = SigningKey.create()
        body = {
            "address": key.address,
            "name": "An auditor",
            "roles": ["auditor"],
            "valid_until": "2027-09-01T00:00:00Z",
        }
        self.http.post("/v1/people", body)
        return str(self.sign_in(key)["token"])

    # ------------------------------------------------------------------ acts

    def admission(self, handle: str) -> dict[str, Any]:
        name, identifier, roles = FIRMS[handle]
        return {
            "name": name,
            "country": "DE",
            "identifiers": [{"value": identifier, "country": "DE"}],
            "roles": roles,
            "account": self.keys[handle].address,
            "valid_until": "2028-12-31",
        }

    def admit(self, handle: str, *, wait: int = 10) -> None:
        body = self.admission(handle)
        to_sign = self.http.post("/v1/parties/admissions", body)
        self.numbers[handle] = to_sign["number"]
        body |= {"number": to_sign["number"], "consents": self.sign(to_sign, handle)}
        self.http.post("/v1/parties", body, status=200 if wait else 202, wait=wait)

    def bring(self, payable: str = "1000000.00", *, by: str = "nordlicht", **changes: str) -> dict[str, Any]:
        """Upload an invoice of the supplier to Hanse AG over so many euro."""
        number = changes.pop("number", f"R-{next(self._serial)}")
        content = ubl(number=number, net=payable, gross=payable, payable=payable, **changes)
        path = f"/v1/invoices?party={self.numbers[by]}&name={number}.xml"
        return dict(self.http.ask("POST", path, status=201, content=content))

    def import_sheet(self, content: bytes, *, by: str = "nordlicht", **params: str) -> dict[str, Any]:
        """Import a sheet of the supplier and follow it to its end; dry runs too."""
        query = urlencode({"party": self.numbers[by], "name": "export.csv", **params})
        status = 200 if "dry_run" in params else 202
        found = self.http.ask("POST", f"/v1/imports?{query}", status=status, content=content)
        for _ in range(400):
            if found["status"] in ("done", "refused", "tried"):
                return dict(found)
            sleep(0.05)
            found = self.http.get(f"/v1/imports/{found['id']}")
        raise AssertionError("the import stands still")

    def prepare(self, payable: str = "1000000.00", **changes: Any) -> dict[str, Any]:
        """A draft over a fresh invoice."""
        body = {
            "originator": self.numbers["nordlicht"],
            "obligor": self.numbers["hanse"],
            "settler": self.numbers["clearing"],
            "maturity": MATURITY,
            "invoices": [{"invoice": self.bring(payable)["id"]}],
        }
        return dict(self.http.post("/v1/receivables", body | changes, status=201))

    def registered(self, payable: str = "1000000.00") -> str:
        draft = self.prepare(payable)
        receivable = str(draft["receivable"]["id"])
        consents = self.sign(draft["registration"], "nordlicht")
        self.http.post(f"/v1/receivables/{receivable}/registration", {"consents": consents})
        return receivable

    def confirmed(self, payable: str = "1000000.00") -> str:
        """The root lot of a fresh, confirmed receivable, held by Nordlicht."""
        receivable = self.registered(payable)
        self.signed(f"/v1/receivables/{receivable}/confirmation", "hanse")
        return str(self.http.get(f"/v1/receivables/{receivable}")["root_lot"])

    def locked(self, funder: str = "bank") -> str:
        lot = self.confirmed()
        self.signed(f"/v1/lots/{lot}/lock", "nordlicht", funder=self.numbers[funder], until=LOCK_END)
        return lot


@contextmanager
def a_world(folder: Path) -> Iterator[World]:
    """A founded registry with all firms admitted, its application running."""
    clock = FixedClock(TODAY)
    found(founding(folder), clock, lambda _: None)
    work_when_woken(folder)
    with open_service(folder, clock) as service:
        app = create_app(service)
        with TestClient(app, base_url="http://127.0.0.1:8420") as client:
            world = World(Http(client, app, api_token(folder)), service, clock)
            *most, last = FIRMS
            for handle in most:
                world.admit(handle, wait=0)
            world.admit(last)
            yield world
