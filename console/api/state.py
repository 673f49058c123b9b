"""How it stands: worker, accounts, alarms; pauses; the emergency stop."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api.desk import Ask, Finish, May, MayAct, Reads
from console.api.problems import ACTING, READING, documented, missing
from console.api.shapes import Id, In, Number, Out, Reason
from worker import status
from worker.account_view import accounts_now
from worker.alarms import store
from worker.alarms.held import alarms_held
from worker.alarms.kinds import KINDS
from worker.home import Home, in_force
from worker.models import Alarm, ProgrammeVersion
from worker.outbox import desk, orders

router = APIRouter(tags=["state"])
Operates = Annotated[Ask, Depends(MayAct("operate"))]
Configuration = Annotated[Ask, Depends(May("read", frozenset({"quan_tri", "kiem_tra"})))]
ChannelId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", examples=["sms"])]


class Worker(Out):
    """Whether a worker lives."""

    alive: bool
    beat_at: datetime | None
    age_seconds: int | None
    stopped_at: datetime | None = Field(description="It was stopped in order.")


class NodeState(Out):
    """One worker of the last day."""

    node: str
    version: str
    alive: bool
    started_at: datetime
    beat_at: datetime
    age_seconds: int
    stopped_at: datetime | None = Field(description="It was stopped in order.")
    sent_minute: int = Field(description="Messages that far sides took in the last minute.")


class NextSlot(Out):
    """A golden hour to come."""

    slot: str
    name: str
    opens_at: datetime


class Stop(Out):
    """An emergency stop in force; `*` is every channel."""

    channel: str
    by: str
    at: datetime
    reason: str
    first_start_by: str | None = Field(description="Who wants to start again; a second is needed.")


class Pause(Out):
    """Nothing new begins here; account `*` is the whole channel."""

    channel: str
    account: str
    by: str | None
    reason: str


class Status(Out):
    """As `giovang status --json`; `ok`: a worker lives and no slot was missed."""

    ok: bool
    training: bool
    live: bool
    programme: int = Field(description="Version in force.")
    worker: Worker
    nodes: list[NodeState]
    next: list[NextSlot]
    today: dict[str, int] = Field(description="Deliveries of this local day by state.")
    missed_24h: int
    uncertain: int
    alarms: int
    recalled_still_public: int
    recalled_sms_out: int
    prepared_not_withdrawn: int
    pauses: list[Pause]
    disk_free_mb: int


class Account(Out):
    """One account of an enabled channel."""

    channel: str
    name: str
    account: str
    state: Literal["ok", "paused", "resting", "stopped"]
    why: str
    until: datetime | None


class Channel(Out):
    """A channel of the programme."""

    channel: str
    name: str
    type: str
    enabled: bool
    accounts: list[str]


class AlarmShown(Out):
    """A Sự cố."""

    alarm: int
    kind: str
    name: str
    severity: str
    what: str
    fix: str
    count: int
    first_at: datetime
    last_at: datetime
    taken_by: str | None


class Programme(Out):
    """What is in force."""

    version: int
    sha256: str
    accepted_at: datetime
    accepted_by: str
    text: str = Field(description="schedules.toml; secrets stand in it by reference only.")


class PauseGiven(In):
    """Which account, and why."""

    account: Id | None = Field(None, description="Only this one; else the whole channel.")
    reason: Reason


class ResumeGiven(In):
    """Which account."""

    account: Id | None = None


class Paused(Out):
    """What of the channel is paused now."""

    channel: str
    paused: list[str]


class StopGiven(In):
    """What stops, and why."""

    channel: Annotated[str, Field(pattern=r"^(\*|[a-z0-9][a-z0-9_-]{0,62})$")] = "*"
    reason: Reason


class Stopped(Out):
    """Two persons start again, on the page or by `giovang start`; no key does."""

    channel: str
    being_withdrawn: int = Field(description="Prepared texts that are taken back.")


class Taken(Out):
    """Who handles it."""

    alarm: int
    taken_by: str
    what: str
    fix: str


@router.get("/status", responses=documented(*READING))
def get_status(ask: Reads) -> Status:
    """Is the worker alive, and does anything wait for a person?"""
    _whole(ask)
    with ask.home.store.read() as session:
        found = status.gather(session, ask.now, in_force(session), ask.home)
    return Status(**{name: found[name] for name in Status.model_fields})


@router.get("/accounts", responses=documented(*READING))
def get_accounts(ask: Reads) -> list[Account]:
    """Every account: well, paused, resting after refusals, or stopped."""
    with ask.home.store.read() as session:
        found = accounts_now(session, in_force(session).programme, ask.now)
    return [Account(channel=s.channel, name=s.channel_name, account=s.account, state=s.state,
                    why=s.why, until=ask.at(s.until)) for s in found]


@router.get("/channels", responses=documented(*READING))
def get_channels(ask: Reads) -> list[Channel]:
    """The programme's channels."""
    return [Channel(channel=c.id, name=c.name, type=c.type, enabled=c.enabled,
                    accounts=[a.id for a in c.accounts]) for c in ask.force.programme.channels]


