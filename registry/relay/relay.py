"""Outbox to chain: each act is signed, kept, and sent until it is in a block.

What is signed is committed before it is sent, with its nonce and hash; sending again sends the same bytes. Where a
block does not take them in time, a dearer transaction with the same nonce takes their place. So whatever crashes when,
an act takes effect at most once, and at least once unless the chain refuses it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from registry.chain.errors import ChainNotReachable, NodeRefused
from registry.chain.hsm.errors import HsmRefused
from registry.chain.keys import Key
from registry.chain.node import Node
from registry.kit.clock import Clock
from registry.kit.errors import Refusal
from registry.relay import codec, queries
from registry.relay.errors import SenderAway, SenderUnfunded, SenderUnknown
from registry.relay.model import Act, ActStatus, ActTransaction
from registry.relay.refusals import ChainRefused, refusal_of_revert
from registry.relay.rules import GWEI, Fees, free_nonces, raised
from registry.storage.unit_of_work import Database

log = logging.getLogger(__name__)

BATCH = 50
MAX_GAS = 2**24  # EIP-7825: no transaction may have more
MAX_FEE_GWEI = 500
STUCK_SECONDS = 60.0
_PLAIN_GAS = 21_000
_FAILED = ("revert", "execution failed", "invalid opcode")
_HOLDS_UP = (NodeRefused, SenderUnfunded, HsmRefused)  # one sender; others' acts go out meanwhile


@dataclass(frozen=True)
class _Plan:
    """What a transaction is signed with; ``to`` None: the contract."""

    data: bytes
    gas: int
    fees: Fees
    to: bytes | None = None


class Relay:
    """``senders``: keys by the name acts give them. ``troubles``: why a sender's acts do not go out, by its name, as of
    the last step; others' go out meanwhile.

    No more than ``max_fee_gwei`` is offered for a unit of gas. What no block took in ``stuck_seconds`` is offered more,
    and ``others``, further nodes of the chain, are told of it.
    Run one at a time (the worker sees to it); two at once would waste work but send nothing twice.
    """

    def __init__(
        self,
        database: Database,
        node: Node,
        contract_address: str,
        senders: dict[str, Key],
        clock: Clock,
        *,
        others: Sequence[Node] = (),
        max_fee_gwei: int = MAX_FEE_GWEI,
        stuck_seconds: float = STUCK_SECONDS,
    ) -> None:
        self.database = database
        self.troubles: dict[str, str] = {}
        self._node = node
        self._others = others
        self._spread: set[str | None] = set()  # transactions that the others were told
        self._to = bytes.fromhex(contract_address.removeprefix("0x"))
        self._senders = senders
        self._clock = clock
        self._bound = max_fee_gwei * GWEI
        self._stuck = timedelta(seconds=stuck_seconds)
        self._chain_id: int | None = None

    def step(self, settled_in: Callable[[Session], str | None] = lambda _: None) -> int:
        """Send again what waits for a block, then sign and send or refuse pending acts, each sender's in their order.

        ``settled_in`` reads the hash of a final block up to which the outbox knows of every act that was included.
        Answers how many acts moved. Raises ChainNotReachable; what holds up one sender only stands in ``troubles``.
        """
        self.troubles = {}
        if not queries.is_any_unfinished(self.database):
            return 0
        with self.database.read() as session:
            settled = settled_in(session)
        if settled is not None:
            self._let_go(settled)
        in_flight = self._in_flight()
        self._spread &= {act.tx_hash for act in in_flight}
        for signer, acts in groupby(in_flight, lambda act: act.signer):
            self._press(signer or "", list(acts))
        with self.database.read() as session:
            waiting = queries.unsigned_acts(session, BATCH)
        moved, held = 0, set(self.troubles)
        for act in waiting:
            if act.sender in held:
                continue
            try:
                is_moved = self._move(act, is_any_held=bool(held))
            except (*_HOLDS_UP, SenderUnknown) as refused:
                self._note(act.sender, refused)
                is_moved = False
            if is_moved:
                moved += 1
            else:
                held.add(act.sender)
        return moved

    def _in_flight(self) -> list[Act]:
        with self.database.read() as session:
            return queries.acts_in_flight(session)

    def _note(self, sender: str, refused: Refusal) -> None:
        if sender not in self.troubles:
            log.warning("acts of %s wait: %s", sender, refused.detail)
        said = _away(sender, refused) if isinstance(refused, HsmRefused) else refused
        self.troubles.setdefault(sender, said.detail)

    # What is in flight

    def _let_go(self, settled: str) -> None:
        """An act whose nonce a final block has used up, and which is in no block, can never be mined by the bytes it
        has: it is signed anew. Before that is final it must not be: the other branch may come back."""
        for signer, acts in groupby(self._in_flight(), lambda act: act.signer):
            try:
                used = self._node.nonce(signer or "", settled)
            except NodeRefused:
                continue  # the node keeps no state of that block any more: it says so when a later one is final
            for act in acts:
                if act.nonce is not None and act.nonce < used:
                    log.warning(
                        "another transaction took nonce %d; the act is signed anew",
                        act.nonce,
                        extra=_about(act),
                    )
                    self._change(act, signer=None, nonce=None, tx_hash=None, raw_transaction=None)

    def _press(self, signer: str, acts: list[Act]) -> None:
        """Send again what a key has in flight; where the first waits for too long, see to it."""
        for act in acts:
            self._send(act)
        late, first = self._clock.now() - self._stuck, acts[0]
        if first.sent_at is None or first.sent_at > late:
            # What was refused for its fee or its nonce is seen to in time.
            return
        self._tell_others(acts)
        name = first.sender
        if name not in self._senders:
            return
        sender = self._senders[name]
        try:
            if first.nonce is None or first.nonce < self._node.nonce(signer, "latest"):
                return  # it is in a block that the mirror has not come to
            if sender.address != signer:
                self.troubles.setdefault(
                    name,
                    f"Act {first.id} waits, signed by the key that {name!r} was before ({signer}). Put that key back "
                    "until it is on the chain.",
                )
                return
            if self._fill_gap(name, sender, first.nonce):
                return
            asked = self._fees()
            base = (asked.max_fee - asked.tip) // 2
            for act in acts[:BATCH]:
                is_late = act.sent_at is not None and act.sent_at <= late
                if act is first or (is_late and self._is_below(act, base)):
                    self._raise_fee(act, sender, asked)
        except _HOLDS_UP as refused:
            self._note(name, refused)

    def _tell_others(self, acts: list[Act]) -> None:
        """What the first node may have dropped, or kept to itself, the others are handed once."""
        for act in acts:
            if act.tx_hash in self._spread or act.raw_transaction is None:
                continue
            self._spread.add(act.tx_hash)
            for other in self._others:
                try:
                    other.send_raw(act.raw_transaction)
                except (NodeRefused, ChainNotReachable) as refused:
                    log.warning(
                        "node %s does not take an act: %s", other.url, refused.detail, extra=_about(act)
                    )

    def _is_below(self, act: Act, fee: int) -> bool:
        with self.database.read() as session:
            signed = queries.transaction_of(session, act)
        return signed is not None and signed.max_fee < fee

    def _send(self, act: Act) -> NodeRefused | None:
        """Why the node does not take it, if it does not: it stays sent and goes out again with the next step."""
        assert act.raw_transaction is not None
        try:
            self._node.send_raw(act.raw_transaction)
        except NodeRefused as refused:
            log.warning("the node does not take an act: %s", refused.detail, extra=_about(act))
            return refused
        return None

    def _raise_fee(self, act: Act, sender: Key, asked: Fees) -> None:
        """A dearer transaction in the place of the act's; either may be mined, the nonce lets one. Raises
        SenderUnfunded, HsmRefused, and NodeRefused where the node does not take it."""
        with self.database.read() as session:
            signed = queries.transaction_of(session, act)
        if signed is None or not signed.gas:
            return
        fees = raised(Fees(signed.max_fee, signed.tip), asked, self._bound)
        if fees is None:
            self.troubles.setdefault(
                act.sender,
                f"Act {act.id} waits at {signed.max_fee} wei a unit of gas, and the setting relay_max_fee_gwei "
                f"allows {self._bound}.",
            )
            return
        plan = _Plan(codec.calldata(act.kind, act.arguments, act.consents), signed.gas, fees)
        self._require_funds(act.sender, sender, plan)
        nonce = signed.nonce
        if self._keep(act, sender, plan, lambda _: nonce) and (refused := self._send(act)) is not None:
            raise refused

    def _fill_gap(self, name: str, sender: Key, first: int) -> bool:
        """Nonces before the first in flight that nothing has, as a reorganization may leave them, hold everything up:
        each is used up by a transaction without effect. Answers whether there was any."""
        following = self._node.nonce(sender.address)
        with self.database.read() as session:
            gap = free_nonces(following, queries.nonces_from(session, sender.address, following), first)[
                :BATCH
            ]
        # At the highest fee from the start: nothing is kept of it, so it could not be raised.
        fees = Fees(self._bound, self._fees().tip).within(self._bound)
        plan = _Plan(b"", _PLAIN_GAS, fees, to=bytes.fromhex(sender.address[2:]))
        for nonce in gap:
            log.warning("nothing has nonce %d of %s: a transaction without effect takes it", nonce, name)
            self._node.send_raw(self._signed(sender, plan, nonce)[0])
        return bool(gap)

    # What is not signed yet

    def _move(self, act: Act, *, is_any_held: bool) -> bool:
        """Whether the act could be decided; False where it must wait for acts in flight or held up, which it may need.
        Raises NodeRefused, SenderUnknown, SenderUnfunded, HsmRefused."""
        sender = self.sender(act.sender)
        data = codec.calldata(act.kind, act.arguments, act.consents)
        # Asked before the simulation: what was included by then is part of the state it sees.
        may_need_another = is_any_held or bool(self._in_flight())
        try:
            gas = self._node.estimate_gas(self._to, data, sender.address)
        except NodeRefused as refused:
            reason = _chain_said_no(refused)
            if reason is None:
                raise
            return not may_need_another and self._refuse(act, reason)
        plan = _Plan(data, min(max(gas, gas * 5 // 4), MAX_GAS), self._fees())
        self._require_funds(act.sender, sender, plan)
        address = sender.address
        following = self._node.nonce(address)

        def nonce(session: Session) -> int:
            return free_nonces(following, queries.nonces_from(session, address, following))[0]

        if self._keep(act, sender, plan, nonce):
            self._send(act)
        return True

    def rehearse(self, act: Act) -> None:
        """Ask the chain what it would say to an act now, without sending it. Raises ChainRefused, SenderAway."""
        data = codec.calldata(act.kind, act.arguments, act.consents)
        try:
            self._node.estimate_gas(self._to, data, self.sender(act.sender).address)
        except HsmRefused as refused:
            log.warning("nothing can be rehearsed for %s: %s", act.sender, refused.detail)
            raise _away(act.sender, refused) from None
        except NodeRefused as refused:
            reason = _chain_said_no(refused)
            raise refused if reason is None else reason from None

    def _refuse(self, act: Act, reason: ChainRefused) -> bool:
        return self._change(
            act, status=ActStatus.REFUSED, refusal_code=reason.code, refusal_detail=reason.detail
        )

    # Signing

    def _fees(self) -> Fees:
        return Fees(*self._node.max_fee()).within(self._bound)

    def _require_funds(self, name: str, sender: Key, plan: _Plan) -> None:
        needed = plan.gas * plan.fees.max_fee
        if needed and (balance := self._node.balance(sender.address)) < needed:
            raise SenderUnfunded(
                f"The key {name!r} ({sender.address}) has {balance} wei and needs {needed} for its next transaction. "
                "Send it some of the chain's currency.",
                sender=name,
                address=sender.address,
            )

    def _signed(self, sender: Key, plan: _Plan, nonce: int) -> tuple[bytes, str]:
        if self._chain_id is None:
            self._chain_id = self._node.chain_id()
        raw, tx_hash = sender.sign_transaction(
            {
                "type": 2,
                "chainId": self._chain_id,
                "nonce": nonce,
                "to": plan.to or self._to,
                "value": 0,
                "data": plan.data,
                "gas": plan.gas,
                "maxFeePerGas": plan.fees.max_fee,
                "maxPriorityFeePerGas": plan.fees.tip,
            }
        )
        return raw, tx_hash.lower()

    def _keep(self, act: Act, sender: Key, plan: _Plan, nonce_of: Callable[[Session], int]) -> bool:
        """Sign, and commit that before it is sent; False where another relay was faster.

        Nobody else's writes wait for the signature: a key in a token may take its time.
        """
        with self.database.read() as session:
            nonce = nonce_of(session)
        raw, tx_hash = self._signed(sender, plan, nonce)
        now = self._clock.now()
        with self.database.write() as session:
            if nonce_of(session) != nonce:
                return False
            # An orphaned act stays one: another on the same record may be on its way by now.
            status = ActStatus.SENT if act.status == ActStatus.PENDING else act.status
            values: dict[str, object] = {
                "status": status, "signer": sender.address, "nonce": nonce, "tx_hash": tx_hash, "raw_transaction": raw,
                "sent_at": now,
            }  # fmt: skip
            if not _changed(session, act, values):
                return False
            session.add(
                ActTransaction(
                    tx_hash=tx_hash,
                    act=act.id,
                    nonce=nonce,
                    gas=plan.gas,
                    max_fee=plan.fees.max_fee,
                    tip=plan.fees.tip,
                    signed_at=now,
                )
            )
        act.raw_transaction = raw
        log.info("act signed", extra={"act": act.id, "transaction": tx_hash})
        return True

    def _change(self, act: Act, **values: object) -> bool:
        with self.database.write() as session:
            return _changed(session, act, values)

    def sender(self, name: str) -> Key:
        """The key acts mean by this name. Raises SenderUnknown."""
        try:
            return self._senders[name]
        except KeyError:
            raise SenderUnknown(
                f"An act wants to be sent with the key {name!r}; here are {', '.join(self._senders)}.",
                sender=name,
            ) from None


def _away(sender: str, refused: HsmRefused) -> SenderAway:
    return SenderAway(
        f"The key {sender!r} does not sign now ({refused.code}); the log says more.", sender=sender
    )


def _about(act: Act) -> dict[str, str | None]:
    """What a line of the log says it is about."""
    return {"act": act.id, "transaction": act.tx_hash}


def _changed(session: Session, act: Act, values: dict[str, object]) -> bool:
    """Whether the act was still as it was read, and is changed now."""
    now = session.get(Act, act.position)
    if now is None or (now.status, now.tx_hash) != (act.status, act.tx_hash):
        return False
    for name, value in values.items():
        setattr(now, name, value)
    return True


def _chain_said_no(refused: NodeRefused) -> ChainRefused | None:
    """The contract's refusal, or None where the node refused for a reason of its own."""
    if refused.revert_data is None and not any(word in refused.rpc_message.lower() for word in _FAILED):
        return None
    return refusal_of_revert(refused.revert_data)
