"""The verifiable oblivious pseudorandom function of RFC 9497: ristretto255-SHA512, mode VOPRF.

Group arithmetic is libsodium's; the protocol around it is checked against the RFC's vectors. A scalar is
32 bytes little-endian below the group order, an element 32 bytes in ristretto255 encoding, an input at
most 65,535 bytes, an output 64 bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha512
from typing import cast

import rbcl

from registry.kit.errors import BadInput

SCALAR_BYTES = 32
ELEMENT_BYTES = 32
OUTPUT_BYTES = 64
PROOF_BYTES = 2 * SCALAR_BYTES
SEED_BYTES = 32
MAX_INPUT_BYTES = 0xFFFF
MAX_BATCH = 1_000

_CONTEXT = b"OPRFV1-\x01-ristretto255-SHA512"
_ZERO = bytes(SCALAR_BYTES)
_IDENTITY = bytes(ELEMENT_BYTES)
_BLOCK_BYTES = 128  # SHA-512's input block

RandomScalar = Callable[[], bytes]


class BadElement(BadInput):
    code = "bad_group_element"
    title = "This is not an element of the ristretto255 group"


class BadProof(BadInput):
    code = "bad_fingerprint_proof"
    title = "The proof does not show that the published key was used"


@dataclass(frozen=True, slots=True)
class Blinded:
    """What a client keeps (``blind``, a scalar) and what it sends (``element``), RFC 9497 section 3.3.1."""

    blind: bytes
    element: bytes


def random_scalar() -> bytes:
    """A uniform scalar that is not zero, from the system's random source."""
    return cast("bytes", rbcl.crypto_core_ristretto255_scalar_random())


def derive_key(seed: bytes, info: bytes) -> bytes:
    """The secret scalar of ``seed`` (32 bytes) and public ``info``: DeriveKeyPair, RFC 9497 section 3.2.1."""
    if len(seed) != SEED_BYTES:
        raise BadInput(f"A key seed has {SEED_BYTES} bytes, not {len(seed)}.")
    for counter in range(256):
        secret = _hash_to_scalar(seed + _sized(info) + bytes([counter]), b"DeriveKeyPair" + _CONTEXT)
        if secret != _ZERO:
            return secret
    raise BadInput("This seed yields no key.")


def public_key(secret: bytes) -> bytes:
    """The element ``secret`` times the generator."""
    return cast("bytes", rbcl.crypto_scalarmult_ristretto255_base(_checked_scalar(secret)))


def evaluate(secret: bytes, message: bytes) -> bytes:
    """The function itself, unblinded: 64 bytes. What every client obtains by asking blind for ``message``."""
    return _finalize(message, _times(_checked_scalar(secret), _hash_to_group(message)))


def prove_output(secret: bytes, message: bytes, *, proof_scalar: bytes | None = None) -> tuple[bytes, bytes]:
    """What shows anybody the output for ``message``: the evaluated element and the proof that ``secret`` did it.

    It is the answer to a client whose blind is 1. ``proof_scalar`` as in ``blind_evaluate``.
    """
    (evaluated,), proof = blind_evaluate(secret, [_hash_to_group(message)], proof_scalar=proof_scalar)
    return evaluated, proof


def proven_output(message: bytes, evaluated: bytes, proof: bytes, public: bytes) -> bytes:
    """The 64 bytes for ``message`` out of what ``prove_output`` gave. Raises BadElement, BadProof."""
    verify([_hash_to_group(message)], [evaluated], proof, public)
    return _finalize(message, evaluated)


def blind(message: bytes, *, scalar: bytes | None = None) -> Blinded:
    """Hide ``message`` under a random scalar; ``scalar`` is for test vectors only."""
    factor = random_scalar() if scalar is None else _checked_scalar(scalar)
    return Blinded(factor, _times(factor, _hash_to_group(message)))


def blind_evaluate(
    secret: bytes,
    elements: Sequence[bytes],
    *,
    public: bytes | None = None,
    proof_scalar: bytes | None = None,
) -> tuple[list[bytes], bytes]:
    """Evaluate blinded ``elements`` and prove, once for all of them, that ``secret`` did it.

    Returns the evaluated elements in order and the proof of 64 bytes. Raises BadElement. ``public``: the secret's, where
    it is known already. ``proof_scalar`` is for test vectors only: a scalar used twice gives the key away.
    """
    for element in elements:
        _check_element(element)
    evaluated = [_times(_checked_scalar(secret), element) for element in elements]
    public = public_key(secret) if public is None else public
    return evaluated, _prove(secret, public, elements, evaluated, proof_scalar or random_scalar())


def finalize(
    messages: Sequence[bytes],
    blinded: Sequence[Blinded],
    evaluated: Sequence[bytes],
    proof: bytes,
    public: bytes,
) -> list[bytes]:
    """Check the proof against the ``public`` key and unblind: one output of 64 bytes per message.

    Raises BadElement for what is no element, BadProof where another key was used.
    """
    if not len(messages) == len(blinded) == len(evaluated):
        raise BadInput("Each message needs one blinded and one evaluated element.")
    verify([one.element for one in blinded], evaluated, proof, public)
    outputs = []
    for message, one, element in zip(messages, blinded, evaluated, strict=True):
        inverse = rbcl.crypto_core_ristretto255_scalar_invert(one.blind)
        outputs.append(_finalize(message, _times(inverse, element)))
    return outputs


