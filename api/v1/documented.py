"""Which refusals an operation can end with, for the OpenAPI document."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.auth.access import ACCESS
from api.auth.gate import UnknownHost
from api.problems import FAILED, MALFORMED, MEDIA_TYPE, TYPE_PREFIX
from api.request_names import GUARDED, is_below
from api.v1 import shapes
from api.v1.finality import DEMANDED, PARAMETER, BadFinality, FinalityNotReached
from api.v1.tags import Outdated
from api.v1.writes import BadWriteOption
from registry.access.errors import (
    AlgorithmWrong,
    AnswerLost,
    CertificateRefused,
    ContentDigestWrong,
    Forbidden,
    KeyReused,
    RateLimited,
    RequestSignatureWrong,
    RevocationUnknown,
    SignatureIncomplete,
    SignatureMalformed,
    SignatureOutOfTime,
    SignatureReplayed,
    SigningKeyUnknown,
    Unauthenticated,
)
from registry.financing.errors import LedgerDiffers
from registry.invoices.errors import TooLarge
from registry.kit.errors import Refusal
from registry.parties.consents import ConsentNeeded
from registry.parties.errors import PartyNotFound
from registry.provenance.state import NotProven
from registry.relay.errors import ActPending, SenderAway
from registry.relay.refusals import ChainRefused, refusal
from registry.storage.errors import DatabaseAway, DatabaseBusy, ValueNotStorable

Responses = dict[int | str, dict[str, Any]]

# What a signed request can end with before anything is asked of its signer.
SIGNED: tuple[type[Refusal], ...] = (
    SignatureMalformed, SignatureIncomplete, SignatureOutOfTime, SigningKeyUnknown, AlgorithmWrong,
    RequestSignatureWrong, CertificateRefused, RevocationUnknown, SignatureReplayed, ContentDigestWrong, RateLimited,
)  # fmt: skip
_EVERYWHERE: tuple[type[Refusal], ...] = (
    Unauthenticated, *SIGNED, Forbidden, UnknownHost, TooLarge, DatabaseBusy, DatabaseAway, ValueNotStorable,
)  # fmt: skip
_BY_THE_FRAMEWORK = {
    400: ("unreadable_body", "The body is no JSON text"),
    422: MALFORMED,
    500: FAILED,
}
# What an act that needs consents can end with, besides its own refusals.
CONSENTS: tuple[type[Refusal] | str, ...] = (
    ConsentNeeded, "ConsentExpired", "SignatureInvalid", "CapExceeded", PartyNotFound, ActPending,
    ChainRefused,
)  # fmt: skip
# What becomes of proving the rows that a financing rests on.
PROVEN = (LedgerDiffers, NotProven)
# What is asked of parties that send or receive.
ACTIVE: tuple[type[Refusal] | str, ...] = (PartyNotFound, "PartyFrozen", "PartyExpired", "RoleMissing")

_WRITE_PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "dry_run",
        "in": "query",
        "description": "Do everything up to the end, ask the ledger, and undo it",
        "schema": {"type": "boolean", "default": False},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Of your making; the same request under the same key is done once and answered alike "
        "for 24 hours",
        "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    },
    {
        "name": "If-Match",
        "in": "header",
        "description": "The record's `ETag` as you saw it: if it changed since, nothing is done",
        "schema": {"type": "string"},
    },
]
_TRIED_OUT: dict[str, Any] = {
    "title": "TriedOut",
    "type": "object",
    "required": ["dry_run", "acts"],
    "properties": {
        "dry_run": {"const": True},
        "acts": {"type": "array", "items": {"type": "object"}, "description": "What would be sent"},
    },
    "additionalProperties": False,
}

_FINALITY: dict[str, Any] = {
    "name": PARAMETER,
    "in": "query",
    "description": "How final what is answered, or the record in the address, must be; in lists what is not is left out",
    "schema": {"type": "string", "enum": list(DEMANDED)},
}
# Answers that say where records stand on the ledger, one or a page of them.
_ON_LEDGER = {
    "ActOut", "PartyOut", "ReceivableOut", "LotOut", "FinancingOut",
    "ActPage", "PartyPage", "ReceivablePage", "LotPage", "FinancingPage", "OutstandingPage",
}  # fmt: skip
_RECORDS_ON_LEDGER = ("{lot}", "{receivable}", "{financing}", "{act}")

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Why a request was not carried out (RFC 9457). Further members say more of the case.",
    "type": "object",
    "required": ["type", "code", "title", "status", "detail"],
    "additionalProperties": True,
    "properties": {
        "type": {"type": "string", "description": f"`{TYPE_PREFIX}` and the code"},
        "code": {"type": "string", "description": "Stable; what programs decide by"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do next, for people"},
        "errors": {
            "type": "array",
            "description": "Of a malformed request: each place and what is wrong there",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# The gate looks at it before anything of a request is read.
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "A sign-in's token, an API key, or the installation's own token, which is the operator's",
}


def problems(*kinds: type[Refusal] | str) -> Responses:
    """The ``responses`` of an operation: these refusals, contract errors by their Solidity name, and what any
    request can end with."""
    named: dict[int, dict[str, str]] = {
        status: {code: title} for status, (code, title) in _BY_THE_FRAMEWORK.items()
    }
    for kind in (*kinds, *_EVERYWHERE):
        one = type(refusal(kind)) if isinstance(kind, str) else kind
        named.setdefault(one.status, {})[one.code] = one.title
    return {
        status: {
            "description": "; ".join(f"`{code}`: {title}" for code, title in sorted(titles.items())),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, titles in sorted(named.items())
    }


def accepted(model: Any) -> Responses:
    """The two answers of a write: 202 at once, 200 where it was asked to wait and the act is included."""
    location = {"Location": {"description": "The act's address", "schema": {"type": "string"}}}
    applied = {"Preference-Applied": {"description": "As `Prefer` asked", "schema": {"type": "string"}}}
    return {
        200: {"model": model, "description": "The act is on the ledger", "headers": location | applied},
        202: {"model": model, "description": "The act is on its way", "headers": location},
    }


def asks(*kinds: type[Refusal] | str) -> dict[str, Any]:
    """What a route says of the first of signing's two calls: what to sign, or these refusals."""
    return {"response_model": shapes.ToSign, "responses": problems(*kinds, PartyNotFound)}


