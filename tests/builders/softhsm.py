"""Tokens of SoftHSM, in a folder of this process: made, taken away, brought back."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

from pkcs11 import Session

from registry.chain.hsm.keys import TokenKey, make_key
from registry.chain.hsm.module import Module, loaded
from registry.chain.hsm.uri import KeyUri, parse

PIN, SO_PIN, WRONG = "2468-open", "13579-officer", "864209-wrong"
SECRETS = (PIN, SO_PIN, WRONG)  # what no log and no refusal may say
_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm.so",
    "/usr/lib64/libsofthsm2.so",
)
_numbers = count(1)


def module_path() -> Path:
    """Where SoftHSM's module is."""
    named = os.environ.get("COUNTERFOIL_SOFTHSM")
    found = [one for one in map(Path, (named,) if named else _MODULES) if one.is_file()]
    if not found:
        raise FileNotFoundError(
            "Tests need SoftHSM 2: install Debian's package softhsm2, or name its module in COUNTERFOIL_SOFTHSM."
        )
    return found[0]


class SoftHsm:
    """One for a process: SoftHSM reads where its tokens are when it is started."""

    def __init__(self, folder: Path) -> None:
        self.path = module_path()
        self._tokens, self._away = folder / "tokens", folder / "away"
        self._folders: dict[str, Path] = {}
        for made in (self._tokens, self._away):
            made.mkdir(mode=0o700)
        config = folder / "softhsm2.conf"
        config.write_text(
            f"directories.tokendir = {self._tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        os.environ["SOFTHSM2_CONF"] = str(config)
        self.pin_file = folder / "pin"
        self.pin_file.write_text(PIN + "\n")

    @property
    def module(self) -> Module:
        return loaded(self.path)

    def start_anew(self) -> None:
        """As a process that has just begun: no token is open."""
        with self.module.alone():
            self.module.start_anew()

    def new_token(self, label: str = "") -> str:
        """The label of a new token with the usual PIN."""
        label = label or f"token {next(_numbers)}"
        before = set(self._tokens.iterdir())
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", SO_PIN, "--pin", PIN],
            capture_output=True,
            check=True,
            timeout=30,
        )
        (self._folders[label],) = set(self._tokens.iterdir()) - before
        self.start_anew()
        return label

    @contextmanager
    def away(self, label: str) -> Iterator[None]:
        """Without this token, until the end of the block."""
        here = self._folders[label]
        taken = here.rename(self._away / here.name)
        try:
            yield
        finally:
            taken.rename(here)

    @contextmanager
    def all_away(self) -> Iterator[None]:
        """Without the place where tokens are: SoftHSM does not even start."""
        taken = self._tokens.rename(self._away / "all")
        try:
            yield
        finally:
            taken.rename(self._tokens)

    def uri(
        self, token: str, key: str | None = "own", *, pin_file: Path | None = None, more: str = ""
    ) -> str:
        """A URI with the usual PIN's file, or another."""
        named = f";object={quote(key)}" if key is not None else ""
        source = f"&pin-source=file:{pin_file or self.pin_file}"
        return f"pkcs11:token={quote(token)}{named}{more}?module-path={self.path}{source}"

    def parsed(self, token: str, key: str | None = "own") -> KeyUri:
        return parse(self.uri(token, key))

    def key(self, token: str, key: str = "own") -> TokenKey:
        """A key that is in a token."""
        uri = self.parsed(token, key)
        return TokenKey(uri, uri.pin)

    def new_key(self, key: str = "own", token: str = "") -> TokenKey:
        """A key made in a token, a new one unless it is named."""
        token = token or self.new_token()
        uri = self.parsed(token, key)
        make_key(uri, uri.pin, os.urandom(8))
        return self.key(token, key)

    def session(self, token: str) -> Session:
        """Another session on a token that is open, which may write: for what the registry never does."""
        uri = self.parsed(token)
        with self.module.alone():
            found = self.module.token(uri)
            self.module.session(found, uri.pin)
            return found.open(rw=True)
