"""The form of one item with every channel beside it, and what its buttons do."""

from collections.abc import Callable
from contextlib import suppress

from fastapi import HTTPException, Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from console.web.pages.compose.live import at_it, sound_of, typed, view_of
from console.web.pages.compose.parts import Sheet, item_of, may_write, shared
from console.web.pages.week.common import PLANNERS
from worker.errors import Refused, UserError
from worker.home import in_force
from worker.i18n import each, t
from worker.items import drafts
from worker.items.approval import hindrances, submit
from worker.items.contribute import evidence_of
from worker.items.edit import new_id, save_edit, save_new, take_theirs
from worker.items.facts import clear, waive
from worker.items.files.columns import EVERYONE_WORDS, PRIORITY_WORDS, PURPOSE_WORDS
from worker.items.patterns import pattern_form
from worker.items.store import load_content, load_item
from worker.items.uploads import bring_pictures, keep_picture
from worker.items.wordfile import read_docx
from worker.items.written import facts_asked, form_of, one, open_names, read_form
from worker.models import Item, Person
from worker.planner.openings import placed

EMPTY: dict[str, list[str]] = {"audience": ["tat_ca"], "priority": ["thong_thuong"],
                               "purpose": ["cong_ich"]}


def new(site: Site, ask: Ask) -> Response:
    """An empty form, one filled in from a pattern or another item, or a draft of one's own."""
    with site.home.store.read() as session:
        programme = in_force(session).programme
        sheet = Sheet(drafts.new_key(), dict(EMPTY))
        if pattern := ask.query.get("mau"):
            sheet.form = pattern_form(programme, pattern[:63]) or dict(EMPTY)
        elif copied := ask.query.get("tu"):
            item = session.get(Item, copied[:63])
            if item is None or not site.scope(ask).holds(item.owner):
                raise HTTPException(404)
            sheet.form = _copy(form_of(load_content(session, item.id)))
        elif key := ask.query.get("nhap"):
            draft = drafts.load(session, ask.me.person, key[:80])
            if draft is None or draft.item_id is not None:
                raise HTTPException(404)
            sheet = Sheet(draft.key, draft.form, from_draft=True)
    return _show(site, ask, sheet)


def _copy(form: dict[str, list[str]]) -> dict[str, list[str]]:
    """As new: days and figures are those of another case."""
    gone = {"valid_from", "valid_to", "note"}
    return {name: [""] if name in gone or name.startswith("fact_") else values
            for name, values in form.items()}


