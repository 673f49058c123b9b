"""The end of a doubt; taking a text back, and putting it right."""

from typing import Any

from fastapi import HTTPException, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from worker import log_query
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.models import Item
from worker.outbox import desk
from worker.outbox.acts import Resolution
from worker.scope import targets_held

HOW: dict[str, Resolution] = {"da-ra": "went-out", "chua-ra": "did-not", "gui-lai": "send-again"}
#: corrections offered
OFFERED = 200


def resolve(site: Site, ask: Ask) -> Response:
    key, how = str(ask.path["key"]), HOW.get(ask.form.get("how", ""))
    with site.home.store.read() as session:
        programme = in_force(session).programme
        try:
            line = log_query.one(session, key)
        except UserError as error:
            raise HTTPException(404) from error
    held = targets_held(programme, site.scope(ask))
    if held is not None and line.target not in held.get(line.channel, ()):
        raise HTTPException(404)
    if how is None:
        raise UserError(t("Kết quả", "Result"), t("chưa chọn", "is not chosen"),
                        t("chọn một trong ba cách", "choose one of the three"))
    desk.resolve(site.home, ask.me.person, key, how, ask.form.get("reason", ""))
    return site.go(f"/nhat-ky/{key}?xong=ket-qua")


def recall_page(site: Site, ask: Ask) -> Response:
    return _page(site, ask)


def recall(site: Site, ask: Ask) -> Response:
    item = _mine(site, ask)
    try:
        done = desk.recall(site.home, ask.me.person, item, ask.form.get("reason", ""))
    except UserError as error:
        return _page(site, ask, error.on_page(), 400)
    said = [t(f"Hủy {done.cancelled} lượt chưa gửi, đang gỡ {done.opened} nơi.",
              f"{done.cancelled} not sent were cancelled, {done.opened} are being taken back.")]
    if done.beyond:
        said.append(t(f"{done.beyond} lượt không gỡ được (SMS): phải gửi tin đính chính.",
                      f"{done.beyond} cannot be taken back (SMS): send a correction."))
    return _page(site, ask, done=[*said, *done.lines])


def correct(site: Site, ask: Ask) -> Response:
    item = _mine(site, ask)
    try:
        righted = desk.correct(site.home, ask.me.person, item, ask.form.get("correction", ""),
                               ask.form.get("reason", ""))
    except UserError as error:
        return _page(site, ask, error.on_page(), 400)
    found = righted.done
    said = [t(f"Sửa tại chỗ {found.edits} nơi, gửi {found.messages} tin đính chính, đang gỡ "
              f"{found.taken_back} nơi, hủy {found.cancelled} lượt chưa gửi.",
              f"{found.edits} edited in place, {found.messages} corrections sent, "
              f"{found.taken_back} being taken back, {found.cancelled} cancelled.")]
    said += [t(f"Không đính chính được {p.channel}/{p.target}: {p.why}",
               f"{p.channel}/{p.target} cannot be corrected: {p.why}") for p in found.unable]
    said += [t(f"Đợt nhắn tin {m.wrong}: chưa lập được đợt đính chính: {m.why}",
               f"Campaign {m.wrong}: no correction was made: {m.why}") if m.correction is None
             else t(f"Đợt nhắn tin {m.wrong}: đã lập đợt đính chính {m.correction}, chờ duyệt.",
                    f"Campaign {m.wrong}: correction {m.correction} waits for approval.")
             for m in righted.made]
    if not righted.anything:
        said = [t("Không có nơi nào mới để đính chính.", "There is nothing new to correct.")]
    return _page(site, ask, done=[*said, *righted.lines])


def _mine(site: Site, ask: Ask) -> str:
    item = str(ask.path["item"])
    with site.home.store.read() as session:
        _held(site, ask, session, item)
    return item


def _held(site: Site, ask: Ask, session: Session, item: str) -> Item:
    found = session.get(Item, item)
    if found is None or not site.scope(ask).holds(found.owner):
        raise HTTPException(404)
    return found


def _page(
    site: Site, ask: Ask, why: str = "", status: int = 200, done: list[str] | None = None
) -> Response:
    key = str(ask.path["item"])
    with site.home.store.read() as session:
        item = _held(site, ask, session, key)
        scope = site.scope(ask)
        corrections: list[Any] = [
            (i.id, i.title) for i in session.scalars(
                select(Item).where(Item.state == "approved", Item.id != key)
                .order_by(Item.changed_at.desc()).limit(OFFERED)) if scope.holds(i.owner)]
    return site.page(ask, "desk/recall", status, item=item, why=why, said=done or [],
                     corrections=corrections, typed=ask.form)
