"""What a bank officer reads, and what a program reads."""

import orjson

from registry.provenance.model import Outcome
from registry.provenance.report import as_json, report_lines
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_story import CLERKS, Story
from tests.provenance.provenance_world import FUNDER, OBLIGOR, TIER_3


def test_report_says_what_an_officer_asks(story: Story) -> None:
    found = verify_lot(story.world.node, story.world.contract, story.lot)
    assert found.path is not None
    fingerprint = found.path.invoices[0].fingerprints[0]
    names = {OBLIGOR: "Nordwerk AG", FUNDER: "Hansebank", TIER_3: "Dritt\x1b[2JGmbH"}
    lines = report_lines(found, names, {fingerprint: "RE-2026-17"})
    text = "\n".join(lines)
    assert "  Amount    400,000.00 EUR" in lines
    assert "  Obligor   Nordwerk AG (party 1)" in lines
    assert "  Status    financed" in lines
    assert "  Maturity  2026-04-05" in lines
    assert (
        f"RE-2026-17, fingerprint {fingerprint.hex()}: 500,000.00 EUR of 1,000,000.00 EUR used here" in text
    )
    for clerk in CLERKS:
        assert f"    signed by {clerk.address} for Dritt [2JGmbH (party 4) (two keys): checked" in lines
    assert lines[-1].startswith("VERIFIED")
    assert all(line.isprintable() for line in lines)


def test_path_is_told_from_the_lot_back_to_the_registration(story: Story) -> None:
    lines = report_lines(verify_lot(story.world.node, story.world.contract, story.lot))
    acts = [line for line in lines if line.startswith("  20")]
    assert "party 5 sold the lot to party 6: 400,000.00 EUR" in acts[0]
    assert "party 2 registered the receivable on party 1: 1,000,000.00 EUR" in acts[-1]
    assert any("party 3 rejected the lot, back to party 2" in act for act in acts)


def test_refused_lot_says_why(story: Story) -> None:
    def alter(method: str, _: list[object], result: object) -> object:
        if method == "eth_getTransactionReceipt":
            assert isinstance(result, dict)
            return {**result, "status": "0x0"}
        return result

    with story.world.lying(alter) as node:
        found = verify_lot(node, story.world.contract, story.lot)
    lines = report_lines(found)
    assert "What is wrong" in lines
    assert any(line.endswith("[transaction_place]") for line in lines)
    assert lines[-1].startswith("REFUSED")


def test_unknown_lot_has_a_report_too(story: Story) -> None:
    lines = report_lines(verify_lot(story.world.node, story.world.contract, 7))
    assert lines[0] == f"Lot {7:064x}"
    assert any("knows no such lot" in line for line in lines)


def test_json_holds_path_and_checks(story: Story) -> None:
    found = verify_lot(story.world.node, story.world.contract, story.lot)
    told = orjson.loads(orjson.dumps(as_json(found)))
    assert told["verdict"] == "verified"
    assert told["lot"] == f"0x{story.lot:064x}"
    assert len(told["checks"]) == len(found.checks)
    assert told["path"]["hops"][-1]["signers"][1]["has_sent"] is True
    assert len(told["path"]["lineage"]) == 3
    assert sum(use["amount_minor"] for use in told["path"]["invoices"]) == story.terms.face
    assert {check["outcome"] for check in told["checks"]} == {Outcome.PROVEN.value, Outcome.CLAIMED.value}
