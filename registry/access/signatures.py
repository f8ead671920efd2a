"""Signed requests (RFC 9421): what their header fields say, and the text that was signed. Pure.

Structured fields (RFC 9651) are read by http-sf; whatever a signature need not have here is refused, so that nobody
has to guess what it would mean.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any, cast

import http_sf

from registry.access.errors import ContentDigestWrong, SignatureIncomplete, SignatureMalformed

INPUT, SIGNATURE, DIGEST = "signature-input", "signature", "content-digest"
MAX_FIELD_CHARS = 8192
MAX_COMPONENTS = 32
MAX_NONCE_CHARS = 64
MAX_KEYID_CHARS = 120
# They say what is done, or whether: a request that carries them covers them.
DECIDING = ("idempotency-key", "if-match")
_NEEDED = ("created", "expires", "keyid", "nonce")
_TYPES: dict[str, type] = {"created": int, "expires": int, "keyid": str, "nonce": str, "alg": str, "tag": str}
_FIELD = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]{1,100}")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True)
class Asked:
    """A request as it came in: ``path`` and ``query`` as sent, percent-encoded, the query without its mark; names of
    ``headers`` in lower case, in order."""

    method: str
    scheme: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        return [value.strip(" \t") for one, value in self.headers if one == name]

    @property
    def is_signed(self) -> bool:
        return any(name in (INPUT, SIGNATURE) for name, _ in self.headers)


@dataclass(frozen=True)
class Signed:
    """What a request's one signature says; nothing of it is verified yet. Instants in seconds since 1970.

    ``base`` is what was signed (RFC 9421 section 2.5), ``digest`` the body's SHA-256 as covered, None where no digest
    is.
    """

    keyid: str
    alg: str | None
    nonce: str
    created: int
    expires: int
    base: bytes
    signature: bytes
    digest: bytes | None

    def require_body(self, body: bytes) -> None:
        """Raises SignatureIncomplete for a body that no digest covers, ContentDigestWrong for another body."""
        if self.digest is None:
            if body:
                raise SignatureIncomplete(f"This request has a body: cover {DIGEST}.", missing=[DIGEST])
        elif not compare_digest(self.digest, sha256(body).digest()):
            raise ContentDigestWrong("The body is not the one that Content-Digest names.")


def read(asked: Asked) -> Signed:
    """What a request's signature says, having covered and said all that it must here. Raises SignatureMalformed,
    SignatureIncomplete."""
    found = parse(asked)
    params = found.params
    _require_params(params)
    _require_covered(asked, found.names)
    return Signed(
        keyid=params["keyid"],
        alg=params.get("alg"),
        nonce=params["nonce"],
        created=params["created"],
        expires=params["expires"],
        base=base_of(asked, found),
        signature=found.signature,
        digest=_digest(asked) if DIGEST in found.names else None,
    )


@dataclass(frozen=True)
class Parsed:
    """The two fields as RFC 9421 reads them: covered components in order, parameters in order, signature."""

    names: list[str]
    params: dict[str, Any]
    signature: bytes


def parse(asked: Asked) -> Parsed:
    """Raises SignatureMalformed."""
    label, (components, params) = _only(asked, INPUT, list)
    signed_label, (signature, more) = _only(asked, SIGNATURE, bytes)
    if label != signed_label or more:
        raise SignatureMalformed(f"{INPUT} and {SIGNATURE} need the same one label, without more.")
    return Parsed(_names(components), params, signature)


def base_of(asked: Asked, found: Parsed) -> bytes:
    """What was signed (RFC 9421 section 2.5). Raises SignatureMalformed."""
    lines = [f"{http_sf.ser(name)}: {_value(asked, name)}" for name in found.names]
    components: list[Any] = [(name, {}) for name in found.names]
    lines.append(f'"@signature-params": {http_sf.ser([(components, found.params)])}')
    return _ascii("\n".join(lines))


def _only(asked: Asked, field: str, kind: type) -> tuple[str, tuple[Any, dict[str, Any]]]:
    """The label and value of a dictionary's one member."""
    members = _dictionary(asked, field)
    if len(members) != 1:
        raise SignatureMalformed(f"{field} has {len(members)} labels; a request carries one signature.")
    label, value = next(iter(members.items()))
    if not isinstance(value, tuple) or not isinstance(value[0], kind):
        raise SignatureMalformed(f"{field} does not have the form of RFC 9421, section 4.")
    return label, cast("tuple[Any, dict[str, Any]]", value)


