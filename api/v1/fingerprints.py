"""For outsiders: whether an invoice is known here, asked so that the registry learns nothing of it."""

from base64 import b64encode
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field, Strict, StringConstraints

from api.auth.rates import Rates
from api.deps import ActorDep, ContextDep, ServiceDep, WholeContextDep
from api.v1 import fingerprint_shapes as shapes
from api.v1.documented import problems
from api.v1.fields import Body
from api.v1.strict import area, prompt_if
from api.views import View
from registry.access.errors import RateLimited
from registry.fingerprints.keys import MODE, SUITE, FingerprintKeyUnknown, KeyMissing
from registry.fingerprints.voprf import ELEMENT_BYTES, BadElement
from registry.invoices.blind import MAX_ELEMENTS, TOKEN_BYTES
from registry.parties import queries as parties
from registry.receivables.outsiders import (
    PartUnknown,
    evaluate_blinded,
    known_tokens,
)

router = area("fingerprints", "/fingerprints")

MAX_VERSION = 255  # the ledger counts them in 8 bits
FEW = 4  # elements; more take longer than others should wait
TOKENS_COST = 64  # fetching tokens takes as much from what one may ask as so many elements

Version = Annotated[int, Strict(), Field(ge=1, le=MAX_VERSION, description="A fingerprint key's version")]
Element = Annotated[
    str,
    StringConstraints(strict=True, pattern=rf"^0x[0-9a-fA-F]{{{2 * ELEMENT_BYTES}}}$"),
    Field(description="A blinded element of ristretto255 as 0x hex"),
]


async def rates_of(request: Request) -> Rates:
    rates: Rates = request.app.state.rates
    return rates


RatesDep = Annotated[Rates, Depends(rates_of)]


class CheckIn(Body):
    key_version: Version
    elements: Annotated[list[Element], Field(min_length=1, max_length=MAX_ELEMENTS)]


@router.get(
    "/keys",
    response_model=shapes.FingerprintKeys,
    responses=problems(),
    summary="The public halves of the fingerprint keys, and where the ledger has them",
)
def list_fingerprint_keys(context: ContextDep, service: ServiceDep) -> View:
    """Take them from the ledger, by `fingerprintKey(version)` of the contract, rather than from here: a proof is
    worth as much as the key it is checked against."""
    with context.database.read() as session:
        found = parties.fingerprint_keys(session)
    return {
        "suite": SUITE,
        "mode": MODE,
        "chain_id": service.settings.chain_id,
        "contract": service.settings.contract,
        "keys": [
            {
                "version": one.version,
                "public": one.public,
                "block": one.block_number,
                "is_live": one.retired_at is None,
            }
            for one in found
        ],
    }


@router.post(
    "/check",
    response_model=shapes.Evaluated,
    responses=problems(RateLimited, FingerprintKeyUnknown, BadElement, KeyMissing),
    summary="Have blinded elements evaluated under a fingerprint key",
)
@prompt_if(lambda body, **_: len(body.elements) <= FEW)
def check_fingerprints(body: CheckIn, context: WholeContextDep, actor: ActorDep, rates: RatesDep) -> View:
    """RFC 9497, mode VOPRF: the answer is the same work whether anything is known or not, and the registry learns
    nothing of what was asked. Unblinded, an output's first 32 bytes are the invoice's entry on the ledger; the
    other 32 find it among `/v1/fingerprints/known`. Elements count against an hourly bound."""
    rates.take(actor, len(body.elements))
    elements = [bytes.fromhex(one[2:]) for one in body.elements]
    evaluated, proof = evaluate_blinded(context, body.key_version, elements)
    return {
        "key_version": body.key_version,
        "elements": ["0x" + one.hex() for one in evaluated],
        "proof": "0x" + proof.hex(),
    }


@router.get(
    "/known",
    response_model=shapes.KnownTokens,
    responses=problems(RateLimited, FingerprintKeyUnknown, PartUnknown, KeyMissing),
    summary="Tokens of every invoice that is known",
)
def list_known_tokens(
    key_version: Annotated[int, Query(ge=1, le=MAX_VERSION, description="A live fingerprint key's version")],
    context: WholeContextDep,
    actor: ActorDep,
    rates: RatesDep,
    part: Annotated[int, Query(ge=0, lt=2**16, description="Which part; they count from 0")] = 0,
) -> View:
    """The same for whoever asks. Of each known legal key: SHA-256 over salt, its secret and `registered` or
    `used`; and for net, gross and payable over salt and the amount's secret, or, where the invoice does not say
    it, salt, the key's secret and `no net` and so on; the first 8 bytes of each, among noise. The salt is of this
    answer alone. Where there are several parts, a key's is told by the first 32 bits of its secret."""
    rates.take(actor, TOKENS_COST)
    found = known_tokens(context, key_version, part)
    return {
        "key_version": found.version,
        "part": found.part,
        "parts": found.parts,
        "salt": "0x" + found.salt.hex(),
        "token_bytes": TOKEN_BYTES,
        "tokens": b64encode(found.tokens).decode(),
    }
