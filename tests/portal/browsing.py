"""A real browser at a real server: people with wallets or keystore files, who report every complaint of the page."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from api.app import create_app
from api.demo import CAST
from api.portal.words import translations
from registry.chain.keys import SigningKey
from registry.invoices.registering import Uploader
from registry.invoices.use_cases import register_invoice
from registry.kit.identifiers import TaxId
from registry.receivables.checks import Use
from registry.receivables.use_cases import (
    confirm_receivable,
    confirmation_message,
    lot_id,
    prepare_receivable,
    register_receivable,
    registration_message,
)
from tests.builders.office import Office
from tests.invoices.builders import ubl

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WALLET = """
window.ethereum = {
  request: async ({method, params}) => {
    const answer = JSON.parse(await window.askWallet(JSON.stringify([method, params ?? []])));
    if (answer.error) throw new Error(answer.error);
    return answer.result;
  },
};
"""
START_SECONDS = 20
PATIENCE_MS = 60_000  # what a page may take on a busy machine; nothing waits longer than it must
TAX_IDS = {firm.handle: firm.tax_id for firm in CAST}


class Wallet:
    """An EIP-1193 wallet with one key, that signs what it is asked and remembers it. ``alter`` changes typed
    data before it signs, as a hostile wallet would."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self.asked: list[tuple[str, Any]] = []
        self.alter: Any = None

    def answer(self, request: str) -> str:
        method, params = json.loads(request)
        self.asked.append((method, params))
        if method == "eth_requestAccounts":
            return json.dumps({"result": [self.key.address.lower()]})
        if method == "personal_sign":
            text = bytes.fromhex(params[0][2:])
            digest = keccak(b"\x19Ethereum Signed Message:\n" + str(len(text)).encode() + text)
        elif method == "eth_signTypedData_v4":
            typed = json.loads(params[1])
            if self.alter is not None:
                self.alter(typed)
            encoded = encode_typed_data(full_message=typed)
            digest = keccak(b"\x19" + encoded.version + encoded.header + encoded.body)
        else:
            return json.dumps({"error": f"no {method} here"})
        return json.dumps({"result": "0x" + self.key.sign_digest(bytes(digest)).hex()})


@dataclass
class Person:
    """One browser window of one person; ``complaints`` are what its console said against the page. Texts are given in
    English and looked for in the person's own language."""

    site: "Site"
    context: BrowserContext
    page: Page
    wallet: Wallet | None
    language: str = "en"
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in self.expected):
            self.complaints.append(message.text)

    def go(self, address: str) -> Page:
        self.page.goto(self.site.url + address)
        return self.page

    def sign_in(self) -> "Person":
        self.go("/sign-in")
        self.press("Sign in")
        expect(self.page.get_by_role("heading", name=self.say("What awaits me"))).to_be_visible()
        return self

    def say(self, text: str, **values: object) -> str:
        """A text of the pages in the person's language; what is none of theirs (a number, a name) as it is."""
        said = translations(self.language).gettext(text)
        return said % values if values else said

    def press(self, name: str, **values: object) -> None:
        self.page.get_by_role("button", name=self.say(name, **values), exact=True).click()

    def follow(self, name: str, **values: object) -> None:
        self.page.get_by_role("link", name=self.say(name, **values), exact=True).first.click()

    def sees(self, text: str, **values: object) -> None:
        expect(self.page.get_by_text(self.say(text, **values)).first).to_be_visible()

    def field(self, label: str, **values: object) -> Locator:
        """Where something is filled in, chosen or ticked."""
        return self.page.locator("main").get_by_label(self.say(label, **values), exact=True)

    def picture(self, name: str, top: Locator | None = None) -> None:
        """A screenshot for the README, taken anew when snapshots are; from ``top`` on, where it is given."""
        if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS"):
            (ROOT / "docs/pictures").mkdir(exist_ok=True)
            self.page.set_viewport_size({"width": 1000, "height": 760})
            if top is not None:
                top.evaluate("node => node.scrollIntoView()")
            self.page.screenshot(path=ROOT / f"docs/pictures/{name}.png")

    def axe(self) -> list[str]:
        """What axe-core finds against WCAG 2.2 AA and its own good practice on the page as it stands."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")
        return [
            f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']][:3]}"
            for one in found["violations"]
        ]

    def barriers(self, address: str) -> dict[str, list[str]]:
        """What axe-core finds on a page in either color scheme, and whether it is wider than its window."""
        self.go(address)
        found = {}
        for scheme in ("light", "dark"):
            self.page.emulate_media(color_scheme=scheme)
            found[scheme] = self.axe()
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found["width"] = ["wider than the window"]
        return {f"{address} {where}": problems for where, problems in found.items() if problems}


class Site:
    """`counterfoil serve` within this process, on a free port of the loopback interface."""

    def __init__(self, office: Office, app: FastAPI, url: str, browser: Browser) -> None:
        self.office = office
        self.app = app
        self.url = url
        self.browser = browser
        self._serial = 0

    @contextmanager
    def person(
        self, handle: str = "", *, wallet: bool = True, locale: str = "en-GB", **how: Any
    ) -> Iterator[Person]:
        """A window of one of the cast; at its end, every complaint of the page fails the test."""
        context = self.browser.new_context(locale=locale, **how)
        context.set_default_timeout(PATIENCE_MS)
        owned = Wallet(self.office.key(handle)) if handle and wallet else None
        if owned is not None:
            context.expose_binding("askWallet", lambda _source, request: owned.answer(request))
            context.add_init_script(WALLET)
        person = Person(self, context, context.new_page(), owned, "zh" if locale.startswith("zh") else "en")
        try:
            yield person
        finally:
            context.close()
        assert person.complaints == []

    def to_confirm(self, amount: str = "1000.00") -> str:
        """A fresh receivable of tier1 that waits for its obligor; its id."""
        office, context = self.office, self.office.context
        self._serial += 1
        registered = register_invoice(
            context.database,
            content=ubl(
                number=f"PORTAL-{self._serial}",
                issued_on=office.clock.now().date().isoformat(),
                seller_vat="CN" + TAX_IDS["tier1"],
                buyer_vat="CN" + TAX_IDS["obligor"],
                currency="CNY",
                net=amount,
                gross=amount,
                payable=amount,
            ),
            name=f"portal-{self._serial}.xml",
            uploader=Uploader(office.number("tier1"), (TaxId.of(TAX_IDS["tier1"], country="CN"),)),
            fingerprint_keys=context.fingerprint_keys,
            clock=office.clock,
            ids=context.new_id,
        )
        assert registered.id is not None
        draft = prepare_receivable(context, office.request(Use(registered.id))).receivable
        with context.database.read() as session:
            message = registration_message(session, draft)
        office.settle(register_receivable(context, draft, [office.sign("tier1", message)]))
        return draft

    def confirmed(self, amount: str = "1000.00") -> str:
        """The root lot of a fresh, confirmed receivable, held by tier1."""
        receivable = self.to_confirm(amount)
        with self.office.context.database.read() as session:
            message = confirmation_message(session, receivable)
        consent = self.office.sign("obligor", message)
        self.office.settle(confirm_receivable(self.office.context, receivable, [consent]))
        return lot_id(message.terms.root_lot)


@contextmanager
def serving(office: Office, browser: Browser) -> Iterator[Site]:
    app = create_app(office.service)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
            assert thread.is_alive(), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Site(office, app, f"http://127.0.0.1:{port}", browser)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
