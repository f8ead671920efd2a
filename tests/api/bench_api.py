"""How many requests a second are answered: ``scripts/bench api [--lots N …] [--processes N] [--seconds S] [--rounds N]
[--json]``.

A registry on a PostgreSQL of its own is filled with ``--lots`` lots, each of a receivable of its own with one
fingerprint in use, written straight into the projections: what is measured is asking, not mirroring. ``--processes``
of `counterfoil serve --no-work` on one port answer `wrk` with 16 connections, each asking as soon as it is answered, for
one kind of question at a time: a lot by its id, an invoice's blinded fingerprint to be evaluated (one element), a page
of a holder's lots, and a page of whatever it may see; by the API key of the supplier of all of them, the holder's page
by the registry's own token. All lots are asked for, in random order. Any answer but 200 fails the run. Each kind is
asked for a second before it is measured, as of a server that has been up for a while.

Servers, PostgreSQL and `wrk` share the machine. ``server_ms`` is processor time of the servers alone an answer.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import orjson
import psycopg
import rbcl

from api import setup
from api.demo import Story
from api.service import open_service
from registry.access.actor import Actor, Role
from registry.access.use_cases import make_api_key
from registry.fingerprints.voprf import ELEMENT_BYTES
from registry.kit.clock import SystemClock
from tests.builders import postgres
from tests.builders.office import Silence
from tests.builders.processes import Server

CONNECTIONS, THREADS = 16, 1
WARM_UP_S = 1
PATHS = 20_000
LOT, KNOWN, LIST, SEEN = CASES = ("lot", "known", "list", "seen")
ORIGINATOR = 2  # of every receivable; the story admits it as an obligor
HEAD = (
    f"{'round':>5} {'lots':>9} {'case':<6} {'requests/s':>11} {'p50 ms':>7} {'p99 ms':>7} {'server ms':>10}"
)
FILL = """
INSERT INTO receivable (id, commitment, status, flags, expires, obligor, originator, settler, face, settled, currency,
                        maturity, issued_on, delivered_on, accepted_on, documents_root, invoices_hash, salt, owed,
                        reason, block_number)
SELECT '0x' || lpad(to_hex(n), 16, '0'), '0x' || encode(sha256(('c' || n)::bytea), 'hex'), 2, 0, 1800000000,
       1, 2, 0, 1000000, 0, 156, 1790000000, 0, 0, 0, '0x', '0x', '0x', NULL, NULL, 1
FROM generate_series(1, %(lots)s) AS n;
INSERT INTO lot (id, receivable, parent, holder, peer, amount, until, seq, hops, status, block_number)
SELECT '0x' || encode(sha256(('l' || n)::bytea), 'hex'), '0x' || lpad(to_hex(n), 16, '0'), NULL,
       2 + n %% 3, 0, 1000000, 0, 0, 0, 1, 1
FROM generate_series(1, %(lots)s) AS n;
INSERT INTO invoice_use (fingerprint, receivable, cap, used, uses, currency, place, fingerprints, block_number)
SELECT '0x' || encode(sha256(('f' || n)::bytea), 'hex'), '0x' || lpad(to_hex(n), 16, '0'), 1000000, 1000000, 1, 156,
       0, 1, 1
