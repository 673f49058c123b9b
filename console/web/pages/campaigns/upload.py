"""A list brought in: the file, its columns and why it may be used, the counts, yes or no."""

from collections.abc import Mapping
from datetime import date

from fastapi import HTTPException, Response
from fastapi.responses import FileResponse

from console.web.context import Ask, Site
from worker.campaigns import words
from worker.errors import Mistake, Refused, UserError
from worker.i18n import t
from worker.items.fields import FIELDS, OF_LISTS
from worker.jobs import Job
from worker.lists import bringing, optout, origin, removal, report, store, uploads
from worker.lists.origin import BASES, PURPOSES, Origin
from worker.lists.secret import ready_ring
from worker.lists.uploads import Waiting
from worker.radio.acceptance import keep_scan
from worker.slots import local_date
from worker.typed import a_date

from .common import HERE, by_field
from .making import AT_ONCE, progress
from .one import refused

KIND = "nhap-danh-sach"
#: bytes of a file: a million rows with name and address are some 100 MB
LARGEST = 200_000_000
FILES = f"{HERE}/danh-sach/tep"
#: option of the command line -> field of the form
NAMES = {"--purpose": "purpose", "--basis": "basis", "--ordered-by": "ordered_by",
         "--document": "document", "--date": "date", "--source": "source",
         "--expires": "expires", "--map": "columns", "scan": "scan"}
#: fields of the form that are kept with the file
_KEPT = ("purpose", "basis", "ordered_by", "document", "date", "source", "expires", "sheet")
#: fields a list may fill, as staff say
_FIELD_NAMES = {"ten": ("Họ tên", "Name"), "dia_chi": ("Địa chỉ", "Address"),
                "thon": ("Thôn, tổ dân phố", "Hamlet"), "xa": ("Xã, phường", "Commune")}


def field_names() -> list[tuple[str, str]]:
    """What a column may be."""
    return [("-", t("Không dùng", "Not used")), ("phone", t("Số điện thoại", "Phone number")),
            *((name, t(*_FIELD_NAMES.get(name, (name, name))))
              for name in FIELDS if name in OF_LISTS)]


