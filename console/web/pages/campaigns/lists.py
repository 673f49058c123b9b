"""Danh sách: those there are, one of them, the end of one."""

from fastapi import Response

from console.web.context import Ask, Site
from worker.campaigns import listing as campaigns
from worker.campaigns import words
from worker.errors import UserError
from worker.home import in_force
from worker.i18n import t
from worker.lists import listing, report, retention, uploads
from worker.lists.origin import BASES, PURPOSES, STATES

from .common import HERE, list_of, number_of, person_names, scope_in
from .live import TONES
from .one import refused
from .upload import KIND

PAGE = 50
#: colours of a list's states
LIST_TONES = {"ready": "ok", "ended": "off", "staging": "wait"}


def page(site: Site, ask: Ask) -> Response:
    before = ask.query.get("truoc", "")
    last = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    scope = site.scope(ask)
    with site.home.store.read() as session:
        rows = listing.every(session, scope, before=last, limit=PAGE + 1)
        cut_off = [] if last else listing.half_done(session, scope)
    runs = [j for j in site.jobs.of(ask.me.person, KIND) if not j.over.is_set() or j.result]
    waiting = [] if last else uploads.of(site.home, ask.me.person)
    tokens = {j.token for j in runs}
    return site.page(
        ask, "campaigns/lists", rows=rows[:PAGE], after=last, n=words.number, runs=runs,
        more=rows[PAGE - 1].id if len(rows) > PAGE else None, tones=LIST_TONES,
        cut_off=[row for row in cut_off if row.imported_by != ask.me.person or not runs],
        waiting=[w for w in waiting if w.token not in tokens],
        states={k: t(*v) for k, v in STATES.items()},
        purposes={k: t(*v) for k, v in PURPOSES.items()})


def one(site: Site, ask: Ask) -> Response:
    with site.home.store.read() as session:
        row = list_of(ask, session)
        sent = campaigns.of_list(session, scope_in(session, ask), row.id)
        zone = in_force(session).programme.zone()
        names = person_names(session, (row.imported_by, row.ended_by))
    given = uploads.find(site.home, ask.query.get("tep", "")[:64], ask.me.person)
    return site.page(
        ask, "campaigns/one_list", row=row, sent=sent, zone=zone, n=words.number,
        state=t(*STATES[row.state]), purpose=t(*PURPOSES[row.purpose]), names=names,
        basis=t(*BASES[row.basis]), tones=LIST_TONES, refused=_refused(row.counts),
        barred=_barred(row.counts), states={k: t(*v) for k, v in words.CAMPAIGN.items()},
        campaign_tones=TONES,
        bad=given.token if given is not None and given.bad.exists() else "")


def _refused(counts: dict[str, object]) -> list[tuple[str, int]]:
    found = counts.get("refused")
    return [(t(*report.LABELS[k]) if k in report.LABELS else k, n)
            for k, n in found.items()] if isinstance(found, dict) else []


def _barred(counts: dict[str, object]) -> list[tuple[str, int]]:
    from worker.lists.optout import KINDS  # noqa: PLC0415  (with it comes the look-up of keys)

    found = counts.get("barred")
    return [(t(*KINDS[k]), n) for k, n in found.items()] if isinstance(found, dict) else []


def end(site: Site, ask: Ask) -> Response:
    """It counts no more from this moment, and every number of it goes."""
    home, number, now = site.home, number_of(ask), site.home.clock.now()
    reason = ask.form.get("reason", "").strip()
    try:
        with home.store.write() as session:
            list_of(ask, session)
            if not reason:
                raise UserError(t("lý do", "reason"), t("còn trống", "is empty"),
                                t("ghi vì sao kết thúc", "say why it ends"))
            retention.end(session, now, number, ask.me.person, reason)
    except UserError as error:
        return refused(site, ask, error, f"{HERE}/danh-sach/{number}")
    retention.wipe(home, number, now)
    return site.go(f"{HERE}/danh-sach/{number}?xong=ds-ket-thuc")
