"""Outbox to chain: each act is signed once, kept, and sent until it is in a block.

What is signed is committed before it is sent, with its nonce and hash; sending again sends the same bytes. So
whatever crashes when, an act takes effect at most once, and at least once unless the chain refuses it.
"""

import logging
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from registry.chain.errors import NodeRefused
from registry.chain.keys import SigningKey
from registry.chain.node import Node
from registry.kit.clock import Clock
from registry.relay import codec, queries
from registry.relay.errors import SenderUnknown
from registry.relay.model import Act, ActStatus
from registry.relay.refusals import ChainRefused, refusal_of_revert
from registry.storage.unit_of_work import Database

log = logging.getLogger(__name__)

BATCH = 50
MAX_GAS = 2**24  # EIP-7825: no transaction may have more
_FAILED = ("revert", "execution failed", "invalid opcode")


@dataclass(frozen=True)
class _Plan:
    """What an act needs to be signed: gas limit, and fees in wei."""

    data: bytes
    gas: int
    max_fee: int
    tip: int
    chain_nonce: int


class Relay:
    """``senders``: keys by the name acts give them.

    Run one at a time (the worker sees to it); two at once would waste work but send nothing twice.
    """

    def __init__(
        self,
        database: Database,
        node: Node,
        contract_address: str,
        senders: dict[str, SigningKey],
        clock: Clock,
    ) -> None:
        self.database = database
        self._node = node
        self._to = bytes.fromhex(contract_address.removeprefix("0x"))
        self._senders = senders
        self._clock = clock
        self._chain_id: int | None = None

    def step(self) -> int:
        """Send again what waits for a block, then sign and send or refuse pending acts in their order.

        Answers how many acts moved. Raises ChainNotReachable, and NodeRefused where the node refuses for a
        reason of its own (no funds, out of range): nothing is lost, a later step goes on.
        """
        self._send_again()
        with self.database.read() as session:
            waiting = queries.pending_acts(session, BATCH)
        moved = 0
        for act in waiting:
            if not self._move(act):
                break
            moved += 1
        return moved

    def _send_again(self) -> None:
        with self.database.read() as session:
            sent = queries.sent_acts(session)
        for act in sent:
            self._send(act.id, act.raw_transaction)

    def _send(self, act_id: str, raw: bytes | None) -> None:
        if raw is None:
            return
        try:
            self._node.send_raw(raw)
        except NodeRefused as refused:
            # It stays sent and goes out again with the next step; others must not wait for it.
            log.warning("the node does not take act %s: %s", act_id, refused.detail)

    def _move(self, act: Act) -> bool:
        """Whether the act could be decided; False where it must wait for acts in flight."""
        sender = self.sender(act.sender)
        data = codec.calldata(act.kind, act.arguments, act.consents)
        # Asked before the simulation: what was included by then is part of the state it sees.
        with self.database.read() as session:
            is_any_in_flight = queries.is_any_sent(session)
        try:
            gas = self._node.estimate_gas(self._to, data, sender.address)
        except NodeRefused as refused:
            reason = _chain_said_no(refused)
            if reason is None:
                raise
            # One of those in flight may be what this act needs.
            return not is_any_in_flight and self._refuse(act, reason)
        max_fee, tip = self._node.max_fee()
        plan = _Plan(
            data=data,
            gas=min(max(gas, gas * 5 // 4), MAX_GAS),
            max_fee=max_fee,
            tip=tip,
            chain_nonce=self._node.nonce(sender.address),
        )
        raw = self._sign(act, sender, plan, self._id_of_chain())
        if raw is not None:
            self._send(act.id, raw)
        return True

    def rehearse(self, act: Act) -> None:
        """Ask the chain what it would say to an act now, without sending it. Raises ChainRefused."""
        data = codec.calldata(act.kind, act.arguments, act.consents)
        try:
            self._node.estimate_gas(self._to, data, self.sender(act.sender).address)
        except NodeRefused as refused:
            reason = _chain_said_no(refused)
            raise refused if reason is None else reason from None

    def _refuse(self, act: Act, reason: ChainRefused) -> bool:
        with self.database.write() as session:
            values: dict[str, object] = {
                "status": ActStatus.REFUSED,
                "refusal_code": reason.code,
                "refusal_detail": reason.detail,
            }
            return _change_pending(session, act, values)

    def _sign(self, act: Act, sender: SigningKey, plan: _Plan, chain_id: int) -> bytes | None:
        """Sign with the next nonce and commit; None where another relay was faster."""
        with self.database.write() as session:
            highest = queries.highest_nonce(session, act.sender)
            nonce = max(plan.chain_nonce, 0 if highest is None else highest + 1)
            raw, tx_hash = sender.sign_transaction(
                {
                    "type": 2,
                    "chainId": chain_id,
                    "nonce": nonce,
                    "to": self._to,
                    "value": 0,
                    "data": plan.data,
                    "gas": plan.gas,
                    "maxFeePerGas": plan.max_fee,
                    "maxPriorityFeePerGas": plan.tip,
                }
            )
            values = {
                "status": ActStatus.SENT,
                "nonce": nonce,
                "tx_hash": tx_hash.lower(),
                "raw_transaction": raw,
                "sent_at": self._clock.now(),
            }
            return raw if _change_pending(session, act, values) else None

    def sender(self, name: str) -> SigningKey:
        """The key acts mean by this name. Raises SenderUnknown."""
        try:
            return self._senders[name]
        except KeyError:
            raise SenderUnknown(
                f"An act wants to be sent with the key {name!r}; here are {', '.join(self._senders)}.",
                sender=name,
            ) from None

    def _id_of_chain(self) -> int:
        if self._chain_id is None:
            self._chain_id = self._node.chain_id()
        return self._chain_id


def _change_pending(session: Session, act: Act, values: dict[str, object]) -> bool:
    """Whether the act was still pending and is changed now."""
    changed = session.execute(
        update(Act)
        .where(Act.position == act.position, Act.status == ActStatus.PENDING)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(changed, "rowcount", 0) == 1)


def _chain_said_no(refused: NodeRefused) -> ChainRefused | None:
    """The contract's refusal, or None where the node refused for a reason of its own."""
    if refused.revert_data is None and not any(word in refused.rpc_message.lower() for word in _FAILED):
        return None
    return refusal_of_revert(refused.revert_data)