def writes(*kinds: type[Refusal] | str) -> dict[str, Any]:
    """What a route says of an act that is handed in: on its way or included, or these refusals."""
    return {
        "status_code": 202,
        "response_model": shapes.ActOut,
        "responses": accepted(shapes.ActOut)
        | problems(*kinds, PartyNotFound, ActPending, ChainRefused, SenderAway),
    }


def _describe_write(operation: dict[str, Any]) -> None:
    """What the route class adds to every write."""
    operation["parameters"] = [*operation.get("parameters", []), *_WRITE_PARAMETERS]
    answers = operation["responses"]
    answers.setdefault("200", {"description": "Tried out"})
    content = answers["200"].setdefault("content", {}).setdefault("application/json", {"schema": {}})
    content["schema"] = {"anyOf": [one for one in (content["schema"], _TRIED_OUT) if one]}
    _declare(answers, KeyReused, AnswerLost, BadWriteOption, Outdated)


def _describe_finality(path: str, method: str, operation: dict[str, Any]) -> None:
    """What the route class adds to whatever says where records stand on the ledger."""
    answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    shown = str(answer.get("schema", {}).get("$ref", "")).rpartition("/")[2]
    if shown in _ON_LEDGER if method == "get" else any(one in path for one in _RECORDS_ON_LEDGER):
        operation["parameters"] = [*operation.get("parameters", []), _FINALITY]
        _declare(operation["responses"], FinalityNotReached, BadFinality)


def _declare(answers: dict[str, Any], *kinds: type[Refusal]) -> None:
    for kind in kinds:
        text = f"`{kind.code}`: {kind.title}"
        found = answers.setdefault(
            str(kind.status),
            {
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
                "description": "",
            },
        )
        found["description"] = "; ".join(sorted({*filter(None, found["description"].split("; ")), text}))


def describe(app: FastAPI) -> None:
    """Make the OpenAPI document ours: the problem's schema in its place, nothing of the framework's own
    errors."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                summary=app.summary,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            for path, operations in made["paths"].items():
                for method, operation in operations.items():
                    if is_below(path, GUARDED):
                        operation["security"] = [{"token": []}]
                    if operation["operationId"] in ACCESS:
                        _describe_finality(path, method, operation)
                    if method != "get" and operation["operationId"] in ACCESS:
                        _describe_write(operation)
            made["components"]["securitySchemes"] = {"token": _TOKEN}
            schemas = made["components"]["schemas"]
            schemas["Problem"] = PROBLEM_SCHEMA
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]