def page(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        item = item_of(site, ask, session)
        old = load_content(session, item.id)
        sheet = Sheet(item.id, form_of(old), item, item.version, old)
        draft = drafts.load(session, ask.me.person, item.id) if may_write(ask) else None
        if draft is not None and draft.base_version and draft.base_version <= item.version:
            sheet.form, sheet.base, sheet.from_draft = draft.form, draft.base_version, True
            sheet.old = load_content(session, item.id, draft.base_version)
    return _show(site, ask, sheet)


def _show(site: Site, ask: Ask, sheet: Sheet, status: int = 200) -> Response:
    with site.home.store.read() as session:
        view = view_of(site, ask, session, sheet)
        programme = view.programme
        names = (*programme.themes, "")
        sheet.form.setdefault("theme", [""])
        themes = [("", t("(chọn chủ đề)", "(choose)")), *programme.themes.items()]
        values = {
            "sheet": sheet, "view": view, "zone": programme.zone(), "writes": may_write(ask),
            "themes": themes if one(sheet.form, "theme") in names else
            [*themes, (one(sheet.form, "theme"), one(sheet.form, "theme"))],
            "audiences": {**each(EVERYONE_WORDS), **programme.audiences}, "areas": programme.areas,
            "priorities": each(PRIORITY_WORDS), "purposes": each(PURPOSE_WORDS),
            "asked": facts_asked(sheet.form), "open": open_names(sheet.form),
            "others": at_it(session, site, ask, sheet) if may_write(ask) else "",
            "evidence": evidence_of(session, sheet.item.id) if sheet.item else [],
            "held": ask.query.get("chua") == "1",
            "places": placed(session, programme, site.home.clock.now(), sheet.item.id)
            if sheet.item else [],
            "plans": bool(ask.me.roles & PLANNERS),
            "ready": sheet.item is not None and sheet.item.state in ("draft", "returned")
            and not sheet.mistakes and not sheet.from_draft and sheet.old is not None
            and not hindrances(sheet.old),
        }
    waits = sheet.item is not None and sheet.item.state == "submitted"
    return site.page(ask, "compose/form", status, **values, **shared(),
                     part=site.part(ask) if waits else None,
                     one=lambda name: one(sheet.form, name),
                     wrong=lambda name: _wrong(sheet, name))


def _wrong(sheet: Sheet, name: str) -> str:
    mistake = sheet.mistakes.get(name)
    return mistake.at_field() if mistake is not None else ""


# ------------------------------------------------------------------ buttons


def act(site: Site, ask: Ask) -> Response:
    """Whatever the button says; nothing that was typed is lost on the way."""
    with site.home.store.write() as session:
        if "item" in ask.path and item_of(site, ask, session).id != ask.form.get("key"):
            raise HTTPException(404)
        sheet = typed(site, ask, session)
        if ask.form.get("take") and sheet.old is not None:
            sheet.form = take_theirs(sheet.form, ask.all("take"), form_of(sheet.old))
        with suppress(UserError):  # the form itself is told of what is too long
            drafts.keep(session, site.home.clock.now(), ask.me.person, sheet.key, sheet.form,
                        sheet.base)
    _files(site, ask, sheet)
    if need := ask.form.get("need"):
        sheet.form["requires"] = ["\n".join(dict.fromkeys((*facts_asked(sheet.form), need)))]
    wish = ask.form.get("act", "")
    if sheet.mistakes or sheet.why:
        return _show(site, ask, sheet, 400)
    if wish not in ("luu", "trinh", "ghi-chu") and not ask.form.get("waive"):
        return _shown_again(site, ask, sheet, wish)
    return _save(site, ask, sheet) or _after(site, ask, sheet, wish)


def _shown_again(site: Site, ask: Ask, sheet: Sheet, wish: str) -> Response:
    if wish == "nghe":
        with site.home.store.read() as session:
            view = view_of(site, ask, session, sheet)
        sheet.sound, sheet.why = sound_of(site, view)
    return _show(site, ask, sheet)


def _files(site: Site, ask: Ask, sheet: Sheet) -> None:
    """A picture is added to the form, a Word file's words to its fields."""
    file = ask.file("picture")
    if file is not None:
        alt = " ".join(ask.form.get("picture_alt", "").split())
        try:
            kept = keep_picture(site.home, file.name, file.stream, file.size)
        except UserError as error:
            sheet.mistakes["picture"] = error.mistakes[0]
        else:
            row = (kept.name, alt, ask.form.get("picture_source", ""),
                   ask.form.get("picture_permission", ""))
            for part, value in zip(("path", "alt", "source", "permission"), row, strict=True):
                sheet.form[f"image_{part}"] = [*sheet.form.get(f"image_{part}", ()), value]
            sheet.said.append(t("Đã thêm ảnh; ảnh đã bỏ nơi chụp, máy chụp.",
                                "Picture added, without its place and camera."))
    file = ask.file("word")
    if file is not None:
        try:
            words = read_docx(file.name, file.stream, file.size)
        except UserError as error:
            sheet.mistakes["word"] = error.mistakes[0]
            return
        if not one(sheet.form, "title").strip():
            sheet.form["title"] = [words.title[:150]]
        elif words.title:
            words = type(words)("", f"{words.title}\n\n{words.body}", words.pictures)
        sheet.form["body"] = ["\n\n".join(filter(None, (one(sheet.form, "body"), words.body)))]
        sheet.said.append(t("Đã lấy chữ từ tệp Word; đọc lại rồi lưu.",
                            "The words of the file were taken in; read them, then save."))
        if words.pictures:
            n = words.pictures
            sheet.said.append(t(f"{n} ảnh trong tệp không lấy: thêm từng ảnh ở mục Ảnh.",
                                f"{n} pictures were left out: add them below."))


def _save(site: Site, ask: Ask, sheet: Sheet) -> Response | None:
    """None: it is saved, or says what is saved already."""
    now, me = site.home.clock.now(), ask.me.person
    brought = bring_pictures(site.home, sheet.form.get("image_path", ()))
    with site.home.store.write() as session:
        programme = in_force(session).programme
        item_id = sheet.item.id if sheet.item else new_id(session, one(sheet.form, "title"))
        read = read_form(sheet.form, item_id, sheet.old, programme, site.home.settings.images,
                         brought)
        sheet.mistakes = dict(read.mistakes)
        sheet.why = "\n".join(str(m.what) for name, m in read.mistakes.items() if not name)
        if read.content is None:
            sheet.why = sheet.why or t("Chưa lưu được: xem các ô báo đỏ.",
                                       "Not saved: see the fields in red.")
        elif sheet.item is None:
            save_new(session, now, read.content, me)
            drafts.drop(session, me, sheet.key)
            sheet.item = load_item(session, item_id)
        else:
            sheet.clash = save_edit(session, now, read.content, sheet.form, sheet.base or 0, me)
            if sheet.clash is None:
                drafts.drop(session, me, sheet.key)
    if read.content is None:
        return _show(site, ask, sheet, 400)
    if sheet.clash is not None:
        return _clashed(site, ask, sheet)
    return None


def _clashed(site: Site, ask: Ask, sheet: Sheet) -> Response:
    """Both are shown; the form starts from the newer version from now on."""
    assert sheet.clash is not None  # noqa: S101
    sheet.form, sheet.base = sheet.clash.form, sheet.clash.version
    with site.home.store.write() as session:
        sheet.old = load_content(session, sheet.key, sheet.base)
        sheet.item = load_item(session, sheet.key)
        drafts.keep(session, site.home.clock.now(), ask.me.person, sheet.key, sheet.form,
                    sheet.base)
    return _show(site, ask, sheet, 409)


def _after(site: Site, ask: Ask, sheet: Sheet, wish: str) -> Response:
    """What the button wants beside saving."""
    assert sheet.item is not None  # noqa: S101  (it was saved)
    item_id, home = sheet.item.id, site.home
    here = f"/soan-tin/{item_id}"

    def done(word: str, then: Callable[[Session, Person], object]) -> Response:
        with home.store.write() as session:
            then(session, session.get_one(Person, ask.me.person))
        return site.go(f"{here}?xong={word}")

    now = home.clock.now()
    if word := ask.form.get("waive"):
        return done("doc-duoc", lambda s, me: waive(s, now, item_id, word, me))
    if wish == "ghi-chu":
        return done("ghi-chu", lambda s, me: clear(s, now, item_id, me))
    if wish != "trinh":
        return site.go(f"{here}?xong=da-luu")
    try:
        return done("da-trinh", lambda s, me: submit(
            s, now, in_force(s).programme, home.settings, item_id, me))
    except Refused:
        return site.go(f"{here}?chua=1")
