"""What the form asks for by itself while somebody types: every channel's look, a kept draft."""

import threading
from contextlib import suppress
from dataclasses import dataclass

from fastapi import HTTPException, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.compose.parts import Sheet, shared
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.items import drafts
from worker.items.look import Look, look
from worker.items.model import ItemContent
from worker.items.store import load_content
from worker.items.written import clean, guessed
from worker.models import Item
from worker.programme.model import Programme
from worker.radio.speech.engines import NoVoiceError, voice_of
from worker.radio.speech.sounds import spoken
from worker.shared.here import files_of
from worker.shared.kinds import TRIALS, FilesAway

#: one text is read at a time: the voice takes a whole core
_READING = threading.BoundedSemaphore(1)
#: characters read aloud for a trial: five minutes
_MOST_READ = 6000


@dataclass(frozen=True)
class View:
    """What the preview panel shows."""

    programme: Programme
    content: ItemContent
    looks: list[Look]


def view_of(site: Site, ask: Ask, session: Session, sheet: Sheet) -> View:
    """The form as every channel would show it."""
    programme = in_force(session).programme
    content = guessed(sheet.form, sheet.item.id if sheet.item else "xem-truoc", sheet.old,
                      programme)
    return View(programme, content, look(
        session, programme, content, site.home.settings.template_folders(),
        site.home.clock.now(), site.scope(ask)))


def typed(site: Site, ask: Ask, session: Session) -> Sheet:
    """The form that was sent, with the item it belongs to."""
    key, base = ask.form.get("key", ""), ask.form.get("base", "")
    form = clean(ask.filled.values)
    if drafts.is_new_key(key):
        return Sheet(key, form)
    item = session.get(Item, key) if len(key) <= 63 else None
    if item is None or not site.scope(ask).holds(item.owner) or not base.isdecimal() \
            or not 1 <= int(base[:9]) <= item.version:
        raise HTTPException(404)
    return Sheet(key, form, item, int(base), load_content(session, key, int(base)))


def preview(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        sheet = typed(site, ask, session)
        view = view_of(site, ask, session, sheet)
    return site.page(ask, "compose/looks", view=view, sheet=sheet, writes=True, **shared())


def keep(site: Site, ask: Ask) -> Response:
    """The draft; answers what the page says of it, and who else is at the item."""
    now = site.home.clock.now()
    with site.home.store.write() as session:
        sheet = typed(site, ask, session)
        try:
            drafts.keep(session, now, ask.me.person, sheet.key, sheet.form, sheet.base)
        except UserError as error:
            return JSONResponse({"said": error.on_page(), "others": ""}, 400)
        others = at_it(session, site, ask, sheet)
        zone = in_force(session).programme.zone()
    clock = f"{now.astimezone(zone):%H:%M:%S}"
    return JSONResponse({"said": t(f"Đã giữ bản nháp lúc {clock}", f"Draft kept at {clock}"),
                         "others": others})


def at_it(session: Session, site: Site, ask: Ask, sheet: Sheet) -> str:
    """Who else is editing, or has saved meanwhile."""
    if sheet.item is None:
        return ""
    now = site.home.clock.now()
    names = [o.name for o in drafts.others(session, now, sheet.item.id, ask.me.person)]
    said = [t(f"{', '.join(names)} đang sửa tin này.",
              f"{', '.join(names)} is editing this item.")] if names else []
    if sheet.base is not None and sheet.item.version > sheet.base:
        said.append(t(f"Tin đã có bản {sheet.item.version} mới hơn bản bạn đang sửa; khi lưu sẽ "
                      "hỏi lấy lời của ai.", f"Version {sheet.item.version} is newer than yours; "
                      "saving will ask whose words to take."))
    return " ".join(said)


def drop(site: Site, ask: Ask) -> Response:
    with site.home.store.write() as session:
        drafts.drop(session, ask.me.person, ask.form.get("key", "")[:80])
    return site.go("/soan-tin?xong=bo-nhap")


def listen(site: Site, ask: Ask) -> Response:
    """The script read by the machine's voice; answers the address of the sound, or why not."""
    with site.home.store.read() as session:
        view = view_of(site, ask, session, typed(site, ask, session))
    name, why = sound_of(site, view)
    return JSONResponse({"src": f"/soan-tin/tieng/{name}" if name else "", "why": why})


def sound_of(site: Site, view: View) -> tuple[str, str]:
    """The name of the sound, made when it is not there yet; or why there is none."""
    text = next((one.voice for one in view.looks if one.script), "")
    voice = voice_of(view.programme.radio, site.home.settings.home)
    if not text or voice is None:
        return "", t("Chương trình không có loa hoặc không dùng giọng máy.",
                     "There is no loudspeaker, or no voice is used.")
    if len(text) > _MOST_READ:
        return "", t(f"Bài dài quá {_MOST_READ} ký tự, không đọc thử.",
                     f"Over {_MOST_READ} characters: not read for a trial.")
    if not _READING.acquire(timeout=20):
        return "", t("Máy đang đọc tin khác. Chờ một phút rồi bấm lại.",
                     "Another text is being read. Try again in a minute.")
    try:
        path = spoken(site.home.settings.var / "tieng" / "manh", voice, text)
        with suppress(FilesAway):  # this console plays it all the same
            files_of(site.home.settings).offer(TRIALS, path)
    except NoVoiceError as error:
        return "", f"{error.what}; {error.fix}"
    else:
        return path.name, ""
    finally:
        _READING.release()
