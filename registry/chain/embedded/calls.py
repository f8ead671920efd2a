"""Running code without a transaction: eth_call and eth_estimateGas."""

from typing import Any

from eth.exceptions import Revert, VMError
from eth.vm.spoof import SpoofTransaction
from eth_utils.exceptions import ValidationError

from registry.chain.embedded.admission import floor_gas
from registry.chain.embedded.chain import EmbeddedChain
from registry.chain.embedded.faults import REFUSED, REVERTED, RpcError
from registry.chain.embedded.genesis import BLOCK_GAS

_PANIC = bytes.fromhex("4e487b71")
_ERROR = bytes.fromhex("08c379a0")
# geth stops searching when the answer is at most this part too high.
_TOLERANCE = 0.015


class Call:
    """``sender`` and ``to`` are 20 bytes (``to`` empty creates), ``value`` is wei, ``gas`` the limit."""

    def __init__(self, sender: bytes, to: bytes, data: bytes, value: int, gas: int | None) -> None:
        self.sender = sender
        self.to = to
        self.data = data
        self.value = value
        self.gas = min(gas or BLOCK_GAS, BLOCK_GAS)


def call(chain: EmbeddedChain, request: Call, header: Any) -> bytes:
    """What the call returns under ``header``'s state and time. Raises RpcError with the revert data."""
    computation = _run(chain, request, header, request.gas)
    _raise_on_error(computation)
    return bytes(computation.output)


def estimate_gas(chain: EmbeddedChain, request: Call, header: Any) -> int:
    """A gas limit with which the call succeeds, at most 1.5 % above the least. Raises RpcError."""
    computation = _run(chain, request, header, request.gas)
    _raise_on_error(computation)
    # Refunds come after execution, so the limit must cover what was used before them.
    used = request.gas - computation.get_gas_remaining()
    low = max(used, floor_gas(request.data))
    if not _fails(chain, request, header, low):
        return int(low)
    # EIP-150 keeps a 64th back at each level of calls; one step up is nearly always enough.
    high = min(low * 64 // 63 + 2_300, request.gas)
    if _fails(chain, request, header, high):
        low, high = high, request.gas
    while high - low > high * _TOLERANCE:
        middle = (low + high) // 2
        if _fails(chain, request, header, middle):
            low = middle
        else:
            high = middle
    return int(high)


def _fails(chain: EmbeddedChain, request: Call, header: Any, gas: int) -> bool:
    return bool(_run(chain, request, header, gas).is_error)


def _run(chain: EmbeddedChain, request: Call, header: Any, gas: int) -> Any:
    state = chain.state_at(header, is_free=True)
    unsigned = chain.rules_at(header).create_unsigned_transaction(
        nonce=state.get_nonce(request.sender),
        gas_price=0,
        gas=gas,
        to=request.to,
        value=request.value,
        data=request.data,
    )
    if state.get_balance(request.sender) < request.value:
        raise RpcError(REFUSED, f"insufficient funds for transfer: address 0x{request.sender.hex()}")
    free = {"max_fee_per_gas": 0, "max_priority_fee_per_gas": 0, "access_list": ()}
    try:
        return state.apply_transaction(SpoofTransaction(unsigned, from_=request.sender, **free))
    except ValidationError as error:
        raise RpcError(REFUSED, str(error)) from None


def _raise_on_error(computation: Any) -> None:
    if not computation.is_error:
        return
    error: VMError = computation.error
    if isinstance(error, Revert):
        data = bytes(error.args[0]) if error.args else b""
        raise RpcError(REVERTED, _revert_message(data), data)
    raise RpcError(REFUSED, f"execution failed: {type(error).__name__}: {error}".rstrip(": "))


def _revert_message(data: bytes) -> str:
    """geth's wording: with the reason of Error(string) or the number of Panic(uint256)."""
    if data[:4] == _ERROR and len(data) >= 68:
        length = int.from_bytes(data[36:68], "big")
        return "execution reverted: " + data[68 : 68 + length].decode(errors="replace")
    if data[:4] == _PANIC and len(data) == 36:
        return f"execution reverted: panic code 0x{int.from_bytes(data[4:], 'big'):02x}"
    return "execution reverted"
