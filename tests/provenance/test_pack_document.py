"""What the pages on proof packs say is so."""

import ast
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from registry.provenance import pack as form
from registry.provenance.pack import AnyPack, Pack, TotalPack, pack_schema, write_pack
from registry.provenance.totals import make_total
from tests.provenance.pack_story import COMPANY, Told
from tests.provenance.provenance_world import EUR, OBLIGOR

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/proof-pack.md"
BY_HAND = ROOT / "docs/proof-by-hand.md"
SCHEMAS = {Pack: ROOT / "docs/proof-pack.schema.json", TotalPack: ROOT / "docs/proof-total.schema.json"}
MEMBERS: list[type[BaseModel]] = [
    form.Pack, form.Block, form.Header, form.Transaction, form.Code, form.Statement, form.Document, form.Beside,
    form.Opening, form.Company, form.Stamp, form.TotalPack, form.TotalStatement,
]  # fmt: skip
SAYS = {
    "Broken",
    "OutOfReach",
    "proven",
    "claimed",
    "not_checked",
    "failed",
    "holds",
    "_guarded",
    "_check_own",
}
# Put together from a word's name or a proof's.
COMPOSED = {"lot_word", "facts_word", "child_word", "transaction_proof", "receipt_proof", "anchor_differs"}


def table(member: type[BaseModel]) -> str:
    """A member's fields as the page has them."""
    rows = [f"| `{name}` | {field.description} |" for name, field in member.model_fields.items()]
    title = f"### {member.__name__}\n\n{(member.__doc__ or '').strip()}"
    return "\n".join([title, "", "| member | what it is |", "|---|---|", *rows, ""])


def test_every_member_is_on_the_page_as_the_code_has_it() -> None:
    """`COUNTERFOIL_UPDATE_SNAPSHOTS=1` writes page and schema anew."""
    text = PAGE.read_text()
    before, _, rest = text.partition("<!-- members -->\n")
    _, _, after = rest.partition("<!-- end of members -->\n")
    tables = "\n".join(map(table, MEMBERS))
    wanted = f"{before}<!-- members -->\n{tables}\n<!-- end of members -->\n{after}"
    schemas = {
        path: json.dumps(pack_schema(kind), indent=1, sort_keys=True) + "\n" for kind, path in SCHEMAS.items()
    }
    if os.environ.get("COUNTERFOIL_UPDATE_SNAPSHOTS"):
        for path, text in {PAGE: wanted, **schemas}.items():
            path.write_text(text)
    assert PAGE.read_text() == wanted
    assert {path: path.read_text() for path in schemas} == schemas


@pytest.mark.parametrize("kind", SCHEMAS)
def test_a_pack_fits_its_schema(told: Told, pack: Pack, kind: type[AnyPack]) -> None:
    """Member by member, so that the schema is the format's and not only the code's."""
    made = pack if kind is Pack else make_total(told.world.node, told.world.contract, OBLIGOR, EUR)
    schema = json.loads(SCHEMAS[kind].read_text())
    assert set(json.loads(write_pack(made))) == set(schema["properties"])
    assert schema["additionalProperties"] is False
    for definition in schema["$defs"].values():
        assert definition["additionalProperties"] is False
        assert all("description" in each for each in definition["properties"].values())


def names_in_code() -> Iterator[str]:
    for path in (ROOT / "registry/provenance").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                said = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if said in SAYS and isinstance(node.args[0].value, str):
                    yield node.args[0].value


def test_every_reason_is_on_the_page_and_no_other() -> None:
    listed = re.findall(
        r"^\| `(\w+)` \|", PAGE.read_text().partition("## Checks and reasons")[2], re.MULTILINE
    )
    assert sorted(listed) == sorted(set(listed))
    missing = ({*names_in_code()} | COMPOSED) - {*listed}
    assert missing == set()
    code = "".join(path.read_text() for path in (ROOT / "registry/provenance").glob("*.py"))
    assert {name for name in listed if f'"{name}"' not in code} <= COMPOSED


def test_every_line_by_hand_runs(told: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By public libraries alone, none of which reads a pack in the verifier."""
    (tmp_path / "lot.proof.json").write_bytes(write_pack(told.whole_pack()))
    total = make_total(told.world.node, told.world.contract, OBLIGOR, EUR)
    (tmp_path / "total.proof.json").write_bytes(write_pack(total))
    monkeypatch.chdir(tmp_path)
    run = steps()
    assert run["loose"] == []
    assert run["owed"] == total.statement.outstanding
    assert run["checked"] == 5  # registration, confirmation, a transfer, one by two clerks
    assert run["certificate"] == COMPANY.certificate
    assert (tmp_path / "stamp-0.der").exists()


def test_by_hand_a_changed_pack_does_not_come_through(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = pack.model_copy(update={"nodes": pack.nodes[:40] + pack.nodes[41:]})
    (tmp_path / "lot.proof.json").write_bytes(write_pack(changed))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match=r"(?i)trie|node|proof|missing"):
        steps()


def steps() -> dict[str, object]:
    """Run the page's blocks one after the other, as somebody would who types them."""
    found: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", BY_HAND.read_text(), re.DOTALL):
        exec(compile(block, "proof-by-hand.md", "exec"), found)
    imports = re.findall(r"^(?:from|import) (\w+)", BY_HAND.read_text(), re.MULTILINE)
    assert not {"registry", "api"} & {*imports}
    return found
