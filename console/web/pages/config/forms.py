"""The parts of the programme: their lists and forms."""

from typing import Any

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from console.web.pages.config.desk import Desk, base_of
from worker.errors import UserError
from worker.i18n import t
from worker.programme import private, saving
from worker.programme.compare import said
from worker.programme.draft import Draft, draft, without
from worker.programme.filled import sent, shown
from worker.programme.sections import Section

#: columns of the lists beside the name
COLUMNS = {
    "khung-gio": ("start", "end", "weekdays", "channels"),
    "chuyen-muc": ("slots", "channels", "stand_by"),
    "dai": ("organisation", "airings", "contacts"),
    "don-vi": ("hotline", "sign_off", "parent"),
    "ngay-ngung": ("first", "last", "channels"),
    "gio-khong-gui": ("channels", "priorities", "purposes"),
    "ngay-phat-them": ("date",),
    "truc-ban": ("start", "end", "weekdays", "deputy"),
}


def index(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        desk = Desk(site, ask, session)
        counts = {s.slug: len(desk.entries(s)) for s in desk.sections() if not s.single}
        seen = saving.file_seen(desk.file, site.home.settings.schedules)
        return desk.page("index", parts=desk.sections(), counts=counts, seen=seen)


def part(site: Site, ask: Ask) -> Response:
    """The list of a part, or the form of one that has a single entry."""
    with site.home.store.read() as session:
        desk = Desk(site, ask, session)
        section = desk.section()
        if section.single:
            return _form(desk, section, None)
        fields = [section.field(key) for key in COLUMNS[section.slug]]
        rows = []
        for mark, entry in desk.entries(section):
            state = shown(section, entry)
            rows.append((mark, _title(desk, section, entry),
                         [said(f, state[f.key], desk.choices) for f in fields if f]))
        return desk.page("list", section=section, rows=rows, fields=fields,
                         may_add=desk.may(section, None) and desk.file.editable)


def new(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        desk = Desk(site, ask, session)
        section = _of_many(desk)
        _must(desk, section, None)
        return _form(desk, section, None)


def one(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        desk = Desk(site, ask, session)
        return _form(desk, _of_many(desk), str(ask.path["mark"]))


def send_part(site: Site, ask: Ask) -> Response:
    return _sent(site, ask, None, single=True)


def send_new(site: Site, ask: Ask) -> Response:
    return _sent(site, ask, None, single=False)


def send_one(site: Site, ask: Ask) -> Response:
    return _sent(site, ask, str(ask.path["mark"]), single=False)


def delete(site: Site, ask: Ask) -> Response:
    """Asked twice: first what it would do."""
    mark = str(ask.path["mark"])
    with site.home.store.read() as session:
        desk = Desk(site, ask, session)
        section = _of_many(desk)
        _must(desk, section, None)  # whoever may add may delete; a station's people may not
        entry = desk.entry(section, mark)
        made = without(session, site.home.settings.home, section, mark, base_of(ask))
        back = f"/cau-hinh/{section.slug}/{mark}"
        title = t(f"Xóa {section.entry} «{_title(desk, section, entry)}»",
                  f"Delete {section.entry} “{_title(desk, section, entry)}”")
        if not made.good or not desk.file.editable:
            why = made.problems.get("", []) or [x for xs in made.problems.values() for x in xs]
            return desk.page("refused", 400, title=title, why=why, back=back)
        if ask.form.get("viec") != "luu" or made.moved:
            return desk.page("effects", title=title, found=desk.effects(made), back=back,
                             action=f"{back}/xoa", fields=[("ban", str(made.force.id))],
                             moved=made.moved, button=t("Xóa và áp dụng", "Delete"), why="")
    saving.save(site.home, made.force.id, ask.me.person, made.text)
    return site.go(f"/cau-hinh/{section.slug}?xong=cau-hinh-xoa")


def _of_many(desk: Desk) -> Section:
    section = desk.section()
    if section.single:
        raise HTTPException(404)
    return section


def _must(desk: Desk, section: Section, entry: dict[str, Any] | None) -> None:
    if not desk.may(section, entry):
        raise HTTPException(403, t(
            "Chỉ Quản trị của cả hệ thống sửa được phần này. Người trực đài, Quản trị của một đơn "
            "vị chỉ sửa được đài của đơn vị mình.",
            "Only administrators of the whole installation change this. Station operators and "
            "administrators of one organisation change the stations of their own."))


def _title(desk: Desk, section: Section, entry: dict[str, Any]) -> str:
    """What people call the entry; persons and segments by their names."""
    title = section.title(entry)
    lists = {"truc-ban": "people", "ngay-phat-them": "segments"}
    return desk.choices.words(lists[section.slug], title) if section.slug in lists else title


def _form(desk: Desk, section: Section, mark: str | None, made: Draft | None = None) -> Response:
    """The form as it stands, or as it was sent with its mistakes; in words for readers."""
    entry = desk.entry(section, mark)
    adding = mark is None and not section.single
    state = made.state if made else shown(section, entry)
    where = "/cau-hinh/them/" + section.slug if adding else \
        f"/cau-hinh/{section.slug}" + (f"/{mark}" if mark else "")
    may = desk.may(section, None if adding else entry) and desk.file.editable
    base = made.force.id if made and not made.conflicts else desk.force.id
    if made and made.conflicts:
        base = base_of(desk.ask)
    return desk.page(
        "form", 400 if made and made.problems else 409 if made and made.conflicts else 200,
        section=section, state=state, mark=mark, adding=adding, may=may, where=where, base=base,
        title=_title(desk, section, entry) if entry and not section.single else "",
        problems=made.problems if made else {}, conflicts=made.conflicts if made else [],
        moved=bool(made and made.moved), masks=desk.masks(section, entry),
        said=lambda f, value: said(f, value, desk.choices), newest=desk.force.id,
        may_delete=desk.may(section, None) and not section.single, sent=sent(section, state))


def _sent(site: Site, ask: Ask, mark: str | None, *, single: bool) -> Response:
    """A form came: shown again with its mistakes, then what it would do, then saved."""
    home, work = site.home, ask.form.get("viec", "xem")
    with home.store.read() as session:
        desk = Desk(site, ask, session)
        section = desk.section()
        if section.single != single:
            raise HTTPException(404)
        entry = desk.entry(section, mark)
        adding = mark is None and not single
        _must(desk, section, None if adding else entry)
        made = _draft(desk, section, mark)
        if not made.good or not desk.file.editable or work == "sua":
            return _form(desk, section, mark, made)
        if made.text == desk.force.text:
            return site.go(f"/cau-hinh/{section.slug}?xong=cau-hinh-nhu-cu")
        found = desk.effects(made)
        unsaid = found.confirm and not ask.form.get("dong_y")
        if work != "luu" or made.moved or unsaid:
            status = 200 if work != "luu" else 409 if made.moved else 400
            return desk.page(
                "effects", status, found=found, moved=made.moved,
                title=t("Thay đổi này sẽ…", "This change will…"), action=ask.request.url.path,
                fields=[("ban", str(made.force.id)), *sent(section, made.state)], back="",
                button=t("Lưu và áp dụng", "Save and apply"),
                why=t("Tích ô xác nhận rồi lưu lại.", "Tick the box, then save.")
                if work == "luu" and unsaid else "")
        final = _draft(desk, section, mark, keep=True)
    saving.save(home, final.force.id, ask.me.person, final.text)
    return site.go(f"/cau-hinh/{section.slug}?xong=cau-hinh-luu")


def _draft(desk: Desk, section: Section, mark: str | None, *, keep: bool = False) -> Draft:
    """`keep`: numbers that were typed are stored, now that the change is agreed to."""
    ask, settings = desk.ask, desk.site.home.settings
    picks = {}
    if ask.form.get("moi") == str(desk.force.id):  # chosen between these two, not older ones
        picks = {f.key: ask.form.get(f"chon.{f.key}", "") for f in section.fields}
    made = draft(desk.session, settings.home, section, mark, base_of(ask), ask.filled.values,
                 picks, (lambda kind, text: private.keep(settings, kind, text)) if keep else None)
    if section.slug == "dai" and not desk.whole \
            and not desk.site.scope(ask).holds(made.state.get("organisation")):
        made.problems.setdefault("organisation", []).append(
            t("chọn đơn vị của mình hoặc đơn vị cấp dưới",
              "choose your own organisation or one below it"))
    if made.text and not made.problems and made.programme is None and not made.conflicts:
        raise UserError("schedules.toml", t("không lưu được", "cannot be saved"))
    return made
