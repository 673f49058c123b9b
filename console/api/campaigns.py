"""SMS campaigns: made from lists that are there, run once a person approved them, looked at."""

import tempfile
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from console.api.desk import Ask, Finish, MayAct, MayActOnce, Reads
from console.api.plan import ReasonGiven
from console.api.problems import ACTING, READING, ProblemError, documented, missing
from console.api.shapes import (
    LARGEST_NUMBER,
    After,
    Id,
    In,
    Limit,
    Moment,
    Number,
    Out,
    Page,
    cursor,
    cut,
    place,
)
from worker.campaigns import acts, ends, queueing, recipients, words
from worker.campaigns.draft import Wish
from worker.campaigns.export import Wanted, export
from worker.campaigns.status_view import gather
from worker.campaigns.tables import codes_of
from worker.errors import UserError
from worker.home import Home, in_force
from worker.i18n import t
from worker.models import Campaign

router = APIRouter(prefix="/campaigns", tags=["campaigns"])
SENDERS = frozenset({"dieu_phoi"})
Runs = Annotated[Ask, Depends(MayAct("campaigns", SENDERS))]
Makes = Annotated[Ask, Depends(MayActOnce("campaigns", SENDERS))]
#: files made at once: each reads all rows of a campaign
_MAKING = threading.BoundedSemaphore(1)
_Count = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class CampaignGiven(In):
    """An approved item to the numbers of lists; or to who got a campaign that was wrong."""

    item: Id = Field(description="An approved item.")
    lists: list[_Count] = Field([], max_length=100, description="Numbers of lists in use.")
    corrects: _Count | None = Field(None, description="Instead of lists: to who got this one.")
    channel: Id | None = Field(None, description="Needed where several SMS channels fit.")
    name: Annotated[str, Field(max_length=150)] = ""
    starts_at: Moment | None = None
    closes_at: Moment | None = None
    trial: Annotated[int, Field(ge=0, le=1_000_000)] = 500
    go_on_at: Moment | None = Field(None, description="The rest follows by itself.")
    weights: dict[Id, Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]] = Field(
        {}, max_length=50, description="Account: its share.")
    ceiling_parts: _Count | None = None
    ceiling_dong: _Count | None = None
    dong_per_part: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    correction: bool = Field(False, description="Counts against no cap.")


class CampaignLine(Out):
    """A campaign in a list."""

    campaign: int
    name: str
    state: str
    item: str
    version: int
    channel: str
    total: int
    until_row: int = Field(description="Let go up to this row.")
    starts_at: datetime
    closes_at: datetime
    created_by: str
    approved_by: str | None
    owner: str | None


class CampaignWhole(CampaignLine):
    """A campaign with its text and lists."""

    state_by: str
    state_at: datetime
    reason: str
    text: str
    parts: int
    lists: list[int]
    purpose: str
    priority: str
    correction: bool
    corrects: int | None
    trial: int
    go_on_at: datetime | None
    weights: dict[str, float]
    ceiling_parts: int | None
    ceiling_dong: int | None
    dong_per_part: int
    occurrence: str | None


class Made(Out):
    """A draft: a person approves it on the page, then it is run."""

    campaign: int
    state: str
    total: int
    parts: int
    numbers: int
    waiting: int = Field(description="Messages that would go out, our own handsets too.")
    left_out: dict[str, int]
    carriers: dict[str, int]


class Moved(Out):
    """Where it stands now."""

    campaign: int
    state: str
    until_row: int
    total: int


class Failed(Out):
    """Messages that surely did not get through."""

    state: str
    code: str
    carrier: str
    messages: int
    reason: str


class Figures(Out):
    """How it stands, as `giovang campaign status --json`."""

    campaign: int
    state: str
    total: int
    wanted: int
    done: int
    left: int
    waiting: int
    sending: int
    accepted: int
    delivered: int
    rejected: int
    exhausted: int
    uncertain: int
    cancelled: int
    expired: int
    left_out: dict[str, int]
    failed: list[Failed]
    parts: int
    dong: int
    rate_10s: float | None
    rate_60s: float | None
    finishes_at: datetime | None
    pause_code: str
    reason: str


