"""A machine that signs its requests, and one that does it wrong wherever it is told to."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from registry.chain.keys import Key
from registry.chain.wallets import text_digest

_nonces = count(1)
Sign = Callable[[str], bytes]


def digest(body: bytes) -> str:
    return f"sha-256=:{b64encode(sha256(body).digest()).decode()}:"


def by_key(key: Key) -> Sign:
    return lambda base: key.sign_digest(text_digest(base))


@dataclass
class Draft:
    """A request to sign. ``params`` as they stand in the field, in order; None leaves one out."""

    method: str
    url: str
    now: int
    keyid: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    covered: list[str] | None = None
    params: dict[str, Any] = field(default_factory=dict)
    label: str = "sig"

    def signed(self, sign: Sign) -> dict[str, str]:
        """The headers to send. Written apart from what reads them, so that both may be wrong only alike by chance."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        if self.body:
            headers.setdefault("content-digest", digest(self.body))
        parts = urlsplit(self.url)
        query = f"?{parts.query}"
        derived = {
            "@method": self.method,
            "@scheme": parts.scheme,
            "@authority": parts.netloc.lower(),
            "@path": parts.path,
            "@query": query,
            "@request-target": parts.path + (query if parts.query else ""),
            "@target-uri": self.url,
        }
        names = self.covered or ["@method", "@authority", "@path", "@query", *sorted(headers)]
        params = self._params()
        lines = [f'"{name}": {derived.get(name, headers.get(name, ""))}' for name in names]
        base = "\n".join([*lines, f'"@signature-params": {self._input(names, params)}'])
        return headers | {
            "signature-input": f"{self.label}={self._input(names, params)}",
            "signature": f"{self.label}=:{b64encode(sign(base)).decode()}:",
        }

    def _params(self) -> str:
        values = {
            "created": self.now,
            "expires": self.now + 60,
            "keyid": self.keyid,
            "nonce": f"n-{next(_nonces)}",
        } | self.params
        written = [
            f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}"
            for name, value in values.items()
            if value is not None
        ]
        return "".join(f";{one}" for one in written)

    @staticmethod
    def _input(names: list[str], params: str) -> str:
        quoted = " ".join(f'"{name}"' for name in names)
        return f"({quoted}){params}"
