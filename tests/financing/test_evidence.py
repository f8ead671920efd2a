"""A price is agreed and a sale handed in only upon rows that the chain bears out, by proof and not by a node's word."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from registry.chain.contract import View
from registry.chain.node import Node
from registry.financing.evidence import require_proven
from registry.financing.use_cases import finance_lot
from registry.kit.errors import Refusal
from registry.mirror import queries as mirror
from registry.mirror.chain_words import asked_of_lot
from registry.provenance.state import NotProven, proven_by
from registry.relay import queries as acts
from tests.builders.lying_proxy import Change, lying_proxy
from tests.builders.office import Office
from tests.financing.test_financing import agree, finance, lock, root

__all__ = ["root"]

NOBODY_THERE = "http://127.0.0.1:9"
HOLDER = "(SELECT holder FROM lot WHERE id = :lot)"
EDITS = {
    "lot amount": "UPDATE lot SET amount = amount + 1 WHERE id = :lot",
    "lot holder": "UPDATE lot SET holder = holder + 1 WHERE id = :lot",
    "lot receivable": "UPDATE lot SET receivable = '0x0000000000000001' WHERE id = :lot",
    "receivable maturity": "UPDATE receivable SET maturity = maturity + 86400",
    "receivable settled": "UPDATE receivable SET settled = settled + 1",
    "receivable commitment": "UPDATE receivable SET accepted_on = accepted_on + 86400",
    "invoice_use used": "UPDATE invoice_use SET used = used - 1",
    "invoice_use (row)": "DELETE FROM invoice_use",
    "obligation outstanding": "UPDATE obligation SET outstanding = outstanding - 1",
    "party (row)": f"DELETE FROM party WHERE number = {HOLDER}",
    "party roles": f"UPDATE party SET roles = roles + 64 WHERE number = {HOLDER}",
}


def refusal(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def edit(office: Office, statement: str, lot: str) -> None:
    """Change the database past the mirror."""
    with office.service.database.write() as session:
        given = {"lot": lot} if ":lot" in statement else {}
        session.execute(text(statement), given)


@pytest.mark.parametrize("cell", EDITS)
def test_nothing_is_agreed_upon_a_row_that_was_changed_past_the_mirror(
    office: Office, root: str, cell: str
) -> None:
    lock(office, root)
    require_proven(office.context, root)
    edit(office, EDITS[cell], root)
    refused = refusal(lambda: agree(office, root))
    assert refused.code == "ledger_differs"
    assert f"{refused.fields['table']} {refused.fields['field']}" == cell


def test_no_sale_is_handed_in_upon_a_row_that_was_changed_past_the_mirror(office: Office, root: str) -> None:
    lock(office, root)
    agreed = agree(office, root)
    edit(office, EDITS["obligation outstanding"], root)
    assert refusal(lambda: finance(office, root, agreed, "tier1", "bank")).code == "ledger_differs"
    with office.service.database.read() as session:
        assert "finance" not in {each.kind for each in acts.acts(session)}


def proven(office: Office, lot: str, *urls: str) -> Sequence[int]:
    """The words a lot rests on, asked of these nodes in turn."""
    with office.service.database.read() as session:
        cursor = mirror.cursor(session)
        asked: list[View] = [(each.view, each.arguments) for each in asked_of_lot(session, lot)]
    assert cursor is not None
    nodes = [Node(url, timeout=5) for url in urls]
    try:
        return proven_by(nodes, office.service.settings.contract, cursor.number, cursor.hash, asked)
    finally:
        for node in nodes:
            node.close()


def with_last_byte_changed(data: str) -> str:
    return data[:-2] + f"{int(data[-2:], 16) ^ 1:02x}"


def without_storage(proof: dict[str, Any]) -> dict[str, Any]:
    return {**proof, "storageProof": []}


def with_forged_leaf(proof: dict[str, Any]) -> dict[str, Any]:
    first, *others = proof["storageProof"]
    forged = {**first, "proof": [*first["proof"][:-1], with_last_byte_changed(first["proof"][-1])]}
    return {**proof, "storageProof": [forged, *others]}


def with_forged_account(proof: dict[str, Any]) -> dict[str, Any]:
    *above, leaf = proof["accountProof"]
    return {**proof, "accountProof": [*above, with_last_byte_changed(leaf)]}


LIES: dict[str, tuple[str, Change]] = {
    "another state root": (
        "eth_getBlockByNumber",
        lambda block: {**block, "stateRoot": with_last_byte_changed(block["stateRoot"])},
    ),
    "another block": ("eth_getBlockByNumber", lambda block: {**block, "hash": "0x" + "ab" * 32}),
    "no block": ("eth_getBlockByNumber", lambda _: None),
    "a forged word": ("eth_getProof", with_forged_leaf),
    "no word": ("eth_getProof", without_storage),
    "a forged account": ("eth_getProof", with_forged_account),
    "no proof": ("eth_getProof", lambda _: {}),
    "nothing for a proof": ("eth_getProof", lambda _: None),
    "a number for a proof": ("eth_getProof", lambda _: 7),
    "nothing for code": ("eth_getCode", lambda _: None),
    "text for a block": ("eth_getBlockByNumber", lambda _: "block"),
    "other code": ("eth_getCode", with_last_byte_changed),
}


@pytest.mark.parametrize("name", LIES)
def test_a_lying_node_proves_nothing_and_another_is_asked(office: Office, root: str, name: str) -> None:
    url = office.service.node.url
    told = proven(office, root, url)
    method, lie = LIES[name]
    with lying_proxy(url, {method: lie}) as liar:
        with pytest.raises(NotProven):
            proven(office, root, liar)
        assert proven(office, root, NOBODY_THERE, liar, url) == told


def test_while_nothing_can_be_proven_nothing_is_financed(office: Office, root: str) -> None:
    lock(office, root)
    agreed = agree(office, root)
    contract = office.service.settings.contract
    with Node(NOBODY_THERE, timeout=1) as away:
        blind = replace(office.context, proven_words=partial(proven_by, [away], contract))
        assert refusal(lambda: finance_lot(blind, root, [])).code == "not_proven"
    finance(office, root, agreed, "tier1", "bank")
