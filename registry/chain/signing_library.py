"""eth_account, taken up by whoever signs, checks a signature or opens a keystore.

Its import computes a pairing on a curve nobody here uses, which takes as long as a short command does.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from registry.chain.recursion import restore_recursion_limit

if TYPE_CHECKING:
    from eth_account import Account
    from eth_account.messages import SignableMessage
    from eth_account.typed_transactions.typed_transaction import TypedTransaction


@cache
def account() -> "Account":
    """The library's door to keys and keystores."""
    from eth_account import Account  # noqa: PLC0415

    restore_recursion_limit()
    return Account()


@cache
def typed_transaction() -> "type[TypedTransaction]":
    """A transaction with a type (EIP-2718)."""
    account()
    from eth_account.typed_transactions.typed_transaction import TypedTransaction  # noqa: PLC0415

    return TypedTransaction


def typed_data(full_message: dict[str, Any]) -> "SignableMessage":
    """EIP-712 data as they are signed. Raises what the library does for a message that does not fit its types."""
    account()
    from eth_account.messages import encode_typed_data  # noqa: PLC0415

    return encode_typed_data(full_message=full_message)
