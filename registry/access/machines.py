"""Machines that sign their requests: which key signed one, whether it may now, and that it has not come before.

An Ethereum key signs as ERC-8128 says, under the id ``erc8128:<chain id>:<address>``; a certificate's key as RFC 9421
does, under ``x509:`` and the certificate's SHA-256.
"""

import re

from registry.access import queries
from registry.access.actor import Actor
from registry.access.algorithms import Algorithm, is_signed_by_address, is_signed_by_key
from registry.access.certificates import Authorities, Bundle
from registry.access.errors import (
    AlgorithmWrong,
    RateLimited,
    RequestSignatureWrong,
    SignatureOutOfTime,
    SignatureReplayed,
    SigningKeyUnknown,
)
from registry.access.model import UsedNonce
from registry.access.signatures import Signed
from registry.chain.keys import checksum
from registry.kit.clock import from_unix
from registry.relay.context import Context

MAX_SECONDS = 300  # from created to expires
SKEW_SECONDS = 30  # a machine's clock may be ahead by
MAX_NONCES = 20_000  # of one key, remembered at a time
_ETHEREUM = re.compile(r"erc8128:[0-9]{1,20}:(0x[0-9a-f]{40})")


def keyid_of(address: str, chain_id: int) -> str:
    return f"erc8128:{chain_id}:{address.lower()}"


def who_signed(context: Context, authorities: Authorities, signed: Signed) -> Actor:
    """Whose a signed request is, once: its nonce is used up with that.

    Raises SignatureOutOfTime, SigningKeyUnknown, AlgorithmWrong, RequestSignatureWrong, CertificateRefused,
    RevocationUnknown, SignatureReplayed, RateLimited.
    """
    _require_in_time(signed, context.now)
    keyid, now = signed.keyid.lower(), context.clock.now()
    found = _ETHEREUM.fullmatch(keyid)
    address = checksum(found[1]) if found else ""
    with context.database.read() as session:
        key = queries.signing_key(session, keyid, now)
        actor = queries.machine_of(session, key, now) if key else None
        if key is None or actor is None or not queries.may_sign_for(session, address, key.party, now):
            raise SigningKeyUnknown(
                f"No key {signed.keyid} signs requests here: it was not made, was ended or has run out, or its address "
                "is no longer a live key of its party's.",
                keyid=signed.keyid,
            )
    if key.certificate is None:
        _require_algorithm(signed, Algorithm.ETHEREUM, is_said_by_keyid=True)
        _require_signed(is_signed_by_address(address, signed.base, signed.signature))
    else:
        bundle = Bundle.read(key.certificate)
        _require_algorithm(signed, bundle.algorithm, is_said_by_keyid=False)
        _require_signed(is_signed_by_key(bundle.own.public_key(), signed.base, signed.signature))
        authorities.require(bundle, now)
    _use_up(context, keyid, signed)
    return actor


def _require_in_time(signed: Signed, now: int) -> None:
    """Raises SignatureOutOfTime."""
    if not 0 < signed.expires - signed.created <= MAX_SECONDS:
        raise SignatureOutOfTime(f"A signature is good for at most {MAX_SECONDS} seconds from its making.")
    if signed.created > now + SKEW_SECONDS:
        raise SignatureOutOfTime("The signature was made in the future: set the machine's clock.", now=now)
    if signed.expires < now:
        raise SignatureOutOfTime("The signature has expired: sign anew.", now=now)


def _require_algorithm(signed: Signed, expected: Algorithm, *, is_said_by_keyid: bool) -> None:
    """Raises AlgorithmWrong."""
    if signed.alg != expected and not (signed.alg is None and is_said_by_keyid):
        raise AlgorithmWrong(f'This key signs with alg="{expected.value}".', expected=expected.value)


def _require_signed(is_signed: bool) -> None:  # noqa: FBT001 - what it is about is said by the name
    if not is_signed:
        raise RequestSignatureWrong("Sign exactly the request that is sent, with the key that keyid names.")


def _use_up(context: Context, keyid: str, signed: Signed) -> None:
    """Remember the nonce until no process would take the signature any more, its clock behind or not. Raises
    SignatureReplayed, RateLimited."""
    until = from_unix(signed.expires + 2 * SKEW_SECONDS)
    with context.database.write() as session:
        queries.forget_nonces(session, context.clock.now())
        if queries.has_used(session, keyid, signed.nonce):
            raise SignatureReplayed("Each request needs a nonce of its own; sign anew.")
        if queries.used_nonces(session, keyid, MAX_NONCES) >= MAX_NONCES:
            raise RateLimited("Ask again in a minute.", retry_after_seconds=60)
        session.add(UsedNonce(keyid=keyid, nonce=signed.nonce, expires_at=until))
