"""The delivery log: a page at a time, one delivery's story, the end of a doubt."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from console.api.desk import Ask, MayAct, Reads
from console.api.problems import ACTING, READING, documented, missing
from console.api.shapes import After, Day, In, Limit, Out, Page, Reason, bad_cursor, cursor, place
from worker import log_query
from worker.errors import UserError
from worker.home import Home, in_force
from worker.i18n import t
from worker.log_query import Filters, Line
from worker.outbox import desk
from worker.scope import targets_held

router = APIRouter(prefix="/deliveries", tags=["deliveries"])
Resolves = Annotated[Ask, Depends(MayAct("operate"))]
Key = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$", description="A delivery's key.",
                          examples=["11111111-1111-5111-8111-111111111111"])]
Name = Annotated[str | None, Query(max_length=63)]
State = Literal["held", "ready", "sending", "accepted", "delivered", "rejected", "exhausted",
                "uncertain", "expired", "cancelled", "recalled"]


class DeliveryLine(Out):
    """One delivery, as `giovang log --json` tells it (docs/states.md)."""

    key: str
    at: datetime | None = Field(description="First try.")
    day: date
    channel: str
    account: str
    target: str
    item: str
    kind: str = Field(description="publish, correct or recall.")
    state: str
    late: bool
    attempts: int
    code: str
    detail: str
    ref: str
    url: str
    occurrence: str
    prepared: bool


class Story(Out):
    """One delivery, and all that happened to it, oldest first."""

    delivery: DeliveryLine
    events: list[dict[str, Any]] = Field(description="Each with `at`, `what` and more.")


class ResolveGiven(In):
    """How a doubt ends, as a person has seen it."""

    how: Literal["went-out", "did-not", "send-again"]
    reason: Reason


class Resolved(Out):
    """Where it stands now."""

    key: str
    state: str


@router.get("", responses=documented(*READING))
def list_deliveries(
    ask: Reads, limit: Limit = 50, after: After = None,
    first: Annotated[Day | None, Query(description="First local day.")] = None,
    last: Annotated[Day | None, Query(description="Last local day; today by default.")] = None,
    channel: Name = None, item: Name = None, target: Name = None, state: State | None = None,
) -> Page[DeliveryLine]:
    """The log, newest day first."""
    begin = place("deliveries", after)
    if first and last and last < first:
        raise UserError("last", t("trước ngày đầu", "is before the first day"),
                        t("đổi chỗ hai ngày", "swap the two days"))
    wanted = Filters(first=first, last=last, channel=channel, item=item, state=state,
                     target=target, held=targets_held(ask.force.programme, ask.scope))
    with ask.home.store.read() as session:
        programme = in_force(session).programme
        if ask.scope.whole:  # others are not told which names there are
            log_query.must_exist(session, programme, wanted)
        wanted = log_query.until(wanted, ask.now.astimezone(programme.zone()).date())
        try:
            rows = log_query.page(session, wanted, limit=limit + 1,
                                  after=begin if isinstance(begin, str) else None)
        except UserError:
            raise bad_cursor() from None
    shown = rows[:limit]
    return Page(items=[_line(ask, row) for row in shown],
                next=cursor("deliveries", shown[-1].id) if len(rows) > limit else None)


@router.get("/{key}", responses=documented(*READING))
def get_delivery(ask: Reads, key: Key) -> Story:
    """One delivery's story: tries, events, receipts."""
    with ask.home.store.read() as session:
        row = _held(ask, session, key)
        told = log_query.story(session, key, ask.zone)
    return Story(delivery=_line(ask, row), events=told)


@router.post("/{key}/resolve", response_model=Resolved, responses=documented(*ACTING))
def resolve(ask: Resolves, key: Key, given: ResolveGiven) -> Response:
    """End a doubt by what a person has seen where it should have arrived."""
    def do(home: Home) -> Resolved:
        with home.store.read() as session:
            _held(ask, session, key)
        return Resolved(key=key,
                        state=desk.resolve(home, ask.person, key, given.how, given.reason))

    return ask.act(given, do)


def _line(ask: Ask, row: Line) -> DeliveryLine:
    return DeliveryLine(**log_query.as_line(row, ask.zone))


def _held(ask: Ask, session: Session, key: str) -> Line:
    try:
        row = log_query.one(session, key)
    except UserError:
        raise missing(key, "không có lượt gửi này", "there is no such delivery") from None
    held = targets_held(ask.force.programme, ask.scope)
    if held is not None and row.target not in held.get(row.channel, ()):
        raise missing(key, "không có lượt gửi này", "there is no such delivery")
    return row
