"""What every command shares: the data folder, keys, output, and how a refusal becomes a sentence and a status."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import orjson
import typer
from rich.console import Console
from sqlalchemy.orm import Session

from api import ids
from api.auditing import accept_command, refuse_command
from api.sentences import Language, Said
from api.service import Service, open_service
from api.settings import DEFAULT_FOLDER
from api.wording import NO_WORDS, Words, said
from registry.chain import place
from registry.chain.hsm.opening import Pin, token_key
from registry.chain.hsm.uri import KeyUri, is_key_uri, parse
from registry.chain.keys import Key, open_keystore
from registry.chain.messages import Consent, Signed
from registry.kit.clock import Clock, SystemClock
from registry.kit.errors import BadInput, NotFound, Refusal, Unavailable
from registry.relay.context import Context
from registry.relay.model import Act

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# Set by whoever runs commands within its own process by another time than the machine's.
CLOCK: ContextVar[Clock] = ContextVar("clock")

EXIT_REFUSED = 3
EXIT_NOT_FOUND = 4
EXIT_UNAVAILABLE = 5
EXIT_NOT_TRUE = 6  # a check was carried out and found something wrong

DataOption = Annotated[
    Path,
    typer.Option(
        "--data", envvar="COUNTERFOIL_DATA", help="Folder of the registry: database, chain, keys, settings."
    ),
]
# A path takes a URI without loss: of what its values name, none changes where slashes are doubled.
KeyOption = Annotated[
    Path,
    typer.Option(
        "--key", help="Key of the party that signs: a keystore file, or a PKCS#11 URI where it is in a token."
    ),
]
PasswordOption = Annotated[
    str | None,
    typer.Option(
        "--password",
        envvar="COUNTERFOIL_PASSWORD",
        help="Opens the keystore or token; asked for when not given.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DATA = DEFAULT_FOLDER
_language: ContextVar[Language] = ContextVar("language", default="en")
_command: ContextVar[str] = ContextVar("command", default="")


def begin(command: str) -> None:
    """Which command runs, for the audit log: its name, and that of its group before it."""
    _command.set(command)


def speak(locale: str) -> None:
    """What is signed is shown in this language: `zh_CN.UTF-8` and the like mean Chinese, all others English."""
    _language.set("zh" if locale.lower().startswith("zh") else "en")


def say(what: Said) -> None:
    """What is about to be signed."""
    out.print(what[_language.get()], markup=False)


def clock() -> Clock:
    """The time commands go by."""
    return CLOCK.get(SystemClock())


def show_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def exit_status(refusal: Refusal) -> int:
    """3 refused, 4 there is no such record, 5 something does not answer: try again."""
    if isinstance(refusal, Unavailable):
        return EXIT_UNAVAILABLE
    if isinstance(refusal, NotFound):
        return EXIT_NOT_FOUND
    return EXIT_REFUSED


def report(refusal: Refusal) -> int:
    """Say why not, with the stable code, on standard error."""
    what = "Not allowed" if refusal.status == 403 else "Refused"
    err.print(f"[bold red]{what}[/] ({refusal.code}): {refusal.title}.", markup=True)
    if refusal.detail != refusal.title:
        err.print(ids.shown(refusal.detail), markup=False)
    return exit_status(refusal)


@contextmanager
def service(data: Path, *, is_command: bool = True) -> Iterator[Service]:
    """The registry in the folder; refusals become sentences and exit statuses, and what a command does is entered in
    the audit log. Without ``is_command`` others are served, each under its own name."""
    with refusals_reported(), open_service(data, clock()) as opened:
        if not is_command:
            yield opened
            return
        name = _command.get()
        plain = opened.context
        entered = plain.database.on_behalf(None, partial(accept_command, opened, name))
        opened.context = replace(plain, database=entered)
        try:
            yield opened
        except Refusal as refusal:
            refuse_command(opened, name, refusal)
            raise


@contextmanager
def refusals_reported() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        raise typer.Exit(report(refusal)) from None


@dataclass(frozen=True)
class Signer:
    """A party's key on this machine. It signs here and goes nowhere."""

    key: Key

    def sign(self, opened: Service, message: Signed) -> Consent:
        return message.sign(self.key, opened.context.domain, opened.context.deadline())


def signer(path: Path, password: str | None) -> Signer:
    """Open a keystore, asking for its password where none was given; or a token, as its URI says."""
    if is_key_uri(str(path)):
        uri = parse(str(path))
        key = token_key(uri, pin_of(uri, password))
        # It is there, and opens, before anything is asked of anybody.
        err.print(f"{uri} signs for {key.address}.", style="dim", markup=False)
        return Signer(key)
    if password is None:
        if not path.exists():
            open_keystore(path, "")  # refuses with the right words before anybody types a password
        password = typer.prompt(f"Password of {path.name}", hide_input=True, err=True)
    return Signer(open_keystore(path, password))


def pin_of(uri: KeyUri, given: str | None) -> Pin:
    """A token's PIN: from the URI's file, else what was given, else asked for. A wrong one is not asked for again."""
    if uri.pin_file is not None:
        return uri.pin
    return lambda: given or typer.prompt(f"PIN for {uri}", hide_input=True, err=True)


@dataclass(frozen=True)
class Desk:
    """An open registry and the keys that sign a command's act."""

    opened: Service
    keys: tuple[Signer, ...]

    @property
    def context(self) -> Context:
        return self.opened.context

    def signed(self, message: Callable[[Session], Signed], words: Words = NO_WORDS) -> list[Consent]:
        """What a use case asks to be signed, said in plain words and signed by each key."""
        with self.opened.database.read() as session:
            asked = message(session)
            say(said(asked, session, words))
        return [one.sign(self.opened, asked) for one in self.keys]

    def finish(self, act: Act, said: str) -> Act:
        return finish(self.opened, act, said)


Keystore = tuple[Path, str | None]


@contextmanager
def desk(data: Path, *keystores: Keystore) -> Iterator[Desk]:
    """The registry in the folder with these keys, each a keystore and its password."""
    with service(data) as opened:
        yield Desk(opened, tuple(signer(path, password) for path, password in keystores))


class BadAddress(BadInput):
    code = "bad_address"
    title = "This is not an address"


def address_of(written: str) -> str:
    """An address as EIP-55 writes it. Raises BadAddress."""
    if re.fullmatch(r"0x[0-9a-fA-F]{40}", written) is None:
        raise BadAddress(f"{written!r}: an address is 0x and 40 hex digits.")
    spelled = place.address_of(int(written, 16))
    if written[2:] not in (spelled[2:], written[2:].lower(), written[2:].upper()):
        raise BadAddress(f"{written}: its capitals do not fit (EIP-55); one of its digits may be wrong.")
    return spelled


def finish(opened: Service, act: Act, said: str) -> Act:
    """Wait for an act to be on the chain and in the mirror, then say so."""
    with err.status(f"{act.kind}: waiting for the chain …"):
        done = opened.settle(act)
    out.print(f"[green]✓[/] {ids.shown(said)}")
    out.print(f"  {act.kind} in block {done.block_number}, transaction {done.tx_hash}", style="dim")
    return done


def fail(status: int) -> NoReturn:
    raise typer.Exit(status)
