"""How a write is carried out once, whatever the network does: idempotency keys, and trying it out.

With an ``Idempotency-Key`` the answer is written in the same transaction as what it is about; whoever asks again
with the key gets it back. With ``dry_run`` everything is done up to the end of the transaction, the ledger is asked
what it would say, and all of it is undone.
"""

import hashlib
import re
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import anyio.to_thread
import orjson
from fastapi import Request, Response
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from api import auditing, views
from api.service import Service
from registry.access import queries
from registry.access.actor import Actor
from registry.access.errors import AnswerLost, KeyReused
from registry.access.model import Answer
from registry.kit.errors import BadInput, Refusal
from registry.relay.model import Act
from registry.relay.use_cases import new_acts

KEPT = timedelta(hours=24)
# Their answers are shown once and kept nowhere.
SECRET = frozenset({"open_session", "add_api_key", "add_webhook", "rotate_webhook", "check_fingerprints"})
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class BadWriteOption(BadInput):
    code = "malformed_write_option"
    title = "`Idempotency-Key` or `dry_run` cannot be read"


class _Rehearsed(Exception):  # noqa: N818 - not an error: it undoes the transaction
    def __init__(self, acts: list[Act]) -> None:
        super().__init__()
        self.acts = acts


class _Raced(Exception):  # noqa: N818 - undoes what a twin has done already
    pass


class Write:
    """One write of one caller."""

    def __init__(self, request: Request, operation: str) -> None:
        self._request = request
        self._service: Service = request.app.state.service
        self._actor: Actor | None = request.scope["state"].get("actor")
        # Whoever has not signed in is known by the invitation it holds: keys of strangers must not meet.
        invitation = str(request.path_params.get("invitation", ""))
        self._person = self._actor.person if self._actor else invitation
        self._operation = operation
        self._is_dry = is_dry(request)
        self._key = request.headers.get("idempotency-key")
        if self._key is not None and not _KEY.fullmatch(self._key):
            raise BadWriteOption("An Idempotency-Key has 1 to 255 printable ASCII characters without spaces.")
        self._hash = ""
        self._is_mine = False  # whether the answer under the key is this request's

    async def answered(self, handle: Handler) -> Response:
        """Raises KeyReused, KeyInUse, AnswerLost, BadWriteOption, and what the operation raises."""
        self._request.state.last = self._last
        if self._key is not None and not self._is_dry:
            self._hash = self._fingerprint(await self._request.body())
            kept = await anyio.to_thread.run_sync(self._kept)
            if kept is not None:
                return kept
        try:
            response = await handle(self._request)
        except _Rehearsed as done:
            return await anyio.to_thread.run_sync(self._rehearsal, done.acts)
        except (Refusal, _Raced, IntegrityError):
            # If a twin of this request was faster, what that one wrote stands, and its answer is ours.
            kept = await anyio.to_thread.run_sync(self._kept) if self._hash else None
            if kept is None:
                raise
            return kept
        if self._hash and response.status_code < 400:
            await anyio.to_thread.run_sync(self._keep, response)
        return response

    def _fingerprint(self, body: bytes) -> str:
        path = f"{self._operation} {self._request.url.path}?{self._request.url.query}\n".encode()
        return hashlib.sha256(path + body).hexdigest()

    def _last(self, session: Session) -> None:
        """At the end of the transaction: who handed the acts in, the answer under its key, or nothing at all."""
        acts = new_acts(session)
        party = self._actor.party if self._actor else 0
        for act in acts:
            act.requester = party
        if self._is_dry:
            raise _Rehearsed(acts)
        auditing.accept(self._request, self._operation, session)
        if not self._hash:
            return
        now = self._service.context.clock.now()
        queries.forget_answers(session, now - KEPT)
        kept = queries.answer(session, self._person, self._key or "")
        if kept is not None and not self._is_mine:
            raise _Raced
        self._is_mine = True
        kept = kept or Answer(person=self._person, key=self._key, status=0, headers={}, body=None)
        kept.request, kept.answered_at = self._hash, now
        if acts:
            kept.status, kept.body = 202, orjson.dumps(views.act(acts[-1]))
            kept.headers = {"content-type": "application/json", "location": f"/v1/acts/{acts[-1].id}"}
        session.add(kept)
        session.flush()

    def _kept(self) -> Response | None:
        with self._service.database.read() as session:
            kept = queries.answer(session, self._person, self._key or "")
        if kept is None or kept.answered_at < self._service.context.clock.now() - KEPT:
            return None
        if kept.request != self._hash:
            raise KeyReused("Make a new key for another request.")
        if kept.body is None:
            raise AnswerLost("It was carried out and is not done again; look at the record.")
        return Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"})

    def _keep(self, response: Response) -> None:
        """The full answer, where the transaction could only keep that it was done."""
        with self._service.database.write() as session:
            kept = queries.answer(session, self._person, self._key or "")
            if kept is None or self._operation in SECRET:
                return  # nothing was written, so that nothing can be repeated; or it is not to be kept
            kept.status, kept.body = response.status_code, bytes(response.body)
            wanted = ("content-type", "location", "preference-applied")
            kept.headers = {name: response.headers[name] for name in wanted if name in response.headers}

    def _rehearsal(self, acts: list[Act]) -> Response:
        for act in acts:
            self._service.worker.rehearse(act)
        shown = [views.act(act) | {"id": None} for act in acts]
        return JSONResponse({"dry_run": True, "acts": shown})


def is_dry(request: Request) -> bool:
    """Whether a write is only tried out. Raises BadWriteOption."""
    written = request.query_params.get("dry_run", "false")
    if written not in _TRUTH:
        raise BadWriteOption("`dry_run` is true or false.")
    return _TRUTH[written]
