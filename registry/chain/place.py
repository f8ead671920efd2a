"""Where on the chain an event stands, and how addresses and ids are written."""

from typing import NamedTuple

from eth_utils.address import to_checksum_address


class Place(NamedTuple):
    """An event's place; ``time`` is its block's, in seconds since 1970 (UTC), hashes are 0x hex."""

    block_number: int
    log_index: int
    tx_hash: str
    time: int


def address_of(value: int | str) -> str:
    """The EIP-55 spelling of an address given as a number (as packed words hold it) or as 0x hex."""
    return str(to_checksum_address(f"0x{value:040x}" if isinstance(value, int) else value))


def receivable_hex(number: int) -> str:
    """A receivable's id as the registry writes it: 0x and 16 hex digits."""
    return f"0x{number:016x}"


def word_hex(word: int) -> str:
    """A 256-bit word, such as a lot's id: 0x and 64 hex digits."""
    return f"0x{word:064x}"
