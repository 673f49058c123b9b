"""
What persons do to a campaign, and what time does: the only writer of its state.

Each is one UPDATE that says which state it expects: of two persons at one instant one wins, and
the other is told. Begin asks for the state of the campaign in the very UPDATE that begins a slice,
so pause and stop are seen by the next; what is on the wire finishes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session

from worker import audit
from worker.errors import Refused, UserError
from worker.home import SYSTEM, in_force
from worker.i18n import t
from worker.models import Campaign, CampaignLot, Installation, Item
from worker.outbox import events
from worker.slots import local_date

from . import bars, recipients
from .words import CAMPAIGN


def find(session: Session, number: int) -> Campaign:
    """
    A campaign that counts.

    Raises:
        UserError: there is none.
    """
    row = session.get(Campaign, number)
    if row is None or row.state == "queuing":
        raise UserError(_named(number), t("không có", "there is none"),
                        t("xem `giovang campaign list`", "see `giovang campaign list`"))
    return row


def approve(session: Session, now: datetime, number: int, by: str) -> None:
    """A second person's yes to text, lists and ceilings."""
    row = find(session, number)
    if row.created_by == by:
        raise Refused(by, t("người lập không tự duyệt đợt của mình",
                            "nobody approves a campaign they made"),
                      t("nhờ người duyệt khác", "ask an approver"))
    _may_go(session, now, row)
    _move(session, now, number, by, ("draft",), "approved", approved_by=by, approved_at=now)
    _tell(session, now, by, number, "campaign_approve", text=row.text, total=row.total)


def run(session: Session, now: datetime, number: int, by: str) -> int:
    """Let the first phase go; gives how far: the last row that may be begun."""
    row = find(session, number)
    if row.state != "approved":
        raise _not_so(row)
    _may_go(session, now, row)
    until = _phases(row)[0]
    _move(session, now, number, by, ("approved",), "running", until_row=until)
    _tell(session, now, by, number, "campaign_run", until=until)
    return until


def go_on(session: Session, now: datetime, number: int, by: str) -> int:
    """"Chạy tiếp": the next phase; gives how far."""
    row = find(session, number)
    if row.state != "running":
        raise _not_so(row)
    further = [until for until in _phases(row) if until > row.until_row]
    if not further:
        raise Refused(_named(number), t("đã cho gửi hết", "all of it was let go already"),
                      t("xem `giovang campaign show`", "see `giovang campaign show`"))
    _may_go(session, now, row)
    _let_go(session, now, row, further[0], by)
    return further[0]


def pause(session: Session, now: datetime, number: int, by: str, reason: str) -> None:
    """Nothing more is begun until somebody resumes it."""
    find(session, number)
    _move(session, now, number, by, ("running",), "paused", reason=reason, pause_code="")
    _tell(session, now, by, number, "campaign_pause", reason=reason)


def pause_by_itself(
    session: Session, now: datetime, number: int, code: str, reason: str
) -> bool:
    """The campaign pauses itself; False when it runs no more anyway."""
    if not _moved(session, now, number, SYSTEM, ("running",), "paused", reason=reason,
                  pause_code=code):
        return False
    _tell(session, now, SYSTEM, number, "campaign_pause", reason=reason, code=code)
    return True


def resume(session: Session, now: datetime, number: int, by: str) -> None:
    """It goes on where it stood."""
    row = find(session, number)
    if row.state != "paused":
        raise _not_so(row)
    _may_go(session, now, row)
    _move(session, now, number, by, ("paused",), "running", reason="", pause_code="")
    _tell(session, now, by, number, "campaign_resume")


def reopen(session: Session, now: datetime, number: int, by: str) -> None:
    """A finished one runs again, for what of it is to be sent once more (`retry.py`)."""
    row = find(session, number)
    _may_go(session, now, row)
    if row.state != "running":
        _move(session, now, number, by, ("finished",), "running", reason="", pause_code="")
        _tell(session, now, by, number, "campaign_reopen")


def stop(session: Session, now: datetime, number: int, by: str, reason: str) -> None:
    """For good: what waits is cancelled by `ends.drain`, what is on the wire finishes."""
    find(session, number)
    _move(session, now, number, by, ("draft", "approved", "running", "paused"), "stopped",
          reason=reason)
    _tell(session, now, by, number, "campaign_stop", reason=reason)


def finish(session: Session, now: datetime, number: int) -> bool:
    """All of it was let go, and nothing waits or flies: it is over. False when it is not so."""
    open_ = exists().where(CampaignLot.campaign_id == number,
                           or_(CampaignLot.waiting > 0, CampaignLot.flying > 0))
    if not _moved(session, now, number, SYSTEM, ("running",), "finished",
                  where=(~open_, Campaign.until_row == Campaign.total)):
        return False
    _tell(session, now, SYSTEM, number, "campaign_finish")
    return True


