"""A campaign made: the form, the rows counted without counting, the estimate, then yes or no."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import HTTPException, Response

from console.web.context import Ask, Site
from worker.campaigns import acts, choosing, plan, queueing, words
from worker.campaigns.draft import Wish
from worker.campaigns.queueing import Queued
from worker.errors import Mistake, UserError
from worker.home import in_force
from worker.i18n import t
from worker.jobs import Job
from worker.slots import local_date
from worker.typed import a_moment

from .common import HERE, by_field, scope_in
from .one import refused

#: seconds a page waits for the counting before it shows how far that is
AT_ONCE = 1.5
KIND = "lap-dot"
#: option of the command line -> field of the form
NAMES = {
    "--item": "item", "--list": "list", "--channel": "channel", "--starts": "starts",
    "--closes": "closes", "--trial": "trial", "--go-on-at": "go_on_at", "--account": "accounts",
    "--ceiling-parts": "ceiling_parts", "--ceiling-dong": "ceiling_dong",
    "--dong-per-part": "dong_per_part"}
_NUMBERS = ("trial", "ceiling_parts", "ceiling_dong", "dong_per_part")


def form(site: Site, ask: Ask) -> Response:
    typed = {"trial": "500", "list": set(filter(None, [ask.query.get("danh-sach", "")[:9]])),
             "item": ask.query.get("tin", "")[:63], "corrects": ask.query.get("dinh-chinh", "")[:9]}
    return _form(site, ask, typed, {})


def _form(
    site: Site, ask: Ask, typed: Mapping[str, Any], why: Mapping[str, str], status: int = 200
) -> Response:
    now = site.home.clock.now()
    with site.home.store.read() as session:
        programme = in_force(session).programme
        found = choosing.choices(session, programme, scope_in(session, ask),
                                 local_date(programme, now))
        corrects = None
        if typed.get("corrects"):
            try:
                corrects = acts.find(session, _whole(typed["corrects"]) or 0)
            except UserError:
                raise HTTPException(404) from None
            if not scope_in(session, ask).holds(corrects.owner):
                raise HTTPException(404)
    return site.page(ask, "campaigns/new", status, typed=typed, why=why, choices=found,
                     corrects=corrects, zone=programme.zone(), n=words.number)


def _whole(text: str) -> int | None:
    plain_digits = text.strip().replace(".", "").replace(" ", "")
    return int(plain_digits) if plain_digits.isascii() and plain_digits.isdecimal() and \
        len(plain_digits) < 13 else None


def make(site: Site, ask: Ask) -> Response:
    """Count it: rows that do not count yet, in a thread of their own where there are many."""
    typed: dict[str, Any] = {**ask.form, "list": set(ask.all("list"))}
    try:
        wish = _wish(site, ask)
        job = site.jobs.start(ask.me.person, KIND, lambda job: _count(site, wish, job))
    except UserError as error:
        return _form(site, ask, typed, by_field(error, NAMES), 400)
    job.note = typed
    job.over.wait(AT_ONCE)
    return site.go(f"{HERE}/moi/{job.token}") if job.error is None else _wrong(site, ask, job)


def _wrong(site: Site, ask: Ask, job: Job) -> Response:
    assert job.error is not None  # noqa: S101  (asked before)
    site.jobs.forget(job.token)
    why = by_field(job.error, NAMES)
    return _form(site, ask, job.note, why, 409 if job.error.exit_code == 1 else 400)


def _count(site: Site, wish: Wish, job: Job) -> Queued:
    def told(done: int, total: int) -> None:
        job.done, job.total = done, total

    job.step = t("đang xét từng số: trùng, từ chối, giới hạn trong ngày",
                 "judging each number: doubles, opt-outs, daily caps")
    return queueing.create(site.home, wish, job.by, told=told)


def _wish(site: Site, ask: Ask) -> Wish:
    """
    What was typed.

    Raises:
        UserError: every mistake at once.
    """
    given, wrong = ask.form, list[Mistake]()
    now = site.home.clock.now()
    programme = site.home.programme().programme
    zone = programme.zone()

    def moment(field: str, after: datetime) -> datetime | None:
        text = given.get(field, "").strip()
        option = next(k for k, v in NAMES.items() if v == field)
        try:
            return a_moment(option, text, after, zone) if text else None
        except UserError as error:
            wrong.extend(error.mistakes)
            return None

    numbers: dict[str, int | None] = {}
    for field in _NUMBERS:
        text = given.get(field, "").strip()
        numbers[field] = _whole(text) if text else None
        if text and (numbers[field] is None or (field.startswith("ceiling") and not _whole(text))):
            wrong.extend(UserError(
                "--" + field.replace("_", "-"), t("phải là số nguyên", "has to be a whole number"),
                t("ví dụ 500", "such as 500")).mistakes)
    starts = moment("starts", now)
    closes, go_on_at = moment("closes", starts or now), moment("go_on_at", starts or now)
    if not given.get("item"):
        wrong.extend(UserError("--item", t("chưa chọn tin", "no item was chosen"),
                               t("chọn một tin đã duyệt", "choose an approved one")).mistakes)
    corrects = _whole(given.get("corrects", ""))
    lists = tuple(n for text in ask.all("list") if (n := _whole(text)) is not None)
    if corrects is None and not lists:
        wrong.extend(UserError("--list", t("chưa chọn danh sách", "no list was chosen"),
                               t("chọn ít nhất một", "choose one at least")).mistakes)
    if wrong:
        raise UserError.many(tuple(wrong))
    return Wish(
        given["item"], lists if corrects is None else (), given.get("channel", ""),
        given.get("name", "").strip(), starts, closes,
        0 if numbers["trial"] is None else numbers["trial"], go_on_at,
        _weights(site, ask), numbers["ceiling_parts"], numbers["ceiling_dong"],
        numbers["dong_per_part"] or 0, given.get("correction") == "1", corrects)


def _weights(site: Site, ask: Ask) -> dict[str, float]:
    """Shares of the chosen channel's accounts; nothing typed: as their rates."""
    channels = site.home.programme().programme.channels
    channel = next((c for c in channels if c.id == ask.form.get("channel", "")), None)
    found = {}
    for account in channel.accounts if channel is not None else ():
        text = ask.form.get(f"share-{account.id}", "").strip().replace(",", ".")
        if not text:
            continue
        try:
            found[account.id] = float(text)
        except ValueError:
            raise UserError("--account", t(f"«{text}» không phải số", f"“{text}” is no number"),
                            t("ghi số dương, ví dụ 3", "write a positive number, as 3")) from None
    return found


