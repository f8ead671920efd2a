"""What the embedded node answers instead of a result."""

METHOD_NOT_FOUND = -32601
BAD_REQUEST = -32600
BAD_PARAMS = -32602
NOT_JSON = -32700
INTERNAL = -32603
REFUSED = -32000
TOO_MUCH = -32005
REVERTED = 3


class ClosingError(Exception):
    """The chain was closed meanwhile: there is no answer any more, and the connection ends."""


class RpcError(Exception):
    """A JSON-RPC error: ``code`` as geth uses them, a sentence, and a revert's data as bytes."""

    def __init__(self, code: int, message: str, data: bytes | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
