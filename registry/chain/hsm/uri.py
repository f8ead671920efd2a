"""PKCS#11 URIs (RFC 7512): which token, which key in it, by which module, and which file has the PIN."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote_to_bytes, urlsplit

from registry.chain.hsm.errors import BadKeyUri, HsmPinRefused

SCHEME = "pkcs11:"
LONGEST = 2_048
_TOKEN = ("token", "manufacturer", "serial", "model")
_KEY = ("object", "id", "type")
_QUERY = ("module-path", "pin-source")
_LONGEST_PIN = 256

TokenPart = Literal["token", "manufacturer", "serial", "model"]


def is_key_uri(written: str) -> bool:
    """Whether somebody means a key in a token, not a file."""
    return written[: len(SCHEME)].lower() == SCHEME


@dataclass(frozen=True)
class KeyUri:
    """What a URI says. Nothing in it is secret: a PIN stands in a file of its own, or is asked for."""

    module: Path
    token: dict[str, str]  # by the RFC's names, some of token, manufacturer, serial, model
    label: str | None = None
    id: bytes | None = None
    pin_file: Path | None = None

    def __str__(self) -> str:
        """For people: which key of which token."""
        key = f"key {self.label!r}" if self.label is not None else "the key"
        marked = f" with id {self.id.hex()}" if self.id is not None else ""
        return f"{key}{marked} of the token {', '.join(self.token.values()) or 'there is'}"

    def pin(self) -> str:
        """What ``pin-source`` has now, without a line's end. Raises HsmPinRefused."""
        if self.pin_file is None:
            raise HsmPinRefused("The URI names no file with the token's PIN: …&pin-source=file:/…")
        try:
            with self.pin_file.open("rb") as file:
                pin = file.read(_LONGEST_PIN + 2).decode().rstrip("\r\n")
        except (OSError, ValueError):
            raise HsmPinRefused(f"The PIN's file {self.pin_file} cannot be read.") from None
        if not 0 < len(pin) <= _LONGEST_PIN:
            raise HsmPinRefused(f"The PIN's file {self.pin_file} is empty, or holds more than a PIN.")
        return pin


def parse(written: str) -> KeyUri:
    """Raises BadKeyUri: no PKCS#11 URI, one without ``module-path``, with a PIN in it, with an attribute twice, or
    with one that is not understood (RFC 7512, 2.3: then no key may be taken for the one that is meant)."""
    if not is_key_uri(written) or len(written) > LONGEST:
        raise BadKeyUri(f"It begins with {SCHEME} and has {LONGEST} characters at most.")
    path, _, query = written[len(SCHEME) :].partition("?")
    key = _attributes(path, ";", (*_TOKEN, *_KEY))
    how = _attributes(query, "&", _QUERY)
    if _text(key.get("type", b"private")) != "private":
        raise BadKeyUri("What signs is a private key: say type=private, or leave it out.")
    module = _file(how["module-path"]) if "module-path" in how else None
    if module is None:
        raise BadKeyUri("Say which module speaks to the token: ?module-path=/usr/lib/…, as an absolute path.")
    pin_file = _file(how["pin-source"]) if "pin-source" in how else None
    if "pin-source" in how and pin_file is None:
        raise BadKeyUri("pin-source is an absolute path or a file: URI; no program is started for it.")
    return KeyUri(
        module,
        {name: _text(key[name]) for name in _TOKEN if name in key},
        _text(key["object"]) if "object" in key else None,
        key.get("id"),
        pin_file,
    )


def _attributes(written: str, between: str, known: tuple[str, ...]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in filter(None, written.split(between)):
        name, _, value = part.partition("=")
        if name == "pin-value":
            raise BadKeyUri(
                "A PIN in a URI would be read by others: put it in a file and say pin-source=file:…"
            )
        if name not in known:
            raise BadKeyUri(f"What it may say there: {', '.join(known)}.")
        if name in found:
            raise BadKeyUri(f"It says {name} twice.")
        found[name] = unquote_to_bytes(value)
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except ValueError:
        raise BadKeyUri("Its values are UTF-8, but for the id.") from None


def _file(value: bytes) -> Path | None:
    """The absolute path that is meant, as such or as a file: URI without a host; None where it is none."""
    written = _text(value)
    if written.startswith("file:"):
        parts = urlsplit(written)
        written = "" if parts.netloc or parts.query else unquote_to_bytes(parts.path).decode(errors="replace")
    return Path(written) if written.startswith("/") and "\0" not in written else None
