"""Approve, return, reject. Each form carries the hash of the texts that were read."""

from collections.abc import Callable

from fastapi import Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.approve.waiting import Desk, Typed, shown, words_of
from worker.errors import UserError
from worker.i18n import t
from worker.items import approval

#: characters of a reason
LONGEST = 500


def approve(site: Site, ask: Ask) -> Response:
    alone = ask.form.get("mot_minh") == "1"
    if alone and (wrong := _reason_missing(ask)):
        return shown(site, ask, Typed("mot_minh", mistakes={"reason": wrong}, values=ask.form), 400)

    def act(session: Session, desk: Desk, item_id: str) -> str:
        done = approval.approve(
            session, desk.now, item_id, desk.person, alone=alone,
            reason=ask.form.get("reason", ""), expected=ask.form.get("sha256", "") or "-")
        return "duyet" if done.state == "approved" else "duyet-1"

    return _acted(site, ask, "mot_minh" if alone else "dong_y", act)


def return_(site: Site, ask: Ask) -> Response:
    return _sent_back(site, ask, "tra-lai", approval.return_)


def reject(site: Site, ask: Ask) -> Response:
    return _sent_back(site, ask, "khong-duyet", approval.reject)


def _sent_back(site: Site, ask: Ask, word: str, send: Callable[..., None]) -> Response:
    if wrong := _reason_missing(ask):
        return shown(site, ask, Typed(word, mistakes={"reason": wrong}, values=ask.form), 400)

    def act(session: Session, desk: Desk, item_id: str) -> str:
        send(session, desk.now, item_id, desk.person, ask.form["reason"],
             expected=ask.form.get("sha256", "") or "-")
        return word

    return _acted(site, ask, word, act)


def _acted(site: Site, ask: Ask, form: str, act: Callable[[Session, Desk, str], str]) -> Response:
    try:
        with site.home.store.write() as session:
            desk = Desk.of(site, ask, session)
            done = act(session, desk, desk.item(str(ask.path["item"])).item_id)
    except UserError as error:
        return shown(site, ask, Typed(form, words_of(error), values=ask.form),
                     409 if error.exit_code == 1 else 400)
    return site.go(f"/duyet?xong={done}" + (f"&tin={ask.path['item']}" if done == "duyet" else ""))


def _reason_missing(ask: Ask) -> str:
    reason = ask.form.get("reason", "").strip()
    if not reason:
        return t("Ghi lý do để người soạn biết cần làm gì.", "Say why, so that the author knows.")
    if len(reason) > LONGEST:
        return t(f"Dài quá {LONGEST} ký tự. Rút ngắn lại.", f"Over {LONGEST} characters.")
    return ""
