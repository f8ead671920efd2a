"""One message brought to one URL: to an address that was looked up and checked once, within a bound of time."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpcore

from registry.kit.clock import Deadline
from registry.webhooks.addresses import Target, may_reach, target
from registry.webhooks.errors import WebhookUrlRefused

log = logging.getLogger(__name__)

SECONDS = 15.0  # the specification advises 15 to 30
MAX_ANSWER_BYTES = 4096
MAX_ADDRESSES = 3  # of a name's, tried in turn

Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Reply:
    """``status_code`` None where no answer came, ``failure`` saying why."""

    status_code: int | None
    failure: str = ""
    retry_after_s: int = 0


class Post(Protocol):
    """Brings one message to one URL. What the receiver does is in the reply, never raised."""

    def __call__(self, url: str, headers: dict[str, str], content: bytes) -> Reply: ...


class AddressRefused(Exception):  # noqa: N818 - the outcome of an attempt
    """A name leads to where nothing is sent."""


def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class HttpPost:
    """Posts over HTTP/1.1. No redirect is followed, no proxy is asked, no cookie kept, nothing of an answer shown.

    ``resolve`` is asked once a message: the address that was checked is the one that is connected to, whatever the
    name leads to a moment later. TLS and ``Host`` keep the name.
    """

    seconds: float = SECONDS
    allows_loopback: bool = False
    resolve: Resolve = look_up
    tls: ssl.SSLContext | None = None

    def __call__(self, url: str, headers: dict[str, str], content: bytes) -> Reply:
        until = Deadline(self.seconds)
        try:
            to = target(url, allows_loopback=self.allows_loopback)
            return self._posted(to, headers, content, until)
        except (AddressRefused, WebhookUrlRefused) as refused:
            return Reply(None, str(refused))
        except httpcore.TimeoutException:
            return Reply(None, f"It did not answer within {self.seconds:g} s.")
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError, UnicodeError) as error:
            return Reply(None, _said(error))

    def _posted(self, to: Target, headers: dict[str, str], content: bytes, until: Deadline) -> Reply:
        url = httpcore.URL(
            scheme=b"https" if to.is_secure else b"http",
            host=to.host.encode(),
            port=to.port,
            target=to.path.encode(),
        )
        given = {
            **headers, "host": to.authority, "content-length": str(len(content)), "connection": "close",
        }  # fmt: skip
        with (
            httpcore.ConnectionPool(
                ssl_context=self.tls or httpcore.default_ssl_context(),
                network_backend=_Pinned(self._addresses(to), until),
            ) as pool,
            pool.stream("POST", url, headers=list(given.items()), content=content) as answer,
        ):
            _drain(answer.iter_stream())
            return Reply(answer.status, retry_after_s=_retry_after(answer.headers))

    def _addresses(self, to: Target) -> Sequence[str]:
        """All of them must do: of a name that leads to both sides none is right. Raises AddressRefused, OSError."""
        found = self.resolve(to.host, to.port)
        if not found or not all(may_reach(one, to, allows_loopback=self.allows_loopback) for one in found):
            raise AddressRefused(f"{to.host} leads to no address on the internet.")
        return found[:MAX_ADDRESSES]


class _Pinned(httpcore.NetworkBackend):
    """Connects to the given addresses, whatever name it is asked for."""

    def __init__(self, addresses: Sequence[str], until: Deadline) -> None:
        self._addresses, self._until = addresses, until
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception | None = None
        for number, address in enumerate(self._addresses):
            share = _left(self._until) / (len(self._addresses) - number)
            try:
                stream = self._inner.connect_tcp(address, port, share, local_address, socket_options)
                return _Bounded(stream, self._until)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore.ConnectError("no address")


class _Bounded(httpcore.NetworkStream):
    """A connection that ends with the time for the whole message: by single bytes it could be drawn out for days."""

    def __init__(self, inner: httpcore.NetworkStream, until: Deadline) -> None:
        self._inner, self._until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(self._until))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, _left(self._until)), self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _left(until: Deadline) -> float:
    if until.has_passed:
        raise httpcore.ReadTimeout
    return until.left_s


def _drain(chunks: Iterable[bytes]) -> None:
    """Let the receiver end its answer, as far as it is short; what it says is of no use."""
    size = 0
    for some in chunks:
        size += len(some)
        if size >= MAX_ANSWER_BYTES:
            return


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Seconds, 0 where nothing is said or a date is."""
    for name, value in headers:
        if name.lower() == b"retry-after" and value.isdigit() and len(value) < 10:
            return int(value)
    return 0


def _said(error: Exception) -> str:
    """What went wrong, in a few words of ours: the receiver's own are nobody's business."""
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return "Its certificate is not good for its name."
    if isinstance(cause, ssl.SSLError):
        return "It speaks no TLS."
    if isinstance(cause, socket.gaierror | UnicodeError):
        return "Its name has no address."
    if isinstance(error, httpcore.ProtocolError):
        return "Its answer is no HTTP."
    return "It cannot be reached."
