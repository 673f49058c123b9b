"""What receipts prove of messages, and the move that follows: state, counts, event, alarm."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from sqlalchemy import Integer, Text, bindparam, select, update
from sqlalchemy.orm import Session

from channels.scrub import scrub
from channels.values import Report
from worker.alarms.store import raise_alarm
from worker.given import pairs_given
from worker.i18n import t
from worker.models import Campaign, CampaignMessage, UtcDateTime
from worker.outbox import events
from worker.outbox.many import One
from worker.outbox.settle import outcome_name

from . import moves
from .keys import Place
from .moves import Moved

#: rows that an event of a contradiction names
_NAMED = 20

Name = Literal["delivered", "rejected", "accepted", "uncertain", "known", "contradiction"]


class Word(NamedTuple):
    """
    What a report says of a message. `known`: this part has said so before; `contradiction`: it
    has said otherwise.
    """

    name: Name
    code: str = ""
    detail: str = ""

    @property
    def is_final(self) -> bool:
        return self.name in ("delivered", "rejected")

    def of_part(self, of: int, arrived: int, failed: int) -> "Word":
        """The same of the whole message, of whose parts so many arrived and failed by now."""
        if self.name == "rejected":
            parts = t(f"{failed} trong {of} phần không tới", f"{failed} of {of} parts failed")
            return self._replace(detail=f"{parts}: {self.detail}")
        if arrived == of:
            return self
        # taken at least; and after a part that failed, nothing new
        return Word("known") if failed else Word("accepted")


def word_of(report: Report) -> Word:
    """What a report says, its words without numbers."""
    outcome = report.outcome
    return Word(outcome_name(outcome), getattr(outcome, "code", "")[:40],  # type: ignore[arg-type]
                _without_numbers(outcome.detail))


@lru_cache(maxsize=256)  # a gateway says the same of thousands
def _without_numbers(detail: str) -> str:
    return scrub(detail)[:500]


@dataclass
class Known:
    """A message as it stands, and as these receipts leave it."""

    state: str
    code: str
    carrier: str
    parts: int
    attempts: int
    maybe_out: bool
    detail: str = ""

    def __post_init__(self) -> None:
        self.before, self.code_before = self.state, self.code


@dataclass
class _Chapter:
    """What a call says of one campaign."""

    moved: list[tuple[int, Known]] = field(default_factory=list)
    against: Counter[tuple[str, str]] = field(default_factory=Counter)
    rows: list[int] = field(default_factory=list)


def apply(
    session: Session, now: datetime, node: str, channel: str, account: str,
    messages: Mapping[Place, Known], given: Sequence[tuple[int, Place, Word]],
) -> set[int]:
    """Follow these words, in their order; gives which of them are done with."""
    taken: set[int] = set()
    chapters: dict[int, _Chapter] = {}
    for n, place, word in given:
        message, chapter = messages[place], chapters.setdefault(place.campaign, _Chapter())
        to = after(message, word.name)
        if to == "later":
            continue
        taken.add(n)
        if to == "":
            chapter.against[word.name, message.state] += 1
            chapter.rows.append(place.row)
        elif to != message.state:
            message.state, message.detail = to, word.detail
            message.code = word.code if to == "rejected" else ""
    for place, message in messages.items():
        if message.state != message.before:
            chapters[place.campaign].moved.append((place.row, message))
    _write(session, now, node, channel, chapters)
    _tell(session, now, channel, account, chapters)
    return taken


def after(message: Known, word: Name) -> str:
    """
    The state that follows; "" when the log says otherwise for good, "later" while the answer
    to a try is awaited that is on the wire. See `outbox.doubt.apply_receipt`, `apply_taken`.
    """
    state, tried = message.state, message.attempts > 0
    if word in ("uncertain", "known"):
        return state
    if word == "contradiction" or state in ("exhausted", "cancelled", "expired", "left_out"):
        return ""
    if word == "accepted":
        if state == "sending":
            return "later"
        return "accepted" if state == "uncertain" or (state == "waiting" and tried) else state
    if state in ("delivered", "rejected"):
        return state if state == word else ""
    if state == "waiting":
        if not tried:
            return ""
        # a try that failed surely was followed by this wait: it is told what it knows
        return state if word == "rejected" and not message.maybe_out else word
    return word


_OF = One(
    select(Campaign.parts, Campaign.occurrence_id)
    .where(Campaign.id == bindparam("b_campaign", type_=Integer()))
)
_TOLD = pairs_given("told", "row", "detail")
_MOVE = One(
    update(CampaignMessage)
    .where(CampaignMessage.campaign_id == bindparam("b_campaign", type_=Integer()),
           CampaignMessage.row == _TOLD.c.row,
           CampaignMessage.state == bindparam("b_before", type_=Text()))
    .values(state=bindparam("b_state", type_=Text()), code=bindparam("b_code", type_=Text()),
            detail=_TOLD.c.detail, parts=bindparam("b_parts", type_=Integer()), next_at=None,
            settled_at=bindparam("b_now", type_=UtcDateTime()))
    .returning(CampaignMessage.row)
)


def _write(
    session: Session, now: datetime, node: str, channel: str, chapters: Mapping[int, _Chapter]
) -> None:
    for campaign, chapter in sorted(chapters.items()):
        if not chapter.moved:
            continue
        [(parts, occurrence)] = _OF.rows(session, b_campaign=campaign)
        _move(session, now, campaign, parts, chapter.moved)
        moves.count(session, node, campaign, [
            Moved(row, m.before, m.state, m.carrier, m.code, m.code_before, m.parts)
            for row, m in chapter.moved])
        if occurrence is not None:
            events.append(session, now, channel, [
                events.Note(occurrence, "receipts", None, _summary(chapter.moved))])


def _move(
    session: Session, now: datetime, campaign: int, parts: int, moved: Sequence[tuple[int, Known]]
) -> None:
    """`parts`: of a message whose answer, which counts them, is lost."""
    kinds: dict[tuple[str, str, str, int], dict[int, str]] = {}
    for row, m in moved:
        m.parts = m.parts or parts
        kinds.setdefault((m.before, m.state, m.code, m.parts), {})[row] = m.detail
    for (before, state, code, each), details in kinds.items():
        done = _MOVE.rows(session, told=json.dumps(details), b_campaign=campaign, b_before=before,
                          b_state=state, b_code=code, b_parts=each, b_now=now)
        assert len(done) == len(details)  # noqa: S101  (they are locked)


def _summary(moved: Sequence[tuple[int, Known]]) -> dict[str, object]:
    digest = hashlib.sha256()
    for row, message in sorted(moved, key=lambda x: x[0]):
        digest.update(f"{row}:{message.state}:{message.code}\n".encode())
    return {"states": dict(Counter(m.state for _, m in moved)), "sha256": digest.hexdigest()}


def _tell(
    session: Session, now: datetime, channel: str, account: str, chapters: Mapping[int, _Chapter]
) -> None:
    """A person must look at what the gateway now says otherwise."""
    told = {c: chapter for c, chapter in sorted(chapters.items()) if chapter.against}
    if not told:
        return
    occurrences = dict(session.execute(
        select(Campaign.id, Campaign.occurrence_id).where(Campaign.id.in_(told))).all())
    for campaign, chapter in told.items():
        count, row = sum(chapter.against.values()), chapter.rows[0]
        against = {f"{word}/{state}": n for (word, state), n in sorted(chapter.against.items())}
        occurrence = occurrences[campaign]
        if occurrence is not None:
            events.append(session, now, channel, [events.Note(occurrence, "late_receipt", None, {
                "account": account, "against": against, "rows": chapter.rows[:_NAMED]})])
        raise_alarm(
            session, now, f"receipt:{channel}/{account}", "receipt", "warning",
            t(f"kênh {channel} báo khác nhật ký về {count} tin của đợt {campaign} "
              f"(dòng {row}{' …' if count > 1 else ''})",
              f"channel {channel} reports otherwise than the log about {count} messages of "
              f"campaign {campaign} (row {row}{' …' if count > 1 else ''})"))
