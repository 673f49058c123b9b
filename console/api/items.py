"""Items: found, read, written, submitted, seen as they will stand on each channel."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from console.api.desk import Ask, MayAct, Reads
from console.api.problems import ACTING, READING, ProblemError, documented, missing
from console.api.shapes import (
    After,
    Day,
    In,
    ItemId,
    Limit,
    Out,
    Page,
    cursor,
    cut,
    place,
)
from worker.errors import Mistake
from worker.home import Home, acting, in_force
from worker.i18n import t
from worker.items import approval
from worker.items.approval import AUTHOR
from worker.items.files.given import read_given
from worker.items.preview import preview_item
from worker.items.store import import_items, load_content
from worker.items.uploads import bring_pictures
from worker.models import Item, ItemVersion, Person
from worker.programme.model import Priority, Purpose

router = APIRouter(prefix="/items", tags=["items"])
Writes = Annotated[Ask, Depends(MayAct("items", frozenset({AUTHOR})))]
State = Literal["draft", "submitted", "approved", "returned", "rejected", "recalled"]
Text = Annotated[str, Field(max_length=15_000)]
Line = Annotated[str, Field(max_length=300)]
Name = Annotated[str, Field(max_length=63)]


class ImageGiven(In):
    """A picture below the installation's `content/images/`."""

    path: Line = Field(examples=["gia-danh.png"])
    alt: Line = Field(description="Words for those who cannot see it.")
    sha256: str = Field("", max_length=64, description="Read only: of the bytes we have.")
    source: Line = ""
    permission: Line = ""


class ContentGiven(In):
    """What an item says; the fields are those of a file (docs/content.md)."""

    title: Annotated[str, Field(min_length=1, max_length=150, examples=["Giả danh công an"])]
    theme: Name = Field(examples=["thu_doan"])
    body: Text = Field("", examples=["Công an không làm việc qua điện thoại. Gọi 113."])
    texts: dict[Name, Text] = Field({}, description="A channel's own text: sms, facebook, "
                                                    "website, loudspeaker, board.", max_length=20)
    summary: Text = ""
    what_to_do: Text = ""
    audience: list[Name] = Field(["tat_ca"], max_length=100)
    area: list[Name] = Field([], max_length=100)
    priority: Priority = "thong_thuong"
    purpose: Purpose = "cong_ich"
    language: Annotated[str, Field(max_length=20)] = "vi"
    source: Line = ""
    valid_from: Day | None = None
    valid_to: Day | None = None
    legal_basis: list[Line] = Field([], max_length=100)
    hotline: list[Line] = Field([], max_length=100, examples=[["113"]])
    images: list[ImageGiven] = Field([], max_length=20)
    requires: list[Name] = Field([], max_length=100)
    facts: dict[Name, Annotated[str, Field(max_length=200)]] = Field({}, max_length=100)
    note: Text = ""
    scam: Line = ""


class ItemLine(Out):
    """An item in a list."""

    item: str
    title: str
    theme: str
    priority: Priority
    state: State
    version: int
    author: str
    owner: str | None = Field(description="Organisation it belongs to; null: all of us.")
    needs_approvals: int
    created_at: datetime
    changed_at: datetime


class ItemWhole(ItemLine):
    """An item with all it says."""

    content: dict[str, Any] = Field(description="As it is sent to change it.")
    waived: dict[str, str] = Field(description="Words that may be read as they stand: who said so.")
    missing: list[str] = Field(description="Facts to be filled in before it is submitted.")
    renditions_sha256: str | None = Field(description="Of the texts that were submitted.")
    submitted_by: str | None
    submitted_at: datetime | None


class Written(Out):
    """What became of an item that was sent."""

    item: str
    version: int
    state: State
    change: Literal["new", "changed", "unchanged"]


class Submitted(Out):
    """An item that waits for approval."""

    item: str
    version: int
    state: State
    renditions_sha256: str = Field(description="An approver says yes to exactly this.")
    channels: list[str] = Field(description="Channels it fits.")
    problems: dict[str, list[str]] = Field(description="Channels it does not fit, and why.")


class Preview(Out):
    """An item on one channel, with the values of the channel's first target."""

    channel: str
    target: str | None
    frozen: bool = Field(description="These texts were submitted; else they are of today.")
    title: str
    summary: str
    text: str
    spoken: str = Field(description="As a voice reads it; only for loudspeakers.")
    parts: int | None = Field(description="SMS it counts as.")
    encoding: str | None
    units: int | None
    seconds: float | None
    chars: int
    warnings: list[str]
    problems: list[dict[str, str]]


def line(ask: Ask, item: Item) -> dict[str, Any]:
    return {"item": item.id, "title": item.title, "theme": item.theme, "priority": item.priority,
            "state": item.state, "version": item.version, "author": item.author,
            "owner": item.owner, "needs_approvals": item.needs_approvals,
            "created_at": ask.at(item.created_at), "changed_at": ask.at(item.changed_at)}


