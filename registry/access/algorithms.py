"""Which signatures are checked how. The key decides, never the message."""

from collections.abc import Callable
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from registry.chain.keys import same_address
from registry.chain.typed import recover
from registry.chain.wallets import text_digest

MIN_RSA_BITS, MAX_RSA_BITS = 2048, 8192
_SALT_BYTES = 64


class Algorithm(StrEnum):
    """Names of RFC 9421's registry; the first is ours, for what ERC-8128 says an Ethereum key signs."""

    ETHEREUM = "eip191-secp256k1"
    ECDSA_P256 = "ecdsa-p256-sha256"
    ED25519 = "ed25519"
    RSA_PSS = "rsa-pss-sha512"


def algorithm_of(key: PublicKeyTypes) -> Algorithm | None:
    """What a certificate's key signs with; None for keys that sign nothing here."""
    match key:
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1):
            return Algorithm.ECDSA_P256
        case ed25519.Ed25519PublicKey():
            return Algorithm.ED25519
        case rsa.RSAPublicKey() if MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            return Algorithm.RSA_PSS
    return None


def is_signed_by_key(key: PublicKeyTypes, base: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is the key's over the signature base (RFC 9421 section 3.3)."""
    match key:
        case ec.EllipticCurvePublicKey() if isinstance(key.curve, ec.SECP256R1) and len(signature) == 64:
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            return _holds(lambda: key.verify(encode_dss_signature(r, s), base, ec.ECDSA(SHA256())))
        case ed25519.Ed25519PublicKey():
            return _holds(lambda: key.verify(signature, base))
        case rsa.RSAPublicKey():
            pss = padding.PSS(padding.MGF1(SHA512()), _SALT_BYTES)
            return _holds(lambda: key.verify(signature, base, pss, SHA512()))
    return False


def is_signed_by_address(address: str, base: bytes, signature: bytes) -> bool:
    """Whether an account signed the base as ``personal_sign`` does (ERC-8128, ERC-191): 65 bytes r ‖ s ‖ v, low s."""
    signer = recover(text_digest(base.decode()), signature)
    return signer is not None and same_address(signer, address)


def _holds(verify: Callable[[], None]) -> bool:
    try:
        verify()
    except InvalidSignature:
        return False
    return True
