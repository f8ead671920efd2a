"""Time stamps for a proof, from an authority over HTTP (RFC 3161 section 3.4) or by files."""

import secrets
from pathlib import Path

import httpx

from api.proofs import ProofNotWritten, pack_in
from registry.kit.errors import Unavailable
from registry.provenance.pack import Pack, PackUnreadable
from registry.provenance.stamps import MAX_TOKEN_BYTES, StampRefused, request_for, stamped, token_in

SECONDS = 20.0
_NONCE_BYTES = 8


class StampAuthorityAway(Unavailable):
    code = "time_stamp_authority_away"
    title = "The time-stamping authority gives no answer"


def lot_pack_in(path: Path) -> Pack:
    """A lot's proof in a file. Raises PackUnreadable."""
    pack = pack_in(path)
    if not isinstance(pack, Pack):
        raise PackUnreadable(f"{path} is the proof of a total; stamps go on a lot's.")
    return pack


def write_question(pack: Pack, to: Path) -> None:
    """What to ask an authority for. Raises ProofNotWritten."""
    try:
        to.write_bytes(request_for(_hash(pack), b""))
    except OSError as error:
        raise ProofNotWritten(f"{to}: {error.strerror}.") from error


def stamped_by_file(pack: Pack, answer: Path) -> Pack:
    """With the stamp in an authority's answer. Raises StampRefused."""
    try:
        with answer.open("rb") as file:
            content = file.read(MAX_TOKEN_BYTES + 1)
    except OSError as error:
        raise StampRefused(f"{answer}: {error.strerror}.") from error
    return stamped(pack, token_in(content, _hash(pack)))


def stamped_by(pack: Pack, authority: str) -> Pack:
    """With the stamp of the authority at this URL, asked once. Raises StampAuthorityAway, StampRefused."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    try:
        answer = _asked(authority, request_for(_hash(pack), nonce))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise StampAuthorityAway(f"{authority}: {why}.", url=authority) from error
    return stamped(pack, token_in(answer, _hash(pack), nonce))


def _asked(authority: str, question: bytes) -> bytes:
    headers = {"Content-Type": "application/timestamp-query"}
    with httpx.stream("POST", authority, content=question, headers=headers, timeout=SECONDS) as answer:
        answer.raise_for_status()
        content = b""
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > MAX_TOKEN_BYTES:
                raise StampRefused(f"{authority} answers with more than a time stamp.")
    return content


def _hash(pack: Pack) -> bytes:
    return bytes.fromhex(pack.block.hash[2:])
