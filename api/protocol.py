"""HTTP/1.1 as it is taken off the wire, with a bound on what stands before a body."""

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024  # request line and headers; what came in the last read is not counted


class BoundedHead(HttpToolsProtocol):
    """Answers 400 and closes where a request's line and headers do not end; the parser itself would keep any number."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._is_in_head, self._is_all_head = True, True
        self._head_bytes = 0

    def data_received(self, data: bytes) -> None:
        self._is_all_head = self._is_in_head
        super().data_received(data)
        if not self._is_all_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request's headers are too long.")

    def on_headers_complete(self) -> None:
        self._is_in_head, self._is_all_head, self._head_bytes = False, False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_head = True
        super().on_message_complete()
