"""What a transaction must satisfy before it waits for a block."""

from typing import Any

from eth.exceptions import UnrecognizedTransactionType
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from registry.chain.embedded.faults import BAD_PARAMS, REFUSED, RpcError
from registry.chain.embedded.genesis import BLOCK_GAS
from registry.chain.embedded.pool import Pool

MAX_BYTES = 128 * 1024
_MAX_AHEAD = 1_024
_BLOB = 3


def decode(builder: Any, raw: bytes) -> Any:
    """The signed transaction in ``raw`` (EIP-2718 envelope or legacy). Raises RpcError."""
    if not raw or len(raw) > MAX_BYTES:
        raise RpcError(REFUSED, f"oversized or empty data: {len(raw)} bytes, limit {MAX_BYTES}")
    if raw[0] == _BLOB:
        raise RpcError(REFUSED, "transaction type not supported: blobs have no place on this chain")
    try:
        transaction = builder.decode(raw)
        # The decoded form is what is hashed; a second encoding of the same act must not pass as another.
        is_exact = transaction.encode() == raw
    except (RLPException, ValidationError, UnrecognizedTransactionType, ValueError, TypeError, IndexError):
        raise RpcError(BAD_PARAMS, "the bytes are not a signed transaction") from None
    if not is_exact:
        raise RpcError(BAD_PARAMS, "the bytes are not the canonical form of a signed transaction")
    return transaction


def sender_of(transaction: Any, chain_id: int) -> bytes:
    """The address that signed, if it signed for this chain (EIP-155) and pays at least the intrinsic gas.
    Raises RpcError."""
    if transaction.chain_id is None:
        raise RpcError(REFUSED, "only replay-protected (EIP-155) transactions allowed over RPC")
    if transaction.chain_id != chain_id:
        raise RpcError(REFUSED, f"invalid chain id for signer: have {transaction.chain_id} want {chain_id}")
    if transaction.gas > BLOCK_GAS:
        raise RpcError(REFUSED, f"exceeds block gas limit: {transaction.gas} of {BLOCK_GAS}")
    needed = max(transaction.intrinsic_gas, floor_gas(transaction.data))
    if transaction.gas < needed:
        raise RpcError(REFUSED, f"intrinsic gas too low: gas {transaction.gas}, minimum needed {needed}")
    if transaction.max_fee_per_gas < transaction.max_priority_fee_per_gas:
        raise RpcError(REFUSED, "max priority fee per gas higher than max fee per gas")
    try:
        transaction.validate()
        return bytes(transaction.sender)
    except Exception as error:
        # The key library has no common class for all it finds wrong with r, s and v.
        raise RpcError(REFUSED, f"invalid sender: {error}") from None


def floor_gas(data: bytes) -> int:
    """The least a transaction with this calldata costs (EIP-7623)."""
    tokens = data.count(0) + 4 * (len(data) - data.count(0))
    return 21_000 + 10 * tokens


def check_account(transaction: Any, sender: bytes, state: Any, base_fee_wei: int) -> None:
    """Nonce, fee and balance against the latest state. Raises RpcError."""
    nonce = state.get_nonce(sender)
    if transaction.nonce < nonce:
        raise RpcError(
            REFUSED, f"nonce too low: address 0x{sender.hex()}, tx: {transaction.nonce} state: {nonce}"
        )
    if transaction.nonce > nonce + _MAX_AHEAD:
        raise RpcError(REFUSED, f"nonce too high: tx: {transaction.nonce} state: {nonce}")
    if transaction.max_fee_per_gas < base_fee_wei:
        raise RpcError(
            REFUSED,
            f"max fee per gas less than block base fee: maxFeePerGas: {transaction.max_fee_per_gas}, "
            f"baseFee: {base_fee_wei}",
        )
    have, want = state.get_balance(sender), transaction.value + transaction.gas * transaction.max_fee_per_gas
    if have < want:
        raise RpcError(REFUSED, f"insufficient funds for gas * price + value: have {have} want {want}")


def check_place(transaction: Any, sender: bytes, pool: Pool) -> None:
    """Room in the pool, and a tenth more fee where it takes the place of one waiting. Raises RpcError."""
    former = pool.at(sender, transaction.nonce)
    if former is None and pool.is_full:
        raise RpcError(REFUSED, "txpool is full")
    if former is not None and transaction.max_fee_per_gas * 10 < former.max_fee_wei * 11:
        raise RpcError(REFUSED, "replacement transaction underpriced")
