"""The calendar: what airs where, pins, and what persons let out, cancel or take back."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from console.api.desk import Ask, Finish, MayAct, MayActOnce, Reads
from console.api.items import held
from console.api.problems import ACTING, READING, ProblemError, documented, missing
from console.api.shapes import Day, Id, In, ItemId, Out, Reason
from console.web.nav import ANSWER_FOR_TEXTS
from worker.api.joined import together
from worker.errors import Mistake, Refused, UserError
from worker.home import Home, in_force
from worker.i18n import t
from worker.outbox import desk
from worker.planner import by_hand, pinning, series
from worker.planner.cells import Planned
from worker.planner.pinning import Spot
from worker.planner.store import replan
from worker.planner.week import Calendar, Entry, calendar
from worker.slots import local_date

router = APIRouter(tags=["plan"])
PLANNERS = frozenset({"nguoi_soan", "nguoi_duyet"})
Pins = Annotated[Ask, Depends(MayAct("plan", PLANNERS))]
Publishes = Annotated[Ask, Depends(MayActOnce("publish", frozenset({"nguoi_duyet"})))]
Cancels = Annotated[Ask, Depends(MayAct("publish", PLANNERS))]
Recalls = Annotated[Ask, Depends(MayAct("publish", ANSWER_FOR_TEXTS))]
Corrects = Annotated[Ask, Depends(MayActOnce("publish", ANSWER_FOR_TEXTS))]
#: days of a plan at once
MOST = 31
#: outside the golden hours
AT_ONCE = "-"
OccurrenceId = Annotated[str, Field(
    min_length=7, max_length=200, pattern=r"^[^\s/]+/[^\s/]+/\d{4}-\d{2}-\d{2}/\d{1,6}$",
    examples=["canh_giac/trua/2026-11-24/1"], description="`occurrence` of the plan.")]


class OnChannel(Out):
    """An airing on one channel."""

    channel: str
    state: str
    out: int = Field(description="Targets that have it.")
    total: int
    problem: str


class Airing(Out):
    """What airs in one place; without an item: nothing is known to air."""

    occurrence: str | None
    run: int
    segment: str | None
    item: str | None
    title: str
    chosen_by: str | None = Field(description="pin, series, rotate, stand_by, now, repeat …")
    state: str
    channels: list[OnChannel]
    may_change: bool = Field(description="No place of other organisations gets it.")


class Hour(Out):
    """A golden hour on one day; slot `-`: outside the golden hours."""

    date: date
    slot: str
    opens_at: datetime | None
    closes_at: datetime | None
    airings: list[Airing]


class Plan(Out):
    """Golden hours in order."""

    hours: list[Hour]


class PinGiven(In):
    """An item in one place, or in that place every week."""

    item: Id
    slot: Id = Field(examples=["trua"])
    date: Day
    segment: Id | None = Field(None, description="Needed where several air in this slot.")
    until: Day | None = Field(None, description="Every week until this day.")


class Pinned(Out):
    """Where it stands."""

    item: str
    entry: str
    slot: str
    dates: list[date]
    warning: str


class PublishGiven(In):
    """An approved item, at once."""

    item: Id
    channels: list[Id] | None = Field(None, min_length=1, max_length=50,
                                      description="Only these; else all it fits.")


class OccurrenceGiven(In):
    """One airing."""

    occurrence: OccurrenceId


class CancelGiven(OccurrenceGiven):
    """One airing, and why."""

    reason: Reason


class ReasonGiven(In):
    """Why."""

    reason: Reason


class CorrectGiven(ReasonGiven):
    """The approved correction, and why."""

    correction: Id = Field(description="Id of the approved item that is right.")


class ChannelOut(Out):
    """One channel of what goes out."""

    channel: str
    targets: int
    problem: str


class Published(Out):
    """What goes out now."""

    occurrence: str
    item: str
    channels: list[ChannelOut]


class Cancelled(Out):
    """What does not go out."""

    occurrence: str
    deliveries: int


class Recalled(Out):
    """What was taken back; `to_do` is for persons."""

    item: str
    cancelled: int = Field(description="Deliveries that had not begun.")
    being_taken_back: int
    beyond: int = Field(description="Out for good (SMS): a correction is needed.")
    to_do: list[str]


class Unable(Out):
    """A place that cannot be corrected."""

    channel: str
    target: str
    why: str


class CampaignCorrected(Out):
    """A campaign and the draft that corrects it: somebody approves it, then it is run."""

    campaign: int
    correction: int | None
    why: str


class Corrected(Out):
    """What a correction does."""

    item: str
    edited: int
    messages: int
    being_taken_back: int
    cancelled: int
    unable: list[Unable]
    campaigns: list[CampaignCorrected]
    to_do: list[str]
    anything: bool = Field(description="False: nobody got what could be corrected.")


@router.get("/plan", responses=documented(*READING))
def plan(
    ask: Reads,
    first: Annotated[Day | None, Query(description="First day; today by default.")] = None,
    days: Annotated[int, Query(ge=1, le=MOST)] = 7,
) -> Plan:
    """Golden hours of these days with what airs in them, aired or will air."""
    with ask.home.store.read() as session:
        programme = in_force(session).programme
        begin = first or local_date(programme, ask.now)
        found = calendar(session, programme, ask.now, begin, begin + timedelta(days=days - 1),
                         ask.scope)
    return Plan(hours=[*_hours(ask, found)])


def _hours(ask: Ask, found: Calendar) -> list[Hour]:
    hours = [Hour(date=cell.day, slot=cell.slot.id, opens_at=ask.at(cell.opens_at),
                  closes_at=ask.at(cell.closes_at), airings=[_airing(e) for e in cell.entries])
             for cell in found.cells.values()]
    hours += [Hour(date=day, slot=AT_ONCE, opens_at=None, closes_at=None,
                   airings=[_airing(e) for e in entries])
              for day, entries in found.at_once.items()]
    return sorted(hours, key=lambda h: (h.date, h.opens_at is None, str(h.opens_at), h.slot))


def _airing(entry: Entry) -> Airing:
    return Airing(
        occurrence=entry.occurrence or None, run=entry.run,
        segment=entry.segment.id if entry.segment else None, item=entry.item or None,
        title=entry.title, chosen_by=entry.how or None, state=entry.state,
        channels=[OnChannel(channel=c.channel, state=c.state, out=c.out, total=c.total,
                            problem=c.problem) for c in entry.chips],
        may_change=entry.mine)


@router.post("/pins", response_model=Pinned, status_code=201, responses=documented(*ACTING))
def pin(ask: Pins, given: PinGiven) -> Response:
    """Pin an item to a golden hour; what was pinned there goes."""
    def do(home: Home) -> Pinned:
        with home.store.write() as session:
            programme = in_force(session).programme
            held(ask, session, given.item)
            _must_be_known(session, given)
            spot = Spot(given.date, given.slot, given.segment)
            pinning.needs_leave(session, programme, ask.scope, given.item, spot)
            if given.until is None:
                place = pinning.pin(session, programme, ask.now, ask.person, given.item, spot)
                dates: list[date] = [given.date]
            else:
                begun = series.begin(session, programme, ask.now, ask.person, given.item,
                                     given.slot, given.date, given.until, given.segment)
                place, dates = begun.place, list(begun.days)
        replan(home.store, ask.now, ask.person)
        return Pinned(item=given.item, entry=place.entry, slot=given.slot, dates=dates,
                      warning=place.warning)

    return ask.act(given, do, 201)


def _must_be_known(session: Session, given: PinGiven) -> None:
    programme = in_force(session).programme
    for where, name, known in (("slot", given.slot, [s.id for s in programme.slots]),
                               ("segment", given.segment, [s.id for s in programme.segments])):
        if name is not None and name not in known:
            raise UserError(where, t(f"không có «{name}»", f"there is no “{name}”"),
                            t(f"dùng: {', '.join(known)}", f"use: {', '.join(known)}"))


@router.delete("/pins", status_code=204, response_class=Response, responses=documented(*ACTING))
def unpin(
    ask: Pins, item: Annotated[Id, Query()], slot: Annotated[Id, Query()],
    date: Annotated[Day, Query()],
    segment: Annotated[Id | None, Query()] = None,
    onward: Annotated[bool, Query(description="Of a weekly pin: from this day on.")] = False,
) -> Response:
    """Take a pin away: the segment picks again."""
    with together(ask.home) as (session, home):
        programme = in_force(session).programme
        held(ask, session, item)
        _must_be_known(session, PinGiven(item=item, slot=slot, date=date, segment=segment))
        spot = Spot(date, slot, segment)
        pinning.needs_leave(session, programme, ask.scope, item, spot)
        pinning.unpin(session, ask.now, ask.person, item, spot, onward=onward)
        replan(home.store, ask.now, ask.person)
    return Response(status_code=204)


@router.post("/publications", response_model=Published, status_code=201,
             responses=documented(*ACTING))
def publish(ask: Publishes, given: PublishGiven) -> Response:
    """Publish an approved item at once, outside the golden hours; once a day, then repeat."""
    def do(home: Home) -> Published:
        with home.store.write() as session:
            held(ask, session, given.item)
            planned = by_hand.publish(session, ask.now, ask.person, given.item, given.channels,
                                      ask.scope)
        return _published(planned)

    return ask.act(given, do, 201)


@router.post("/repeats", response_model=Published, status_code=201, responses=documented(*ACTING))
def repeat(ask: Publishes, given: OccurrenceGiven) -> Response:
    """The same item again, at once, on the same channels."""
    def do(home: Home) -> Published:
        with home.store.write() as session:
            _theirs(ask, session, given.occurrence)
            planned = by_hand.repeat(session, ask.now, ask.person, given.occurrence, ask.scope)
        return _published(planned)

    return ask.act(given, do, 201)


@router.post("/cancellations", response_model=Cancelled, responses=documented(*ACTING))
def cancel(ask: Cancels, given: CancelGiven) -> Response:
    """Cancel what of an airing has not begun."""
    def do(home: Home) -> Cancelled:
        with home.store.read() as session:
            _theirs(ask, session, given.occurrence)
        count = desk.cancel(home, ask.person, given.occurrence, given.reason)
        return Cancelled(occurrence=given.occurrence, deliveries=count)

    return ask.act(given, do)


@router.post("/items/{item}/recall", response_model=Recalled, responses=documented(*ACTING))
def recall(ask: Recalls, item: ItemId, given: ReasonGiven) -> Response:
    """Take an item back everywhere, at once."""
    def do(home: Home) -> Recalled:
        with home.store.read() as session:
            held(ask, session, item)
        done = desk.recall(home, ask.person, item, given.reason)
        return Recalled(item=item, cancelled=done.cancelled, being_taken_back=done.opened,
                        beyond=done.beyond, to_do=list(done.lines))

    return ask.act(given, do)


@router.post("/items/{item}/correct", response_model=Corrected, responses=documented(*ACTING))
def correct(ask: Corrects, item: ItemId, given: CorrectGiven) -> Response:
    """Recall an item, and send the approved correction to whoever got it."""
    with ask.home.store.read() as session:
        held(ask, session, item)
        held(ask, session, given.correction)
    if given.correction == item:
        raise ProblemError("invalid", "", [Mistake("correction", t(
            "là chính tin phải đính chính", "is what is to be corrected"))])

    def do(finish: Finish) -> BaseModel:
        # a campaign's correction has as many rows as the campaign: no one transaction. Said
        # again after it was broken off it corrects nothing twice.
        righted = desk.correct(ask.home, ask.person, item, given.correction, given.reason)
        done = righted.done
        told = Corrected(
            item=item, edited=done.edits, messages=done.messages,
            being_taken_back=done.taken_back, cancelled=done.cancelled,
            unable=[Unable(channel=p.channel, target=p.target, why=p.why) for p in done.unable],
            campaigns=[CampaignCorrected(campaign=m.wrong, correction=m.correction, why=m.why)
                       for m in righted.made],
            to_do=list(righted.lines), anything=righted.anything)
        return finish(lambda *_: told)

    return ask.act_long(given, do, 200)


def _published(planned: Planned) -> Published:
    return Published(
        occurrence=planned.id, item=planned.item.id,
        channels=[ChannelOut(channel=c.channel, targets=sum(len(p.mails) for p in c.parcels),
                             problem=c.remark) for c in planned.channels])


def _theirs(ask: Ask, session: Session, occurrence: str) -> None:
    """An airing of theirs: 404 where they see none, refused where others get it, too."""
    _entry, slot, day, _run = occurrence.rsplit("/", 3)
    try:
        when = date.fromisoformat(day)
    except ValueError:
        raise missing(occurrence) from None
    found = calendar(session, in_force(session).programme, ask.now, when, when, ask.scope,
                     only=slot)
    cell = found.cells.get((when, slot))
    entries = cell.entries if cell else found.at_once.get(when, ())
    entry = next((e for e in entries if e.occurrence == occurrence), None)
    if entry is None:
        raise missing(occurrence, "không có lượt phát này", "no such occurrence")
    if not entry.mine:
        raise Refused(occurrence, t("còn phát đến nơi của đơn vị khác",
                                    "also airs to places of other organisations"),
                      t("nhờ người phụ trách chung", "ask whoever works for all"))
