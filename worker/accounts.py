"""
Channels and accounts that cannot send: asked before their slot comes, told of while it lasts,
and the alarm closed once they can again.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from channels.values import Health
from worker.alarms.store import close_alarm, open_alarms, raise_alarm
from worker.coming import Use, uses, words
from worker.errors import Mistake, UserError
from worker.i18n import t
from worker.models import AccountRow
from worker.office import Office
from worker.specs import FOLDERS, HTML, template_folder
from worker.templates import must_read

#: accounts asked at once: one that answers nothing keeps no other waiting
AT_ONCE = 8


@dataclass(frozen=True)
class Answer:
    """What came of asking one account."""

    channel: str
    account: str
    health: Health
    todo: str = ""  #: the step that mends it
    broken: bool = False  #: the channel itself cannot be built

    @property
    def name(self) -> str:
        return f"{self.channel}/{self.account}"

    def works_until(self, moment: datetime | None) -> bool:
        """It can send now, and nothing it needs ends before this moment."""
        ends_at = self.health.expires_at
        return self.health.ok and not (moment and ends_at and ends_at <= moment)

    def ends_soon(self, now: datetime) -> bool:
        ends_at, days = self.health.expires_at, self.health.warn_days
        return ends_at is not None and ends_at < now + timedelta(days=days)


def every_account(office: Office) -> list[tuple[str, str]]:
    """(channel, account) of the enabled channels, in the programme's order."""
    return [(c.id, a.id) for c in office.force.programme.channels if c.enabled for a in c.accounts]


def named(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names (channel/account) as pairs."""
    return [(channel, account) for channel, _, account in (n.partition("/") for n in names)]


def ask(
    office: Office, wanted: Sequence[tuple[str, str]]
) -> tuple[list[Answer], list[Exception]]:
    """
    These accounts, a few at once, without a database session; answers in the order asked, and
    what escaped from a channel: such an account counts as failing.
    """
    bugs: list[Exception] = []

    def one(place: tuple[str, str]) -> Answer:
        try:
            return _ask(office, *place)
        except Exception as error:  # noqa: BLE001  (raised by the caller when all are told of)
            bugs.append(error)
            health = Health(ok=False, code="bug", detail=type(error).__name__)
            return Answer(*place, health, t("gửi nhật ký máy cho người phát triển",
                                            "send the machine's log to the developers"))

    if len(wanted) < 2:
        return [one(place) for place in wanted], bugs
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted)), "giovang-check") as pool:
        return list(pool.map(one, wanted)), bugs


def _ask(office: Office, channel_id: str, account: str) -> Answer:
    channel = office.channels.get(channel_id)
    if channel is None:
        why = office.broken.get(channel_id) or t("kênh không còn trong chương trình",
                                                 "the channel is no longer in the programme")
        return Answer(channel_id, account, Health(ok=False, code="broken", detail=why), step(why),
                      broken=True)
    health = channel.check(account)
    advice = channel.codes.get(health.code)
    todo = advice.todo if advice else ""
    if health.ok and (wrong := _wrong_template(office, channel_id)) is not None:
        health = Health(ok=False, code="template", detail=f"{wrong.where}: {wrong.what}",
                        expires_at=health.expires_at, warn_days=health.warn_days)
        todo = wrong.fix
    return Answer(channel_id, account, health, todo or t("xem docs/runbook.md",
                                                         "see docs/runbook.md"))


def _wrong_template(office: Office, channel_id: str) -> Mistake | None:
    config = office.config(channel_id)
    if config.type not in FOLDERS:
        return None
    try:
        must_read(office.settings.template_folders(), f"{template_folder(config)}/text.j2",
                  html=config.type in HTML)
    except UserError as error:
        return error.mistakes[0]
    return None


def watch(office: Office) -> None:
    """One round: every channel that cannot be built, every account that refuses us."""
    wanted = every_account(office)
    answers, bugs = ask(office, wanted)
    with office.store.read() as session:
        coming = uses(session, office.force.programme, office.clock.now())
    tell(office, answers, coming)
    with office.store.write() as session:
        _close_past(session, office.clock.now(), set(office.broken),
                    {f"{channel}/{account}" for channel, account in wanted})
    if bugs:
        raise ExceptionGroup("accounts", bugs)


def tell(office: Office, answers: Sequence[Answer], coming: Sequence[Use]) -> None:
    """A Sự cố for each that fails, closed for each that works; `coming` names the slot."""
    now, programme = office.clock.now(), office.force.programme
    next_use: dict[str, Use] = {}
    for found in coming:
        if found.at > now:
            next_use.setdefault(found.name, found)
    with office.store.write() as session:
        told = set()
        for answer in answers:
            use = next_use.get(answer.name)
            before = f"{words(use, programme, now)}: " if use else ""
            why = office.broken.get(answer.channel)
            if why and answer.channel not in told:
                told.add(answer.channel)
                _tell_broken(session, now, answer.channel, before, why,
                             works=answer.channel in office.channels)
            if not answer.broken:
                _tell_account(session, now, answer, use, before)


def _tell_account(
    session: Session, now: datetime, answer: Answer, use: Use | None, before: str
) -> None:
    health, cause = answer.health, f"check:{answer.name}"
    soon = answer.ends_soon(now)
    if health.ok and not soon:
        close_alarm(session, now, cause)
        return
    if answer.works_until(use.at if use else None):
        before = ""  # it ends soon, but this slot still gets its messages
    said = health.detail or health.code
    raise_alarm(
        session, now, cause, "token" if soon else "account", "serious",
        before + t(f"tài khoản {answer.name}: {said}", f"account {answer.name}: {said}"),
        answer.todo)


def _tell_broken(
    session: Session, now: datetime, channel: str, before: str, why: str, *, works: bool
) -> None:
    what = (
        t(f"kênh {channel} còn chạy bằng khóa cũ, khởi động lại sẽ hỏng: {why}",
          f"channel {channel} still runs on its old secret, and will not after a restart: {why}")
        if works else
        t(f"kênh {channel} chưa dùng được: {why}", f"channel {channel} cannot be used: {why}"))
    raise_alarm(session, now, f"channel:{channel}", "account", "serious", before + what,
                step(why))


def step(why: str) -> str:
    """What mends it, and whether the worker takes that up by itself."""
    if why.startswith("env:"):
        return t("đặt biến môi trường này rồi khởi động lại trạm phát (biến chỉ đọc lúc khởi động)",
                 "set this variable, then restart the worker (read at its start only)")
    if why.startswith("file:"):
        return t("ghi khóa vào tệp này; trạm phát tự đọc lại, không cần khởi động lại",
                 "write the secret into this file; the worker reads it by itself, no restart")
    return t("chạy `giovang check`, sửa schedules.toml hoặc tệp mô tả cổng; trạm phát tự đọc lại",
             "run `giovang check`, mend schedules.toml or the gateway's file; it is read again")


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
