"""A node that alters one thing is refused, and the reason names it. The control alters nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from registry.chain.contract import decode_call, decode_event, encode_call
from registry.chain.messages import keccak256
from registry.chain.words import LotWord
from registry.provenance.model import Outcome, Verdict, Verification
from registry.provenance.verify import verify_lot
from tests.provenance.provenance_story import CLERKS, Story
from tests.provenance.provenance_world import FUNDER, SUPPLIER, TIER_2, TRANSFER_TOPIC, Alter, is_invoice_use

SPLIT = "0x" + keccak256(b"LotSplit(uint256,uint256,uint256)").hex()
LOCKED = "0x" + keccak256(b"LotLocked(uint256,uint256)").hex()
REGISTERED = (
    "0x"
    + keccak256(b"ReceivableRegistered(uint64,uint256,uint256,bytes32,bytes32,bytes32,uint256,bytes)").hex()
)


def verify(story: Story, alter: Alter) -> Verification:
    with story.world.lying(alter) as node:
        return verify_lot(node, story.world.contract, story.lot)


def reasons(found: Verification) -> set[str]:
    return {check.name for check in found.of(Outcome.FAILED)}


def on_logs(change: Callable[[dict[str, Any]], dict[str, Any] | None], *, methods: str = "both") -> Alter:
    """Change logs wherever a node shows them; None drops one."""

    def alter(method: str, _: list[Any], result: Any) -> Any:
        if method == "eth_getLogs" and methods in ("both", "logs"):
            return [new for log in result if (new := change(log)) is not None]
        if method == "eth_getTransactionReceipt" and methods in ("both", "receipt"):
            return {**result, "logs": [new for log in result["logs"] if (new := change(log)) is not None]}
        return result

    return alter


def on_word(topic: str, place: int, change: Callable[[LotWord], LotWord]) -> Callable[[dict[str, Any]], Any]:
    """Change the lot word at a place of an event's data."""

    def changed(log: dict[str, Any]) -> dict[str, Any]:
        if log["topics"][0] != topic:
            return log
        data = bytearray.fromhex(log["data"][2:])
        word = LotWord.unpack(int.from_bytes(data[32 * place : 32 * place + 32]))
        data[32 * place : 32 * place + 32] = change(word).pack().to_bytes(32)
        return {**log, "data": "0x" + data.hex()}

    return changed


def with_amount(amount: int) -> Callable[[LotWord], LotWord]:
    def change(word: LotWord) -> LotWord:
        return LotWord(
            word.holder, word.peer, amount, word.receivable, word.until, word.seq, word.hops, word.status
        )

    return change


