"""A private PostgreSQL from the installed binaries: its own folder, its own socket, nothing of it left behind."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from tempfile import mkdtemp

import psycopg

from registry.kit.clock import Deadline

BINARIES = "/usr/lib/postgresql"
ROLE = "counterfoil"
START_S = 60.0
_DURABLE = ("fsync=on", "synchronous_commit=on")
_FAST = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


def binaries() -> Path:
    """Where the newest installed PostgreSQL has its programs."""
    named = os.environ.get("COUNTERFOIL_POSTGRESQL")
    found = sorted(Path(BINARIES).glob("*/bin/postgres"), key=lambda one: int(one.parts[-3]))
    if named is None and not found:
        raise FileNotFoundError(
            "Tests need PostgreSQL: install Debian's package postgresql, or name its folder of programs in "
            "COUNTERFOIL_POSTGRESQL."
        )
    return Path(named) if named else found[-1].parent


class Server:
    """One cluster. It refuses to run as root, so that root hands it to the user postgres or nobody; it ends with the
    process that started it, whatever ends that."""

    def __init__(self, *, is_durable: bool = False) -> None:
        self.folder = Path(mkdtemp(prefix="counterfoil-pg-", dir=None if is_durable else _in_memory()))
        self._data = self.folder / "data"
        self._settings = _DURABLE if is_durable else _FAST
        self._prefix = ["setpriv", "--pdeathsig", "QUIT"]
        if os.getuid() == 0:
            user = _somebody()
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self._prefix += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self.folder.chmod(0o700)
        self._run("initdb", "-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.process = self.start()

    def _command(self, program: str, *words: str) -> list[str]:
        return [*self._prefix, str(binaries() / program), "-D", str(self._data), *words]

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            self._command(program, *words), capture_output=True, text=True, timeout=120, cwd="/", check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it, again after ``kill``; returns when it answers."""
        settings = [*self._settings, "listen_addresses=", "max_connections=200", "shared_buffers=64MB",
                    "max_wal_size=256MB", "autovacuum=off", "jit=off"]  # fmt: skip
        words = [word for one in settings for word in ("-c", one)]
        with (self.folder / "log").open("ab") as log:
            command = self._command("postgres", "-k", str(self.folder), *words)
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        deadline = Deadline(START_S)
        while not self._answers():
            said = (self.folder / "log").read_text(errors="replace")[-2000:]
            assert self.process.poll() is None, said
            assert not deadline.has_passed, said
            deadline.pause(0.02)
        return self.process

    def _answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, question: str, *values: object) -> list[tuple[object, ...]]:
        """As the cluster's owner, outside of transactions."""
        with psycopg.connect(
            host=str(self.folder), user=ROLE, dbname="postgres", autocommit=True, connect_timeout=5
        ) as connection:
            done = connection.execute(question, values or None)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    def url(self, name: str) -> str:
        return f"postgresql://{ROLE}@/{name}?host={self.folder}"

    def kill(self) -> None:
        """As if the machine's power went: SIGKILL for the postmaster, upon which its children leave."""
        self.process.kill()
        self.process.wait(10)
        deadline = Deadline(10)
        while _is_in_use(self._data):
            assert not deadline.has_passed
            deadline.pause(0.02)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(2)  # for those who are in it
        except subprocess.TimeoutExpired:
            self.process.send_signal(3)  # at once
            self.process.wait(20)
        shutil.rmtree(self.folder)


def _in_memory() -> str | None:
    """Memory, where it is large enough: a database is made for each test, which disks take long for."""
    shared = Path("/dev/shm")
    return str(shared) if shared.is_dir() and shutil.disk_usage(shared).free > 2**31 else None


def _is_in_use(data: Path) -> bool:
    """Whether a child of the killed postmaster still holds the cluster's shared memory."""
    return any(_folder_of(one) == str(data) for one in Path("/proc").glob("[0-9]*"))


def _folder_of(process: Path) -> str:
    """Server processes stand in their data folder."""
    try:
        return os.readlink(process / "cwd") if (process / "stat").read_text().split()[2] != "Z" else ""
    except OSError:
        return ""


def _somebody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
