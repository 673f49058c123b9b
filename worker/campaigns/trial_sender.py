"""
The worker's side of a test: one at a time, begun by a commit before the wire, at the pace that the
channel's deliveries and campaigns share. A test that dies with its worker is in doubt, never
repeated; the number is gone when it has ended.
"""

import threading
import uuid
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from channels.base import Channel
from channels.scrub import scrub
from channels.values import Message, Uncertain
from worker.db import on_its_timeline
from worker.errors import UserError
from worker.i18n import t
from worker.models import Campaign, Installation, TrialSend
from worker.outbox.settle import outcome_name
from worker.witness import Trial

from .lane import Lane
from .texts import parts_of
from .trial import LASTS, NO_LIST, may_go

#: an answer that has not come by then will not be written by whoever began it
GIVEN_UP = timedelta(minutes=2)
_OPEN = TrialSend.state.in_(("waiting", "sending"))


class Trials:
    """Sends the tests of one channel."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane

    def turn(self, stop: threading.Event) -> bool:
        """One test, or one wait for the pace; False when none waits."""
        lane, now = self._lane, self._lane.clock.now()
        channel = lane.channel()
        row = self._next(now)
        if row is None or channel is None:
            return False
        number = self._number(row)
        if not number:
            with lane.store.write() as session:
                _end(session, now, TrialSend.id == row.id, state="cancelled",
                     words=t("máy này chưa có số", "this handset has no number"))
            return True
        pace, parts = lane.paces.of(channel.account(number)), parts_of(row.text)
        elapsed = lane.clock.elapsed()
        if pace is not None and (pause := pace.take(parts, elapsed)) > 0:
            pace.want(elapsed, pause, 0, parts, parts)
            lane.clock.wait(stop, pause)
            return True
        if not self._begun(row.id, now):
            if pace is not None:
                pace.give_back(parts)
            return True
        self._send(channel, row, number)
        return True

    def _next(self, now: datetime) -> TrialSend | None:
        mine = (TrialSend.channel == self._lane.channel_id, _OPEN)
        with self._lane.store.read() as session:
            here = exists().where(on_its_timeline(Installation.timeline))
            if not session.scalar(select(exists().where(*mine) & here)):
                return None
        with self._lane.store.write() as session:
            _end(session, now, *mine, TrialSend.state == "waiting", TrialSend.expires_at <= now,
                 state="expired")
            _end(session, now, *mine, TrialSend.state == "sending",
                 TrialSend.begun_at <= now - GIVEN_UP, state="uncertain")
            return session.scalars(
                select(TrialSend).where(*mine, TrialSend.state == "waiting")
                .order_by(TrialSend.id).limit(1)).first()

    def _number(self, row: TrialSend) -> str:
        if row.number is None or row.key_id is None:
            return self._lane.handsets().get(row.handset, "")
        return self._lane.ring().number(NO_LIST, row.id, row.key_id, row.number)

    def _begun(self, row_id: int, now: datetime) -> bool:
        """Nothing goes on the wire that another worker began, or that may no longer go."""
        witness = self._lane.store.witness
        generation = witness.generation
        with self._lane.store.write() as session:
            row = session.scalars(select(TrialSend).where(
                TrialSend.id == row_id, TrialSend.state == "waiting",
                exists().where(on_its_timeline(Installation.timeline)),
            ).with_for_update()).first()
            if row is None:
                return False
            try:
                may_go(session, session.get_one(Campaign, row.campaign_id))
            except UserError as error:
                _end(session, now, TrialSend.id == row_id, state="cancelled", words=str(error))
                return False
            row.state, row.begun_at = "sending", now
        witness.note(generation, f"{self._lane.channel_id}/trials", [Trial(row_id)])
        return True

    def _send(self, channel: Channel, row: TrialSend, number: str) -> None:
        lane = self._lane
        message = Message(key=self._key(row), target=number, text=row.text,
                          first_try_at=row.asked_at, opens_at=row.asked_at,
                          expires_at=row.asked_at + LASTS + timedelta(hours=1))
        try:
            deadline = lane.clock.elapsed() + channel.timeout
            found = channel.send(message, deadline=deadline)
        except Exception as error:  # noqa: BLE001  (a bug of the channel: nobody knows what it did)
            lane.bug("campaign.trial", error)
            found = Uncertain("bug", type(error).__name__)
        with lane.store.write() as session:
            _end(session, lane.clock.now(), TrialSend.id == row.id, TrialSend.state == "sending",
                 state=outcome_name(found), code=getattr(found, "code", ""),
                 words=scrub(found.detail), ref=getattr(found, "ref", ""))

    def _key(self, row: TrialSend) -> str:
        with self._lane.store.read() as session:
            uid = session.scalars(select(Installation.uid)).one()
        return str(uuid.uuid5(uuid.UUID(uid), f"campaign-test/{row.id}/{row.asked_at.isoformat()}"))


def _end(session: Session, now: datetime, *which: object, **values: str) -> None:
    session.execute(update(TrialSend).where(*which)  # type: ignore[arg-type]
                    .values(number=None, ended_at=now, **values)
                    .execution_options(synchronize_session=False))
