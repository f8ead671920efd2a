"""The way to keys in tokens. No PKCS#11 library is imported until one is asked for; the extra ``hsm`` installs it."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING

from registry.chain.hsm.errors import HsmModuleMissing
from registry.chain.hsm.uri import KeyUri
from registry.chain.keys import Key

if TYPE_CHECKING:
    from registry.chain.hsm.keys import Shown

Pin = Callable[[], str]  # asked for only when a token is opened


def token_key(uri: KeyUri, pin: Pin) -> Key:
    """A key in a token, opened when it is first used. Raises HsmModuleMissing, and its members HsmRefused's kinds."""
    _require_library()
    from registry.chain.hsm.keys import TokenKey  # noqa: PLC0415

    return TokenKey(uri, pin)


def keys_in_token(uri: KeyUri, pin: Pin) -> "list[Shown]":
    """The private keys a URI fits. Raises HsmRefused's kinds."""
    _require_library()
    from registry.chain.hsm.keys import keys_of  # noqa: PLC0415

    return keys_of(uri, pin)


def make_in_token(uri: KeyUri, pin: Pin, new_id: bytes) -> "Shown":
    """A new key that cannot leave its token, named as the URI says. Raises HsmRefused's kinds."""
    _require_library()
    from registry.chain.hsm.keys import make_key  # noqa: PLC0415

    return make_key(uri, pin, new_id)


def _require_library() -> None:
    if find_spec("pkcs11") is None:
        raise HsmModuleMissing("Keys in tokens need a library: install counterfoil[hsm].")
