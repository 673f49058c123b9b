"""
The routes below /stations/TOKEN/. A wrong, an old and a revoked address are one and the same
404; the address reaches no log, no cache of others and no other site.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import structlog
from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.exc import DBAPIError
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool

from console.stations import feeds, forms, papers
from console.stations.ledger import Ledger
from console.stations.limits import Limits
from console.stations.view import Entry, View, Views
from worker.errors import UserError
from worker.home import Home
from worker.i18n import each, english, t
from worker.radio import links
from worker.radio.aired import EXTENTS, REASONS
from worker.radio.notices import WORDS
from worker.radio.speech.recordings import LARGEST
from worker.radio.speech.sounds import Sounds
from worker.settings import PRODUCT

log = structlog.get_logger("giovang.stations")

HEADERS = {
    "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex", "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
                               "media-src 'self'; form-action 'self'; frame-ancestors 'none'",
}
@dataclass
class Desk:
    """What the routes share."""

    home: Home
    views: Views
    limits: Limits
    ledger: Ledger
    templates: Environment

    def page(self, name: str, status: int = 200, **values: object) -> Response:
        html = self.templates.get_template(f"{name}.html.j2").render(**values)
        return Response(html, status, HEADERS, "text/html; charset=utf-8")

    def message(self, view: View, status: int, title: str, text: str, back: str = "./") -> Response:
        return self.page("message", status, view=view, title=title, text=text, back=back)

    def took(self, entries: list[Entry], form: str) -> None:
        """Who holds which number; a database that cannot write must not keep a text back."""
        rows = [e.row for e in entries if e.row is not None]
        try:
            self.ledger.took(rows, form)
        except DBAPIError as error:
            log.error("fetch.not_kept", form=form, error=str(error.orig))


def stations_router(home: Home) -> APIRouter:
    """Everything a station sees and sends."""
    templates = Environment(
        loader=FileSystemLoader(PRODUCT / "templates" / "console"), undefined=StrictUndefined,
        autoescape=True, trim_blocks=True, lstrip_blocks=True)
    templates.globals |= {
        "t": t, "english": english, "EXTENTS": each(EXTENTS), "REASONS": each(REASONS),
        "WORDS": each(WORDS)}
    desk = Desk(home, Views(home, Sounds(home)), Limits(home.clock.elapsed), Ledger(home),
                templates)
    router = APIRouter(prefix="/stations/{token}")

    def station_view(token: str, request: Request) -> View:
        return _admitted(desk, token, request.client.host if request.client else "?")

    known = Depends(station_view)
    _reading(router, desk, known)
    _files(router, desk, known)
    _sending(router, desk, known)
    return router


def _admitted(desk: Desk, token: str, caller: str) -> View:
    if desk.limits.barred(caller):
        raise HTTPException(429, headers={**HEADERS, "Retry-After": "60"})
    try:
        with desk.home.store.read() as session:
            station = links.station_of(session, token)
        if station is None:
            too_many = desk.limits.wrong(caller)
            raise HTTPException(429 if too_many else 404, headers=HEADERS)
        if desk.limits.busy(station):
            raise HTTPException(429, headers={**HEADERS, "Retry-After": "60"})
        return desk.views.of(station)
    except DBAPIError as error:
        log.error("stations.database", error=str(error.orig))
        raise HTTPException(503, headers={**HEADERS, "Retry-After": "10"}) from error


#: what a browser shows where there is no page of ours
WORDS_FOR: Mapping[int, tuple[str, str]] = {
    404: ("Không có trang này. Xin địa chỉ mới ở trung tâm.",
          "There is no such page. Ask the centre for a new address."),
    410: ("Bản này đã được thay. Về trang của đài để lấy bản mới.",
          "This one was replaced. The station's page has the new one."),
    429: ("Hỏi quá nhiều lần. Chờ một phút rồi thử lại.",
          "Too many requests. Wait a minute and try again."),
    503: ("Máy chủ đang bận. Chờ một phút rồi thử lại.",
          "The server is busy. Wait a minute and try again."),
}


def in_words(_request: Request, error: Exception) -> Response:
    """A line that the operator can act on; the same for a wrong, old and revoked address."""
    status = getattr(error, "status_code", 500)
    text = (t(*WORDS_FOR[status]) if status in WORDS_FOR
            else str(getattr(error, "detail", "")))
    return PlainTextResponse(text + "\n", status, getattr(error, "headers", None))


def _reading(router: APIRouter, desk: Desk, known: View) -> None:
    @router.get("/")
    @router.head("/")
    def page(request: Request, view: View = known, done: str = "") -> Response:
        if _unchanged(request, view) and not done:
            return Response(status_code=304, headers={**HEADERS, "ETag": view.etag})
        desk.took([e for e in view.entries if not e.bulletin.planned], "page")
        said = t(*forms.DONE[done]) if done in forms.DONE else ""
        answer = desk.page("station", view=view, done=said)
        answer.headers["ETag"] = view.etag
        return answer

    @router.get("/{day}/{airing}")
    @router.head("/{day}/{airing}")
    def one(day: str, airing: str, view: View = known) -> Response:
        entry = next((e for e in view.entries if e.slug == f"{day}/{airing}"), None)
        if entry is None:
            return desk.message(view, 404, t("Không có bản tin này", "No such bulletin"),
                                t("Có thể buổi phát đã đổi. Xem lại danh sách.",
                                  "The airing may have changed. See the list."), "../")
        desk.took([entry], "page")
        later = [e for e in view.entries
                 if (e.bulletin.airs_at, e.slug) > (entry.bulletin.airs_at, entry.slug)]
        return desk.page("bulletin", view=view, e=entry, later=later)

    @router.get("/bulletins.json")
    @router.head("/bulletins.json")
    def as_json(request: Request, view: View = known, date: str = "") -> Response:
        if _unchanged(request, view):
            return Response(status_code=304, headers={**HEADERS, "ETag": view.etag})
        day = _day(date)
        entries = [e for e in view.entries if day in (None, e.bulletin.date)]
        desk.took(entries, "json")
        body = feeds.bulletins_json(view, entries, _base(request, view))
        return Response(body, 200, {**HEADERS, "ETag": view.etag}, "application/json")

    @router.get("/feed.xml")
    @router.head("/feed.xml")
    def feed(request: Request, view: View = known) -> Response:
        if _unchanged(request, view):
            return Response(status_code=304, headers={**HEADERS, "ETag": view.etag})
        body = feeds.podcast(view, _base(request, view), desk.templates)
        return Response(body, 200, {**HEADERS, "ETag": view.etag},
                        "application/rss+xml; charset=utf-8")

    @router.get("/lich.ics")
    def calendar(request: Request, view: View = known) -> Response:
        return Response(feeds.calendar(view, _base(request, view)), 200, HEADERS,
                        "text/calendar; charset=utf-8")


def _files(router: APIRouter, desk: Desk, known: View) -> None:
    @router.get("/audio/{day}/{name}.mp3")
    @router.head("/audio/{day}/{name}.mp3")
    def audio(day: str, name: str, request: Request, view: View = known) -> Response:
        entry = _numbered(view, day, name)
        if entry.sound is None:
            raise HTTPException(404, headers=HEADERS)
        if request.method == "GET":
            desk.took([entry], "mp3")
        return FileResponse(entry.sound.path, media_type="audio/mpeg", headers={
            **HEADERS, "Content-Disposition": f'inline; filename="{day}_{name}.mp3"'})

    @router.get("/sheet/{day}/{name}.{kind}")
    def sheet(day: str, name: str, kind: str, view: View = known) -> Response:
        if kind not in papers.SHEETS:
            raise HTTPException(404, headers=HEADERS)
        entry = _numbered(view, day, name)
        desk.took([entry], "pdf" if kind == "pdf" else "docx")
        body, media = papers.sheet(entry.bulletin, view.zone, kind)
        return Response(body, 200, {
            **HEADERS, "Content-Disposition": f'attachment; filename="{day}_{name}.{kind}"',
        }, media)

    @router.get("/mot-tep.html")
    def one_file(request: Request, view: View = known) -> Response:
        desk.took(list(view.entries), "html")
        return Response(papers.one_file(view, _base(request, view)), 200, {
            **HEADERS, "Content-Disposition": f'attachment; filename="{view.station}.html"',
        }, "text/html; charset=utf-8")

    @router.get("/goi.zip")
    def whole(request: Request, view: View = known) -> Response:
        desk.took(list(view.entries), "bundle")
        base = _base(request, view)
        return _made(lambda out: papers.bundle(desk.home, view, base, out),
                     f"{view.station}.zip")

    @router.get("/usb.zip")
    def stick(view: View = known) -> Response:
        desk.took(list(view.entries), "usb")
        return _made(lambda out: papers.usb(view, out), f"{view.station}-usb.zip")


def _sending(router: APIRouter, desk: Desk, known: View) -> None:
    @router.post("/{act}")
    async def send(act: str, request: Request, view: View = known) -> Response:
        size = request.headers.get("content-length", "")
        if act not in forms.ACTS or not size.isdecimal():
            raise HTTPException(404 if act not in forms.ACTS else 411, headers=HEADERS)
        if int(size) > LARGEST:
            return desk.message(view, 413, t("Tệp quá lớn", "The file is too large"),
                                t("Tối đa 40 MB.", "40 MB at most."))
        async with request.form(max_files=1, max_fields=200) as given:
            sent = await forms.read(given)
        return await run_in_threadpool(_taken, desk, act, view, sent)


def _taken(desk: Desk, act: str, view: View, sent: forms.Sent) -> Response:
    try:
        forms.ACTS[act](desk.home, view, sent)
    except UserError as error:
        text = "\n".join(f"{m.where}: {m.what}. {m.fix}" for m in error.mistakes)
        return desk.message(view, 409 if error.exit_code == 1 else 400,
                            t("Chưa ghi được", "Not written down"), text)
    except DBAPIError as error:
        log.error("form.not_kept", act=act, error=str(error.orig))
        return desk.message(view, 503, t("Máy chủ đang bận", "The server is busy"),
                            t("Chưa ghi được. Chờ một phút rồi gửi lại.",
                              "Not written down. Wait a minute and send it again."))
    log.info("station.said", station=view.station, act=act)
    # a redirect, so that "load again" does not send the form a second time
    return RedirectResponse(f"./?done={act}", 303, HEADERS)


def _unchanged(request: Request, view: View) -> bool:
    return view.etag in request.headers.get("if-none-match", "")


def _numbered(view: View, day: str, name: str) -> Entry:
    """By place and number; a number that was replaced is gone, not merely old."""
    airing, _, number = name.rpartition("-")
    entry = view.find(f"{day}/{airing}")
    if entry is None or not number.isdecimal():
        raise HTTPException(404, headers=HEADERS)
    if entry.bulletin.number != int(number):
        raise HTTPException(410, headers=HEADERS)
    return entry


def _made(make: Callable[[Path], None], name: str) -> Response:
    """A file made for this request and thrown away after it."""
    folder = tempfile.TemporaryDirectory(prefix="giovang-")
    try:
        make(Path(folder.name) / name)
    except OSError as error:
        folder.cleanup()
        log.error("bundle.not_made", error=str(error))
        raise HTTPException(503, headers={**HEADERS, "Retry-After": "60"}) from error
    return FileResponse(Path(folder.name) / name, headers={
        **HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
        background=BackgroundTask(folder.cleanup))


def _base(request: Request, view: View) -> str:
    """This page's own address: as the programme says, else as whoever asks has it."""
    token = request.path_params["token"]
    if view.public_url:
        return f"{view.public_url}/stations/{token}/"
    return str(request.url_for("page", token=token))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(400, "date=2026-11-25", headers=HEADERS) from None
