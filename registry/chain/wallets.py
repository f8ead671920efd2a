"""What wallets sign besides typed data, and what smart accounts are asked."""

from registry.chain.errors import NodeRefused
from registry.chain.hashing import keccak256
from registry.chain.node import Node

# keccak256("isValidSignature(bytes32,bytes)")[:4], which as a word is also the answer for yes (ERC-1271).
_SELECTOR = bytes.fromhex("1626ba7e")
ACCEPTED = _SELECTOR + bytes(28)


def text_digest(text: str) -> bytes:
    """What ``personal_sign`` signs for a text (ERC-191, version 0x45)."""
    content = text.encode()
    return keccak256(b"\x19Ethereum Signed Message:\n" + str(len(content)).encode() + content)


def acceptance_call(digest: bytes, signature: bytes) -> bytes:
    """The call that asks a smart account whether a signature is its own (ERC-1271)."""
    padded = signature + bytes(-len(signature) % 32)
    return b"".join([_SELECTOR, digest, (64).to_bytes(32), len(signature).to_bytes(32), padded])


def wallet_accepts(node: Node, wallet: str, digest: bytes, signature: bytes) -> bool:
    """Whether there is a smart account at that address that takes the signature as its own now."""
    if not node.code(wallet):
        return False
    try:
        return node.eth_call(wallet, acceptance_call(digest, signature))[:32] == ACCEPTED
    except NodeRefused:
        return False