def form(site: Site, ask: Ask) -> Response:
    return site.page(ask, "campaigns/upload", why="", largest=LARGEST // 1_000_000)


def take(site: Site, ask: Ask) -> Response:
    """The file kept until its columns are told."""
    given = ask.file("file")
    try:
        if given is None:
            raise UserError(t("tệp", "file"), t("chưa chọn tệp", "none was chosen"),
                            t("chọn tệp .xlsx hoặc .csv", "choose a .xlsx or .csv file"))
        kept = uploads.put(site.home, given.name, given.stream, given.size, ask.me.person)
        try:
            bringing.look(kept.path)
        except UserError:
            uploads.drop(kept)
            raise
    except UserError as error:
        why = error.on_page()
        for ours in ("danh-sach.csv", "danh-sach.xlsx"):  # it has a name of ours while it waits
            why = why.replace(ours, given.name[:80] if given is not None else "")
        return site.page(ask, "campaigns/upload", 400, why=why, largest=LARGEST // 1_000_000)
    return site.go(f"{FILES}/{kept.token}")


def _given(site: Site, ask: Ask) -> Waiting | None:
    return uploads.find(site.home, str(ask.path["token"]), ask.me.person)


def _gone(site: Site) -> Response:
    return site.go(f"{HERE}/danh-sach/moi?xong=tep-het")


def look(site: Site, ask: Ask) -> Response:
    """What the file holds; how far the reading is; what came of it."""
    given = _given(site, ask)
    if given is None:
        return _gone(site)
    job = site.jobs.get(given.token, ask.me.person)
    if ask.request.headers.get("hx-request") and job is not None:
        return progress(site, job)
    if job is not None and not job.over.is_set():
        return site.page(ask, "campaigns/working", job=job, n=words.number,
                         title=t("Đang nhập danh sách", "Bringing the list in"),
                         again=f"{FILES}/{given.token}")
    if job is not None and job.error is None:
        return _report(site, ask, given, job.result)
    if not given.path.exists():
        return _gone(site)
    if job is not None and job.error is not None:
        site.jobs.forget(job.token)
        return _columns(site, ask, given, given.typed, by_field(job.error, NAMES), 400)
    cut = {"": t("Lần đọc trước bị ngắt giữa chừng và không giữ lại gì. Bấm «Đọc tệp» để đọc lại.",
                 "The last reading was cut off and left nothing. Press “Read the file”.")}
    return _columns(site, ask, given, given.typed, cut if given.typed else {})


def _columns(
    site: Site, ask: Ask, given: Waiting, typed: Mapping[str, str], why: Mapping[str, str],
    status: int = 200,
) -> Response:
    sheet = ask.query.get("trang", "") or typed.get("sheet", "")
    try:
        found = bringing.look(given.path, sheet)
    except UserError as error:
        return refused(site, ask, error, f"{HERE}/danh-sach/moi")
    today, months = _today(site)
    return site.page(
        ask, "campaigns/columns", status, given=given, look=found, names=field_names(),
        typed=typed, why=why, n=words.number,
        purposes=[(k, t(*v)) for k, v in PURPOSES.items()], latest=origin.last_day(today, months),
        bases=[(k, t(*v)) for k, v in BASES.items()])


def _today(site: Site) -> tuple[date, int]:
    programme = site.home.programme().programme
    return local_date(programme, site.home.clock.now()), programme.settings.list_months


def read(site: Site, ask: Ask) -> Response:
    """Begin to read: nothing counts before the yes."""
    given = _given(site, ask)
    if given is None or not given.path.exists():
        return _gone(site)
    typed = {k: v.strip() for k, v in ask.form.items() if k in _KEPT or k.startswith("cot-")}
    typed["scan_sha256"] = given.typed.get("scan_sha256", "")
    try:
        if (scan := ask.file("scan")) is not None:
            typed["scan_sha256"] = _scan(site, scan.stream.read(LARGEST))
        given = uploads.remember(given, typed)
        today, months = _today(site)
        told, ordered = _judged(typed, today, months)
        job = site.jobs.start(
            ask.me.person, KIND, lambda job: bringing.bring(
                site.home, given, ordered, typed.get("sheet", ""), told, ask.me.person, job),
            given.token)
    except UserError as error:
        return _columns(site, ask, given, typed, by_field(error, NAMES), 400)
    job.note = given.name
    job.over.wait(AT_ONCE)
    return site.go(f"{FILES}/{given.token}")


def _scan(site: Site, data: bytes) -> str:
    try:
        return keep_scan(site.home, data)
    except UserError as error:
        raise UserError("scan", error.mistakes[0].what, error.mistakes[0].fix) from None


def _judged(typed: Mapping[str, str], today: date, months: int) -> tuple[dict[int, str], Origin]:
    """
    Columns and origin as they were typed.

    Raises:
        UserError: every mistake at once.
    """
    wrong: list[Mistake] = []
    told = {int(k[4:]): v for k, v in typed.items()
            if k.startswith("cot-") and k[4:].isdecimal() and len(k) < 8}
    fields = [v for v in told.values() if v not in ("phone", "-")]
    if "phone" not in told.values():
        wrong += UserError("--map", t("chưa cột nào là số điện thoại", "no column of numbers"),
                           t("chọn «Số điện thoại» ở cột có số", "choose it above the numbers")
                           ).mistakes
    if len(set(fields)) < len(fields) or set(fields) - OF_LISTS:
        wrong += UserError("--map", t("hai cột cùng là một trường", "two columns are one field"),
                           t("để một cột, cột kia «Không dùng»", "leave one out")).mistakes
    days = {"date": today, "expires": today}
    for field in days:
        try:
            days[field] = a_date(f"--{field}", typed.get(field, ""))
        except UserError as error:
            wrong += error.mistakes
    ordered = Origin(
        typed.get("purpose", ""), typed.get("basis", ""), typed.get("ordered_by", ""),
        typed.get("document", ""), days["date"], typed.get("source", ""), days["expires"],
        typed.get("scan_sha256", ""))
    try:
        origin.check(ordered, today, months)
    except UserError as error:
        wrong += [m for m in error.mistakes if m.where not in {w.where for w in wrong}]
    if wrong:
        raise UserError.many(tuple(wrong))
    return told, ordered


# ---------------------------------------------------------------------- what it held, yes, no


def _report(site: Site, ask: Ask, given: Waiting, staged: store.Staged) -> Response:
    tally = staged.tally
    bad = [(t(*report.LABELS[k]) if k in report.LABELS else k, count)
           for k, count in tally.refused.most_common() if k != "double"]
    return site.page(
        ask, "campaigns/report", given=given, staged=staged, tally=tally, n=words.number, bad=bad,
        doubles=tally.refused["double"], refused=tally.refused.total(),
        lines=report.counts(tally, staged.layout)[1:],
        columns=report.columns(staged.layout),
        barred=[(t(*optout.KINDS[k]), count) for k, count in staged.barred.items()])


def _staged(site: Site, ask: Ask) -> tuple[Job, store.Staged] | None:
    job = site.jobs.get(str(ask.path["token"]), ask.me.person)
    if job is None or not isinstance(job.result, store.Staged):
        return None
    return job, job.result


def accept(site: Site, ask: Ask) -> Response:
    found = _staged(site, ask)
    if found is None:
        return _gone(site)
    job, staged = found
    home, by = site.home, ask.me.person
    try:
        store.accept(home, ready_ring(home.store, home.settings.var, home.clock.now(), by),
                     staged, by)
    except UserError as error:
        site.jobs.forget(job.token)
        return refused(site, ask, error, f"{HERE}/danh-sach/moi")
    site.jobs.forget(job.token)
    return site.go(f"{HERE}/danh-sach/{staged.list_id}?tep={job.token}&xong=ds-nhan")


def drop(site: Site, ask: Ask) -> Response:
    """No: neither rows nor file stay."""
    job = site.jobs.get(str(ask.path["token"]), ask.me.person)
    if job is not None and not job.over.is_set():
        return refused(site, ask, Refused(
            t("tệp", "the file"), t("đang được đọc", "is being read"),
            t("chờ đọc xong rồi bỏ", "wait for its end")), f"{FILES}/{job.token}")
    if job is not None:
        site.jobs.forget(job.token)
        if isinstance(job.result, store.Staged):
            removal.remove(site.home.store, job.result.list_id)
    given = _given(site, ask)
    if given is not None:
        uploads.drop(given)
    return site.go(f"{HERE}/danh-sach?xong=ds-bo")


def bad(site: Site, ask: Ask) -> Response:
    """The rows that were not taken, back to whoever sent the file: to be mended there."""
    given = _given(site, ask)
    if given is None:
        return _gone(site)
    if not given.bad.exists():
        raise HTTPException(404)
    return FileResponse(given.bad, filename="dong-khong-nhan.xlsx")

