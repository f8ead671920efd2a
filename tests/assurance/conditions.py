"""The pass and revert condition of every act, proved by halmos of the very code that is deployed.

The properties stand in proofs/acts: for any state, time, sender and arguments an act succeeds if and only if its
condition holds, and changes exactly the words it should. Each has a planted bug that its proof must refute.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.assurance.condition_bugs import BUGS, Bug
from tests.assurance.tools import commands_of
from tests.assurance.warm_compiler import ROOT, WarmCompiler

ACTS = ROOT / "tests/assurance/proofs/acts"
ARTIFACT = ROOT / "contracts/artifacts/Registry.json"
FORGE = ROOT / "node_modules/@foundry-rs/forge-linux-amd64/bin"
SECONDS = 3_600  # the slowest so far, `cancel`, took 3,237
# What the properties need of the contracts is its interface, no code.
INTERFACE = ("interfaces", "types")
SETTINGS = """[profile.default]
src = "contracts"
test = "tests"
out = "out"
libs = []
solc = "{solc}"
offline = true
auto_detect_solc = false
evm_version = "prague"
via_ir = true
optimizer = true
optimizer_runs = 1
remappings = ["@openzeppelin/contracts/={library}/"]
allow_paths = ["{library}"]

[lint]
lint_on_build = false
"""
GRANTED = """\
halmos runs the committed creation code, annex included, over symbolic storage, time, sender and arguments, and proves
of each act: it succeeds if and only if the condition written in `tests/assurance/proofs/acts` holds, and then every
slot of the ledger's state holds what it should, the untouched ones what they held. Taken for granted:

- The words in storage are ones the ledger writes: statuses in range, no high bits, a lot at most what is left of its
  face, that at most its obligor's total (`proofs/Accounting.sol` proves these of the accounting); the time is not 0.
  Where two parties consent, an account is a key of its own party and of no other, as the proofs of keys show.
- Hashing has no collisions, recovering a signer is any function; signatures have 65 bytes and signers no code, so
  ERC-1271 is not covered, nor is what events say.
- Lists are short: one move, payment, receivable, invoice and fingerprint of its own, at most one that came later;
  no consent or one, by the account of a party the act needs, beside the sender with any mandate. Mandates in full,
  with two consents of whomever, are proved of one act, `consents`, since all share the code.
"""
# Verdicts, by halmos' exit code; anything else is no verdict.
VERDICTS = {0: "proved", 1: "refuted"}


@dataclass(frozen=True)
class Act:
    """``part``: the contract that holds the act's property, ``check_NAME``."""

    part: str
    name: str


@dataclass(frozen=True)
class Answer:
    """``verdict``: proved, refuted or open."""

    verdict: str
    seconds: float
    paths: int


def acts() -> list[Act]:
    return [
        Act(path.stem, name)
        for path in sorted(ACTS.glob("*Proof.sol"))
        for name in re.findall(r"function check_(\w+)\(", path.read_text())
    ]


def code() -> str:
    """The committed creation code."""
    return str(json.loads(ARTIFACT.read_text())["bytecode"])


def code_with(compiler: WarmCompiler, bug: Bug) -> str:
    name = f"contracts/{bug.file}"
    text = compiler.sources[name]["content"]
    assert text.count(bug.before) == 1, f"the place of {bug.act}'s bug has changed: plant it anew"
    changed = {**compiler.sources, name: {"content": text.replace(bug.before, bug.after)}}
    made = compiler.creation(changed, {})
    assert made is not None, f"{bug.act}'s bug does not compile"
    return "0x" + made


def act(name: str) -> Act:
    return next(one for one in acts() if one.name == name)


def bug_in(act: Act) -> Bug:
    return next(bug for bug in BUGS if bug.act == act.name)


