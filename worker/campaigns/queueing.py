"""
A campaign's rows, from its lists in their order:

    queued = create(home, wish, by)      # counts nowhere yet
    accept(home, queued, by)             # now it is a draft that waits for approval

Each chunk is a transaction of its own: one INSERT … SELECT, in which every number is judged.
Whatever moment the process dies at, what it leaves is a campaign in `queuing`, which nothing reads
and `tidy` removes.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from vietnamese.mobile import PREFIXES
from worker import audit
from worker.db import Store, add_up
from worker.errors import Refused, UserError
from worker.growth import partitions
from worker.home import Home, in_force
from worker.i18n import t
from worker.models import (
    Campaign,
    CampaignList,
    CampaignLot,
    CampaignMessage,
    CampaignTally,
)
from worker.models.campaigns import LOT
from worker.outbox import events
from worker.scope import owner_for
from worker.slots import local_date

from . import recipients
from .draft import Draft, Wish, draft
from .judging import copied
from .keys import MOST_CAMPAIGNS, MOST_ROWS

#: rows of a transaction: some 25 ms
CHUNK = 8 * LOT
#: a queueing that wrote nothing for so long is dead
ABANDONED = timedelta(hours=1)
_CARRIERS = frozenset(PREFIXES.values())


@dataclass
class Queued:
    """A campaign whose rows are there and which does not count yet."""

    id: int
    draft: Draft
    total: int
    states: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    @property
    def waiting(self) -> int:
        """Messages that would go out, our own handsets too."""
        return sum(n for (state, _, _), n in self.states.items() if state == "waiting")

    def left_out(self) -> dict[str, int]:
        """Code -> how many, the most first."""
        found = Counter[str]()
        for (state, code, _), number in self.states.items():
            if state == "left_out":
                found[code] += number
        return dict(found.most_common())

    def figures(self) -> dict[str, Any]:
        """As the campaign keeps them."""
        carriers = Counter[str]()
        for (state, _, carrier), number in self.states.items():
            if state == "waiting":
                carriers[carrier] += number
        return {"numbers": self.total - len(self.draft.handsets), "waiting": self.waiting,
                "left_out": self.left_out(), "carriers": dict(carriers.most_common())}


def create(
    home: Home, wish: Wish, by: str, *, chunk: int = CHUNK,
    told: Callable[[int, int], None] = lambda _done, _total: None,
) -> Queued:
    """
    The campaign and all its rows; nothing of it counts. `told`: rows there are, of how many.

    Raises:
        UserError, Refused: what is wrong with the wish. Nothing stays.
    """
    queued = _begin(home, wish, by)
    try:
        if not partitions.for_campaign(home.store, queued.id):
            raise Refused(wish.item, t("cơ sở dữ liệu đang bận", "the database is busy"),
                          t("làm lại sau ít phút", "try again in some minutes"))
        for first in range(1, queued.total + 1, chunk):
            _fill(home, queued, first, min(first + chunk - 1, queued.total))
            told(min(first + chunk - 1, queued.total), queued.total)
        if queued.waiting <= len(queued.draft.handsets):
            raise Refused(wish.item, t("không còn số nào để gửi", "nobody is left to send it to"),
                          _named(queued.left_out()))
    except BaseException:
        remove(home.store, queued.id)
        raise
    return queued


def accept(home: Home, queued: Queued, by: str) -> None:
    """
    The flip.

    Raises:
        Refused: it waited so long that it was tidied away, or a list has ended meanwhile.
    """
    now = home.clock.now()
    with home.store.write() as session:
        programme = in_force(session).programme
        values, lists = queued.draft.campaign, queued.draft.lists
        recipients.usable(session, [row.id for row in lists], local_date(programme, now),
                          values["purpose"])
        story = queued.draft.occurrence
        session.add(story)
        session.flush()
        done = session.scalars(
            update(Campaign).where(Campaign.id == queued.id, Campaign.state == "queuing")
            .values(state="draft", state_at=now, state_by=by, queued_at=now,
                    occurrence_id=story.id, trial=_trial(session, queued),
                    counts=queued.figures())
            .returning(Campaign.id)).one_or_none()
        if done is None:
            raise Refused(t(f"đợt {queued.id}", f"campaign {queued.id}"),
                          t("đã bị bỏ vì chờ quá lâu", "was given up after too long a wait"),
                          t("lập lại", "make it again"))
        told = {"campaign": queued.id, "item": story.item_id, "version": story.item_version,
                "lists": [row.id for row in lists], **queued.figures()}
        events.append(session, now, by, [events.Note(story.id, "queued", None, told)])
        audit.record(session, now, by, "campaign", str(queued.id), told)


def tidy(home: Home, now: datetime) -> int:
    """Take away what a queueing that died has left; gives how many campaigns that were."""
    with home.store.read() as session:
        dead = session.scalars(select(Campaign.id).where(
            Campaign.state == "queuing", Campaign.state_at < now - ABANDONED)).all()
    for number in dead:
        remove(home.store, number)
    return len(dead)


def remove(store: Store, number: int) -> None:
    """Take a campaign that never counted away again, in chunks."""
    with store.write() as session:
        # from here on its queueing, if it lives, finds itself gone
        gone = session.scalars(
            update(Campaign).where(Campaign.id == number, Campaign.state == "queuing")
            .values(total=0, state_at=Campaign.created_at).returning(Campaign.id)).one_or_none()
    while gone is not None:
        with store.write() as session:
            last = session.scalars(
                select(func.max(CampaignMessage.row))
                .where(CampaignMessage.campaign_id == number)).one()
            if last is None:
                for table in (CampaignLot, CampaignTally, CampaignList):
                    session.execute(delete(table).where(table.campaign_id == number))
                session.execute(delete(Campaign).where(Campaign.id == number))
                return
            session.execute(delete(CampaignMessage).where(
                CampaignMessage.campaign_id == number, CampaignMessage.row > last - CHUNK))


def _begin(home: Home, wish: Wish, by: str) -> Queued:
    now = home.clock.now()
    with home.store.write() as session:
        made = draft(session, now, in_force(session), wish, by)
        total = len(made.handsets) + sum(row.stored for row in made.lists)
        number = made.campaign["id"]
        if number > MOST_CAMPAIGNS or total > MOST_ROWS:
            raise UserError("--list", t(f"quá nhiều số: {total}", f"too many numbers: {total}"),
                            t(f"tối đa {MOST_ROWS}", f"{MOST_ROWS} at most"))
        session.execute(insert(Campaign), [{**made.campaign, "total": total,
                                            "seeds": len(made.handsets),
                                            "owner": owner_for(session, by)}])
        session.execute(insert(CampaignList), [
            {"campaign_id": number, "list_id": row.id, "ordinal": n}
            for n, row in enumerate(made.lists)])
    return Queued(number, made, total)


def _fill(home: Home, queued: Queued, first: int, last: int) -> None:
    """Rows of a campaign, their lots and their counts."""
    now = home.clock.now()
    with home.store.write() as session:
        row = session.scalars(
            update(Campaign)
            .where(Campaign.id == queued.id, Campaign.state == "queuing", Campaign.total > 0)
            .values(state_at=now).returning(Campaign)).one_or_none()
        if row is None:
            raise Refused(t(f"đợt {queued.id}", f"campaign {queued.id}"),
                          t("đã bị bỏ", "was given up"), t("lập lại", "make it again"))
        _handsets(session, queued, first, last)
        offset, earlier = len(queued.draft.handsets), list[int]()
        programme = in_force(session).programme
        for part in queued.draft.lists:
            begins, ends = max(first, offset + 1), min(last, offset + part.stored)
            if begins <= ends:
                session.execute(copied(session, now, programme, row, part.id, earlier, offset,
                                       begins, ends))
            offset += part.stored
            earlier.append(part.id)
        _count(session, queued, first, last)


def _handsets(session: Session, queued: Queued, first: int, last: int) -> None:
    rows = [
        {"campaign_id": queued.id, "row": n, "seed": name, "last3": "",
         "carrier": name if name in _CARRIERS else ""}
        for n, name in enumerate(queued.draft.handsets, start=1) if first <= n <= last]
    if rows:
        session.execute(insert(CampaignMessage), rows)


def _count(session: Session, queued: Queued, first: int, last: int) -> None:
    """Lots and tally of these rows; a chunk is whole lots, but for the last."""
    lot = (CampaignMessage.row - 1) // LOT
    waiting = Counter[int]()
    tally = Counter[tuple[str, str, str]]()
    for n, state, code, carrier, number in session.execute(
        select(lot, CampaignMessage.state, CampaignMessage.code, CampaignMessage.carrier,
               func.count())
        .where(CampaignMessage.campaign_id == queued.id, CampaignMessage.row.between(first, last))
        .group_by(lot, CampaignMessage.state, CampaignMessage.code, CampaignMessage.carrier)
    ):
        tally[state, code, carrier] += number
        waiting[n] += number if state == "waiting" else 0
    session.execute(insert(CampaignLot), [
        {"campaign_id": queued.id, "lot": n, "waiting": count,
         "state": "ready" if count else "done", "next_at": queued.draft.campaign["starts_at"]}
        for n, count in sorted(waiting.items())])
    add_up(session, CampaignTally, ("messages", "parts"), [
        {"campaign_id": queued.id, "node": "", "state": state, "code": code, "carrier": carrier,
         "messages": number, "parts": 0}
        for (state, code, carrier), number in tally.items() if state != "waiting"])
    queued.states += tally


def _trial(session: Session, queued: Queued) -> int:
    """Rows after the handsets of which so many wait as the trial is to reach."""
    wanted, seeds = queued.draft.campaign["trial"], len(queued.draft.handsets)
    if not wanted:
        return 0
    last = session.scalars(
        select(CampaignMessage.row)
        .where(CampaignMessage.campaign_id == queued.id, CampaignMessage.row > seeds,
               CampaignMessage.state == "waiting")
        .order_by(CampaignMessage.row).offset(wanted - 1).limit(1)).one_or_none()
    return (last or queued.total) - seeds


def _named(left_out: dict[str, int]) -> str:
    return ", ".join(f"{code}: {number}" for code, number in left_out.items())
