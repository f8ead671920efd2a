"""`watch`: what happens to lots, told as it happens, from a node of one's own."""

import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import orjson
import typer

from api import watching
from api.commands.fingerprints import LedgerHalfNamed, connect
from api.commands.lots import resolve
from api.ids import LOT
from api.outside import Outside
from api.service import Service, open_service
from api.terminal import DATA, JsonOption, address_of, clock, err, out, refusals_reported
from registry.chain.embedded.owner import OpenChain
from registry.chain.node import Node
from registry.kit.clock import Deadline
from registry.kit.errors import BadInput, Unavailable
from registry.provenance.watch_memory import MAX_BYTES, Memory, MemoryUnreadable, read_memory
from registry.provenance.watch_words import Notice
from registry.provenance.watching import Watch, WatchInterrupted

# How long to wait for a block before looking again all the same: blocks may be replaced without any more of them.
WAIT_S = 10.0
POLL_S = 2.0
# A watch that sees nothing must not look like one that finds nothing: after as long without an answer it ends.
MAX_SILENCE_S = 600.0
PAUSE_S = 5.0
TRIES_AT_ONCE = 5


class MemoryNotKept(BadInput):
    code = "watch_memory_not_kept"
    title = "What the watch remembers cannot be written there"


def add_to(root: typer.Typer) -> None:
    root.command()(watch)


def watch(
    lots: Annotated[list[str], typer.Argument(help="Ids of the lots: lot_ and 64 digits.")],
    rpc: Annotated[
        str | None, typer.Option(help="A node of your own; otherwise that of the registry in --data.")
    ] = None,
    contract: Annotated[
        str | None, typer.Option(help="The registry's address, with --rpc; otherwise as in --data.")
    ] = None,
    registry: Annotated[
        str | None,
        typer.Option(help="Address of a registry, such as https://…, to be told of corrected invoices too."),
    ] = None,
    api_key: Annotated[
        str, typer.Option(envvar="COUNTERFOIL_API_KEY", help="Your API key of that registry.")
    ] = "",
    state: Annotated[
        Path | None, typer.Option(help="File that remembers what was told, to go on from there.")
    ] = None,
    from_block: Annotated[
        int | None,
        typer.Option(
            min=0, help="Tell what happened from this block on, where --state remembers nothing yet."
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, up to the latest block, and end.")] = False,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", envvar="COUNTERFOIL_DATA", help="Folder of a registry, for its node and corrections."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what happens to lots: each act on them, contests and suspensions, and what the chain takes back again.

    It needs a node and no registry; where one is at hand, in a folder or over its API, it tells too when an invoice
    behind a lot was corrected. It ends on an interrupt, or when nothing has answered for ten minutes (status 5).
    """
    with refusals_reported(), ExitStack() as stack:
        opened = stack.enter_context(open_service(data or DATA, clock())) if data or not rpc else None
        own = opened.settings.contract if opened else None
        address = address_of(contract) if contract else own
        if address is None:
            raise LedgerHalfNamed("Give --contract with --rpc: the address of the registry you deal with.")
        http = stack.enter_context(connect(registry, api_key)) if registry else None
        node = opened.node if opened and not rpc else stack.enter_context(Node(str(rpc)))
        named = [resolve(opened, lot) if opened else LOT.read(lot) for lot in lots]
        stack.enter_context(_ending_quietly())
        found = Watch(node, address, named, _kept(state), from_block)
        chain = opened.chain if opened and not rpc else None
        _Follower(node, chain, found, _source(opened, http), state, as_json).run(is_once=once)


def _source(opened: Service | None, http: httpx.Client | None) -> watching.Corrections | None:
    if http is not None:
        return watching.at(Outside(http))
    return watching.in_folder(opened) if opened else None


def _kept(state: Path | None) -> Memory | None:
    """What an earlier watch left. Raises MemoryUnreadable."""
    if state is None or not state.exists():
        return None
    try:
        with state.open("rb") as file:
            return read_memory(file.read(MAX_BYTES + 1))
    except OSError as error:
        raise MemoryUnreadable(f"{state}: {error.strerror}.") from error


@contextmanager
def _ending_quietly() -> Iterator[None]:
    """An interrupt, or being told to end, is how a watch ends: at once, whatever it waits for."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


@dataclass
class _Follower:
    node: Node
    chain: OpenChain | None
    watch: Watch
    source: watching.Corrections | None
    state: Path | None
    as_json: bool

    def run(self, *, is_once: bool) -> None:
        """Until it is interrupted, or with ``is_once`` until the latest block. Raises what ends it."""
        silence, is_silent = Deadline(MAX_SILENCE_S), False
        while True:
            try:
                self._look()
                if is_once and self.watch.is_at_head:
                    return
                if self.watch.is_at_head:
                    self.node.wait_for_block(self.watch.block, WAIT_S, POLL_S)
                silence, is_silent = Deadline(MAX_SILENCE_S), False
            except Unavailable as refusal:
                if is_once or silence.has_passed:
                    raise
                if not is_silent:
                    err.print(f"{refusal.title} ({refusal.code}); still trying.", markup=False)
                is_silent = True
                self._renew()
                Deadline(PAUSE_S).pause(PAUSE_S)

    def _renew(self) -> None:
        """The embedded chain's owner may have gone: find the new one, or become it."""
        if self.chain is not None:
            with suppress(Unavailable):
                self.node.url = self.chain.renew()

    def _look(self) -> None:
        """Tell first and remember then: rather twice than never."""
        for notice in self._seen():
            self._tell(notice)
        for notice in watching.corrected(self.watch.memory, self.source):
            self._tell(notice)
        self._keep()

    def _seen(self) -> list[Notice]:
        """A chain that is just being reorganized is looked at again at once, a few times."""
        for _ in range(TRIES_AT_ONCE - 1):
            with suppress(WatchInterrupted):
                return self.watch.look()
        return self.watch.look()

    def _tell(self, notice: Notice) -> None:
        if self.as_json:
            sys.stdout.write(orjson.dumps(notice.as_json()).decode() + "\n")
            sys.stdout.flush()
        else:
            out.print(notice.text, markup=False)

    def _keep(self) -> None:
        """Whole or not at all. Raises MemoryNotKept."""
        if self.state is None:
            return
        draft = self.state.with_name(f"{self.state.name}.{secrets.token_hex(4)}")
        try:
            draft.write_text(self.watch.memory.model_dump_json())
            draft.replace(self.state)
        except OSError as error:
            raise MemoryNotKept(f"{self.state}: {error.strerror}.") from error
