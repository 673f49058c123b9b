"""What waits for an approver, and what is sent back. A yes is a person's, on the page."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy import select

from console.api.desk import Ask, MayAct, Reads
from console.api.items import held
from console.api.problems import ACTING, READING, documented
from console.api.shapes import (
    After,
    In,
    ItemId,
    Limit,
    Out,
    Page,
    Reason,
    bad_cursor,
    cursor,
    place,
)
from worker.home import Home
from worker.items import approval
from worker.items.queue_ import waiting
from worker.models import ItemVersion, Person, Rendition
from worker.programme.model import Priority

router = APIRouter(tags=["approvals"])
#: whoever lent their right to approve, too: the rule stands with the approvals
Reviews = Annotated[Ask, Depends(MayAct("review"))]


class Waits(Out):
    """An item that waits for a yes."""

    item: str
    version: int
    title: str
    priority: Priority
    renditions_sha256: str = Field(description="Of the texts that an approver says yes to.")
    submitted_by: str
    submitted_at: datetime | None
    given: int
    needed: int
    on_air: bool = Field(description="One person alone approved it; the second is still wanted.")
    airs_at: datetime | None = Field(description="Its next golden hour, were it approved now.")
    needed_by: datetime | None


class Frozen(Out):
    """What one channel will say, its fields still open by name."""

    channel: str
    language: str
    texts: dict[str, Any]
    problems: list[dict[str, Any]]
    sha256: str


class Texts(Out):
    """All that an approval binds."""

    item: str
    version: int
    renditions_sha256: str | None
    channels: list[Frozen]


class SendBack(In):
    """Why, and of which texts: of others nothing is sent back."""

    reason: Reason
    renditions_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class SentBack(Out):
    """Where the item stands now."""

    item: str
    state: str


@router.get("/approvals", responses=documented(*READING))
def list_waiting(ask: Reads, limit: Limit = 50, after: After = None) -> Page[Waits]:
    """Items that wait for approval, the most urgent first."""
    begin = place("approvals", after)
    with ask.home.store.read() as session:
        rows = [w for w in waiting(session, ask.now, ask.force.programme)
                if ask.scope.holds(w.owner)]
        first = 0
        if begin is not None:
            first = next((n for n, w in enumerate(rows, 1) if w.item_id == begin), -1)
            if first < 0:
                raise bad_cursor()  # it was decided on meanwhile: begin again
        rows, more = rows[first:first + limit], len(rows) > first + limit
        hashes: dict[tuple[str, int], str | None] = {
            (i, v): sha for i, v, sha in session.execute(
                select(ItemVersion.item_id, ItemVersion.version, ItemVersion.renditions_sha256)
                .where(ItemVersion.item_id.in_([w.item_id for w in rows])))}
    return Page(items=[Waits(
        item=w.item_id, version=w.version, title=w.title, priority=w.priority,
        renditions_sha256=hashes.get((w.item_id, w.version)) or "", submitted_by=w.submitted_by,
        submitted_at=ask.at(w.submitted_at), given=w.given, needed=w.needed, on_air=w.airs_alone,
        airs_at=ask.at(w.airs.opens_at) if w.airs else None,
        needed_by=ask.at(w.airs.needed_by) if w.airs else None) for w in rows],
        next=cursor("approvals", rows[-1].item_id) if more else None)


@router.get("/items/{item}/texts", responses=documented(*READING))
def texts(ask: Reads, item: ItemId) -> Texts:
    """The frozen texts of the newest version; none while it is not submitted."""
    with ask.home.store.read() as session:
        row = held(ask, session, item)
        version = session.get_one(ItemVersion, (item, row.version))
        found = session.scalars(select(Rendition).where(
            Rendition.item_id == item, Rendition.version == row.version).order_by(Rendition.id))
        return Texts(
            item=item, version=row.version, renditions_sha256=version.renditions_sha256,
            channels=[Frozen(channel=r.channel, language=r.language, texts=dict(r.texts),
                             problems=list(r.problems), sha256=r.sha256) for r in found])


@router.post("/items/{item}/return", response_model=SentBack, responses=documented(*ACTING))
def return_(ask: Reviews, item: ItemId, given: SendBack) -> Response:
    """Back to its author to be mended."""
    return _send_back(ask, item, given, "returned")


@router.post("/items/{item}/reject", response_model=SentBack, responses=documented(*ACTING))
def reject(ask: Reviews, item: ItemId, given: SendBack) -> Response:
    """It will not be published."""
    return _send_back(ask, item, given, "rejected")


def _send_back(ask: Ask, item: str, given: SendBack, state: str) -> Response:
    def do(home: Home) -> SentBack:
        with home.store.write() as session:
            held(ask, session, item)
            act = approval.return_ if state == "returned" else approval.reject
            act(session, ask.now, item, session.get_one(Person, ask.person), given.reason,
                given.renditions_sha256)
        return SentBack(item=item, state=state)

    return ask.act(given, do)