def _line(ask: Ask, row: Campaign) -> dict[str, Any]:
    return {"campaign": row.id, "name": row.name, "state": row.state, "item": row.item_id,
            "version": row.item_version, "channel": row.channel, "total": row.total,
            "until_row": row.until_row, "starts_at": ask.at(row.starts_at),
            "closes_at": ask.at(row.closes_at), "created_by": row.created_by,
            "approved_by": row.approved_by, "owner": row.owner}


def held(ask: Ask, session: Session, number: int) -> Campaign:
    """A campaign that counts and is theirs."""
    row = session.get(Campaign, number)
    if row is None or row.state == "queuing" or not ask.scope.holds(row.owner):
        raise missing(t(f"đợt {number}", f"campaign {number}"))
    return row


@router.get("", responses=documented(*READING))
def list_campaigns(ask: Reads, limit: Limit = 50, after: After = None) -> Page[CampaignLine]:
    """Campaigns, the newest first."""
    begin = place("campaigns", after)
    query = (select(Campaign).where(Campaign.state != "queuing").order_by(Campaign.id.desc())
             .limit(limit + 1))
    if isinstance(begin, int):
        query = query.where(Campaign.id < min(begin, LARGEST_NUMBER))
    if ask.scope.organisations is not None:
        query = query.where(Campaign.owner.in_(sorted(ask.scope.organisations)))
    with ask.home.store.read() as session:
        rows, more = cut(session.scalars(query).all(), limit)
    return Page(items=[CampaignLine(**_line(ask, row)) for row in rows],
                next=cursor("campaigns", rows[-1].id) if more else None)


@router.post("", response_model=Made, status_code=201, responses=documented(*ACTING))
def create(ask: Makes, given: CampaignGiven) -> Response:
    """Make a draft; large lists take a while. Repeat the call with its key if it breaks off."""
    if bool(given.lists) == (given.corrects is not None):
        raise UserError("lists", t("ghi lists hoặc corrects, đúng một",
                                   "give lists, or corrects, one of them"))
    if given.corrects is not None:
        with ask.home.store.read() as session:
            held(ask, session, given.corrects)
    wish = Wish(given.item, tuple(given.lists), given.channel or "", given.name, given.starts_at,
                given.closes_at, given.trial, given.go_on_at, dict(given.weights),
                given.ceiling_parts, given.ceiling_dong, given.dong_per_part, given.correction,
                given.corrects)

    def do(finish: Finish) -> BaseModel:
        queued = queueing.create(ask.home, wish, ask.person)

        def last(_session: Session, home: Home) -> Made:
            queueing.accept(home, queued, ask.person)
            return Made(campaign=queued.id, state="draft", total=queued.total,
                        parts=queued.draft.campaign["parts"], **queued.figures())

        try:
            return finish(last)
        except BaseException:
            queueing.remove(ask.home.store, queued.id)
            raise

    return ask.act_long(given, do)


@router.get("/{campaign}", responses=documented(*READING))
def get_campaign(ask: Reads, campaign: Number) -> CampaignWhole:
    """One campaign."""
    with ask.home.store.read() as session:
        row = held(ask, session, campaign)
        lists = recipients.of_campaign(session, campaign)
    return CampaignWhole(
        **_line(ask, row), state_by=row.state_by, state_at=ask.at(row.state_at),
        reason=row.reason, text=row.text, parts=row.parts, lists=lists, purpose=row.purpose,
        priority=row.priority, correction=row.correction, corrects=row.corrects, trial=row.trial,
        go_on_at=ask.at(row.go_on_at), weights=dict(row.weights),
        ceiling_parts=row.ceiling_parts, ceiling_dong=row.ceiling_dong,
        dong_per_part=row.dong_per_part, occurrence=row.occurrence_id)