def verify(elements: Sequence[bytes], evaluated: Sequence[bytes], proof: bytes, public: bytes) -> None:
    """Raise BadProof unless every evaluated element is its element times the key behind ``public``.

    VerifyProof of RFC 9497 section 2.2.2.
    """
    for element in (public, *elements, *evaluated):
        _check_element(element)
    if len(proof) != PROOF_BYTES or len(elements) != len(evaluated):
        raise BadProof
    challenge, response = proof[:SCALAR_BYTES], proof[SCALAR_BYTES:]
    if not _is_reduced(challenge) or not _is_reduced(response):
        raise BadProof
    weights = _weights(public, elements, evaluated)
    m, z = _weighted(weights, elements), _weighted(weights, evaluated)
    t2 = _add(_times_base(response), _times(challenge, public))
    t3 = _add(_times(response, m), _times(challenge, z))
    if _challenge(public, m, z, t2, t3) != challenge:
        raise BadProof


def _prove(
    secret: bytes, public: bytes, elements: Sequence[bytes], evaluated: Sequence[bytes], scalar: bytes
) -> bytes:
    m = _weighted(_weights(public, elements, evaluated), elements)
    z = _times(secret, m)
    challenge = _challenge(public, m, z, _times_base(scalar), _times(scalar, m))
    product = rbcl.crypto_core_ristretto255_scalar_mul(challenge, secret)
    return challenge + cast("bytes", rbcl.crypto_core_ristretto255_scalar_sub(scalar, product))


def _weights(public: bytes, elements: Sequence[bytes], evaluated: Sequence[bytes]) -> list[bytes]:
    """The scalars that fold a batch into one statement: ComputeComposites, RFC 9497 section 2.2.1."""
    if not 0 < len(elements) <= MAX_BATCH:
        raise BadInput(f"Between 1 and {MAX_BATCH} elements go into one proof.")
    seed = sha512(_sized(public) + _sized(b"Seed-" + _CONTEXT)).digest()
    return [
        _hash_to_scalar(_sized(seed) + place.to_bytes(2, "big") + _sized(c) + _sized(d) + b"Composite")
        for place, (c, d) in enumerate(zip(elements, evaluated, strict=True))
    ]


def _weighted(weights: Sequence[bytes], elements: Sequence[bytes]) -> bytes:
    total = _IDENTITY
    for weight, element in zip(weights, elements, strict=True):
        total = _add(total, _times(weight, element))
    return total


def _challenge(*elements: bytes) -> bytes:
    return _hash_to_scalar(b"".join(map(_sized, elements)) + b"Challenge")


def _finalize(message: bytes, element: bytes) -> bytes:
    return sha512(_sized(message) + _sized(element) + b"Finalize").digest()


def _hash_to_group(message: bytes) -> bytes:
    if len(message) > MAX_INPUT_BYTES:
        raise BadInput(f"An input has at most {MAX_INPUT_BYTES} bytes.")
    element = rbcl.crypto_core_ristretto255_from_hash(_expand(message, b"HashToGroup-" + _CONTEXT))
    if element == _IDENTITY:
        raise BadInput("This input maps to the identity element.")
    return cast("bytes", element)


def _hash_to_scalar(message: bytes, tag: bytes = b"HashToScalar-" + _CONTEXT) -> bytes:
    return cast("bytes", rbcl.crypto_core_ristretto255_scalar_reduce(_expand(message, tag)))


def _expand(message: bytes, tag: bytes) -> bytes:
    """expand_message_xmd of RFC 9380 section 5.3.1 for SHA-512 and the 64 bytes needed here: one block."""
    suffix = tag + bytes([len(tag)])
    head = sha512(bytes(_BLOCK_BYTES) + message + (64).to_bytes(2, "big") + b"\x00" + suffix).digest()
    return sha512(head + b"\x01" + suffix).digest()


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _times(scalar: bytes, element: bytes) -> bytes:
    return cast("bytes", rbcl.crypto_scalarmult_ristretto255_allow_scalar_zero(scalar, element))


def _times_base(scalar: bytes) -> bytes:
    return cast("bytes", rbcl.crypto_scalarmult_ristretto255_base_allow_scalar_zero(scalar))


def _add(left: bytes, right: bytes) -> bytes:
    return cast("bytes", rbcl.crypto_core_ristretto255_add(left, right))


def _check_element(element: bytes) -> None:
    # The identity is a valid point of the library, and by RFC 9497 section 2.1 no valid input.
    if len(element) != ELEMENT_BYTES or element == _IDENTITY or not _is_point(element):
        raise BadElement


def _is_point(element: bytes) -> bool:
    return bool(rbcl.crypto_core_ristretto255_is_valid_point(element))


def _is_reduced(scalar: bytes) -> bool:
    return bool(rbcl.crypto_core_ristretto255_scalar_reduce(scalar + bytes(32)) == scalar)


def _checked_scalar(scalar: bytes) -> bytes:
    if len(scalar) != SCALAR_BYTES or scalar == _ZERO or not _is_reduced(scalar):
        raise BadInput("This is not a scalar of the ristretto255 group.")
    return scalar
