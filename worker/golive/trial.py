"""
A test of one channel: written down before the wire, one try, seen and confirmed by a person.
On channels that can take back, the confirmed test is taken back at once.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select

from channels.base import Recalls
from channels.values import Accepted, Delivered, Message
from worker import audit
from worker.errors import Refused, UserError
from worker.home import Home
from worker.i18n import t
from worker.models import ChannelTest, Person
from worker.office import Office
from worker.outbox.settle import outcome_name
from worker.programme.targets import candidates


def send_test(home: Home, office: Office, channel_id: str, target: str | None, by: Person) -> str:
    """Send one test; gives the outcome in words."""
    now = home.clock.now()
    message, account = _message(home, office, channel_id, target, now)
    with home.store.write() as session:
        row = ChannelTest(channel=channel_id, account=account, sent_at=now, sent_by=by.id,
                          outcome="sending", detail="")
        session.add(row)
        audit.record(session, now, by.id, "channel_test", channel_id)
        session.flush()
        number = row.id
    channel = office.channels[channel_id]
    outcome = channel.send(message, deadline=home.clock.elapsed() + channel.timeout)
    with home.store.write() as session:
        saved = session.get_one(ChannelTest, number)
        saved.outcome = outcome_name(outcome)
        saved.detail = f"{getattr(outcome, 'ref', '')}|{outcome.detail}"
    if not isinstance(outcome, Accepted | Delivered):
        code = getattr(outcome, "code", "")
        advice = channel.codes.get(code)
        raise Refused(channel_id, t(f"tin thử không đi được ({code}): {outcome.detail}",
                                    f"the test did not go ({code}): {outcome.detail}"),
                      advice.todo if advice else "")
    return outcome.detail or outcome.ref


def confirm_test(home: Home, office: Office, channel_id: str, by: Person) -> None:
    """A person saw the newest test arrive."""
    now = home.clock.now()
    with home.store.write() as session:
        row = session.scalars(
            select(ChannelTest)
            .where(ChannelTest.channel == channel_id,
                   ChannelTest.outcome.in_(["accepted", "delivered"]))
            .order_by(ChannelTest.id.desc()).limit(1)
        ).first()
        if row is None:
            raise Refused(channel_id, t("chưa có tin thử nào đi được", "no test has gone out"),
                          f"giovang golive --test {channel_id} --as …")
        row.confirmed_by, row.confirmed_at = by.id, now
        ref, sent_at = row.detail.partition("|")[0], row.sent_at
        audit.record(session, now, by.id, "test_confirmed", channel_id)
    channel = office.channels[channel_id]
    if isinstance(channel, Recalls):
        message, _ = _message(home, office, channel_id, None, sent_at)
        channel.recall(message, ref)


def _message(
    home: Home, office: Office, channel_id: str, target_id: str | None, now: datetime
) -> tuple[Message, str]:
    if channel_id not in office.channels:
        known = ", ".join(office.channels)
        why = office.broken.get(channel_id, t("không có kênh này", "no such channel"))
        raise UserError(channel_id, why, t(f"dùng: {known}", f"use: {known}"))
    targets = candidates(office.force.programme, office.config(channel_id))
    chosen = next((x for x in targets if target_id in (None, x.id)), None)
    if chosen is None:
        raise UserError(str(target_id), t("không có nơi nhận này", "no such target"),
                        ", ".join(x.id for x in targets))
    local = now.astimezone(office.force.programme.zone())
    plain = office.config(channel_id).options.get("plain", True)
    sms = office.config(channel_id).type in ("sms_http", "sms_smpp") and plain
    text = (f"TIN THU, xin bo qua. Gui luc {local:%H:%M %d/%m/%Y}." if sms
            else f"TIN THỬ, xin bỏ qua. Gửi lúc {local:%H:%M %d/%m/%Y}.")
    key = str(uuid.uuid5(uuid.UUID(home.installation().uid),
                         f"test/{channel_id}/{chosen.id}/{now.isoformat()}"))
    address = chosen.address
    if address.startswith(("env:", "file:")):
        address = office.secret(address)
    return Message(
        key=key, target=address, text=text, title=t("Tin thử", "Test"), tag=f"THU-{key[:8]}",
        first_try_at=now, opens_at=now, expires_at=now + timedelta(hours=1),
        extra={"slug": f"gv-tin-thu-{key[:8]}", "date": local.date().isoformat(),
               "time": f"{local:%H:%M}", "station": chosen.name, "occurrence": f"test/{key[:8]}",
               "item": "tin-thu"},
    ), chosen.account
