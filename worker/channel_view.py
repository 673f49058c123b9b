"""
Each channel as the console shows it: how its accounts stand, what went out last and what failed
last, in the gateway's words; and the accounts asked now, within a time.
"""

import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from channels.base import Channel
from channels.scrub import mask_phone
from channels.values import Advice
from worker import accounts
from worker.account_view import Standing, accounts_now
from worker.accounts import Answer
from worker.alarms.kinds import KINDS
from worker.alarms.store import open_alarms
from worker.home import Home, InForce
from worker.i18n import t
from worker.models import AccountRow, Alarm, Delivery
from worker.office import Office
from worker.outbox.orders import ALL
from worker.programme.model import ChannelConfig, Programme
from worker.programme.references import SECRET_KEY, SECRET_REF
from worker.programme.targets import candidates
from worker.slots import local_date
from worker.smstemplates.commands import listed

#: how far back the newest success and the newest error are looked for, and in how many
BACK, NEWEST = timedelta(days=60), 5_000
#: seconds that all accounts of a channel get to answer
ASKED = 25.0

TYPES: Mapping[str, tuple[str, str]] = {
    "sms_http": ("SMS qua cổng HTTP", "SMS by HTTP"), "sms_smpp": ("SMS qua SMPP", "SMS by SMPP"),
    "facebook": ("Trang Facebook", "Facebook page"), "wordpress": ("WordPress", "WordPress"),
    "static_site": ("Trang tĩnh, Atom", "Static pages, Atom"),
    "loudspeaker": ("Truyền thanh, người đọc", "Loudspeakers"),
    "box": ("Máy phát của hãng", "A vendor's boxes"), "board": ("Bảng điện tử", "Boards"),
    "webhook": ("Gọi dịch vụ khác (webhook)", "Webhook"),
    "http_json": ("Dịch vụ HTTP", "HTTP service"), "cap": ("Cảnh báo CAP", "CAP alerts"),
    "zalo_oa": ("Zalo OA", "Zalo OA"),
}


@dataclass(frozen=True)
class Last:
    """The newest delivery of its kind."""

    key: str
    at: datetime | None
    state: str
    code: str
    detail: str
    advice: Advice | None


@dataclass(frozen=True)
class ChannelNow:
    """One channel."""

    config: ChannelConfig
    accounts: list[Standing]
    paused: AccountRow | None  #: the whole channel
    good: Last | None
    bad: Last | None
    alarms: list[Alarm]
    targets: int
    templates: list[dict[str, Any]]
    codes: Mapping[str, Advice]  #: what the gateway's codes mean

    @property
    def type(self) -> str:
        return t(*TYPES.get(self.config.type, (self.config.type, self.config.type)))

    def step(self, alarm: Alarm) -> str:
        """What to do about it, for a page."""
        return KINDS[alarm.kind].step(alarm.fix)

    @property
    def todo(self) -> str:
        """The next step, '' when there is none."""
        if self.alarms:
            return self.step(self.alarms[0])
        for one in self.accounts:
            if one.state == "resting" and one.why in self.codes:
                return self.codes[one.why].todo
        newer = self.bad is not None and (
            self.good is None or (self.bad.at is not None and self.good.at is not None
                                  and self.bad.at > self.good.at))
        return self.bad.advice.todo if newer and self.bad and self.bad.advice else ""


def channels_now(
    session: Session, force: InForce, now: datetime, built: Mapping[str, Channel]
) -> list[ChannelNow]:
    """Every channel of the programme, enabled or not, in its order."""
    programme, today = force.programme, local_date(force.programme, now)
    standing = accounts_now(session, programme, now)
    rows = {r.channel: r for r in session.scalars(
        select(AccountRow).where(AccountRow.account == ALL, AccountRow.paused_at.is_not(None)))}
    alarms = open_alarms(session)
    templates = listed(programme, today)
    return [
        ChannelNow(
            c, [s for s in standing if s.channel == c.id], rows.get(c.id),
            _last(session, c.id, today, built, Delivery.state.in_(["accepted", "delivered"])),
            _last(session, c.id, today, built, Delivery.code != "", Delivery.attempts > 0,
                  Delivery.state.not_in(["accepted", "delivered", "cancelled"])),
            [a for a in alarms if _about(a, c.id)], len(candidates(programme, c)),
            [row for row in templates if row["channel"] == c.id],
            built[c.id].codes if c.id in built else {})
        for c in programme.channels
    ]


