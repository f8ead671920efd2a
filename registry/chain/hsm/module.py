"""A PKCS#11 module that was loaded: its tokens, and one session on each that is in use.

Imports python-pkcs11, which the extra ``hsm`` installs; see ``opening``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

import pkcs11
from pkcs11 import PKCS11Error, Session, Token, TokenFlag

from registry.chain.hsm.errors import HsmAway, HsmModuleMissing, HsmPinLocked, HsmPinRefused, HsmTokenMissing
from registry.chain.hsm.uri import KeyUri

_ATTRIBUTES = {"token": "label", "manufacturer": "manufacturer_id", "serial": "serial", "model": "model"}
_WRONG = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange)
_UNUSABLE = (pkcs11.PinExpired, pkcs11.UserPinNotInitialized)
WAIT_S = 30.0  # for others that use the module
_lock = Lock()
_loaded: dict[Path, "Module"] = {}


def loaded(path: Path) -> "Module":
    """The module at a path, loaded once a process. Raises HsmModuleMissing."""
    with _lock:
        place = path.resolve()
        if place not in _loaded:
            _loaded[place] = Module(place)
        return _loaded[place]


class Module:
    """``starts`` counts how often it was started: sessions, and handles of keys, end with each.

    Everything is done within ``alone``: it is started without locks of its own, since not every module has them, and
    whether a token is open is one fact for the whole process (PKCS#11 v3.0, 5.4 and 5.6).
    """

    def __init__(self, path: Path) -> None:
        self.starts = 1
        self._lock = Lock()
        self._sessions: dict[int, Session] = {}
        self._refused: set[tuple[bytes, str]] = set()
        if not path.is_file():
            raise HsmModuleMissing(f"There is no file {path}.", module=str(path))
        try:
            self._library = pkcs11.lib(str(path))
        except PKCS11Error:
            raise HsmModuleMissing(
                f"{path} is no PKCS#11 module, or does not start.", module=str(path)
            ) from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One thread at a time. Raises HsmAway where another has waited for the token for ``WAIT_S``."""
        if not self._lock.acquire(timeout=WAIT_S):
            raise HsmAway(f"The PKCS#11 module has not answered for {WAIT_S:g} s.")
        try:
            yield
        finally:
            self._lock.release()

    def start_anew(self) -> None:
        """Forget all sessions and look for tokens again. Raises PKCS11Error."""
        self._sessions.clear()
        self.starts += 1
        with suppress(PKCS11Error):  # what is away cannot always be let go of
            self._library.finalize()
        self._library.initialize()

    def token(self, uri: KeyUri) -> Token:
        """The one token a URI means. Raises HsmTokenMissing, PKCS11Error."""
        there = [token for token in self._tokens() if TokenFlag.TOKEN_INITIALIZED in token.flags]
        meant = [token for token in there if _is_meant(token, uri)]
        if len(meant) == 1:
            return meant[0]
        labels = ", ".join(repr(token.label) for token in there) or "none"
        what = "Several tokens fit; name one by its serial too" if meant else "No token fits"
        raise HsmTokenMissing(
            f"{what}. Tokens of this module: {labels}.", tokens=[one.label for one in there]
        )

    def _tokens(self) -> list[Token]:
        found = []
        for slot in self._library.get_slots(token_present=True):
            with suppress(pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
                found.append(slot.get_token())
        return found

    def session(self, token: Token, pin: Callable[[], str]) -> Session:
        """The session on a token; ``pin`` is asked only where none is open.

        Raises HsmPinRefused, HsmPinLocked, PKCS11Error.
        """
        slot = token.slot.slot_id
        if slot not in self._sessions:
            self._sessions[slot] = self._log_in(token, pin())
        return self._sessions[slot]

    def _log_in(self, token: Token, pin: str) -> Session:
        """A PIN that was wrong once is not tried again, and the last try is left to a person: tokens count, and lock."""
        if token.flags & (TokenFlag.USER_PIN_LOCKED | TokenFlag.USER_PIN_FINAL_TRY):
            raise HsmPinLocked(f"{_named(token)}: open it once with its own tools, or have its PIN set anew.")
        if (token.serial, pin) in self._refused:
            raise HsmPinRefused(
                f"{_named(token)} refused this PIN before, and it is not tried again: tokens lock after some wrong "
                "ones. Correct the PIN; a process that asks for none is started again."
            )
        try:
            return token.open(user_pin=pin)
        except _WRONG:
            self._refused.add((token.serial, pin))
            raise HsmPinRefused(f"{_named(token)}: {_danger(token.slot.get_token().flags)}") from None
        except pkcs11.PinLocked:
            raise HsmPinLocked(
                f"{_named(token)}: too many wrong PINs were entered; have it set anew."
            ) from None
        except _UNUSABLE as unusable:
            raise HsmPinRefused(f"{_named(token)} has no PIN in force ({type(unusable).__name__}).") from None


def _is_meant(token: Token, uri: KeyUri) -> bool:
    def of(name: str) -> str:
        value = getattr(token, _ATTRIBUTES[name])
        return value.decode(errors="replace") if isinstance(value, bytes) else str(value)

    return all(of(name) == value for name, value in uri.token.items())


def _named(token: Token) -> str:
    return f"The token {token.label!r}"


def _danger(flags: TokenFlag) -> str:
    """What another wrong PIN may do, as far as the token says."""
    if flags & TokenFlag.USER_PIN_LOCKED:
        return "the PIN is wrong, and was the last that it takes: it is locked now."
    if flags & TokenFlag.USER_PIN_FINAL_TRY:
        return "the PIN is wrong, and the next wrong one locks it."
    return "the PIN is wrong. Most tokens lock after 3 to 10 wrong ones in a row; do not guess."
