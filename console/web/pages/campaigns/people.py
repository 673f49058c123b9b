"""One person's number: found, erased, kept out; and files of numbers that want no message."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from fastapi import Response

from console.web.context import Ask, Site
from vietnamese import phone
from worker.campaigns import words
from worker.errors import Mistake, UserError
from worker.home import in_force
from worker.i18n import t
from worker.jobs import Job
from worker.lists import (
    bringing,
    columns,
    forget,
    listing,
    one_number,
    optout,
    optout_file,
    report,
    uploads,
)
from worker.lists.origin import PURPOSES, STATES
from worker.lists.secret import open_ring, ready_ring
from worker.lists.source import open_source
from worker.lists.store import Given
from worker.lists.uploads import Waiting

from .common import HERE, by_field, codes_of
from .making import AT_ONCE, progress

KIND = "tu-choi"
#: the newest wishes shown
SHOWN = 50
NAMES = {"--kind": "kind", "--source": "source", "number": "number", "--map": "column"}


# --------------------------------------------------------------------------- find and forget


def find_form(site: Site, ask: Ask) -> Response:
    return _find(site, ask)


def _find(site: Site, ask: Ask, status: int = 200, **more: Any) -> Response:
    return site.page(ask, "campaigns/find", status, **{
        "found": None, "why": {}, "n": words.number, "erased": None, **more})


def find(site: Site, ask: Ask) -> Response:
    """By POST, shown in its answer: no address and no log has the number."""
    try:
        nine = one_number.nine_of("number", ask.form.get("number", ""))
        found = one_number.asked_for(site.home, nine, ask.me.person, site.scope(ask))
    except UserError as error:
        return _find(site, ask, 400, why=by_field(error, NAMES))
    programme = site.home.programme().programme
    return _find(
        site, ask, found=found, shown=phone.masked(nine), zone=programme.zone(),
        messages=[one_number.told(nine, sent, codes_of(site, sent.channel), programme) | {
            "begun": sent.begun_at, "settled": sent.settled_at} for sent in found.messages],
        kinds={k: t(*v) for k, v in optout.KINDS.items()},
        list_states={k: t(*v) for k, v in STATES.items()},
        purposes={k: t(*v) for k, v in PURPOSES.items()},
        states={k: t(*v) for k, v in words.MESSAGE.items()}, tones=_TONES)


_TONES = {"waiting": "wait", "sending": "wait", "accepted": "ok", "delivered": "ok",
          "rejected": "bad", "exhausted": "bad", "uncertain": "bad", "cancelled": "off",
          "expired": "off", "left_out": "off"}


def erase(site: Site, ask: Ask) -> Response:
    """From every list, whoever's it is: so only for who works for the whole installation."""
    home = site.home
    if not site.scope(ask).whole:
        return site.message(ask, 403, t("Không có quyền", "Not allowed"), t(
            "Xóa một số là xóa ở mọi danh sách. Nhờ người điều phối của toàn trạm phát.",
            "A number is erased from all lists. Ask a dispatcher of the whole installation."),
            f"{HERE}/tim-so")
    try:
        nine = one_number.nine_of("erase", ask.form.get("number", ""))
        with home.store.read() as session:
            ring = open_ring(session, home.settings.var)
        count = forget.forget(home, ring, nine, ask.me.person)
    except UserError as error:
        return _find(site, ask, 400, why={"erase": error.mistakes[0].at_field()})
    return _find(site, ask, erased=(phone.masked(nine), count))


# ---------------------------------------------------------------------------------- opt-outs


def wishes(site: Site, ask: Ask) -> Response:
    return _wishes(site, ask, {}, {})


