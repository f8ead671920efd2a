"""What every answer that is no API answer tells the browser to forbid."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Referrers stay within the site. Not `no-referrer`: under it browsers name the origin of a form as `null`.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_API = ("/v1", "/healthz", "/readyz", "/openapi.json")


def is_page(path: str) -> bool:
    """Whether an address is one of the portal's."""
    return not any(path == one or path.startswith(one + "/") for one in _API)


class PageHeaders:
    """Adds SECURITY to the portal's answers, where an answer does not say otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
            await send(message)

        is_one = scope["type"] == "http" and is_page(scope["path"])
        await self.app(scope, receive, sending if is_one else send)
