"""Đợt nhắn tin: all of them, one with what may be done to it, and each act."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import Response
from sqlalchemy.orm import Session

from console.web.context import Ask, Site
from worker.campaigns import acts, doubt, ends, listing, recipients, retry, trial, words
from worker.campaigns.draft import correction_of
from worker.campaigns.figures import OPEN
from worker.campaigns.retry import is_temporary
from worker.campaigns.speed import Meter
from worker.errors import Refused, UserError
from worker.home import in_force
from worker.i18n import t
from worker.lists.one_number import nine_of
from worker.models import Campaign, Item

from . import live
from .common import HERE, campaign_of, codes_of, number_of, person_names

PAGE = 30

#: seconds a test's outcome is waited for before the page is shown again
WAITED = 4.0



def page(site: Site, ask: Ask) -> Response:
    """What may still send, then what is over."""
    before = ask.query.get("truoc", "")
    last = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    scope = site.scope(ask)
    with site.home.store.read() as session:
        going = listing.still_open(session, scope) if last is None else []
        over = listing.ended(session, scope, before=last, limit=PAGE + 1)
        zone = in_force(session).programme.zone()
    return site.page(
        ask, "campaigns/list", going=going, over=over[:PAGE], after=last, zone=zone,
        more=over[PAGE - 1].campaign.id if len(over) > PAGE else None, n=words.number,
        states={k: t(*v) for k, v in words.CAMPAIGN.items()}, tones=live.TONES)


def one(site: Site, ask: Ask) -> Response:
    return _one(site, ask)


def _one(site: Site, ask: Ask, status: int = 200, **more: Any) -> Response:
    with site.home.store.read() as session:
        row = campaign_of(ask, session)
        lists = recipients.of_campaign(session, row.id)
        item = session.get(Item, row.item_id)
        corrected = correction_of(session, row.id)
        names = person_names(session, (row.created_by, row.approved_by, row.state_by))
        tests = trial.recent(session, row.id, site.home.clock.now())
    view = live.looked(site, ask, Meter())
    if view is None:
        return site.go(HERE)
    codes = codes_of(site, row.channel)
    failed = _failed(view["failed"], codes)
    tried = [{"number": x.number, "state": t(*words.TRIED[x.state]), "at": x.at,
              "good": x.state in ("accepted", "delivered"), "ended": x.ended,
              "words": x.words or x.ref,
              "reason": words.reason(x.code, codes) if x.code else ""} for x in tests]
    return site.page(
        ask, "campaigns/one", status, **{
            **live.values(view), "lists": lists, "item": item, "corrected": corrected,
            "names": names,
            "phase": _phase(row), "further": row.until_row < row.total, "failed_by": failed,
            "open": row.state in OPEN, "seeds": _seeds(site, row), "tried": tried, "why": {},
            "typed": {}, "most": trial.MOST, **more})


def _failed(failed: list[dict[str, Any]], codes: Any) -> list[dict[str, Any]]:
    """By code, with whether another try may help."""
    found: dict[str, dict[str, Any]] = {}
    for x in failed:
        one = found.setdefault(x["code"], {
            "code": x["code"], "reason": x["reason"], "messages": 0, "again": False})
        one["messages"] += x["messages"]
        one["again"] |= is_temporary(x["state"], x["code"], codes)
    return sorted(found.values(), key=lambda f: -f["messages"])


def _phase(row: Campaign) -> str:
    if row.until_row >= row.total:
        return t("gửi tất cả", "all of it")
    if row.until_row > row.seeds:
        n = words.number(row.until_row - row.seeds)
        return t(f"gửi thử {n} số đầu", f"the trial, the first {n} numbers")
    return t("gửi tới máy của đơn vị", "our own handsets") if row.until_row else ""


def _seeds(site: Site, row: Campaign) -> bool:
    """Whether the channel names handsets of our own."""
    channels = {c.id: c for c in site.home.programme().programme.channels}
    return row.channel in channels and bool(channels[row.channel].options.get("seeds"))


# ------------------------------------------------------------------------------------- acts


def _act(
    site: Site, ask: Ask, word: str, act: Callable[[Session, datetime, int, str], object]
) -> Response:
    """One act in one transaction; what forbids it is told with the way back."""
    number = number_of(ask)
    back = f"{HERE}/{number}"
    try:
        with site.home.store.write() as session:
            campaign_of(ask, session)
            act(session, site.home.clock.now(), number, ask.me.person)
    except UserError as error:
        return refused(site, ask, error, back)
    return site.go(f"{back}?xong={word}")


def refused(site: Site, ask: Ask, error: UserError, back: str) -> Response:
    return site.message(ask, 409 if isinstance(error, Refused) else 400,
                        t("Chưa làm được", "Not done"), error.on_page(), back)


def approve(site: Site, ask: Ask) -> Response:
    return _act(site, ask, "dot-duyet", acts.approve)


def run(site: Site, ask: Ask) -> Response:
    return _act(site, ask, "dot-chay", acts.run)


def go_on(site: Site, ask: Ask) -> Response:
    return _act(site, ask, "dot-chay-tiep", acts.go_on)


def resume(site: Site, ask: Ask) -> Response:
    return _act(site, ask, "dot-tiep-tuc", acts.resume)


def _why(ask: Ask) -> str:
    reason = ask.form.get("reason", "").strip()
    if not reason:
        raise UserError(t("lý do", "reason"), t("còn trống", "is empty"),
                        t("ghi vì sao", "say why"))
    return reason


def pause(site: Site, ask: Ask) -> Response:
    return _act(site, ask, "dot-tam-dung", lambda session, now, number, by: acts.pause(
        session, now, number, by, _why(ask)))


def stop(site: Site, ask: Ask) -> Response:
    done = _act(site, ask, "dot-dung", lambda session, now, number, by: acts.stop(
        session, now, number, by, _why(ask)))
    if done.status_code == 303:
        ends.drain(site.home.store, site.home.clock.now(), number_of(ask), "cancelled")
    return done


def again(site: Site, ask: Ask) -> Response:
    """Gửi lại: by the reasons that are ticked."""
    home, number = site.home, number_of(ask)
    back = f"{HERE}/{number}"
    try:
        with home.store.read() as session:
            row = campaign_of(ask, session)
            retry.must_be_open(home.clock.now(), in_force(session).programme, row)
            # tries used up have a code of their own, or none: then all that is temporary
            named = [code for code in ask.all("code") if code]
            which = retry.chosen(session, number, codes_of(site, row.channel), named)
            total = sum(r.messages for r in retry.reasons(session, number, which)) if which else 0
        if not total:
            raise Refused(t("gửi lại", "sending again"),
                          t("không có số nào gửi lại được với các lý do đã chọn",
                            "no number can be sent again for these reasons"),
                          t("chọn lý do khác", "choose others"))
        for _ in retry.again(home.store, home.clock.now(), ask.me.person, number, which):
            pass
    except UserError as error:
        return refused(site, ask, error, back)
    return site.go(f"{back}?xong=dot-gui-lai")


_HOW: dict[str, doubt.Resolution] = {
    "da-gui": "went-out", "chua-gui": "did-not", "gui-lai": "send-again"}


def resolve(site: Site, ask: Ask) -> Response:
    """A person ends the doubts."""
    number = number_of(ask)
    back = f"{HERE}/{number}"
    with site.home.store.read() as session:
        campaign_of(ask, session)
    try:
        how = _HOW.get(ask.form.get("how", ""))
        if how is None:
            raise UserError(t("cách xác định", "the answer"), t("chưa chọn", "not chosen"),
                            t("chọn một trong ba", "choose one of three"))
        count = doubt.resolve_all(site.home, ask.me.person, number, None, how, _why(ask))
    except UserError as error:
        return refused(site, ask, error, back)
    return site.go(f"{back}?xong={'dot-xac-dinh' if count else 'dot-khong-ro'}")


# --------------------------------------------------------------------------------- test send


def test(site: Site, ask: Ask) -> Response:
    """Gửi thử: a few named phones, by the worker; the numbers stand in no address and no log."""
    home = site.home
    with home.store.read() as session:
        row = campaign_of(ask, session)
    typed = ask.form.get("numbers", "")
    try:
        whom: list[str] = []
        if ask.form.get("to_seeds") == "1":
            with home.store.read() as session:
                whom = trial.handsets(session, row.id)
        for n, line in enumerate(filter(str.strip, typed.splitlines()), start=1):
            whom.append("+84" + nine_of(t(f"số thứ {n}", f"number {n}"), line))
        values = {name: ask.form.get(f"field-{name}", "").strip() or name for name in row.fields}
        ids = trial.ask(home, row.id, whom, values, ask.me.person)
    except UserError as error:
        return _one(site, ask, 409 if isinstance(error, Refused) else 400,
                    why={"test": error.on_page()}, typed={"numbers": typed, **ask.form})
    trial.outcome(home, ids, WAITED)
    return site.go(f"{HERE}/{row.id}?xong=gui-thu#gui-thu")



