"""Small faults put into the Solidity sources one at a time: where a test could not tell, it is too weak."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS = {
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
    "==": ("!=",),
    "!=": ("==",),
}
SWAPPED = {
    "&&": "||",
    "||": "&&",
    "+": "-",
    "-": "+",
    "*": "+",
    "+=": "-=",
    "|": "&",
    "&": "|",
    "<<": ">>",
    ">>": "<<",
}
OPERATOR = re.compile(r"(?<= )(<=|>=|==|!=|<<|>>|<|>|&&|\|\||\+=|[-+*&|])(?= )")
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-f]{2}|\d[\d_]*)(?![\w.])")
PAIR = re.compile(r"(?<=[(, ])([a-z_]\w*(?:\(\))?), ([a-z_]\w*(?:\(\))?)(?=[,)])")
CHOICE = re.compile(r"\? ([^?:;]+) : ([^?:;]+?)(?=[;)]+$)")
CONDITION = re.compile(r"\bif \((!?)([\w.\[\]]+\([^()]*\)|\w+)\)")
# Only what can be left out by itself; a declaration or a return cannot.
STATEMENT = re.compile(
    r"^\s+(if \(.*\) revert \w+\(.*\);|emit \w+|_\w+(\(|\[.*\] = | = )|\w+ (=|\+=) |return;)"
)
STRONG = ("comparison", "condition", "left out", "modifier", "choice")


@dataclass(frozen=True)
class Mutant:
    """One fault. ``before`` and ``after`` are whole statements or lines, without indentation."""

    file: str
    line: int
    operator: str
    before: str
    after: str
    text: str

    @property
    def number(self) -> str:
        """Names it for as long as the file stays the same."""
        return hashlib.sha256(f"{self.file}\n{self.text}".encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} ({self.operator})\n  - {self.before}\n  + {self.after}"


def mutants(file: str, text: str) -> list[Mutant]:
    """Every fault the operators can put into a source, each once, in the order of its lines."""
    found: dict[str, Mutant] = {}
    lines = text.split("\n")
    for at in _code_lines(lines):
        for operator, replaced in _line_faults(lines[at]):
            if replaced != lines[at]:  # two of the same, changed places
                _add(found, file, lines, at, at + 1, operator, [replaced])
        end = _statement_end(lines, at)
        if end is not None:
            _add(found, file, lines, at, end, "left out", [""] * (end - at))
    return list(found.values())


def _add(
    found: dict[str, Mutant], file: str, lines: list[str], start: int, end: int, operator: str, new: list[str]
) -> None:
    text = "\n".join([*lines[:start], *new, *lines[end:]])
    before, after = (
        " ".join(line.strip() for line in part if line.strip()) for part in (lines[start:end], new)
    )
    mutant = Mutant(file, start + 1, operator, before, after or "(nothing)", text)
    found.setdefault(mutant.number, mutant)


def _code_lines(lines: list[str]) -> Iterator[int]:
    is_import = False
    for at, line in enumerate(lines):
        bare = line.strip()
        is_import = is_import or bare.startswith("import ")
        if not is_import and bare and not bare.startswith(("//", "/*", "*", "pragma ", "using ", "type ")):
            yield at
        if is_import and bare.endswith(";"):
            is_import = False


def _code_of(line: str) -> str:
    """The line with comments and strings blanked out, position by position."""
    without = re.sub(r'"[^"]*"', lambda found: " " * len(found[0]), line)
    return re.sub(r"//.*", lambda found: " " * len(found[0]), without)


def _line_faults(line: str) -> Iterator[tuple[str, str]]:
    code = _code_of(line)
    for found in OPERATOR.finditer(code):
        for other in COMPARISONS.get(found[1], ()):
            yield "comparison", _put(line, found.start(1), found.end(1), other)
        if found[1] in SWAPPED:
            yield "arithmetic", _put(line, found.start(1), found.end(1), SWAPPED[found[1]])
    for found in NUMBER.finditer(code):
        value = int(found[1].replace("_", ""), 0)
        for other in (value + 1, value - 1):
            if other >= 0:
                yield "constant", _put(line, found.start(1), found.end(1), str(other))
    for found in PAIR.finditer(code):
        yield "arguments", _put(line, found.start(), found.end(), f"{found[2]}, {found[1]}")
    for found in CHOICE.finditer(code):
        yield "choice", _put(line, found.start(), found.end(), f"? {found[2]} : {found[1]}")
    for found in CONDITION.finditer(code):
        flipped = "" if found[1] else "!"
        yield "condition", _put(line, found.start(1), found.end(1), flipped)
    if "onlyOwner" in code:
        yield "modifier", line.replace(" onlyOwner", "").replace("onlyOwner", "")


def _put(line: str, start: int, end: int, new: str) -> str:
    return line[:start] + new + line[end:]


def _statement_end(lines: list[str], at: int) -> int | None:
    """Past the end of a statement that starts here and can be left out."""
    if not STATEMENT.match(lines[at]):
        return None
    for end in range(at, min(at + 14, len(lines))):
        code = _code_of(lines[end]).rstrip()
        if code.endswith(";"):
            return end + 1
        if code.endswith(("{", "}")):
            return None
    return None