def on_calls(name: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Alter:
    """Change the arguments of the transactions that called ``name``."""

    def alter(method: str, _: list[Any], result: Any) -> Any:
        if method != "eth_getTransactionByHash":
            return result
        call = decode_call(bytes.fromhex(result["input"][2:]))
        if call is None or call.name != name:
            return result
        return {**result, "input": "0x" + encode_call(name, *change(dict(call.values)).values()).hex()}

    return alter


def on_blocks(name: str, change: Callable[[str], str]) -> Alter:
    def alter(method: str, _: list[Any], result: Any) -> Any:
        return {**result, name: change(result[name])} if method == "eth_getBlockByNumber" else result

    return alter


def test_control_an_honest_node_verifies(story: Story) -> None:
    found = verify(story, lambda _method, _params, result: result)
    assert (found.verdict, reasons(found)) == (Verdict.VERIFIED, set())


def test_amount_in_the_child_word(story: Story) -> None:
    found = verify(story, on_logs(on_word(SPLIT, 1, with_amount(41_000_000))))
    assert found.verdict is Verdict.REFUSED
    assert {"split_amounts", "call", "signature_invalid"} <= reasons(found)


def test_amounts_in_both_words_of_a_split(story: Story) -> None:
    """They add up, but nobody signed them."""

    def shifted(by: int) -> Callable[[LotWord], LotWord]:
        return lambda word: with_amount(word.amount + by)(word)

    first, second = on_word(SPLIT, 0, shifted(-5)), on_word(SPLIT, 1, shifted(5))
    found = verify(story, on_logs(lambda log: second(first(log))))
    assert found.verdict is Verdict.REFUSED
    assert {"call", "signature_invalid"} <= reasons(found)


def test_log_that_differs_from_its_receipt(story: Story) -> None:
    change = on_word(LOCKED, 0, with_amount(1))
    assert reasons(verify(story, on_logs(change, methods="logs"))) == {"log_differs"}
    assert reasons(verify(story, on_logs(change, methods="receipt"))) == {"log_differs"}


def test_lot_word_of_a_lock(story: Story) -> None:
    assert "lot_word" in reasons(verify(story, on_logs(on_word(LOCKED, 0, with_amount(39_000_000)))))


@pytest.mark.parametrize("shift", [64, 128, 192, 224])
def test_invoice_use(story: Story, shift: int) -> None:
    """Its cap, the amount used, the number of uses and the currency."""

    def alter(method: str, params: list[Any], result: Any) -> Any:
        is_it = method == "eth_call" and is_invoice_use(params)
        return f"0x{int(result, 16) - (1 << shift):064x}" if is_it else result

    assert reasons(verify(story, alter)) == {"invoice_use"}


def test_lot_state(story: Story) -> None:
    def alter(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_call" and params[0]["input"].startswith("0x" + encode_call("lotOf", 0)[:4].hex()):
            return f"0x{int(result, 16) ^ (1 << 64):064x}"
        return result

    assert reasons(verify(story, alter)) == {"lot_state"}


@pytest.mark.parametrize("place", [0, 1])
def test_signature_in_calldata(story: Story, place: int) -> None:
    """Of either clerk; the transaction's own hash gives the change away too."""

    def change(values: dict[str, Any]) -> dict[str, Any]:
        if len(values["consents"]) != 2:
            return values
        consents = [list(each) for each in values["consents"]]
        signature = bytearray(consents[place][2])
        signature[40] ^= 1
        consents[place][2] = bytes(signature)
        return {**values, "consents": consents}

    found = reasons(verify(story, on_calls("transfer", change)))
    assert found == {"transaction_seal", "signature_invalid"}


def test_another_signer_in_calldata(story: Story) -> None:
    """The tier-3 supplier's own account instead of its clerk."""

    def change(values: dict[str, Any]) -> dict[str, Any]:
        consents = [list(each) for each in values["consents"]]
        if len(consents) == 2:
            consents[0][0] = story.world.keys[4].address
        return {**values, "consents": consents}

    assert reasons(verify(story, on_calls("transfer", change))) == {"transaction_seal", "signature_invalid"}


def test_second_key_left_out(story: Story) -> None:
    def change(values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "consents": [list(each) for each in values["consents"][:1]]}

    found = verify(story, on_calls("transfer", change))
    assert reasons(found) == {"transaction_seal", "mandate_exceeded"}
    assert any(CLERKS[0].address in check.detail for check in found.of(Outcome.FAILED))


def test_expired_consent(story: Story) -> None:
    def change(values: dict[str, Any]) -> dict[str, Any]:
        return {**values, "consents": [[signer, 5, signed] for signer, _, signed in values["consents"]]}

    assert reasons(verify(story, on_calls("finance", change))) == {"transaction_seal", "consent_expired"}


def test_another_recourse_than_the_event_says(story: Story) -> None:
    found = reasons(verify(story, on_calls("finance", lambda values: {**values, "withRecourse": False})))
    assert found == {"transaction_seal", "call"}


def test_another_sender(story: Story) -> None:
    def alter(method: str, _: list[Any], result: Any) -> Any:
        stranger = "0x" + "ab" * 20
        return {**result, "from": stranger} if method == "eth_getTransactionByHash" else result

    assert reasons(verify(story, alter)) == {"transaction_seal"}


def test_terms_field(story: Story) -> None:
    """A later maturity in the registration, wherever the node shows it."""

    def change(log: dict[str, Any]) -> dict[str, Any]:
        if log["topics"][0] != REGISTERED:
            return log
        data = bytearray.fromhex(log["data"][2:])
        data[31 - 176 // 8] ^= 1
        return {**log, "data": "0x" + data.hex()}

    assert {"commitment", "facts_word", "call", "signature_invalid", "receivable_state"} <= reasons(
        verify(story, on_logs(change))
    )


def test_invoice_list(story: Story) -> None:
    def change(log: dict[str, Any]) -> dict[str, Any]:
        if log["topics"][0] != REGISTERED:
            return log
        packed = bytes(decode_event([bytes.fromhex(each[2:]) for each in log["topics"]],
                                    bytes.fromhex(log["data"][2:])).values["invoices"]).hex()  # fmt: skip
        return {**log, "data": log["data"].replace(packed, packed[:-2] + "77")}

    assert {"invoices_hash", "call", "invoice_use"} <= reasons(verify(story, on_logs(change)))


@pytest.mark.parametrize(("shown_in", "reason"), [("logs", "split_missing"), ("receipt", "split_missing")])
def test_dropped_split(story: Story, shown_in: str, reason: str) -> None:
    drop = on_logs(lambda log: None if log["topics"][0] == SPLIT else log, methods=shown_in)
    assert reasons(verify(story, drop)) == {reason}


def test_dropped_announcement(story: Story) -> None:
    drop = on_logs(lambda log: None if log["topics"][0] == TRANSFER_TOPIC else log)
    assert reasons(verify(story, drop)) == {"creation_missing"}


def test_dropped_lock(story: Story) -> None:
    drop = on_logs(lambda log: None if log["topics"][0] == LOCKED else log)
    assert "lot_word" in reasons(verify(story, drop))


def test_dropped_admission(story: Story) -> None:
    admitted = "0x" + keccak256(b"PartyAdmitted(uint32,bytes32,uint256,uint256)").hex()
    drop = on_logs(lambda log: None if log["topics"][0] == admitted else log)
    assert {"party_not_admitted", "state_differs"} <= reasons(verify(story, drop))


def test_wrong_code(story: Story) -> None:
    def alter(method: str, _: list[Any], result: Any) -> Any:
        return result[:-40] + "00" + result[-38:] if method == "eth_getCode" else result

    assert reasons(verify(story, alter)) == {"contract_code"}


def test_code_made_for_another_chain(story: Story) -> None:
    chain = f"{story.world.chain_id:064x}"

    def alter(method: str, _: list[Any], result: Any) -> Any:
        return result.replace(chain, f"{1:064x}") if method == "eth_getCode" else result

    assert reasons(verify(story, alter)) == {"contract_domain"}


def test_block_time(story: Story) -> None:
    """An hour earlier would let an expired consent pass; the header's hash gives it away."""
    found = verify(story, on_blocks("timestamp", lambda time: hex(int(time, 16) - 3_600)))
    assert "block_header" in reasons(found)


def test_block_hash(story: Story) -> None:
    found = reasons(verify(story, on_blocks("hash", lambda _: "0x" + "12" * 32)))
    assert {"block_header", "log_differs"} <= found


def test_reverted_transaction(story: Story) -> None:
    def alter(method: str, _: list[Any], result: Any) -> Any:
        return {**result, "status": "0x0"} if method == "eth_getTransactionReceipt" else result

    assert reasons(verify(story, alter)) == {"transaction_place"}


@pytest.mark.parametrize("party", [SUPPLIER, TIER_2, FUNDER])
def test_state_of_a_party_at_its_act(story: Story, party: int) -> None:
    """Another account in the state than the events gave the party."""
    asked = "0x" + encode_call("party", party).hex()

    def alter(method: str, params: list[Any], result: Any) -> Any:
        is_it = method == "eth_call" and params[0]["input"] == asked
        return f"0x{int(result, 16) ^ 1:064x}" if is_it else result

    assert reasons(verify(story, alter)) == {"state_differs"}


def test_node_without_history_leaves_it_incomplete(story: Story) -> None:
    """A pruned node: state at the head only. Nothing is wrong, and no mandate is called proven."""
    head = hex(story.world.node.block_number())

    def alter(method: str, params: list[Any], result: Any) -> Any:
        is_old = method == "eth_call" and params[1] != head
        return RuntimeError("missing trie node") if is_old else result

    found = verify(story, alter)
    assert (found.verdict, reasons(found)) == (Verdict.INCOMPLETE, set())
    assert found.path is not None
    assert not any(hop.is_checked for hop in found.path.hops)
    assert all("archive" in check.detail for check in found.of(Outcome.NOT_CHECKED))


def test_act_through_another_contract_is_not_called_proven(story: Story) -> None:
    """Nor failed: the registry held the caller to its consents, but the node cannot show them."""

    def alter(method: str, _: list[Any], result: Any) -> Any:
        is_it = method == "eth_getTransactionByHash" and result["input"].startswith(
            "0x" + encode_call("reject", 0, [])[:4].hex()
        )
        return {**result, "to": "0x" + "cd" * 20} if is_it else result

    found = verify(story, alter)
    (check,) = found.of(Outcome.NOT_CHECKED)
    assert check.name == "signature"
    assert "another contract" in check.detail