@router.post("/channels/{channel}/pause", response_model=Paused, responses=documented(*ACTING))
def pause(ask: Operates, channel: ChannelId, given: PauseGiven) -> Response:
    """Nothing new begins here until somebody resumes it."""
    _channel(ask, channel)

    def do(home: Home) -> Paused:
        desk.pause(home, ask.person, _named(channel, given.account), given.reason)
        with home.store.read() as session:
            return Paused(channel=channel, paused=orders.paused(session, channel))

    return ask.act(given, do)


@router.post("/channels/{channel}/resume", response_model=Paused, responses=documented(*ACTING))
def resume(ask: Operates, channel: ChannelId, given: ResumeGiven) -> Response:
    """Lift a pause, and let a refused account be tried at once."""
    _channel(ask, channel)

    def do(home: Home) -> Paused:
        return Paused(channel=channel, paused=desk.resume(
            home, ask.person, _named(channel, given.account)))

    return ask.act(given, do)


@router.get("/emergency-stop", responses=documented(*READING))
def get_stops(ask: Reads) -> list[Stop]:
    """Emergency stops in force."""
    with ask.home.store.read() as session:
        return [Stop(channel=o.channel, by=o.by, at=ask.at(o.at), reason=o.reason,
                     first_start_by=o.first_start_by) for o in orders.in_force(session)]


@router.post("/emergency-stop", response_model=Stopped, responses=documented(*ACTING))
def stop(ask: Operates, given: StopGiven) -> Response:
    """Stop everything, or a channel, at once. Only two persons start again."""
    _whole(ask)

    def do(finish: Finish) -> BaseModel:
        # not joined: a stop waits for no planner; twice stopped is stopped
        taken = desk.stop(ask.home, ask.person, given.channel, given.reason)
        return finish(lambda *_: Stopped(channel=given.channel, being_withdrawn=taken))

    return ask.act_long(given, do, 200)


@router.get("/alarms", responses=documented(*READING))
def get_alarms(ask: Reads) -> list[AlarmShown]:
    """Open alarms, the serious ones first."""
    with ask.home.store.read() as session:
        return [AlarmShown(
            alarm=a.id, kind=a.kind, name=KINDS[a.kind].name(), severity=a.severity, what=a.what,
            fix=a.fix, count=a.count, first_at=ask.at(a.first_at), last_at=ask.at(a.last_at),
            taken_by=a.acked_by) for a in alarms_held(session, ask.force.programme, ask.scope)]


@router.post("/alarms/{alarm}/take", response_model=Taken, responses=documented(*ACTING))
def take(ask: Operates, alarm: Number) -> Response:
    """«Tôi xử lý»: the key's person handles it; nobody else is called."""
    return _alarm(ask, alarm, store.ack)


@router.post("/alarms/{alarm}/close", response_model=Taken, responses=documented(*ACTING))
def close(ask: Operates, alarm: Number) -> Response:
    """It is mended; seen again it opens anew."""
    return _alarm(ask, alarm, store.done)


def _alarm(ask: Ask, number: int, act: Any) -> Response:
    def do(home: Home) -> Taken:
        with home.store.write() as session:
            if session.get(Alarm, number) is None or not _theirs(ask, session, number):
                raise missing(str(number), "không có sự cố này", "there is no such alarm")
            found = act(session, ask.now, number, ask.person)
            return Taken(alarm=number, taken_by=found.acked_by, what=found.what, fix=found.fix)

    return ask.act(None, do)


def _theirs(ask: Ask, session: Session, number: int) -> bool:
    """Of closed ones only whoever works for all is told that they are closed."""
    return ask.scope.whole or number in {
        a.id for a in alarms_held(session, ask.force.programme, ask.scope)}


@router.get("/programme", responses=documented(*READING))
def get_programme(ask: Configuration) -> Programme:
    """The programme in force."""
    _whole(ask)
    with ask.home.store.read() as session:
        row = session.scalars(
            select(ProgrammeVersion).order_by(ProgrammeVersion.id.desc()).limit(1)).one()
        return Programme(version=row.id, sha256=row.sha256, accepted_at=ask.at(row.accepted_at),
                         accepted_by=row.accepted_by, text=row.text)


def _named(channel: str, account: str | None) -> str:
    return f"{channel}/{account}" if account else channel


def _channel(ask: Ask, channel: str) -> None:
    _whole(ask)
    if channel not in {c.id for c in ask.force.programme.channels}:
        raise missing(channel, "không có kênh này", "there is no such channel")


def _whole(ask: Ask) -> None:
    """It holds for everybody: whoever works for one organisation asks the centre."""
    if not ask.scope.whole:
        raise missing(ask.request.url.path)
