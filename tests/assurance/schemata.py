"""Many faults in one compile, one of them awake at a time: a function becomes a switch over copies of itself.

Compiling takes far longer than judging, and a hundred copies compile hardly slower than none. The switch reads
which fault is awake from an account's balance, so that the tests can set it without compiling again.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.assurance.mutation import Mutant

ACCOUNT = f"0x{0xFA17:040x}"
SWITCH = "contracts/Awake.sol"
# Pure functions must switch too, which the language forbids: the cast tells it nothing.
SWITCH_SOURCE = f"""pragma solidity 0.8.37;

function faultInState() view returns (uint256) {{
    return address(uint160(uint256({int(ACCOUNT, 16)}))).balance;
}}

function awakeFault() pure returns (uint256) {{
    function() internal view returns (uint256) reading = faultInState;
    function() internal pure returns (uint256) pretending;
    assembly {{
        pretending := reading
    }}
    return pretending();
}}
"""
IMPORT = f'\nimport {{awakeFault}} from "{SWITCH}";\n'
Span = tuple[int, int]
Trees = dict[str, Any]  # file → syntax tree
Sources = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Function:
    """Where a function's parts stand in its file, in bytes: (start, end)."""

    file: str
    name: str
    kind: str  # of what it belongs to: contract, library, free
    mutability: str
    whole: Span
    body: Span
    modifiers: tuple[Span, ...]
    parameters: Span
    returns: Span | None
    arguments: str

    def copy(self, text: bytes, name: str, skip: Span | None, body: bytes) -> bytes:
        """Itself under another name, called only by the switch."""
        visibility = b"" if self.kind == "free" else b" internal"
        kept = b" ".join(text[slice(*place)] for place in self.modifiers if place != skip)
        returns = b" returns " + text[slice(*self.returns)] if self.returns else b""
        head = b"function " + name.encode() + text[slice(*self.parameters)] + visibility
        return b" ".join([head, self.mutability.encode(), kept + returns, body])

    def switch(self, text: bytes, numbers: list[int], name: str) -> bytes:
        """What stands in its place: each copy when its fault is awake, else the copy without one."""
        head = bytearray(text[self.whole[0] : self.body[0]])
        for start, end in self.modifiers:
            head[start - self.whole[0] : end - self.whole[0]] = b" " * (end - start)
        calls = [f"if (awake == {number}) {self._call(f'{name}_{number}')}" for number in numbers]
        lines = ["uint256 awake = awakeFault();", *calls, self._call(f"{name}_0")]
        return bytes(head) + b"{\n" + "\n".join(lines).encode() + b"\n}"

    def _call(self, name: str) -> str:
        call = f"{name}({self.arguments})"
        return f"return {call};" if self.returns else f"{{ {call}; return; }}"


@dataclass
class Batch:
    """``sources`` with all faults asleep; ``where`` tells which part of which file belongs to which number."""

    sources: Sources
    where: list[tuple[str, int, int, int]] = field(default_factory=list)

    def number_at(self, file: str, place: int) -> int | None:
        return next(
            (number for name, start, end, number in self.where if name == file and start <= place < end), None
        )


@dataclass(frozen=True)
class Constant:
    """Where it is declared and used: (file, span) each. Its uses in assembly are none that a cast could replace."""

    file: str
    type: str
    value: Span
    uses: tuple[tuple[str, Span], ...]


