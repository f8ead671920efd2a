"""Keccak-256, the hash of everything on the chain (Yellow Paper, appendix on notation; not SHA-3 of FIPS 202)."""

from sha3 import keccak_256


def keccak256(data: bytes) -> bytes:
    """32 bytes."""
    return bytes(keccak_256(data).digest())
