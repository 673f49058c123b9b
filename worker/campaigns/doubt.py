"""
Doubt in campaigns: what a dead worker left on the wire, what a backup does not know, and what
ends it. In bulk; the rules are those of a delivery (`worker/outbox/doubt.py`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from channels.values import Retry
from worker import audit, retry
from worker.db import lock_outbox
from worker.errors import Refused, UserError
from worker.given import rows_given
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.models import Campaign, CampaignLot, CampaignMessage, UtcDateTime
from worker.models.campaigns import LOT
from worker.outbox import events
from worker.outbox.doubt import GIVE_UP, Traits
from worker.outbox.many import One
from worker.outbox.units import Worker
from worker.programme.model import Priority
from worker.witness import Sliced

from . import moves
from .keys import key_of
from .moves import Moved, lot_of

Resolution = Literal["went-out", "did-not", "send-again"]

#: rows a transaction moves at most
CHUNK = 2_000
#: what a person's word makes of a doubt
_ENDS = {"went-out": "accepted", "did-not": "cancelled", "send-again": "waiting"}


# ---------------------------------------------------------------- what dead workers left


def reclaim(
    session: Session, now: datetime, store_now: datetime, worker: Worker, *, own: bool
) -> int:
    """
    Take back lots of dead workers: what of them was on the wire is uncertain, what waits is due.
    `own`: at start, whatever an earlier life of this node held; else leases that died.
    """
    lock_outbox(session)
    dead = and_(CampaignLot.node == worker.node, CampaignLot.incarnation < worker.incarnation)
    if not own:
        dead = or_(dead, CampaignLot.lease_until < store_now - GIVE_UP)
    lots = session.execute(
        select(CampaignLot.campaign_id, CampaignLot.lot)
        .where(CampaignLot.state == "leased", dead)
        .order_by(CampaignLot.campaign_id, CampaignLot.lot).with_for_update()
    ).all()
    lost = 0
    for campaign_id in sorted({c for c, _ in lots}):
        mine = [lot for c, lot in lots if c == campaign_id]
        campaign = session.get_one(Campaign, campaign_id)
        moved: list[Moved] = []
        for lot in mine:
            moved += _give_up(session, now, campaign, lot, "sending", "lost", t(
                "máy chết giữa chừng", "the worker died"))
        moves.count(session, worker.node, campaign_id, moved)
        _free(session, campaign_id, mine, now)
        _tell(session, now, worker.node, campaign, "uncertain", moved, {"code": "lost"})
        lost += len(moved)
    return lost


def _give_up(
    session: Session, now: datetime, campaign: Campaign, lot: int, source: str, code: str,
    detail: str,
) -> list[Moved]:
    """Messages of a lot in this state become uncertain; what they cost is taken to be spent."""
    account = max(campaign.weights, key=lambda a: (campaign.weights[a], a), default="?")
    rows = session.execute(
        update(CampaignMessage)
        .where(CampaignMessage.campaign_id == campaign.id,
               CampaignMessage.row.between(lot * LOT + 1, (lot + 1) * LOT),
               CampaignMessage.state == source)
        .values(
            state="uncertain", code=code, detail=detail, settled_at=now, next_at=None,
            parts=case((CampaignMessage.parts == 0, campaign.parts), else_=CampaignMessage.parts),
            account=case((CampaignMessage.account == "", account),
                         else_=CampaignMessage.account))
        .returning(CampaignMessage.row, CampaignMessage.carrier, CampaignMessage.parts)
        .execution_options(synchronize_session=False)
    ).all()
    return [Moved(row, source, "uncertain", carrier, code, parts=parts)
            for row, carrier, parts in sorted(rows)]


def _free(session: Session, campaign_id: int, lots: Sequence[int], at: datetime) -> None:
    session.execute(
        update(CampaignLot)
        .where(CampaignLot.campaign_id == campaign_id, CampaignLot.lot.in_(lots))
        .values(state=case((CampaignLot.waiting > 0, "ready"), else_="done"), next_at=at,
                lease_token=None, lease_until=None, node=None, incarnation=None)
        .execution_options(synchronize_session=False)
    )


def _tell(
    session: Session, now: datetime, actor: str, campaign: Campaign, kind: str,
    moved: Sequence[Moved], detail: Mapping[str, Any],
) -> None:
    if campaign.occurrence_id is None or not moved:
        return
    digest = hashlib.sha256()
    for m in moved:
        digest.update(f"{m.row}:{m.to}\n".encode())
    events.append(session, now, actor, [events.Note(campaign.occurrence_id, kind, None, {
        **detail, "state": moved[0].to, "messages": len(moved), "sha256": digest.hexdigest()})])


# ---------------------------------------------------------------- a database put back


def may_have_run(now: datetime) -> ColumnElement[bool]:
    """Campaigns of which messages may have gone out since the backup: nobody knows how many."""
    return and_(Campaign.state.in_(["approved", "running", "paused"]), Campaign.starts_at <= now)


def doubt_restored(session: Session, now: datetime) -> int | None:
    """
    A chunk of what may have gone out after the backup becomes uncertain; gives how many, None
    when there is no more.
    """
    lock_outbox(session)
    lots = session.execute(
        select(CampaignLot.campaign_id, CampaignLot.lot)
        .join(Campaign, Campaign.id == CampaignLot.campaign_id)
        .where(may_have_run(now), CampaignLot.waiting + CampaignLot.flying > 0)
        .order_by(CampaignLot.campaign_id, CampaignLot.lot).limit(CHUNK // LOT)
        .with_for_update(of=CampaignLot)
    ).all()
    if not lots:
        return None
    count = 0
    for campaign_id in sorted({c for c, _ in lots}):
        mine = [lot for c, lot in lots if c == campaign_id]
        campaign = session.get_one(Campaign, campaign_id)
        moved = [
            m for lot in mine for source in ("sending", "waiting")
            for m in _give_up(session, now, campaign, lot, source, "restored", t(
                "có thể đã gửi trước khi phục hồi", "may have gone out before the restore"))]
        moves.count(session, "", campaign_id, moved)
        _free(session, campaign_id, mine, now)
        _tell(session, now, SYSTEM, campaign, "uncertain", moved, {"code": "restored"})
        count += len(moved)
    return count


# ---------------------------------------------------------------- a server that took over


def knows_slice(session: Session, one: Sliced) -> bool:
    """The tries of this slice stand here: one commit, so the first tells of all."""
    found = session.scalars(
        select(CampaignMessage.attempts).where(CampaignMessage.campaign_id == one.campaign_id,
                                               CampaignMessage.row == one.rows[0])).first()
    return found is not None and found >= one.attempts[0]


def doubt_lost(
    session: Session, now: datetime, node: str, campaign: Campaign, one: Sliced
) -> int:
    """A slice went out, and the server that took over lacks it; gives how many are doubted."""
    moved: list[Moved] = []
    for number in sorted(set(one.attempts)):
        rows = [row for row, n in zip(one.rows, one.attempts, strict=True) if n == number]
        for source in ("sending", "waiting"):
            found = session.execute(
                update(CampaignMessage)
                .where(CampaignMessage.campaign_id == campaign.id, CampaignMessage.row.in_(rows),
                       CampaignMessage.state == source, CampaignMessage.attempts < number)
                .values(state="uncertain", code="restored", settled_at=now, next_at=None,
                        detail=t("có thể đã gửi trước khi máy chủ cơ sở dữ liệu đổi",
                                 "may have gone out before the database server was replaced"),
                        attempts=number, account=one.account, parts=campaign.parts,
                        begun_at=func.coalesce(CampaignMessage.begun_at, one.begun_at))
                .returning(CampaignMessage.row, CampaignMessage.carrier)
                .execution_options(synchronize_session=False)).all()
            moved += [Moved(row, source, "uncertain", carrier, "restored", parts=campaign.parts)
                      for row, carrier in sorted(found)]
    moves.count(session, node, campaign.id, moved)
    _tell(session, now, node, campaign, "uncertain", moved, {"code": "restored"})
    campaign.last_begun_at = max(filter(None, (campaign.last_begun_at, one.begun_at)))
    return len(moved)


# ---------------------------------------------------------------- what ends it


class Doubtful(NamedTuple):
    """An uncertain message, its row locked."""

    row: int
    carrier: str
    code: str
    parts: int
    counted: int
    settled_at: datetime | None


def doubtful(
    session: Session, campaign_id: int, *which: ColumnElement[bool], limit: int = CHUNK
) -> list[Doubtful]:
    """Uncertain messages of a campaign, locked, those first that are so for longest."""
    m = CampaignMessage
    rows = session.execute(
        select(m.row, m.carrier, m.code, m.parts, m.counted, m.settled_at)
        .join(CampaignLot, and_(CampaignLot.campaign_id == m.campaign_id,
                                m.row.between(CampaignLot.lot * LOT + 1,
                                              (CampaignLot.lot + 1) * LOT)))
        .where(CampaignLot.campaign_id == campaign_id, CampaignLot.uncertain > literal_column("0"),
               m.campaign_id == campaign_id, m.state == "uncertain", *which)
        .order_by(m.settled_at, m.row).limit(limit).with_for_update(of=CampaignMessage)
    ).all()
    return [Doubtful(*row) for row in rows]


_ENDED = rows_given("ended", row=BigInteger())
_END = One(
    update(CampaignMessage)
    .where(CampaignMessage.campaign_id == bindparam("b_campaign", type_=Integer()),
           CampaignMessage.row == _ENDED.c.row, CampaignMessage.state == "uncertain")
    .values(state=bindparam("b_state", type_=Text()), code=bindparam("b_code", type_=Text()),
            maybe_out=bindparam("b_maybe", type_=Boolean()),
            next_at=bindparam("b_next", type_=UtcDateTime()),
            settled_at=bindparam("b_settled", type_=UtcDateTime()))
    .returning(CampaignMessage.row)
)


def end(
    session: Session, now: datetime, actor: str, campaign: Campaign, doubts: Sequence[Doubtful],
    state: str, detail: Mapping[str, Any], *, node: str = "", code: str = "",
    maybe_out: bool = True,
) -> int:
    """
    Move these messages on, which the caller has locked; gives how many. `waiting`: due at once,
    and as one that `maybe_out`, so that it never ends as "did not go out".
    """
    if not doubts:
        return 0
    again = state == "waiting"
    rows = json.dumps([[d.row] for d in doubts])
    done = {row for row, in _END.rows(
        session, ended=rows, b_campaign=campaign.id, b_state=state, b_code=code,
        b_maybe=again and maybe_out, b_next=now if again else None,
        b_settled=None if again else now)}
    moved = [Moved(d.row, "uncertain", state, d.carrier, code, d.code, d.parts)
             for d in doubts if d.row in done]
    moves.count(session, node, campaign.id, moved)
    if again:
        moves.wake(session, campaign.id, sorted({lot_of(m.row) for m in moved}), now)
    _tell(session, now, actor, campaign, "resolved", moved, detail)
    return len(moved)


def send_again(session: Session, now: datetime, actor: str, traits: Mapping[str, Traits]) -> int:
    """
    Doubts that a repeat cannot turn into a double: the far side still knows our key. Same key,
    same account, on the schedule of any retry; not after an error of the software.
    """
    knowing = {c: trait.key_lifetime for c, trait in traits.items() if trait.idempotent}
    if not knowing:
        return 0
    lock_outbox(session)
    campaigns = session.scalars(
        select(Campaign)
        .where(Campaign.channel.in_(knowing), Campaign.state == "running",
               Campaign.closes_at > now,
               select(CampaignLot.lot).where(
                   CampaignLot.campaign_id == Campaign.id,
                   CampaignLot.uncertain > literal_column("0")).exists())
        .order_by(Campaign.id)
    ).all()
    count = 0
    for campaign in campaigns:
        priority = cast("Priority", campaign.priority)
        since = now - timedelta(seconds=knowing[campaign.channel])
        doubts = doubtful(
            session, campaign.id, CampaignMessage.code != "bug",
            CampaignMessage.counted < retry.POLICIES[priority].tries,
            # after a restore: as if tried when it was due
            func.coalesce(CampaignMessage.begun_at, campaign.starts_at) > since)
        nonce = bytes.fromhex(campaign.nonce)
        due = [d for d in doubts if _due(now, d, priority, key_of(nonce, campaign.id, d.row))]
        count += end(session, now, actor, campaign, due, "waiting", {"how": "idempotent"})
    return count


def signs(now: datetime) -> tuple[Select[int], ...]:
    """Cheap questions: does one of them find something, there is work here for a sweep."""
    return (
        select(CampaignLot.lot).where(CampaignLot.state == "leased",
                                      CampaignLot.lease_until < now - GIVE_UP),
        select(CampaignLot.lot)
        .join(Campaign, Campaign.id == CampaignLot.campaign_id)
        .where(CampaignLot.uncertain > literal_column("0"), Campaign.state == "running",
               Campaign.closes_at > now),
    )


def _due(now: datetime, doubt: Doubtful, priority: Priority, key: str) -> bool:
    if not doubt.counted:
        return True
    at = retry.next_try(doubt.settled_at or now, Retry("again", ""), priority=priority,
                        counted=doubt.counted, key=key)
    return at is not None and at <= now


def resolve(
    session: Session, now: datetime, actor: str, campaign_id: int, rows: Sequence[int] | None,
    how: Resolution,
) -> int:
    """
    A person ends doubts: of these rows, or (None) of all. A chunk, in one transaction; gives
    how many, 0 when none is left.
    """
    lock_outbox(session)
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise UserError(str(campaign_id), t("không có đợt này", "no such campaign"),
                        t("xem `giovang campaign list`", "see `giovang campaign list`"))
    if how == "send-again":
        _may_send_again(now, campaign)
    which = [CampaignMessage.row.in_(rows)] if rows is not None else []
    doubts = doubtful(session, campaign_id, *which)
    if rows is not None and len(doubts) < len(set(rows)):
        other = ", ".join(str(r) for r in sorted(set(rows) - {d.row for d in doubts})[:5])
        raise Refused(
            f"{campaign_id}: {other}",
            t("không ở trạng thái «Chưa rõ kết quả»", "is not uncertain"),
            t("xem `giovang campaign status`", "see `giovang campaign status`"))
    return end(session, now, actor, campaign, doubts, _ENDS[how], {"how": how})


def resolve_all(
    home: Home, actor: str, campaign_id: int, rows: Sequence[int] | None, how: Resolution,
    reason: str,
) -> int:
    """`resolve` until none is left; each chunk holds: broken off, it is said once more."""
    now, count, done = home.clock.now(), 0, -1
    while done:
        with home.store.write() as session:
            if done < 0:
                audit.record(session, now, actor, "campaign_resolve", str(campaign_id),
                             {"how": how, "rows": rows or "all", "reason": reason})
            done = resolve(session, now, actor, campaign_id, rows, how)
        count += done
        if rows is not None:
            break
    return count


def _may_send_again(now: datetime, campaign: Campaign) -> None:
    if campaign.state not in ("approved", "running", "paused"):
        raise Refused(
            str(campaign.id), t(f"đợt đã kết thúc ({campaign.state})",
                                f"the campaign has ended ({campaign.state})"),
            t("dùng --went-out hoặc --did-not", "use --went-out or --did-not"))
    if campaign.closes_at <= now:
        raise Refused(
            str(campaign.id), t("đã hết hạn gửi", "its time is over"),
            t("chọn --did-not, rồi lập đợt mới", "say --did-not, then make a new campaign"))
