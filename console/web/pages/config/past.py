"""Versions of the programme: who changed what, going back; and a file that says something else."""

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.config.desk import Desk
from worker.i18n import t
from worker.models import ProgrammeVersion
from worker.programme import history, saving
from worker.programme.draft import Draft, whole


def page(site: Site, ask: Ask) -> Response:
    after = ask.query.get("truoc", "")
    with site.home.store.read() as session:
        desk = _whole(site, ask, session)
        rows, more = history.versions(session, _number(after) if after else None)
        return desk.page("history", rows=rows, more=more, after=after)


def one(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        desk = _whole(site, ask, session)
        told = history.told(session, _number(str(ask.path["number"])))
        if told is None:
            raise HTTPException(404)
        return desk.page("version", told=told, may=desk.administers and desk.file.editable)


def go_back(site: Site, ask: Ask) -> Response:
    """An earlier text becomes a new version; judged by today's rules."""
    number = _number(str(ask.path["number"]))
    back = f"/cau-hinh/lich-su/{number}"
    with site.home.store.read() as session:
        desk = _whole(site, ask, session)
        row = session.get(ProgrammeVersion, number)
        if row is None:
            raise HTTPException(404)
        made = whole(session, site.home.settings.home, row.text)
        moment = row.accepted_at.astimezone(desk.zone)
        title = t(f"Trở về bản {number}, nhận lúc {moment:%d/%m/%Y %H:%M}",
                  f"Go back to version {number} of {moment:%d/%m/%Y %H:%M}")
        refused = _refused(desk, made, title, back)
        if refused is not None:
            return refused
        if made.text == desk.force.text:
            return site.go("/cau-hinh/lich-su?xong=cau-hinh-nhu-cu")
        asked = _asked(desk, made, title, back, back, t("Trở về bản này", "Go back to it"))
        if asked is not None:
            return asked
    saving.save(site.home, made.force.id, ask.me.person, made.text)
    return site.go("/cau-hinh/lich-su?xong=cau-hinh-ve")


def take_up(site: Site, ask: Ask) -> Response:
    """The file as it stands on the disk is put into force, as `check --apply` does."""
    with site.home.store.read() as session:
        desk = _whole(site, ask, session)
        if desk.file.state == "same":
            return site.go("/cau-hinh?xong=cau-hinh-nhu-cu")
        if desk.file.state not in ("new", "older"):
            return site.go("/cau-hinh")
        made = whole(session, site.home.settings.home, desk.file.text)
        title = t("Nhận tệp schedules.toml trên máy chủ", "Take up the server's schedules.toml")
        seen = saving.file_seen(desk.file, site.home.settings.schedules)
        asked = _asked(desk, made, title, "/cau-hinh/tep/nhan", "/cau-hinh",
                       t("Nhận và áp dụng", "Take it up"), seen)
        if asked is not None:
            return asked
    saving.take_up(site.home, ask.form.get("tep", ""), ask.me.person)
    return site.go("/cau-hinh?xong=cau-hinh-nhan")


def put_back(site: Site, ask: Ask) -> Response:
    """The file is written anew from the version in force; what stood there is kept as a copy."""
    with site.home.store.read() as session:
        _whole(site, ask, session)
    saving.put_back(site.home, ask.form.get("tep", ""), ask.me.person)
    return site.go("/cau-hinh?xong=cau-hinh-tra")


def _whole(site: Site, ask: Ask, session: Session) -> Desk:
    """The whole text names numbers of every organisation: not for those who work for one."""
    desk = Desk(site, ask, session)
    if not desk.whole:
        raise HTTPException(404)
    return desk


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise HTTPException(404)
    return int(text)


def _refused(desk: Desk, made: Draft, title: str, back: str) -> Response | None:
    if made.good and desk.file.editable:
        return None
    return desk.page("refused", 400, title=title, why=made.problems.get("", []), back=back)


def _asked(
    desk: Desk, made: Draft, title: str, action: str, back: str, button: str, seen: str = ""
) -> Response | None:
    """What it would do; None when that was agreed to, for this version and this file."""
    found = desk.effects(made)
    form = desk.ask.form
    unsaid = found.confirm and not form.get("dong_y")
    agreed = form.get("viec") == "luu" and form.get("ban") == str(made.force.id)
    moved = form.get("viec") == "luu" and form.get("ban") != str(made.force.id)
    if agreed and not unsaid and form.get("tep", "") == seen:
        return None
    return desk.page(
        "effects", 400 if agreed else 200, title=title, found=found, action=action, back=back,
        button=button, fields=[("ban", str(made.force.id)), ("tep", seen)], moved=moved,
        why=t("Tích ô xác nhận rồi bấm lại.", "Tick the box first.") if agreed and unsaid else "")