def held(ask: Ask, session: Session, item_id: str) -> Item:
    """An item that is theirs to see; 404 otherwise, whether it exists or not."""
    item = session.get(Item, item_id)
    if item is None or not ask.scope.holds(item.owner):
        raise missing(item_id, "không có tin này", "no such item")
    return item


@router.get("", responses=documented(*READING))
def list_items(
    ask: Reads, limit: Limit = 50, after: After = None, state: State | None = None,
    theme: Annotated[str | None, Query(max_length=63)] = None,
) -> Page[ItemLine]:
    """Items by id."""
    begin = place("items", after)
    query = select(Item).order_by(Item.id).limit(limit + 1)
    if isinstance(begin, str):
        query = query.where(Item.id > begin)
    if state is not None:
        query = query.where(Item.state == state)
    if theme is not None:
        query = query.where(Item.theme == theme)
    if ask.scope.organisations is not None:
        query = query.where(Item.owner.in_(sorted(ask.scope.organisations)))
    with ask.home.store.read() as session:
        rows, more = cut(session.scalars(query).all(), limit)
    return Page(items=[ItemLine(**line(ask, row)) for row in rows],
                next=cursor("items", rows[-1].id) if more else None)


@router.get("/{item}", responses=documented(*READING))
def get_item(ask: Reads, item: ItemId) -> ItemWhole:
    """One item with all it says."""
    with ask.home.store.read() as session:
        row = held(ask, session, item)
        version = session.get_one(ItemVersion, (item, row.version))
        content = load_content(session, item)
    said = content.model_dump(mode="json", exclude={"id", "waived"})
    return ItemWhole(
        **line(ask, row), content=said, waived=dict(content.waived),
        missing=list(content.unfilled()), renditions_sha256=version.renditions_sha256,
        submitted_by=version.submitted_by, submitted_at=ask.at(version.submitted_at))


@router.put("/{item}", response_model=Written, responses=documented(*ACTING))
def put_item(
    ask: Writes, item: ItemId, given: ContentGiven,
    version: Annotated[int | None, Query(
        ge=0, le=2**31 - 1, description="Refuse (409) unless the newest version is this one; 0: "
                                        "unless there is none. Nobody's words get lost.")] = None,
) -> Response:
    """
    Write an item, new or known. Equal content is the same version; another is a new one, a draft:
    an approved item that changed has to be approved anew.
    """
    def do(home: Home) -> Written:
        brought = bring_pictures(home, [image.path for image in given.images])
        with home.store.write() as session:
            acting(session, ask.person, AUTHOR)
            row = session.get(Item, item, with_for_update=True)
            if row is not None:
                held(ask, session, item)
            if version is not None and version != (row.version if row is not None else 0):
                raise ProblemError("not-now", "", [Mistake(
                    item, t(f"bản mới nhất là {row.version if row else 0}, không phải {version}",
                            f"its newest version is {row.version if row else 0}, not {version}"),
                    t("đọc lại rồi sửa", "read it again, then change it"))])
            content = read_given(item, given.model_dump(mode="json"),
                                 in_force(session).programme, home.settings.images, brought)
            report = import_items(session, ask.now, [content], ask.person)
            row = session.get_one(Item, item, populate_existing=True)
            change: Literal["new", "changed", "unchanged"] = (
                "new" if report.new else "changed" if report.changed else "unchanged")
            return Written(item=item, version=row.version, state=row.state, change=change)

    return ask.act(given, do)


@router.post("/{item}/submit", response_model=Submitted, responses=documented(*ACTING))
def submit_item(ask: Writes, item: ItemId) -> Response:
    """Freeze the texts of every channel and ask for approval; persons approve, no key does."""
    def do(home: Home) -> Submitted:
        with home.store.write() as session:
            held(ask, session, item)
            done = approval.submit(session, ask.now, in_force(session).programme, home.settings,
                                   item, session.get_one(Person, ask.person))
            version = session.get_one(ItemVersion, (item, done.version))
            return Submitted(
                item=item, version=done.version, state="submitted",
                renditions_sha256=version.renditions_sha256 or "", channels=list(done.channels),
                problems={c: list(found) for c, found in done.problems.items()})

    return ask.act(None, do)


@router.get("/{item}/preview", responses=documented(*READING))
def preview(
    ask: Reads, item: ItemId, channel: Annotated[str | None, Query(max_length=63)] = None
) -> list[Preview]:
    """An item as it will stand on each channel."""
    with ask.home.store.read() as session:
        held(ask, session, item)
    return [Preview(**{name: row.get(name) for name in Preview.model_fields})
            for row in preview_item(ask.home, item, channel)]


