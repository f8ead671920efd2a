"""The contract's sources with every condition reporting which way it went.

A condition is whatever decides a branch: of an ``if``, a ternary, a loop, and each side of ``&&`` and ``||`` by
itself. ``if (a && b)`` becomes ``if (went(0, a) && went(1, b))``, which answers its second argument and touches an
address made of both. What was touched stays known to pyrevm's database, even if the act was a view or reverted.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.assurance.warm_compiler import WarmCompiler

REPORTER = "contracts/Went.sol"
NAME = "went"
FIRST = 0xB4A2C4E5 << 64  # of the addresses touched
ADDRESS = f"add({FIRST:#x}, or(shl(1, place), value))"
# A call is never optimized away. Nobody answers, but what came back from the call before is lost.
SOURCE = f"""// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

function {NAME}(uint256 place, bool value) view returns (bool) {{
    assembly ("memory-safe") {{ pop(staticcall(gas(), {ADDRESS}, 0, 0, 0, 0)) }}
    return value;
}}
"""
# Assembly may still need that, so there the value is made to depend on a balance, which is always 0.
YUL = (
    f" function {NAME}InYul(place, given) -> value {{"
    f" value := iszero(iszero(given)) value := xor(value, iszero(iszero(balance({ADDRESS})))) }} "
)
DECIDING = {
    "IfStatement",
    "Conditional",
    "ForStatement",
    "WhileStatement",
    "DoWhileStatement",
    "YulIf",
    "YulForLoop",
}
UNKNOWN = {"TryStatement", "YulSwitch"}  # none in the contract so far
CONNECTING = {"&&", "||"}
Node = dict[str, Any]


@dataclass(frozen=True, order=True)
class Condition:
    """``text`` is its source, in ``function``; the line counts from 1, the column is of bytes, from 0."""

    file: str
    line: int
    column: int
    function: str
    text: str


@dataclass(frozen=True, order=True)
class Branch:
    """One of the two ways a condition can go."""

    condition: Condition
    way: bool

    def __str__(self) -> str:
        where = self.condition
        return f"{where.file}:{where.line} {where.function}: `{where.text}` is never {str(self.way).lower()}"


@dataclass(frozen=True)
class Instrumented:
    """Sources that report, and the conditions by the numbers they report."""

    sources: dict[str, str]
    conditions: list[Condition]

    @property
    def branches(self) -> list[Branch]:
        return [Branch(condition, way) for condition in self.conditions for way in (False, True)]

    def branch(self, number: int) -> Branch:
        return Branch(self.conditions[number >> 1], bool(number & 1))


def instrumented(compiler: WarmCompiler, texts: dict[str, str]) -> Instrumented:
    """Everything that is ours; the library's own branches are its makers' to test."""
    trees = _trees(compiler, texts)
    sources = {REPORTER: SOURCE}
    conditions: list[Condition] = []
    for name, text in texts.items():
        if name.startswith("contracts/"):
            sources[name] = _reporting(name, text, trees[name], conditions)
    return Instrumented(sources, conditions)


def _trees(compiler: WarmCompiler, texts: dict[str, str]) -> dict[str, Node]:
    answer = compiler.standard(
        {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in texts.items()},
            "settings": {"outputSelection": {"*": {"": ["ast"]}}},
        }
    )
    return {name: found["ast"] for name, found in answer["sources"].items()}


def _reporting(name: str, text: str, tree: Node, conditions: list[Condition]) -> str:
    source = text.encode()
    inserted: list[tuple[int, str]] = []

    def wrap(condition: Node, function: str) -> None:
        start, end = _span(condition["src"])
        line, column = source.count(b"\n", 0, start) + 1, start - source.rfind(b"\n", 0, start) - 1
        called = f"{NAME}InYul" if condition["nodeType"].startswith("Yul") else NAME
        inserted.append((start, f"{called}({len(conditions)}, "))
        inserted.append((end, ")"))
        conditions.append(
            Condition(name, line, column, function, " ".join(source[start:end].decode().split()))
        )

    _walk(tree, "", wrap, inserted)
    # From the end, and where two begin at one place the inner first, so that the outer comes to stand before it.
    inserted.sort(key=lambda each: each[0])
    for at, new in reversed(inserted):
        source = source[:at] + new.encode() + source[at:]
    reporting = re.sub(r"\bpure\b", "view", source.decode())  # who reports looks outside
    return re.sub(
        r"^pragma .*$", rf'\g<0> import {{{NAME}}} from "{REPORTER}";', reporting, count=1, flags=re.MULTILINE
    )


def _span(place: str) -> tuple[int, int]:
    start, length, _ = map(int, place.split(":"))
    return start, start + length


def _walk(
    node: Node, function: str, wrap: Callable[[Node, str], None], inserted: list[tuple[int, str]]
) -> None:
    kind = node.get("nodeType", "")
    if kind in UNKNOWN:
        raise NotImplementedError(f"{kind}: teach tests/assurance/branches.py its branches")
    if kind == "FunctionDefinition":
        function = node["name"] or node["kind"]
    if kind == "InlineAssembly" and any(each.get("nodeType") in DECIDING for each in _below(node["AST"])):
        inserted.append((_span(node["AST"]["src"])[0] + 1, YUL))
    for each in _deciding(node):
        wrap(each, function)
    for child in _children(node):
        _walk(child, function, wrap, inserted)


def _deciding(node: Node) -> Iterator[Node]:
    """The conditions that stand at this node itself, not below it."""
    if node.get("nodeType") in DECIDING and node.get("condition") is not None:
        if not _connects(_bare(node["condition"])):
            yield _bare(node["condition"])
    elif _connects(node):
        yield from (
            side
            for side in (_bare(node["leftExpression"]), _bare(node["rightExpression"]))
            if not _connects(side)
        )


def _connects(node: Node) -> bool:
    return node.get("nodeType") == "BinaryOperation" and node["operator"] in CONNECTING


def _bare(node: Node) -> Node:
    """Without brackets and negation, which only turn a condition round."""
    while True:
        if node["nodeType"] == "TupleExpression" and len(node["components"]) == 1:
            node = node["components"][0]
        elif node["nodeType"] == "UnaryOperation" and node["operator"] == "!":
            node = node["subExpression"]
        else:
            return node


def _children(node: Node) -> Iterator[Node]:
    for value in node.values():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield each


def _below(node: Node) -> Iterator[Node]:
    yield node
    for child in _children(node):
        yield from _below(child)