# ------------------------------------------------------------------------- looked at, yes, no


def _job(site: Site, ask: Ask) -> Job | None:
    job = site.jobs.get(ask.path["token"], ask.me.person)
    return job if job is not None and job.kind == KIND else None


def _gone(site: Site) -> Response:
    return site.go(f"{HERE}/moi?xong=dot-het")


def look(site: Site, ask: Ask) -> Response:
    """How far the counting is; then what the campaign will be."""
    job = _job(site, ask)
    if job is None:
        return _gone(site)
    if ask.request.headers.get("hx-request"):
        return progress(site, job)
    if not job.over.is_set():
        return site.page(ask, "campaigns/working", job=job, n=words.number,
                         title=t("Đang tính đợt nhắn tin", "Reckoning the campaign"),
                         again=f"{HERE}/moi/{job.token}")
    if job.error is not None:
        return _wrong(site, ask, job)
    programme = site.home.programme().programme
    found = plan.estimate(programme, site.home.clock.now(), job.result)
    return site.page(ask, "campaigns/estimate", e=found, n=words.number, job=job,
                     row=job.result.draft.campaign, lists=job.result.draft.lists,
                     zone=programme.zone())


def progress(site: Site, job: Job) -> Response:
    """The part of a waiting page that renews itself."""
    if job.over.is_set():  # the whole page has something else to say now
        return Response(headers={"HX-Refresh": "true"})
    html = site.templates.get_template("web/campaigns/working_now.html.j2").render(
        job=job, n=words.number)
    return Response(html, media_type="text/html; charset=utf-8")


def accept(site: Site, ask: Ask) -> Response:
    job = _job(site, ask)
    if job is None or not isinstance(job.result, Queued):
        return _gone(site)
    try:
        queueing.accept(site.home, job.result, ask.me.person)
    except UserError as error:
        return refused(site, ask, error, f"{HERE}/moi")
    site.jobs.forget(job.token)
    return site.go(f"{HERE}/{job.result.id}?xong=dot-lap")


def drop(site: Site, ask: Ask) -> Response:
    """No; what was typed is shown again."""
    job = _job(site, ask)
    if job is None or not isinstance(job.result, Queued):
        return _gone(site)
    site.jobs.forget(job.token)
    queueing.remove(site.home.store, job.result.id)
    return _form(site, ask, job.note, {})