def expire(session: Session, now: datetime, number: int) -> bool:
    """Its time is over; what waits expires by `ends.drain`. False when it had not come so far."""
    if not _moved(session, now, number, SYSTEM, ("draft", "approved", "running", "paused"),
                  "expired", where=(Campaign.closes_at <= now,)):
        return False
    _tell(session, now, SYSTEM, number, "campaign_expire")
    return True


def all_of_it(session: Session, now: datetime, number: int) -> bool:
    """The moment set for the rest has come; False when somebody was quicker."""
    row = session.get_one(Campaign, number)
    try:
        _may_go(session, now, row)
        _let_go(session, now, row, row.total, SYSTEM)
    except Refused:
        return False
    return True


def _phases(row: Campaign) -> Sequence[int]:
    """Where it waits for "Chạy tiếp": after our handsets, after the trial, at its end."""
    trial = min(row.seeds + row.trial, row.total) if row.trial else 0
    return sorted({until for until in (row.seeds, trial, row.total) if until})


def _let_go(session: Session, now: datetime, row: Campaign, until: int, by: str) -> None:
    _move(session, now, row.id, by, ("running",), "running", until_row=until,
          where=(Campaign.until_row == row.until_row,))
    _tell(session, now, by, row.id, "campaign_continue", until=until)


def _may_go(session: Session, now: datetime, row: Campaign) -> None:
    """What begin asks as well: told here, where a person can do something about it."""
    where = _named(row.id)
    installation = session.scalars(select(Installation)).one()
    if not installation.training and installation.live_at is None:
        raise Refused(where, t("trạm phát chưa chuyển sang phát thật", "we are not live yet"),
                      t("xem `giovang golive`", "see `giovang golive`"))
    item = session.get(Item, row.item_id)
    if item is None or item.state != "approved" or item.version != row.item_version:
        raise Refused(where, t(f"tin {row.item_id} không còn được duyệt đúng bản này",
                               f"item {row.item_id} is no longer approved in this version"),
                      t("dừng đợt này, duyệt tin rồi lập đợt mới",
                        "stop this one, approve the item and make another"))
    if row.closes_at <= now:
        raise Refused(where, t("đã hết hạn gửi", "its time is over"),
                      t("lập đợt mới", "make another"))
    today = local_date(in_force(session).programme, now)
    recipients.usable(session, recipients.of_campaign(session, row.id), today, row.purpose)


def _move(
    session: Session, now: datetime, number: int, by: str, source: Sequence[str], to: str,
    where: Sequence[ColumnElement[bool]] = (), **values: Any,
) -> None:
    if not _moved(session, now, number, by, source, to, where, **values):
        session.expire_all()
        raise _not_so(session.get_one(Campaign, number, populate_existing=True))


def _moved(
    session: Session, now: datetime, number: int, by: str, source: Sequence[str], to: str,
    where: Sequence[ColumnElement[bool]] = (), **values: Any,
) -> bool:
    if session.scalars(
        update(Campaign)
        .where(Campaign.id == number, Campaign.state.in_(source), *where)
        .values(state=to, state_at=now, state_by=by, **values)
        .returning(Campaign.id).execution_options(synchronize_session=False)
    ).one_or_none() is None:
        return False
    if "paused" in source:
        bars.over(session, now, number)
    return True


def _tell(
    session: Session, now: datetime, by: str, number: int, act: str, **detail: object
) -> None:
    """A line of its story, and of the audit where a person did it."""
    story = session.scalars(select(Campaign.occurrence_id).where(Campaign.id == number)).one()
    assert story is not None  # noqa: S101  (every campaign that counts has one)
    kind = act.removeprefix("campaign_")
    said: Mapping[str, object] = {k: v for k, v in detail.items() if k != "text"}
    events.append(session, now, by, [events.Note(story, kind, None, said)])
    if by != SYSTEM:
        audit.record(session, now, by, act, str(number), detail)


def _named(number: int) -> str:
    return t(f"đợt {number}", f"campaign {number}")


def _not_so(row: Campaign) -> Refused:
    vi, en = CAMPAIGN[row.state]
    return Refused(
        _named(row.id),
        t(f"đang ở trạng thái «{vi}» (do {row.state_by})", f"it is {en} (by {row.state_by})"),
        t(f"xem `giovang campaign show {row.id}`", f"see `giovang campaign show {row.id}`"))
