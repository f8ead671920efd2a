"""`demo`: found a registry and play the story on it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from api import ids, setup
from api.commands.setup import serve
from api.demo import PASSWORD, Story
from api.terminal import DataOption, out, refusals_reported, service
from registry.kit.clock import SystemClock
from registry.kit.errors import Conflict, Refusal
from registry.relay.model import Act

FOLDER = Path(".counterfoil-demo")
MARK = "this-is-a-demo"


class NotADemo(Conflict):
    code = "not_a_demo"
    title = "The folder holds something else than a demonstration"


class _Terminal:
    """Tells the story on the terminal."""

    def __init__(self) -> None:
        self._chapters = 0

    def chapter(self, title: str) -> None:
        self._chapters += 1
        out.print(f"\n[bold]{self._chapters}. {title}[/]")

    def say(self, text: str) -> None:
        out.print(f"   {text}", markup=False)

    def done(self, text: str, act: Act | None = None) -> None:
        out.print(f"   [green]✓[/] {text}")
        if act is not None:
            out.print(f"     {act.kind}, block {act.block_number}, transaction {act.tx_hash}", style="dim")

    def refused(self, text: str, refusal: Refusal) -> None:
        out.print(f"   [red]✗[/] {text}: refused ({refusal.code}). {refusal.detail}")


def add_to(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    data: DataOption = FOLDER,
    and_serve: Annotated[
        bool, typer.Option("--serve", help="Leave API and pages running on the story's data.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port for --serve; 0 = any free one.")] = 8420,
) -> None:
    """Watch one claim live: invoices in, duplicates refused, confirmed, passed on, financed, paid, verified."""
    with refusals_reported():
        _clear(data)
        data.mkdir(parents=True)
        (data / MARK).touch()  # first, so that an interrupted demonstration can be begun anew
        out.print("[bold]A registry is founded[/]")
        founding = setup.Founding(folder=data)
        setup.found(founding, SystemClock(), lambda said: out.print(f"   [green]✓[/] {said}"))
    with service(data) as opened:
        lot = Story(opened, _Terminal(), data / "parties").play()
    _restart(data, lot)
    out.print(f"\nEverything above is in [bold]{data}[/]. Look around, for example:")
    out.print(f"   counterfoil lot trace {ids.LOT.outside(lot)[:12]} --data {data}")
    out.print(f"   counterfoil status --data {data}")
    if and_serve:
        out.print(
            f"\nOpen the address below in a browser and sign in with a firm's keystore from {data / 'parties'},"
            f" password {PASSWORD}: obligor.json, tier1.json, bank.json …"
        )
        serve(data=data, host=None, port=port)


def _restart(data: Path, lot: str) -> None:
    out.print("\n[bold]The process ends. A new one opens the folder: everything is still there[/]")
    for words in (["status"], ["reconcile"], ["verify", lot]):
        command = [sys.executable, "-m", "api", *words, "--data", str(data)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
        lines = (done.stdout or done.stderr).strip().splitlines()
        shown = lines if words[0] != "verify" else lines[-1:]
        for line in shown:
            out.print(f"   {words[0]}: {line}", markup=False)
        if done.returncode:
            raise typer.Exit(done.returncode)


def _clear(data: Path) -> None:
    """Begin anew: only ever a folder that a demonstration made."""
    if not data.exists():
        return
    if not (data / MARK).exists() and any(data.iterdir()):
        raise NotADemo(f"{data} was not made by a demonstration; name another folder with --data.")
    shutil.rmtree(data)
