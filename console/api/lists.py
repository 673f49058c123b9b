"""Lists of recipients: looked at, brought in from a file. Numbers are never shown."""

import hashlib
import tempfile
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Response, UploadFile
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from console.api.desk import CHUNK, Ask, Finish, MayActOnce, Reads
from console.api.problems import ACTING, READING, documented, missing
from console.api.shapes import (
    After,
    Day,
    Limit,
    Number,
    Out,
    Page,
    cursor,
    cut,
    place,
    printable,
)
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.lists import columns, listing, mapping, origin, removal, store
from worker.lists.origin import Origin
from worker.lists.secret import ready_ring
from worker.lists.source import open_source
from worker.models import Recipient, RecipientList
from worker.slots import local_date

router = APIRouter(prefix="/lists", tags=["lists"])
Brings = Annotated[Ask, Depends(MayActOnce("lists", frozenset({"dieu_phoi"})))]
#: bytes of a file with its form: a million numbers with names
LARGEST = 100_000_000
_Text = AfterValidator(printable)
Words = Annotated[str, Form(min_length=1, max_length=500), _Text]
Short = Annotated[str, Form(max_length=200), _Text]


class ListLine(Out):
    """A list of recipients."""

    number: int
    state: str
    numbers: int
    purpose: str
    basis: str
    ordered_by: str
    document: str
    document_date: date
    source: str
    expires: date
    file: str
    imported_by: str
    imported_at: datetime
    ended_at: datetime | None
    owner: str | None


class ListWhole(ListLine):
    """A list with what became of its rows."""

    fields: list[str]
    kept: int = Field(description="Numbers still stored.")
    forgotten: int = Field(description="Erased on request.")
    counts: dict[str, Any]


class Brought(Out):
    """What of the file was taken."""

    number: int
    forgotten: int
    figures: dict[str, Any] = Field(description="Rows taken and refused, by reason.")


def _line(ask: Ask, row: RecipientList) -> dict[str, Any]:
    return {"number": row.id, "state": row.state, "numbers": row.stored, "purpose": row.purpose,
            "basis": row.basis, "ordered_by": row.organisation, "document": row.document,
            "document_date": row.document_date, "source": row.source, "expires": row.expires,
            "file": row.file, "imported_by": row.imported_by,
            "imported_at": ask.at(row.imported_at), "ended_at": ask.at(row.ended_at),
            "owner": row.owner}


@router.get("", responses=documented(*READING))
def list_lists(ask: Reads, limit: Limit = 50, after: After = None) -> Page[ListLine]:
    """Lists, the newest first."""
    begin = place("lists", after)
    with ask.home.store.read() as session:
        rows, more = cut(listing.every(
            session, ask.scope, before=begin if isinstance(begin, int) else None,
            limit=limit + 1), limit)
    return Page(items=[ListLine(**_line(ask, row)) for row in rows],
                next=cursor("lists", rows[-1].id) if more else None)


@router.get("/{number}", responses=documented(*READING))
def get_list(ask: Reads, number: Number) -> ListWhole:
    """One list, without its numbers."""
    with ask.home.store.read() as session:
        row = session.get(RecipientList, number)
        if row is None or row.state == "staging" or not ask.scope.holds(row.owner):
            raise missing(t(f"danh sách {number}", f"list {number}"))
        kept, forgotten = session.execute(
            select(func.count(Recipient.number), func.count(Recipient.forgotten_at))
            .where(Recipient.list_id == number)).one()
    return ListWhole(**_line(ask, row), fields=list(row.fields), kept=kept, forgotten=forgotten,
                     counts=dict(row.counts))


@router.post("", response_model=Brought, status_code=201, responses=documented(*ACTING))
def bring(
    ask: Brings, file: Annotated[UploadFile, File(description="CSV or XLSX with a head.")],
    purpose: Annotated[Literal["cong_ich", "quang_cao"], Form()],
    basis: Annotated[Literal["consent", "public_task", "emergency"], Form()],
    ordered_by: Words, document: Words, document_date: Annotated[Day, Form()], source: Words,
    expires: Annotated[Day, Form(description="The last day it is used.")],
    columns_: Annotated[str, Form(
        alias="columns", max_length=2_000, description="What each column is, where the head "
        "does not say: `SĐT=phone,Họ tên=ten,Ghi chú=-`."), _Text] = "",
    sheet: Short = "",
) -> Response:
    """Bring in a list; every number is stored encrypted, bad rows are left out and counted."""
    ordered = Origin(purpose, basis, ordered_by, document, document_date, source, expires)
    programme = ask.force.programme
    origin.check(ordered, local_date(programme, ask.now), programme.settings.list_months)
    told = mapping.parse_map(columns_) if columns_ else {}
    name = _name(file)
    said = f"{ordered}\n{columns_}\n{sheet}\n{name}\n{_sha256(file)}"

    def do(finish: Finish) -> BaseModel:
        ring = ready_ring(ask.home.store, ask.home.settings.var, ask.now, ask.person)
        with tempfile.TemporaryDirectory(prefix="giovang-") as folder, ExitStack() as stack:
            path = _stored(file, Path(folder) / name)
            opened = stack.enter_context(open_source(path, sheet))
            staged = store.stage(ask.home, ring, ordered,
                                 store.Given(opened, columns.find(opened, told)), ask.person)

        def last(_session: Session, home: Home) -> Brought:
            forgotten = store.accept(home, ring, staged, ask.person)
            return Brought(number=staged.list_id, forgotten=forgotten, figures=staged.figures())

        try:
            return finish(last)
        except BaseException:
            removal.remove(ask.home.store, staged.list_id)
            raise

    return ask.act_long(said, do)


def _name(file: UploadFile) -> str:
    """A name of ours that keeps the ending; the browser's is for showing only."""
    ending = Path(file.filename or "").suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise UserError("file", t("phải là tệp .csv hoặc .xlsx", "must be a .csv or .xlsx file"),
                        t("đặt lại tên tệp", "name the file so"))
    return f"danh-sach{ending}"


def _sha256(file: UploadFile) -> str:
    digest = hashlib.sha256()
    while block := file.file.read(CHUNK):
        digest.update(block)
    file.file.seek(0)
    return digest.hexdigest()


def _stored(file: UploadFile, path: Path) -> Path:
    """Readable by us alone, gone with its folder: the numbers stand in it."""
    with path.open("wb") as out:
        while block := file.file.read(CHUNK):
            out.write(block)
    return path