def _dictionary(asked: Asked, field: str) -> dict[str, Any]:
    """A structured field in all its lines. Names that come twice, which RFC 9651 lets the last one win, are refused."""

    def twice(name: str, _where: str) -> None:
        raise SignatureMalformed(f"{field} names {name} twice.")

    value = ", ".join(asked.values(field))
    if len(value) > MAX_FIELD_CHARS:
        raise SignatureMalformed(f"{field} is longer than {MAX_FIELD_CHARS} characters.")
    try:
        found = http_sf.parse(_ascii(value), tltype="dictionary", on_duplicate_key=twice)
    except (ValueError, OverflowError):
        raise SignatureMalformed(f"{field} is no dictionary of structured fields (RFC 9651).") from None
    return cast("dict[str, Any]", found)


def _names(components: list[tuple[Any, dict[str, Any]]]) -> list[str]:
    names = [name for name, params in components if isinstance(name, str) and not params]
    if len(names) != len(components):
        raise SignatureMalformed("Components are named as strings without parameters.")
    if len(set(names)) != len(names) or len(names) > MAX_COMPONENTS:
        raise SignatureMalformed(f"A component is covered once, and at most {MAX_COMPONENTS} are.")
    for name in names:
        is_field = _FIELD.fullmatch(name) and name not in (INPUT, SIGNATURE)
        if name not in _DERIVED and not is_field:
            raise SignatureMalformed(f"The component {name[:100]!r} is not known here.")
    return names


def _require_params(params: dict[str, Any]) -> None:
    for name, value in params.items():
        if type(value) is not _TYPES.get(name):  # a truth value is an int as well
            raise SignatureMalformed(f"The parameter {name[:100]} is not known, or not of its kind.")
    if missing := [name for name in _NEEDED if name not in params]:
        raise SignatureIncomplete(f"Parameters are missing: {', '.join(missing)}.", missing=missing)
    if len(params["keyid"]) > MAX_KEYID_CHARS:
        raise SignatureMalformed(f"A keyid has at most {MAX_KEYID_CHARS} characters.")
    if not 0 < len(params["nonce"]) <= MAX_NONCE_CHARS:
        raise SignatureMalformed(f"A nonce has 1 to {MAX_NONCE_CHARS} characters.")


def _require_covered(asked: Asked, names: list[str]) -> None:
    needed = ["@method"]
    if "@target-uri" not in names:
        needed += ["@authority", "@path", *(["@query"] if asked.query else [])]
    needed += [name for name in DECIDING if asked.values(name)]
    if missing := [name for name in needed if name not in names]:
        raise SignatureIncomplete(f"The signature does not cover {', '.join(missing)}.", missing=missing)


def _value(asked: Asked, name: str) -> str:
    """A component's value (RFC 9421 section 2)."""
    if name in _DERIVED:
        return _DERIVED[name](asked)
    values = asked.values(name)
    if not values:
        raise SignatureMalformed(f"The header {name} is covered and not there.")
    return ", ".join(values)


def _authority(asked: Asked) -> str:
    hosts = asked.values("host")
    if len(hosts) != 1:
        raise SignatureMalformed("A request has one Host.")
    return hosts[0].lower().removesuffix(_DEFAULT_PORTS.get(asked.scheme, ""))


def _target(asked: Asked) -> str:
    return f"{asked.path or '/'}{'?' + asked.query if asked.query else ''}"


_DERIVED: dict[str, Callable[[Asked], str]] = {
    "@method": lambda asked: asked.method,
    "@scheme": lambda asked: asked.scheme,
    "@authority": _authority,
    "@path": lambda asked: asked.path or "/",
    "@query": lambda asked: f"?{asked.query}",
    "@request-target": _target,
    "@target-uri": lambda asked: f"{asked.scheme}://{_authority(asked)}{_target(asked)}",
}


def _digest(asked: Asked) -> bytes:
    """The SHA-256 that ``Content-Digest`` names (RFC 9530); others beside it say nothing here."""
    value = _dictionary(asked, DIGEST).get("sha-256", (None,))[0]
    if not isinstance(value, bytes) or len(value) != 32:
        raise SignatureMalformed(f"{DIGEST} needs a sha-256 of 32 bytes (RFC 9530).")
    return value


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError:
        raise SignatureMalformed("What is signed is plain ASCII.") from None
