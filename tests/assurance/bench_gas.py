"""The acts' cost beside what it should be and what it can hardly be less than. ``scripts/bench gas`` prints it."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from registry.chain.artifact import registry_artifact
from tests.contracts.test_gas import measured


@dataclass(frozen=True)
class Row:
    """``gas`` of one act, None until the contract has it; ``goal`` at most, ``floor`` where one is known."""

    act: str
    gas: int | None
    goal: int
    floor: int | None


# As the table says it, as the meter's snapshot calls it, the function it needs, the goal, the floor.
TABLE = (
    ("register, 1 invoice", "register", "register", 93_000, 85_000),
    ("each further invoice", "each further invoice", "register", 24_400, 23_300),
    ("confirm by relayed signature", "confirm relayed", "confirm", 77_000, 70_000),
    ("register + confirm in one", "registerConfirmed", "registerConfirmed", 134_000, 121_000),
    ("transfer whole", "transfer whole", "transfer", 39_800, 37_000),
    ("transfer part", "transfer part", "transfer", 64_500, 61_000),
    ("transfer by relayed signature", "transfer relayed", "transfer", 47_000, 42_000),
    ("lock", "lock", "lock", 39_300, 36_700),
    ("release", "release", "release", 31_000, 29_400),
    ("finance", "finance", "finance", 57_500, None),
    ("reject", "reject", "reject", 42_000, None),
    ("put back", "put back", "putBack", 42_000, None),
    ("settle in full", "settle in full", "settle", 47_000, 44_000),
    (
        "100 registrations in one typed batch",
        "register 100 in one",
        "registerMany",
        6_300_000,
        5_500_000,
    ),
)


def rows(costs: Mapping[str, int]) -> list[Row]:
    """One for each line of the table. Raises KeyError for an act of the contract that the meter left out."""
    acts = {entry.get("name") for entry in registry_artifact().abi if entry["type"] == "function"}
    found = []
    for act, name, function, goal, floor in TABLE:
        gas = costs.get(name)
        if gas is None and function in acts:
            raise KeyError(act)
        found.append(Row(act, gas, goal, floor))
    return found


def as_text(found: list[Row]) -> str:
    lines = [f"{'act':<38}{'gas':>12}{'goal':>12}{'floor':>12}"]
    for row in found:
        figures = "".join(
            f"{'–' if figure is None else format(figure, ','):>12}"
            for figure in (row.gas, row.goal, row.floor)
        )
        lines.append(f"{row.act:<38}{figures}")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--json"]):
        sys.stderr.write("usage: scripts/bench gas [--json]\n")
        return 2
    found = rows(measured())
    text = json.dumps([asdict(row) for row in found], indent=1) if arguments else as_text(found)
    sys.stdout.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
