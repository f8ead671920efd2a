"""Pages of records as JSON, or as CSV (RFC 4180) for whoever asks with `Accept: text/csv`."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from api.deps import in_loop
from api.v1.documented import Responses
from api.views import View
from registry.kit.cells import csv_text

CSV = "text/csv"
Path = tuple[str, ...]

AS_CSV: Responses = {
    200: {
        "description": "A page, as JSON or with `Accept: text/csv` as CSV: nested members behind their names",
        "content": {CSV: {"schema": {"type": "string"}}},
        "headers": {"Link": {"description": "Of a CSV page: the next one", "schema": {"type": "string"}}},
    }
}


class Listing:
    """How a list answers."""

    def __init__(
        self, request: Request, accept: Annotated[str, Header(description="`text/csv` for CSV")] = ""
    ) -> None:
        self._request = request
        self._is_csv = CSV in accept.lower()

    def __call__(self, model: type[BaseModel], items: list[View], after: object) -> View | Response:
        if not self._is_csv:
            return {"items": items, "next": after}
        headers = {"Vary": "Accept"}
        if after is not None:
            following = self._request.url.include_query_params(after=after)
            headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return Response(as_csv(model, items), media_type=CSV, headers=headers)


ListingDep = Annotated[Listing, Depends(in_loop(Listing))]


def as_csv(model: type[BaseModel], items: list[View]) -> str:
    """One line an item, under a line of names: a member of a member is `face_amount`. Lists are left out."""
    paths = list(_paths(model))
    return csv_text(["_".join(path) for path in paths], ([_at(one, path) for path in paths] for one in items))


def _paths(model: type[BaseModel], before: Path = ()) -> Iterator[Path]:
    for name, field in model.model_fields.items():
        kind = _plain(field.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _paths(kind, (*before, name))
        elif get_origin(kind) not in (list, dict):
            yield (*before, name)


def _plain(kind: Any) -> Any:
    """A type without the None it may be instead."""
    if get_origin(kind) in (Union, UnionType):
        return next(one for one in get_args(kind) if one is not type(None))
    return kind


def _at(item: View, path: Path) -> object:
    value: Any = item
    for name in path:
        value = None if value is None else value[name]
    return value
