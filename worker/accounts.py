"""
Channels and accounts that cannot send: asked before their slot comes, told of while it lasts,
and the alarm closed once they can again.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.base import Channel
from worker.alarms.store import close_alarm, open_alarms, raise_alarm
from worker.i18n import t
from worker.models import AccountRow
from worker.office import Office

#: a credential that ends sooner than this is told of
SOON = timedelta(days=7)


def watch(office: Office) -> None:
    """One round: every channel that cannot be built, every account that refuses us."""
    now, channels = office.clock.now(), office.channels
    with office.store.write() as session:
        for channel_id, why in office.broken.items():
            _tell_broken(session, now, channel_id, why, works=channel_id in channels)
    known = set()
    for config in office.force.programme.channels:
        if not config.enabled:
            continue
        names = {a.id: f"{config.id}/{a.id}" for a in config.accounts}
        known |= set(names.values())
        for account, name in names.items():
            if config.id in channels:
                _ask(office, now, channels[config.id], account, name)
    with office.store.write() as session:
        _close_past(session, now, set(office.broken), known)


def _tell_broken(
    session: Session, now: datetime, channel: str, why: str, *, works: bool
) -> None:
    what = (
        t(f"kênh {channel} còn chạy bằng khóa cũ, khởi động lại sẽ hỏng: {why}",
          f"channel {channel} still runs on its old secret, and will not after a restart: {why}")
        if works else
        t(f"kênh {channel} chưa dùng được: {why}", f"channel {channel} cannot be used: {why}"))
    raise_alarm(session, now, f"channel:{channel}", "account", "serious", what, _step(why))


def _step(why: str) -> str:
    """What mends it, and whether the worker takes that up by itself."""
    if why.startswith("env:"):
        return t("đặt biến môi trường này rồi khởi động lại trạm phát (biến chỉ đọc lúc khởi động)",
                 "set this variable, then restart the worker (read at its start only)")
    if why.startswith("file:"):
        return t("ghi khóa vào tệp này; trạm phát tự đọc lại, không cần khởi động lại",
                 "write the secret into this file; the worker reads it by itself, no restart")
    return t("chạy `giovang check`, sửa schedules.toml hoặc tệp mô tả cổng; trạm phát tự đọc lại",
             "run `giovang check`, mend schedules.toml or the gateway's file; it is read again")


def _ask(office: Office, now: datetime, channel: Channel, account: str, name: str) -> None:
    health = channel.check(account)
    soon = health.expires_at is not None and health.expires_at < now + SOON
    with office.store.write() as session:
        if health.ok and not soon:
            close_alarm(session, now, f"check:{name}")
            return
        advice = channel.codes.get(health.code)
        raise_alarm(
            session, now, f"check:{name}", "token" if soon else "account", "serious",
            t(f"tài khoản {name}: {health.detail or health.code}",
              f"account {name}: {health.detail or health.code}"),
            advice.todo if advice else t("xem docs/runbook.md", "see docs/runbook.md"),
        )


def _close_past(session: Session, now: datetime, broken: set[str], known: set[str]) -> None:
    """Alarms whose cause is over: built again, out of the programme, or taken by the gateway."""
    for alarm in open_alarms(session):
        kind, _, name = alarm.cause.partition(":")
        over = kind == "channel" and name not in broken
        over |= kind in ("check", "account") and name not in known
        if kind == "account" and not over:  # a message got through, or a person said `resume`
            channel, _, account = name.partition("/")
            row = session.get(AccountRow, (channel, account))
            over = row is not None and row.failures == 0
        if over:
            close_alarm(session, now, alarm.cause)
