"""
What every request passes before it is looked at: not too many, not too large, not sent by
another site; and what every answer is told to the browser.
"""

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.stations.limits import Limits
from console.web.context import LANGUAGE, cookie_name
from worker.i18n import choose, t

#: bytes of a form, where its route says nothing else
LARGEST = 64 * 1024
#: asked by machines, as often as they like
MACHINES = frozenset({"/healthz", "/readyz", "/metrics"})
#: guards itself, by keys that no browser sends by itself (console/api/guard.py)
API = "/api/v1/"

HEADERS = {
    # nothing inline: a text of somebody else's that slips into a page does nothing there
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
                               "font-src 'self'; img-src 'self'; media-src 'self'; "
                               "connect-src 'self'; "
                               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # not no-referrer: browsers then send forms with `Origin: null`. To others it says as little.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}


class Gate:
    """ASGI middleware of the inner listener."""

    def __init__(self, app: ASGIApp, limits: Limits, largest: Callable[[str], int]) -> None:
        self._app = app
        self._limits = limits
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        if not request.url.path.startswith(API):  # of this request: each has a context of its own
            secure = request.url.scheme == "https"
            choose(request.cookies.get(cookie_name(LANGUAGE, secure=secure), ""))
        refused = self._refused(request)
        if refused is not None:
            status, words = refused
            answer = PlainTextResponse(words + "\n", status, {"Retry-After": "60"}
                                       if status == 429 else None)
            await answer(scope, receive, told)
            return
        await self._app(scope, receive, told)

    def _refused(self, request: Request) -> tuple[int, str] | None:
        if request.url.path in MACHINES or request.url.path.startswith(API):
            return None
        caller = request.client.host if request.client else "?"
        if self._limits.busy(caller):
            return 429, t("Hỏi quá nhiều lần. Chờ một phút rồi thử lại.",
                          "Too many requests. Wait a minute and try again.")
        if request.method in ("GET", "HEAD"):
            return None
        size = request.headers.get("content-length", "")
        if not size.isdecimal():
            return 411, t("Thiếu độ dài của biểu mẫu.", "The form's length is missing.")
        if int(size) > self._largest(request.url.path):
            return 413, t("Biểu mẫu quá lớn.", "The form is too large.")
        if not from_here(request.headers, f"{request.url.scheme}://{request.url.netloc}"):
            return 403, t(
                "Biểu mẫu không gửi từ trang này nên không nhận. Mở lại trang rồi làm lại; nếu có "
                "máy chủ web phía trước, máy ấy phải chuyển Host và X-Forwarded-Proto.",
                "The form was not sent from this site and is not taken. Load the page again; a web "
                "server in front must pass Host and X-Forwarded-Proto on.")
        return None


def from_here(headers: Headers, own: str) -> bool:
    """Whether a page of ours sent this; a browser too old to say so is not believed."""
    origin = headers.get("origin")
    if origin is not None and origin != "null":
        return origin == own
    return headers.get("sec-fetch-site") == "same-origin"
