"""A browser without a window: it keeps cookies and posts forms."""

import json
import re
import warnings
from html import unescape
from typing import Any
from urllib.parse import parse_qsl

from eth_account.messages import encode_typed_data
from eth_utils import keccak

from registry.chain.keys import SigningKey
from registry.chain.wallets import text_digest
from registry.relay import queries as acts
from tests.builders.office import Office
from tests.portal.browsing import Site

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

OWN = {"accept": "text/html", "sec-fetch-site": "same-origin"}


class Browser:
    """A browser without a window."""

    def __init__(self, site: Site) -> None:
        app = site.app
        self.http = TestClient(app, base_url=site.url, headers=OWN, follow_redirects=False)
        self.form_token = self.token("/sign-in")

    def token(self, address: str) -> str:
        found = re.search(r'name="form_token" value="([^"]+)"', self.http.get(address).text)
        assert found is not None
        return found[1]

    def sign_in(self, key: SigningKey) -> int:
        asked = self.http.post(
            "/sign-in/challenge", data={"form_token": self.form_token, "address": key.address}
        ).json()
        digest = text_digest(asked["message"])
        self.answer = {
            "form_token": self.form_token,
            "address": key.address,
            "challenge": asked["challenge"],
            "signature": "0x" + key.sign_digest(digest).hex(),
        }
        self.answered = self.http.post("/sign-in", data=self.answer)
        if self.answered.status_code == 303:
            self.form_token = self.token("/")
        return self.answered.status_code

    def asked(self, address: str) -> dict[str, Any]:
        """What an act's page asks to sign."""
        found = re.search(r'data-sign="([^"]+)"', self.http.get(address).text)
        assert found is not None
        return dict(json.loads(unescape(found[1])))

    def hand_in(self, address: str, asked: dict[str, Any], typed: dict[str, Any], key: SigningKey) -> int:
        """Sign typed data, which may differ from what was asked, and post it with what the address fills in; the
        status."""
        encoded = encode_typed_data(full_message=typed)
        digest = bytes(keccak(b"\x19" + encoded.version + encoded.header + encoded.body))
        signature = "0x" + key.sign_digest(digest).hex()
        given = [{"signer": key.address, "deadline": asked["deadline"], "signature": signature}]
        where, _, filled_in = address.partition("?")
        posted = {"form_token": self.form_token, "consents": json.dumps(given), **dict(parse_qsl(filled_in))}
        self.answered = self.http.post(where, data=posted)
        return int(self.answered.status_code)

    def signs(self, address: str, key: SigningKey) -> str:
        """Sign what an act's page asks for; where it leads."""
        asked = self.asked(address)
        assert self.hand_in(address, asked, asked["typed_data"], key) == 303, self.answered.text
        return str(self.answered.headers["location"])


def at_desk(desk: Site, key: SigningKey) -> Browser:
    """Somebody who has signed in."""
    browser = Browser(desk)
    assert browser.sign_in(key) == 303
    return browser


def settle(office: Office, address: str) -> None:
    """Until the act that this page follows is done."""
    with office.context.database.read() as session:
        waiting = acts.act(session, address.rpartition("/")[2])
    office.settle(waiting)
