"""
What every call passes before it is looked at: not too many, not too large, nothing unprintable in
its address, and a key that works. No cookie is looked at here: a browser sends nothing by itself.
"""

import re
import secrets
import traceback
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

import structlog
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.api.problems import answer
from console.stations.limits import RIGHT, WRONG, Limits
from worker.api import keys
from worker.api.keys import Caller
from worker.home import Home
from worker.i18n import t

log = structlog.get_logger("giovang.api")

#: bytes of a body, where its address says nothing else
LARGEST = 256 * 1024
_UNPRINTABLE = re.compile(rb"[\x00-\x1f\x7f]")


class Guard:
    """ASGI middleware of the API."""

    def __init__(
        self, app: ASGIApp, home: Home, limits: Limits, largest: Callable[[str], int]
    ) -> None:
        self._app, self._home, self._limits, self._largest = app, home, limits, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            refused = self._refused(Request(scope)) or await run_in_threadpool(
                self._unknown, Request(scope))
            await (refused or self._app)(scope, receive, told)
        except DBAPIError as error:
            log.error("api.database", error=str(error.orig))
            if not begun:
                await answer("busy")(scope, receive, send)
        except Exception as error:  # noqa: BLE001  (a program is shown no traceback)
            mark = secrets.token_hex(4)
            log.error("api.bug", mark=mark, path=scope["path"],
                      trace="".join(traceback.format_exception(error)))
            if not begun:
                await answer("our-bug", t(
                    f"Đã ghi vào nhật ký máy với mã {mark}. Báo mã này cho người phát triển.",
                    f"Logged as {mark}. Tell the developers."))(scope, receive, send)

    def _refused(self, request: Request) -> Response | None:
        if self._limits.busy(f"address {_address(request)}"):
            return answer("too-often", t(f"Tối đa {RIGHT} lần một phút từ một địa chỉ.",
                                         f"At most {RIGHT} a minute from one address."))
        sent = unquote_to_bytes(request.scope["path"]) + unquote_to_bytes(
            request.scope.get("query_string", b""))
        if _UNPRINTABLE.search(sent):
            return answer("not-understood", t("Địa chỉ có ký tự không hiển thị được.",
                                              "The address holds unprintable characters."))
        if request.method in ("GET", "HEAD"):
            return None
        size = request.headers.get("content-length", "0" if not request.headers.get(
            "transfer-encoding") else "")
        if not size.isdecimal():
            return answer("length")
        most = self._largest(request.url.path)
        if int(size) > most:
            return answer("too-large", t(f"Tối đa {most} byte.", f"At most {most} bytes."))
        return None

    def _unknown(self, request: Request) -> Response | None:
        """Refused without a key that works; else whoever calls is in the request's state."""
        caller = self._caller(request.headers.get("authorization", ""))
        if caller is None:
            if self._limits.wrong(f"key {_address(request)}"):
                return answer("too-often", t(f"Hơn {WRONG} lần sai khóa trong một phút.",
                                             f"Over {WRONG} wrong keys in a minute."))
            return answer("no-key", t("Gửi khóa trong «Authorization: Bearer gv_…».",
                                      "Send it in “Authorization: Bearer gv_…”."))
        if self._limits.busy(f"key {caller.key}"):
            return answer("too-often", t(f"Tối đa {RIGHT} lần một phút cho một khóa.",
                                         f"At most {RIGHT} a minute for one key."))
        request.state.caller = caller
        return None

    def _caller(self, header: str) -> Caller | None:
        kind, _, token = header.partition(" ")
        if kind.lower() != "bearer":
            return None
        now = self._home.clock.now()
        with self._home.store.read() as session:
            found = keys.who(session, now, token.strip())
        if found is None:
            return None
        caller, due = found
        if due:
            with self._home.store.write() as session:
                keys.touch(session, now, caller.key)
        return caller


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"
