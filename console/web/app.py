"""From a request to the handler of its route: who it is, whether they may, and words when not."""

import contextlib
import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from channels.base import Channel
from console.stations.limits import Limits
from console.web.context import Ask, Filled, Site, Upload
from console.web.gate import LARGEST, Gate
from console.web.route import Route
from console.web.routes import ROUTES
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.users import sessions
from worker.users.sessions import Who

log = structlog.get_logger("giovang.console")

def add_console(
    app: FastAPI, home: Home, channels: Callable[[], Mapping[str, Channel]],
    routes: Sequence[Route] = ROUTES,
) -> None:
    """Put every route of the table on this application, behind the gate."""
    site = Site(home, channels)
    app.state.closing = site.closing
    for route in routes:
        app.add_api_route(route.path, _endpoint(site, route), methods=[route.method],
                          include_in_schema=False, response_model=None)

    async def not_there(request: Request, error: Exception) -> Response:
        return await run_in_threadpool(_no_page, site, request, error)

    app.add_exception_handler(HTTPException, not_there)
    app.add_middleware(Gate, limits=Limits(home.clock.elapsed), largest=largest_of(routes))


def largest_of(routes: Sequence[Route]) -> Callable[[str], int]:
    """Bytes that a form sent to this path may have."""
    wider = [(compile_path(r.path)[0], r.largest) for r in routes if r.largest != LARGEST]

    def largest(path: str) -> int:
        return next((most for pattern, most in wider if pattern.match(path)), LARGEST)

    return largest


def _endpoint(site: Site, route: Route) -> Callable[..., Any]:
    async def endpoint(request: Request) -> Response:
        if route.method == "GET":
            return await run_in_threadpool(_answered, site, route, request)
        if route.files:  # nobody fills our disk who may not
            out = await run_in_threadpool(_look, site, route, request)
            if out is not None:
                return out
        async with request.form(max_files=route.files, max_fields=route.fields) as given:
            return await run_in_threadpool(_answered, site, route, request, given)

    return endpoint


def _filled(route: Route, given: FormData | None) -> Filled:
    """
    The values and files of a form.

    Raises:
        UserError: a value is too long. Nothing is cut off in silence.
    """
    many: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    for name, value in given.multi_items() if given is not None else ():
        if isinstance(value, UploadFile):
            if value.filename:  # a field without a file is sent with an empty name
                files.setdefault(name, []).append(
                    Upload(value.filename[:255].replace("\0", ""), value.file,
                           value.size or 0))
        elif "\0" in value:  # PostgreSQL takes none
            raise UserError(name, t("có ký tự không đọc được", "holds an unreadable character"),
                            t("xóa rồi gõ lại ô ấy", "empty that field and type it again"))
        elif len(value) > route.longest:
            raise UserError(name, t(f"dài quá {route.longest} ký tự",
                                    f"over {route.longest} characters"),
                            t("rút ngắn rồi gửi lại", "shorten it and send again"))
        else:
            many.setdefault(name, []).append(value)
    return Filled(many, files)


def _answered(
    site: Site, route: Route, request: Request, given: FormData | None = None
) -> Response:
    answer = _look(site, route, request, lambda ask: route.answer(
        site, replace(ask, filled=_filled(route, given))))
    assert answer is not None  # noqa: S101  (a handler answers)
    return answer


def _look(
    site: Site, route: Route, request: Request,
    then: Callable[[Ask], Response | None] = lambda _: None,
) -> Response | None:
    """What keeps whoever asks out, or what `then` answers; in words, whatever happens."""
    ask = Ask(request, None)
    try:
        if "\0" in request.scope["path"] or b"%00" in request.scope["query_string"]:
            raise HTTPException(404)
        ask = Ask(request, _who(site, ask, touch=not route.passive))
        return _kept_out(site, route, ask) or then(ask)
    except UserError as error:
        text = error.on_page()
        return site.message(ask, 409 if error.exit_code == 1 else 400,
                            t("Chưa làm được", "Not done"), text)
    except HTTPException as error:
        return _no_page(site, request, error)
    except DBAPIError as error:
        log.error("console.database", error=str(error.orig))
        return Response(t("Máy chủ đang bận. Chờ một phút rồi thử lại.\n",
                          "The server is busy. Wait a minute and try again.\n"), 503,
                        {"Retry-After": "10"}, "text/plain; charset=utf-8")
    except Exception as error:  # noqa: BLE001  (a page of staff shows no traceback)
        mark = secrets.token_hex(4)
        # not log.exception: a renderer that shows locals would show a password
        log.error("console.bug", mark=mark, route=route.path,
                  trace="".join(traceback.format_exception(error)))
        return site.message(ask, 500, t("Trang này bị lỗi", "This page failed"), t(
            f"Lỗi của chương trình, đã ghi vào nhật ký máy với mã {mark}. Việc phát tin không bị "
            "ảnh hưởng. Báo mã này cho người phát triển.",
            f"A bug of ours, logged as {mark}. Publishing goes on. Tell the developers."))


def _who(site: Site, ask: Ask, *, touch: bool) -> Who | None:
    token = ask.cookie("phien")
    if not token:
        return None
    now = site.home.clock.now()
    with site.home.store.read() as session:
        found = sessions.who(session, now, token)
    if found is None:
        return None
    who, due = found
    if touch and due:
        with site.home.store.write() as session:
            sessions.touch(session, now, who.session)
    return who


#: where a session that is half in has to go
_STEP = {"code": "/ma-xac-thuc", "enrol": "/ma-xac-thuc/thiet-lap", "full": "/"}


def _kept_out(site: Site, route: Route, ask: Ask) -> Response | None:
    """Where to send whoever may not; None: come in."""
    if route.needs == "anyone":
        return None
    if ask.who is None or ask.who.standing not in route.needs:
        if ask.request.headers.get("hx-request"):  # a part of a page: the whole has to be loaded
            return Response(status_code=403, headers={"HX-Refresh": "true"})
        if ask.who is not None:
            return site.go(_STEP[ask.who.standing])
        here = ask.request.url.path
        if ask.request.url.query:
            here += f"?{ask.request.url.query}"
        return site.go(f"/dang-nhap?next={quote(here, safe='')}" if route.method == "GET"
                       else "/dang-nhap")
    if not route.roles & ask.who.roles:
        return site.message(ask, 403, t("Không có quyền", "Not allowed"), t(
            "Vai trò của bạn không làm được việc này. Nhờ quản trị thêm vai trò nếu cần.",
            "Your roles do not allow this. Ask an administrator if you need it."))
    return None


def _no_page(site: Site, request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    text = {
        404: t("Không có trang này. Có thể địa chỉ gõ sai hoặc trang đã đổi.",
               "There is no such page. The address may be wrong or old."),
        405: t("Trang này không nhận yêu cầu như vậy.", "This page takes no such request."),
    }.get(status, str(getattr(error, "detail", "")))
    ask = Ask(request, None)
    with contextlib.suppress(DBAPIError):  # said without the menu
        ask = Ask(request, _who(site, ask, touch=False))
    return site.message(ask, status, t("Không mở được trang", "The page cannot be opened"), text)