@router.get("/{campaign}/figures", responses=documented(*READING))
def get_figures(ask: Reads, campaign: Number) -> Figures:
    """How far it is and what failed; costs the same for a thousand messages and for millions."""
    with ask.home.store.read() as session:
        channel = held(ask, session, campaign).channel
    codes = codes_of(ask.home, ask.force, channel)
    with ask.home.store.read() as session:
        found = gather(session, ask.now, in_force(session), campaign, codes)
    return Figures(**{name: found[name] for name in Figures.model_fields})


@router.get("/{campaign}/results.csv", response_class=FileResponse,
            responses={**documented(*READING), 200: {
                "description": "A row for each number, masked", "content": {
                    "text/csv": {"schema": {"type": "string"}}}}})
def results(
    ask: Reads, campaign: Number,
    state: Annotated[list[str] | None, Query(
        max_length=20, description=f"Only these: {', '.join(words.MESSAGE)}.")] = None,
) -> Response:
    """What came of each number; of a number the last three digits."""
    unknown = [s for s in state or () if s not in words.MESSAGE]
    if unknown:
        raise UserError("state", t(f"không có trạng thái «{unknown[0][:40]}»",
                                   f"no state “{unknown[0][:40]}”"),
                        t(f"dùng: {', '.join(words.MESSAGE)}", f"use: {', '.join(words.MESSAGE)}"))
    with ask.home.store.read() as session:
        channel = held(ask, session, campaign).channel
    if not _MAKING.acquire(blocking=False):
        raise ProblemError("too-often", t("Đang làm một tệp khác.", "Another file is being made."))
    folder = tempfile.TemporaryDirectory(prefix="giovang-")
    try:
        path = Path(folder.name) / f"dot-{campaign}.csv"
        export(ask.home.store, path, Wanted(campaign, state or ()), ask.zone,
               codes_of(ask.home, ask.force, channel))
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _MAKING.release()
    return FileResponse(path, media_type="text/csv", filename=path.name,
                        background=BackgroundTask(folder.cleanup))


@router.post("/{campaign}/run", response_model=Moved, responses=documented(*ACTING))
def run(ask: Runs, campaign: Number) -> Response:
    """Let the first phase of an approved campaign go."""
    return _move(ask, campaign, None, lambda s: acts.run(s, ask.now, campaign, ask.person))


@router.post("/{campaign}/continue", response_model=Moved, responses=documented(*ACTING))
def go_on(ask: Runs, campaign: Number) -> Response:
    """«Chạy tiếp»: the next phase."""
    return _move(ask, campaign, None, lambda s: acts.go_on(s, ask.now, campaign, ask.person))


@router.post("/{campaign}/pause", response_model=Moved, responses=documented(*ACTING))
def pause(ask: Runs, campaign: Number, given: ReasonGiven) -> Response:
    """Nothing more is begun until somebody resumes it."""
    return _move(ask, campaign, given, lambda s: acts.pause(
        s, ask.now, campaign, ask.person, given.reason))


@router.post("/{campaign}/resume", response_model=Moved, responses=documented(*ACTING))
def resume(ask: Runs, campaign: Number) -> Response:
    """It goes on where it stood."""
    return _move(ask, campaign, None, lambda s: acts.resume(s, ask.now, campaign, ask.person))


@router.post("/{campaign}/stop", response_model=Moved, responses=documented(*ACTING))
def stop(ask: Runs, campaign: Number, given: ReasonGiven) -> Response:
    """For good: what waits is cancelled, what is on the wire finishes."""
    answer = _move(ask, campaign, given, lambda s: acts.stop(
        s, ask.now, campaign, ask.person, given.reason))
    ends.drain(ask.home.store, ask.now, campaign, "cancelled")  # broken off, a tick goes on
    return answer


def _move(
    ask: Ask, campaign: int, given: BaseModel | None, act: Callable[[Session], object]
) -> Response:
    def do(home: Home) -> Moved:
        with home.store.write() as session:
            held(ask, session, campaign)
            act(session)
        with home.store.read() as session:
            row = session.get_one(Campaign, campaign)
            return Moved(campaign=row.id, state=row.state, until_row=row.until_row,
                         total=row.total)

    return ask.act(given, do)
