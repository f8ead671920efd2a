"""How final a record must be for the caller: what is less is refused, in lists left out."""

from typing import Any

import orjson
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from api.views import View
from registry.kit.errors import BadInput, Conflict

PARAMETER = "min_finality"
_RANK = {"orphaned": 0, "pending": 1, "included": 2, "final": 3}
DEMANDED = ("included", "final")


class BadFinality(BadInput):
    code = "bad_finality"
    title = "That is no finality one can demand"


class FinalityNotReached(Conflict):
    """The record stands lower on the ledger than the caller demands."""

    code = "finality_not_reached"
    title = "The record is not as final as demanded"


def require_finality(request: Request, resource: View | None) -> None:
    """Raises FinalityNotReached where the record in the address stands lower than demanded, BadFinality."""
    wanted = _wanted(request)
    if wanted is not None and resource is not None and "ledger" in resource:
        _require(resource, wanted)


def as_final(request: Request, response: Response) -> Response:
    """The answer where it is as final as demanded; a list without what is not. Raises as ``require_finality``."""
    wanted = _wanted(request)
    if wanted is None or response.status_code != 200:
        return response
    if response.headers.get("content-type", "") != "application/json":
        raise BadFinality("Only JSON answers can be held to a finality; ask for one.")
    body = orjson.loads(bytes(response.body))
    if "ledger" in body:
        _require(body, wanted)
    elif any("ledger" in one for one in body.get("items", [])):
        items = [one for one in body["items"] if _reaches(one, wanted)]
        return JSONResponse({**body, "items": items})
    return response


def _wanted(request: Request) -> str | None:
    # Most ask for nothing, and of them nothing is taken apart.
    wanted = request.query_params.get(PARAMETER) if request.scope["query_string"] else None
    if wanted is not None and wanted not in DEMANDED:
        raise BadFinality(f"Say {' or '.join(DEMANDED)}.", given=wanted[:40])
    return wanted


def _reaches(view: Any, wanted: str) -> bool:
    ledger = view.get("ledger")
    return ledger is not None and _RANK[ledger["status"]] >= _RANK[wanted]


def _require(view: Any, wanted: str) -> None:
    if not _reaches(view, wanted):
        ledger = view.get("ledger")
        stands = ledger["status"] if ledger else "not on its way"
        raise FinalityNotReached(
            f"On the ledger it is {stands}; {wanted} was demanded. Ask again later.", ledger=ledger
        )
