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
from registry.relay.model import Act, ActStatus, ActTransaction
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

    def step(self, settled: str | None = None) -> int:
        """Send again what waits for a block, then sign and send or refuse pending acts in their order.

        ``settled``: the hash of a final block up to which the outbox knows of every act that was included. Answers how
        many acts moved. Raises ChainNotReachable, and NodeRefused where the node refuses for a
        reason of its own (no funds, out of range): nothing is lost, a later step goes on.
        """
        with self.database.read() as session:
            in_flight = queries.acts_in_flight(session)
        if settled is not None:
            self._let_go(in_flight, settled)
        for act in in_flight:
            self._send(act.id, act.raw_transaction)
        with self.database.read() as session:
            waiting = queries.unsigned_acts(session, BATCH)
        moved = 0
        for act in waiting:
            if not self._move(act):
                break
            moved += 1
        return moved

    def _let_go(self, in_flight: list[Act], settled: str) -> None:
        """An act whose nonce a final block has used up, and which is in no block, can never be mined by the bytes it
        has: it is signed anew. Before that is final it must not be: the other branch may come back."""
        for name in {act.sender for act in in_flight}:
            try:
                used = self._node.nonce(self.sender(name).address, settled)
            except NodeRefused:
                continue  # the node keeps no state of that block any more: it says so when a later one is final
            overtaken = [act for act in in_flight if act.sender == name and (act.nonce or 0) < used]
            if overtaken:
                self._unsign(overtaken)

    def _unsign(self, acts: list[Act]) -> None:
        with self.database.write() as session:
            for act in acts:
                log.warning(
                    "act %s: another transaction took its nonce %s; it is signed anew", act.id, act.nonce
                )
                session.execute(
                    update(Act)
                    .where(
                        Act.position == act.position,
                        Act.nonce == act.nonce,
                        Act.status.in_(queries.IN_FLIGHT),
                    )
                    .values(nonce=None, tx_hash=None, raw_transaction=None)
                    .execution_options(synchronize_session=False)
                )

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
            is_any_in_flight = bool(queries.acts_in_flight(session))
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
            return _change_unsigned(session, act, values)

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
            now = self._clock.now()
            values = {
                # An orphaned act stays one: another on the same record may be on its way by now.
                "status": ActStatus.SENT if act.status == ActStatus.PENDING else act.status,
                "nonce": nonce,
                "tx_hash": tx_hash.lower(),
                "raw_transaction": raw,
                "sent_at": now,
            }
            if not _change_unsigned(session, act, values):
                return None
            session.add(
                ActTransaction(
                    tx_hash=tx_hash.lower(),
                    act=act.id,
                    nonce=nonce,
                    max_fee=plan.max_fee,
                    tip=plan.tip,
                    signed_at=now,
                )
            )
            return raw

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


def _change_unsigned(session: Session, act: Act, values: dict[str, object]) -> bool:
    """Whether the act was still as it was read, and is changed now."""
    changed = session.execute(
        update(Act)
        .where(Act.position == act.position, Act.status == act.status, Act.raw_transaction.is_(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return bool(getattr(changed, "rowcount", 0) == 1)


def _chain_said_no(refused: NodeRefused) -> ChainRefused | None:
    """The contract's refusal, or None where the node refused for a reason of its own."""
    if refused.revert_data is None and not any(word in refused.rpc_message.lower() for word in _FAILED):
        return None
    return refusal_of_revert(refused.revert_data)
