"""What must be true before a real database sends anything but its tests."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker.i18n import t
from worker.models import Audit, ChannelTest, Item, Person
from worker.office import Office
from worker.programme.model import Programme
from worker.slots import local_date

#: a backup older than this does not count
BACKUP_WITHIN = timedelta(days=7)


@dataclass(frozen=True)
class Point:
    """One point of the list."""

    name: str
    done: bool
    what: str
    fix: str = ""


def checklist(session: Session, office: Office, now: datetime) -> list[Point]:
    """Every point; accounts are asked over the wire."""
    programme = office.force.programme
    today = local_date(programme, now)
    return [
        _organisations(programme, today),
        _hotlines(programme, today),
        *_accounts(office),
        _approvers(session),
        *_tests(session, programme),
        _backup(session, now),
        _items(session),
    ]


def _named(programme: Programme) -> set[str]:
    targets = {x.organisation for c in programme.channels if c.enabled for x in c.targets}
    return {programme.organisation, *(s.organisation for s in programme.stations),
            *filter(None, targets)}


def _organisations(programme: Programme, today: date) -> Point:
    gone = sorted(o for o in _named(programme) if programme.organisation_on(o, today) is None)
    return Point("organisations", not gone,
                 t(f"đơn vị không còn hiệu lực hôm nay: {', '.join(gone)}",
                   f"organisations not in force today: {', '.join(gone)}") if gone
                 else t("mọi đơn vị đang có hiệu lực", "every organisation is in force"),
                 t("sửa [[organisations]] trong schedules.toml", "mend [[organisations]]"))


def _hotlines(programme: Programme, today: date) -> Point:
    bodies = [programme.organisation_on(o, today) for o in sorted(_named(programme))]
    without = [b.id for b in bodies if b is not None and not b.hotline]
    publisher = programme.organisation_on(programme.organisation, today)
    own = publisher is not None and bool(publisher.hotline)
    return Point("hotlines", own,
                 t(f"chưa có số: {', '.join(without)}", f"without a number: {', '.join(without)}")
                 if without else t("đủ số điện thoại", "all have a number"),
                 t("đơn vị phát phải có hotline trong schedules.toml",
                   "the publishing organisation needs a hotline"))


def _accounts(office: Office) -> list[Point]:
    points = [Point(f"account {channel}", False, why,
                    t("sửa schedules.toml hoặc đặt khóa còn thiếu", "mend it, or set the secret"))
              for channel, why in sorted(office.broken.items())]
    for channel_id, channel in office.channels.items():
        for account in office.config(channel_id).accounts:
            health = channel.check(account.id)
            advice = channel.codes.get(health.code)
            points.append(Point(f"account {channel_id}/{account.id}", health.ok,
                                health.detail or health.code, advice.todo if advice else ""))
    return points


def _approvers(session: Session) -> Point:
    people = session.scalars(select(Person).where(Person.active)).all()
    approvers = [p.id for p in people if "nguoi_duyet" in p.roles]
    return Point("approvers", len(approvers) >= 2,
                 t(f"người duyệt: {', '.join(approvers) or 'chưa có'}",
                   f"approvers: {', '.join(approvers) or 'none'}"),
                 t("cần hai người: giovang person add … --role nguoi_duyet", "two are needed"))


def _tests(session: Session, programme: Programme) -> list[Point]:
    confirmed = set(session.scalars(
        select(ChannelTest.channel).where(ChannelTest.confirmed_at.is_not(None))))
    return [
        Point(f"test {c.id}", c.id in confirmed,
              t("tin thử đã có người xác nhận", "a test was seen by a person")
              if c.id in confirmed else t("chưa có tin thử được xác nhận", "no confirmed test"),
              f"giovang golive --test {c.id} --as …; giovang golive --confirm {c.id} --as …")
        for c in programme.channels if c.enabled
    ]


def _backup(session: Session, now: datetime) -> Point:
    last = session.scalars(select(func.max(Audit.at)).where(Audit.act == "backup")).one()
    fresh = last is not None and last > now - BACKUP_WITHIN
    return Point("backup", fresh, t("có bản sao lưu mới", "there is a fresh backup") if fresh
                 else t("chưa có bản sao lưu trong 7 ngày", "no backup within 7 days"),
                 "giovang backup FILE.tar.gz --as …")


def _items(session: Session) -> Point:
    count = session.scalars(select(func.count()).where(Item.state == "approved")).one()
    return Point("items", count > 0, t(f"{count} tin đã duyệt", f"{count} items approved"),
                 t("nhập, trình, duyệt tin: giovang import, submit, approve",
                   "import, submit, approve"))