def _wishes(
    site: Site, ask: Ask, typed: Mapping[str, str], why: Mapping[str, str], status: int = 200
) -> Response:
    with site.home.store.read() as session:
        counts, newest = listing.wishes(session, SHOWN)
        zone = in_force(session).programme.zone()
    return site.page(
        ask, "campaigns/optouts", status, counts=counts, zone=zone, typed=typed, why=why,
        newest=newest if site.scope(ask).whole else (), n=words.number,
        kinds={k: t(*v) for k, v in optout.KINDS.items()},
        brought=[(k, t(*optout.KINDS[k])) for k in optout.BROUGHT])


def add(site: Site, ask: Ask) -> Response:
    """One number."""
    home, by = site.home, ask.me.person
    typed = {k: ask.form.get(k, "") for k in ("kind", "source")}
    wrong: list[Mistake] = []
    try:
        wish = optout.wish_of(typed["kind"], typed["source"], by)
    except UserError as error:
        wrong += error.mistakes
    try:
        nine = one_number.nine_of("number", ask.form.get("number", ""))
    except UserError as error:
        wrong += error.mistakes
    if wrong:
        return _wishes(site, ask, typed, by_field(UserError.many(tuple(wrong)), NAMES), 400)
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), by)
    fresh = optout.add(home, ring, nine, wish)
    return site.go(f"{HERE}/tu-choi?xong={'tu-choi' if fresh else 'tu-choi-roi'}")


def take(site: Site, ask: Ask) -> Response:
    """A file of them, read at once; it does not stay."""
    home, by = site.home, ask.me.person
    typed = {f"file_{k}": ask.form.get(k, "") for k in ("kind", "source", "column")}
    given = ask.file("file")
    try:
        wish = optout.wish_of(ask.form.get("kind", ""), ask.form.get("source", ""), by)
        if given is None:
            raise UserError(t("tệp", "file"), t("chưa chọn", "none was chosen"),
                            t("chọn tệp .xlsx hoặc .csv", "choose a .xlsx or .csv file"))
        kept = uploads.put(home, given.name, given.stream, given.size, by)
        try:
            job = site.jobs.start(by, KIND, lambda job: _bring(
                site, kept, ask.form.get("column", "").strip(), wish, job), kept.token)
        except UserError:
            uploads.drop(kept)
            raise
    except UserError as error:
        return _wishes(site, ask, typed,
                       {f"file_{k}": v for k, v in by_field(error, NAMES).items()}, 400)
    job.note = typed
    job.over.wait(AT_ONCE)
    return site.go(f"{HERE}/tu-choi/tep/{job.token}")


def _bring(
    site: Site, kept: Waiting, column: str, wish: optout.Wish, job: Job
) -> tuple[list[str], int]:
    home = site.home
    job.step = t("đang ghi các số không nhận tin", "writing the numbers down")
    try:
        ring = ready_ring(home.store, home.settings.var, home.clock.now(), wish.by)
        with ExitStack() as stack:
            source = stack.enter_context(open_source(kept.path))
            layout = columns.find(source, {column: "phone"} if column else None, ())
            given = Given(replace(source, file=kept.name,
                                  rows=lambda: bringing.counted(source, job)), layout)
            tally, fresh = optout_file.bring(home, ring, given, wish)
    finally:
        uploads.drop(kept)
    return report.counts(tally, layout), fresh


def taken(site: Site, ask: Ask) -> Response:
    job = site.jobs.get(ask.path["token"], ask.me.person)
    if job is None or job.kind != KIND:
        return site.go(f"{HERE}/tu-choi")
    if ask.request.headers.get("hx-request"):
        return progress(site, job)
    if not job.over.is_set():
        return site.page(ask, "campaigns/working", job=job, n=words.number,
                         title=t("Đang ghi số từ chối", "Writing opt-outs down"),
                         again=f"{HERE}/tu-choi/tep/{job.token}")
    if job.error is not None:
        site.jobs.forget(job.token)
        why = {f"file_{k}": v for k, v in by_field(job.error, NAMES).items()}
        return _wishes(site, ask, job.note, why, 400)
    lines, fresh = job.result
    return site.page(ask, "campaigns/optouts_taken", lines=lines, fresh=fresh, n=words.number)