def _span(node: dict[str, Any]) -> Span:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if tree.get("nodeType") == "ImportDirective":
            return  # what it names is not used there
        if "nodeType" in tree:
            yield tree
        for each in tree.values():
            yield from _nodes(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from _nodes(each)


def _constants(trees: Trees, texts: dict[str, bytes]) -> list[Constant]:
    uses: dict[int, list[tuple[str, Span]]] = defaultdict(list)
    for file, tree in trees.items():
        for node in _nodes(tree):
            if node["nodeType"] in ("Identifier", "MemberAccess") and node.get("referencedDeclaration"):
                uses[node["referencedDeclaration"]].append((file, _span(node)))
            for used in node.get("externalReferences", ()):
                uses[used["declaration"]].append((file, (-1, -1)))  # no cast can stand in assembly
    return [
        Constant(
            file,
            texts[file][slice(*_span(node["typeName"]))].decode(),
            _span(node["value"]),
            tuple(uses[node["id"]]),
        )
        for file, tree in trees.items()
        for node in _nodes(tree)
        if node["nodeType"] == "VariableDeclaration" and node["constant"]
    ]


def _functions(file: str, tree: dict[str, Any]) -> Iterator[Function]:
    for unit in tree["nodes"]:
        kind = unit.get("contractKind", "free")
        for node in unit.get("nodes", ()) if unit["nodeType"] == "ContractDefinition" else (unit,):
            if node["nodeType"] != "FunctionDefinition" or node.get("body") is None:
                continue
            if node["kind"] not in ("function", "freeFunction"):
                continue  # a constructor or a fallback cannot be copied
            names = [one["name"] for one in node["parameters"]["parameters"]]
            yield Function(
                file,
                f"{node['name']}_{node['id']}",
                kind,
                "" if node["stateMutability"] == "nonpayable" else node["stateMutability"],
                _span(node),
                _span(node["body"]),
                tuple(_span(one) for one in node["modifiers"]),
                _span(node["parameters"]),
                _span(node["returnParameters"]) if node["returnParameters"]["parameters"] else None,
                ", ".join(names),
            )


@dataclass(frozen=True)
class Place:
    """A function that a fault changes: its body then, and the modifier it loses."""

    function: Function
    body: bytes
    skipped: Span | None = None


class Schemata:
    """Puts faults into sources of which it has the syntax trees."""

    def __init__(self, sources: Sources, trees: Trees) -> None:
        self._sources = sources
        self._texts = {name: source["content"].encode() for name, source in sources.items()}
        own = {name: tree for name, tree in trees.items() if name.startswith("contracts/")}
        self._functions = {name: list(_functions(name, tree)) for name, tree in own.items()}
        self._constants = _constants(own, self._texts)

    def places(self, mutant: Mutant) -> list[Place]:
        """Where switches must stand for it; none where none can, as in a constructor."""
        text, new = self._texts[mutant.file], mutant.text.encode()
        start, end = _difference(text, new)
        longer = len(new) - len(text)
        for function in self._functions[mutant.file]:
            body = function.body
            if body[0] <= start and end <= body[1]:
                return [Place(function, new[body[0] : body[1] + longer])]
            for modifier in function.modifiers:
                if mutant.operator == "modifier" and modifier[0] - 1 <= start and end <= modifier[1] + 1:
                    return [Place(function, text[slice(*body)], modifier)]
        for constant in self._constants:
            if constant.file == mutant.file and constant.value[0] <= start and end <= constant.value[1]:
                edits = self._edits(constant, new[constant.value[0] : constant.value[1] + longer])
                return self._rebuilt(edits) if edits else []
        return []

    def _edits(self, constant: Constant, value: bytes) -> dict[tuple[str, Span], bytes]:
        """What to put in the place of each use, also where other constants are made of this one."""
        found: dict[tuple[str, Span], bytes] = {}
        cast = f"{constant.type}(".encode() + value + b")"
        for file, use in constant.uses:
            other = next(
                (one for one in self._constants if one.file == file and _within(use, one.value)), None
            )
            if other is None:
                found[file, use] = cast
            else:
                whole = self._texts[file]
                found |= self._edits(
                    other, whole[other.value[0] : use[0]] + cast + whole[use[1] : other.value[1]]
                )
        return found

    def _rebuilt(self, edits: dict[tuple[str, Span], bytes]) -> list[Place]:
        places: list[Place] = []
        bodies: dict[Function, bytes] = {}
        for (file, use), new in sorted(edits.items(), reverse=True):
            inside = [one for one in self._functions[file] if _within(use, one.body)]
            if not inside:
                return []
            (function,) = inside
            body = bodies.get(function, self._texts[file][slice(*function.body)])
            start = function.body[0]
            bodies[function] = body[: use[0] - start] + new + body[use[1] - start :]
        places.extend(Place(function, body) for function, body in bodies.items())
        return places

    def batch(self, numbered: dict[int, Mutant]) -> Batch:
        """All of them in one set of sources. Each must have places."""
        faults: dict[Function, list[tuple[int, Place]]] = defaultdict(list)
        for number, mutant in numbered.items():
            for place in self.places(mutant):
                faults[place.function].append((number, place))
        found = Batch({**self._sources, SWITCH: {"content": SWITCH_SOURCE}})
        for file in {function.file for function in faults}:
            inside = sorted((each for each in faults if each.file == file), key=lambda one: one.whole)
            found.sources[file] = {"content": self._rewritten(found, file, inside, faults)}
        return found

    def _rewritten(
        self,
        found: Batch,
        file: str,
        inside: list[Function],
        faults: dict[Function, list[tuple[int, Place]]],
    ) -> str:
        text, new, at = self._texts[file], bytearray(), 0
        for function in inside:
            mine = faults[function]
            new += text[at : function.whole[0]]
            new += function.switch(text, [number for number, *_ in mine], function.name)
            new += b"\n" + function.copy(text, f"{function.name}_0", None, text[slice(*function.body)])
            for number, place in mine:
                start = len(new)
                new += b"\n" + function.copy(text, f"{function.name}_{number}", place.skipped, place.body)
                found.where.append((file, start, len(new), number))
            at = function.whole[1]
        return (new + text[at:] + IMPORT.encode()).decode()


def _difference(old: bytes, new: bytes) -> Span:
    """The part of ``old`` that is replaced."""
    start = next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), len(new))
    most = min(len(old), len(new)) - start
    same = next((at for at in range(most) if old[-1 - at] != new[-1 - at]), most)
    return start, len(old) - same