def _about(alarm: Alarm, channel: str) -> bool:
    kind, _, name = alarm.cause.partition(":")
    return (kind in ("channel", "check", "account")
            and (name == channel or name.startswith(f"{channel}/")))


def _last(
    session: Session, channel: str, today: date, built: Mapping[str, Channel],
    *which: ColumnElement[bool],
) -> Last | None:
    mine = (Delivery.channel == channel, *which)
    # of so many only: where nothing ever failed, the search would read two months of the log
    newest = (select(Delivery.id, Delivery.day)
              .where(Delivery.channel == channel, Delivery.day.between(today - BACK, today))
              .order_by(Delivery.day.desc(), Delivery.id.desc()).limit(NEWEST).subquery())
    day = session.scalar(
        select(Delivery.day).join(newest, (newest.c.id == Delivery.id)
                                  & (newest.c.day == Delivery.day))
        .where(*mine).order_by(newest.c.day.desc()).limit(1))
    if day is None:
        return None
    row = session.scalars(
        select(Delivery).where(*mine, Delivery.day == day)
        .order_by(Delivery.first_try_at.desc(), Delivery.id).limit(1)).one()
    codes = built[channel].codes if channel in built else {}
    return Last(row.id, row.first_try_at, row.state, row.code, row.detail, codes.get(row.code))


def asked(
    home: Home, force: InForce, channel: str, built: Mapping[str, Channel], why: str
) -> list[Answer] | None:
    """
    The channel's accounts, asked over the wire as the worker asks them; no message is sent.
    `why`: what keeps a channel that is not built from it. None: no answer within `ASKED`.
    """
    office = Office(home.settings, home.store, home.clock, home.installation().training, None,
                    force, channels=dict(built), broken={} if channel in built else {channel: why})
    wanted = [(c, a) for c, a in accounts.every_account(office) if c == channel]
    found: list[list[Answer]] = []
    asking = threading.Thread(target=lambda: found.append(accounts.ask(office, wanted)[0]),
                              name="hoi-tai-khoan", daemon=True)
    asking.start()
    asking.join(ASKED)
    return found[0] if found else None


def options_of(config: ChannelConfig) -> list[tuple[str, str]]:
    """How the channel is set up, to be read only; what could be a secret is not shown."""
    found = [*_flat(config.options, "")]
    for account in config.accounts:
        found += [(f"{account.id}.{name}", reference)
                  for name, reference in sorted(account.secrets.items())]
        found += _flat(account.options, f"{account.id}.")
    return [(name, _safe(name, value)) for name, value in found]


def targets_of(programme: Programme, config: ChannelConfig) -> list[tuple[str, str]]:
    """Name and address of each receiver; numbers by their last digits."""
    sms = config.type in ("sms_http", "sms_smpp")
    return [(x.name, mask_phone(x.address) if sms and not SECRET_REF.fullmatch(x.address)
             else x.address) for x in candidates(programme, config)]


def _flat(value: Any, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name.rstrip('.')}.{key}" if name else str(key))
    elif isinstance(value, list | tuple):
        yield name, ", ".join(str(x) for x in value)
    else:
        yield name, {True: t("có", "yes"), False: t("không", "no")}.get(value, str(value)) \
            if isinstance(value, bool) else str(value)


def _safe(name: str, value: str) -> str:
    if SECRET_REF.fullmatch(value):
        return value
    if SECRET_KEY.search(name.rpartition(".")[2]) and "{" not in value:
        return "•••"
    value = re.sub(r"//[^/@\s]+@", "//•••@", value)
    return re.sub(r"([?&][^=&\s]+=)(?!\{)[^&\s]+", r"\1•••", value)