class Prover:
    """The properties of these acts, compiled once in ``folder``."""

    def __init__(self, folder: Path, wanted: list[Act]) -> None:
        self._folder = folder
        library = (ROOT / "node_modules/@openzeppelin/contracts").resolve()
        (folder / "foundry.toml").write_text(
            SETTINGS.format(solc=ROOT / "scripts/solc", library=library.as_posix())
        )
        for name in INTERFACE:
            shutil.copytree(ROOT / "contracts" / name, folder / "contracts" / name)
        parts = {act.part for act in wanted}
        place = folder / ACTS.relative_to(ROOT)
        place.mkdir(parents=True)
        for path in ACTS.glob("*.sol"):
            if path.stem in parts or not path.stem.endswith("Proof") or path.stem == "Proof":
                shutil.copy(path, place)
        self._tools = commands_of("halmos")

    def answer(self, act: Act, creation: str) -> Answer:
        """What the prover says of one act of the registry that this code creates."""
        (self._folder / "Registry.json").write_text(json.dumps({"bytecode": {"object": creation}}))
        found = self._folder / "found.json"
        found.unlink(missing_ok=True)
        command = [str(self._tools / "halmos"), "--contract", act.part]
        command += ["--match-test", rf"^check_{act.name}\(", "--json-output", str(found), "--no-status"]
        # A branch that cannot be taken is worth little thought: what grows from it a solver soon refutes. With 200 ms
        # the paths of `settleMany` took 207 s, with 20 ms 78; with 5 ms those of two parties' acts are too many. The
        # solvers bound their time themselves. One counterexample will do.
        solvers = f"{sys.executable} {Path(__file__).with_name('solvers.py')}"
        command += ["--solver-command", solvers, "--solver-timeout-branching", "50"]
        command += ["--solver-timeout-assertion", "0", "--early-exit"]
        environment = {**os.environ, "PATH": f"{self._tools}:{FORGE}:{os.environ['PATH']}"}
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return Answer("open", SECONDS, 0)
        assert found.exists(), (done.stdout + done.stderr)[-2000:]
        results = [one for each in json.loads(found.read_text())["test_results"].values() for one in each]
        assert len(results) == 1, done.stdout[-2000:]
        result = results[0]
        # A loop that was cut short leaves paths unseen.
        whole = result["num_bounded_loops"] == 0
        verdict = VERDICTS.get(result["exitcode"], "open") if whole else "open"
        return Answer(verdict, round(result["time"][0], 1), result["num_paths"][0])


@dataclass(frozen=True)
class Record:
    """An act's proof and its bug's refutation, as they stand on a line of the state file, and of what they were made."""

    part: str
    act: str
    verdict: str
    seconds: float
    paths: int
    bug: str
    bug_seconds: float
    basis: str


def basis(act: Act) -> str:
    """What a verdict rests on: of other code, another property or another bug it says nothing."""
    digest = hashlib.sha256(ARTIFACT.read_bytes())
    for path in _imported(ACTS / f"{act.part}.sol"):
        digest.update(path.read_bytes())
    digest.update(repr(bug_in(act)).encode())
    return digest.hexdigest()[:16]


def _imported(path: Path) -> list[Path]:
    """A property's file and what of ACTS it takes, directly or not."""
    found, waiting = set[Path](), [path]
    while waiting:
        if (one := waiting.pop()) not in found:
            found.add(one)
            waiting += [ACTS / name for name in re.findall(r'from "\./(\w+\.sol)"', one.read_text())]
    return sorted(found)


def records(state: Path) -> list[Record]:
    """The verdicts that still hold."""
    if not state.exists():
        return []
    kept = [Record(**json.loads(line)) for line in state.read_text().splitlines()]
    now = {one.name: basis(one) for one in acts()}
    return [one for one in kept if now.get(one.act) == one.basis]


def run(state: Path, wanted: list[Act]) -> Iterator[Record]:
    """Judge what is not judged yet; each verdict is on disk before it is told."""
    kept = records(state)
    done = {record.act for record in kept}
    waiting = [act for act in wanted if act.name not in done]
    if not waiting:
        return
    compiler = WarmCompiler()
    try:
        state.write_text("".join(map(_line, kept)))
        with tempfile.TemporaryDirectory() as folder, state.open("a") as file:
            prover = Prover(Path(folder), waiting)
            for act in waiting:
                proof = prover.answer(act, code())
                bug = prover.answer(act, code_with(compiler, bug_in(act)))
                record = Record(
                    act.part,
                    act.name,
                    proof.verdict,
                    proof.seconds,
                    proof.paths,
                    bug.verdict,
                    bug.seconds,
                    basis(act),
                )
                file.write(_line(record))
                file.flush()
                yield record
    finally:
        compiler.close()


def _line(record: Record) -> str:
    return json.dumps(asdict(record)) + "\n"


def report(judged: list[Record]) -> str:
    """What was proved and in how many seconds, with what it takes for granted."""
    if not judged:
        return ""
    proved = sum(record.verdict == "proved" for record in judged)
    refuted = sum(record.bug == "refuted" for record in judged)
    return (
        f"\n## Conditions of the acts\n\n{proved} of {len(acts())} properties proved, {refuted} of "
        f"{len(BUGS)} planted bugs refuted.\n\n{GRANTED}\n"
        "| act | verdict | seconds | paths | planted bug | seconds |\n|---|---|---|---|---|---|\n"
        + "".join(
            f"| `{one.act}` | {one.verdict} | {one.seconds} | {one.paths} | {one.bug} | {one.bug_seconds} |\n"
            for one in sorted(judged, key=lambda one: (one.part, one.act))
        )
    )