FROM generate_series(1, %(lots)s) AS n;
"""
SCRIPT = """
local paths = {{}}
for line in io.lines("{file}") do paths[#paths + 1] = line end
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Content-Type"] = "application/json"
math.randomseed({seed})
function request() {request} end
function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format("FOUND %d %d %f %f %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), bad))
end
"""
GET = "return wrk.format('GET', paths[math.random(#paths)])"
POST = "return wrk.format('POST', '/v1/fingerprints/check', nil, paths[math.random(#paths)])"


@dataclass(frozen=True)
class Row:
    """One case of one round. Times in milliseconds."""

    round: int
    lots: int
    case: str
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    server_ms: float


class Bench:
    """A filled registry and the server before it."""

    def __init__(self, folder: Path, lots: int, processes: int) -> None:
        self._folder, self._lots = folder, lots
        self._postgres = postgres.Server(is_durable=True)
        self._postgres.ask("CREATE DATABASE bench TEMPLATE template0")
        url = self._postgres.url("bench")
        registry = folder / "registry"
        clock = SystemClock()
        setup.found(setup.Founding(folder=registry, database_url=url), clock, lambda _: None)
        with open_service(registry, clock) as service:
            Story(service, Silence(), registry / "parties").admit_everybody()
            own = Actor(ORIGINATOR, "bench", "bench", frozenset({Role.OBLIGOR}), is_account=True)
            until = clock.now() + timedelta(days=1)
            self._own_key, _ = make_api_key(service.context, own, "bench", (Role.OBLIGOR,), until)
        with psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
            connection.execute(FILL, {"lots": lots})  # type: ignore[arg-type]
            # As a database is that had time to put itself in order: its own vacuum is off here, and what was written
            # would go to disk during the first rounds.
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")
        (registry / "counterfoil.toml").open("a").write("\nblind_checks_per_hour = 1000000\n")
        shared = {"COUNTERFOIL_SHARE_PORT": "true"}
        self._servers = [Server(registry, "--no-work", **shared)]
        self._server, port = self._servers[0], self._servers[0].url.rpartition(":")[2]
        self._servers += [
            Server(registry, "--no-work", "--port", port, **shared) for _ in range(1, processes)
        ]
        random = Random(1)
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT id FROM lot ORDER BY random() LIMIT %s", (PATHS,)).fetchall()
        self._file(LOT, (f"/v1/lots/lot_{one[2:]}" for (one,) in found))
        self._file(
            LIST,
            (f"/v1/lots?limit=50&holder={2 + n % 3}&after=lot_{one[2:]}" for n, (one,) in enumerate(found)),
        )
        self._file(SEEN, (f"/v1/lots?limit=50&after=lot_{one[2:]}" for (one,) in found))
        self._file(KNOWN, (element(random) for _ in range(1_000)))

    def _file(self, name: str, lines: Iterator[str]) -> None:
        (self._folder / name).write_text("\n".join(lines))

    def close(self) -> None:
        for server in self._servers:
            server.kill()
        self._postgres.stop()

    @property
    def _cpu_s(self) -> float:
        return sum(server.cpu_s for server in self._servers)

    def run(self, case: str, seconds: int, seed: int) -> Row:
        script = self._folder / f"{case}.lua"
        script.write_text(
            SCRIPT.format(
                file=self._folder / case,
                token=self._server.token if case == LIST else self._own_key,
                seed=seed,
                request=POST if case == KNOWN else GET,
            )
        )
        asked(self._server.url, script, WARM_UP_S)
        before = self._cpu_s
        found = asked(self._server.url, script, seconds)
        requests, duration = int(found[1]), int(found[2])
        return Row(
            seed,
            self._lots,
            case,
            round(requests / duration * 1e6, 1),
            round(float(found[3]) / 1000, 2),
            round(float(found[4]) / 1000, 2),
            round((self._cpu_s - before) / requests * 1000, 3),
        )


def asked(url: str, script: Path, seconds: int) -> re.Match[str]:
    """What `wrk` found: requests, microseconds, latencies in the middle and of the slowest in a hundred."""
    words = [f"-t{THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(script), url]
    done = subprocess.run(["wrk", *words], capture_output=True, text=True, check=True).stdout
    found = re.search(r"FOUND (\d+) (\d+) (\S+) (\S+) (\d+)", done)
    assert found is not None, done
    assert int(found[5]) == 0 < int(found[1]), done
    return found


def element(random: Random) -> str:
    """A question with one element of the group, of which nobody knows the logarithm here."""
    made = rbcl.crypto_core_ristretto255_from_hash(random.randbytes(2 * ELEMENT_BYTES))
    return orjson.dumps({"key_version": 1, "elements": ["0x" + bytes(made).hex()]}).decode()


@contextmanager
def opened(lots: int, processes: int) -> Iterator[Bench]:
    with (
        TemporaryDirectory(prefix="counterfoil-bench-") as folder,
        closing(Bench(Path(folder), lots, processes)) as bench,
    ):
        yield bench


def measured(sizes: Sequence[int], processes: int, rounds: int, seconds: int) -> Iterator[Row]:
    for lots in sizes:
        with opened(lots, processes) as bench:
            for turn in range(1, rounds + 1):
                for case in CASES:
                    yield bench.run(case, seconds, turn)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench api")
    parser.add_argument("--lots", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        parser.error("install Debian's package wrk")
    rows = measured(options.lots, options.processes, options.rounds, options.seconds)
    if options.json:
        sys.stdout.write(
            orjson.dumps([asdict(row) for row in rows], option=orjson.OPT_INDENT_2).decode() + "\n"
        )
        return
    sys.stdout.write(HEAD + "\n")
    for row in rows:
        sys.stdout.write(
            f"{row.round:>5} {row.lots:>9} {row.case:<6} {row.requests_per_s:>11.0f} {row.p50_ms:>7.1f} "
            f"{row.p99_ms:>7.1f} {row.server_ms:>10.2f}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
