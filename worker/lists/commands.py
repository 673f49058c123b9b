"""`giovang list …`: lists brought in, looked at, ended; keys rotated."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from worker import output
from worker.errors import UserError
from worker.home import Home, acting, open_home
from worker.i18n import t
from worker.items.files.read import read_bytes
from worker.models import Recipient, RecipientList
from worker.output import say
from worker.people import As, Json, Reason
from worker.radio.acceptance import keep_scan
from worker.slots import local_date
from worker.typed import a_date

from . import columns, mapping, origin, removal, report, retention, rotation, store
from .badfile import open_bad_rows
from .optout import KINDS
from .origin import BASES, PURPOSES, STATES, Origin
from .rows import Bad
from .secret import ready_ring
from .source import open_source

ROLE = "dieu_phoi"

FileArg = Annotated[Path, typer.Argument(metavar=t("TỆP", "FILE"), help="CSV, XLSX")]
Map = Annotated[list[str] | None, typer.Option("--map", help=t(
    'cột nào là gì: "SỐ ĐT=phone,Họ tên=ten,Ghi chú=-"', 'which column is what: "HEAD=phone"'))]
Sheet = Annotated[str, typer.Option("--sheet", help=t("trang của tệp Excel", "sheet"))]
BadFile = Annotated[Path | None, typer.Option("--bad", help=t(
    "ghi các dòng không nhận ra tệp này", "write the rows not taken to this file"))]
Yes = Annotated[bool, typer.Option("--yes", help=t("không hỏi lại", "do not ask"))]
Number = Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"),
                                       help=t("số của danh sách", "list"))]


def import_(
    file: FileArg, *,
    purpose: Annotated[str, typer.Option("--purpose", help=", ".join(PURPOSES))],
    basis: Annotated[str, typer.Option("--basis", help=", ".join(BASES))],
    ordered_by: Annotated[str, typer.Option("--ordered-by", help=t("cơ quan giao", "who"))],
    document: Annotated[str, typer.Option("--document", help=t("số văn bản", "document"))],
    date_: Annotated[str, typer.Option("--date", help=t("ngày văn bản", "its date"))],
    source: Annotated[str, typer.Option("--source", help=t("số lấy từ đâu", "from where"))],
    expires: Annotated[str, typer.Option("--expires", help=t("ngày cuối được dùng", "last day"))],
    scan: Annotated[Path | None, typer.Option("--scan", help=t("bản quét văn bản", "scan"))] = None,
    map_: Map = None, sheet: Sheet = "", bad: BadFile = None, yes: Yes = False,
    as_: As = None, json_: Json = False,
) -> None:
    home = open_home()
    person = home.person(as_, ROLE).id
    must_answer(yes)
    today, months = _today(home)
    ordered = Origin(purpose, basis, ordered_by, document, a_date("--date", date_), source,
                     a_date("--expires", expires))
    origin.check(ordered, today, months)
    if scan is not None:
        ordered = Origin(**{**vars(ordered), "scan_sha256": keep_scan(home, read_bytes(scan))})
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), person)
    with ExitStack() as stack:
        given = opened(stack, file, sheet, map_, bad)
        staged = store.stage(home, ring, ordered, given, person)
    tell(staged)
    if not yes and not asked(t("Nhận danh sách này?", "Take this list?")):
        removal.remove(home.store, staged.list_id)
        say(t("không nhận, không giữ lại gì", "not taken, nothing is kept"))
        raise typer.Exit(1)
    forgotten = store.accept(home, ring, staged, person)
    say(t(f"đã nhận danh sách {staged.list_id}", f"list {staged.list_id} taken"))
    if json_:
        output.lines([{"list": staged.list_id, **staged.figures(), "forgotten": forgotten}])
    home.close()


def show(
    number: Annotated[int | None, typer.Argument(metavar=t("SỐ", "NUMBER"))] = None,
    json_: Json = False
) -> None:
    home = open_home()
    with home.store.read() as session:
        if number is None:
            rows = [_line(row) for row in session.scalars(
                select(RecipientList).order_by(RecipientList.id.desc()))]
            output.show(rows, {
                "list": t("Số", "List"), "state_shown": t("Trạng thái", "State"),
                "numbers": t("Số nhận", "Numbers"), "purpose_shown": t("Mục đích", "Purpose"),
                "expires": t("Hết hạn", "Expires"), "ordered_by": t("Cơ quan giao", "Ordered by"),
            }, as_json=False) if not json_ else output.lines(map(_plain, rows))
        else:
            whole = _whole(session, number)
            if json_:
                output.lines([whole])
            else:
                sys.stdout.write("".join(f"{k}: {v}\n" for k, v in _words(whole).items()))
    home.close()


def drop(number: Number, reason: Reason, as_: As = None) -> None:
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_, ROLE)
        retention.end(session, now, number, person.id, reason)
    retention.wipe(home, number, now)
    say(t(f"danh sách {number} đã kết thúc, mọi số đã xóa",
          f"list {number} is ended, its numbers are deleted"))
    home.close()


def rotate_key(as_: As = None) -> None:
    home = open_home()
    rotation.replace_cipher_key(home, home.person(as_, "quan_tri").id)
    while not rotation.renew(home, home.clock.now()):
        pass  # rotated by somebody else meanwhile
    say(t("đã đổi khóa mã hóa; cất bản sao thư mục khóa mới ở nơi riêng",
          "the key is rotated; keep a new copy of the key folder apart"))
    home.close()


def rotate_lookup(as_: As = None) -> None:
    home = open_home()
    person = home.person(as_, "quan_tri").id
    retention.tidy(home, home.clock.now())
    rotation.replace_lookup_key(home, person)
    say(t("đã đổi khóa tra cứu; cất bản sao thư mục khóa mới ở nơi riêng",
          "the look-up key is rotated; keep a new copy of the key folder apart"))
    home.close()


def opened(
    stack: ExitStack, file: Path, sheet: str, map_: list[str] | None, bad: Path | None,
    wanted: tuple[str, ...] | None = None,
) -> store.Given:
    """The file with its columns found and told; closed with *stack*."""
    told: dict[str, str] = {}
    for text in map_ or []:
        told |= mapping.parse_map(text)
    source = stack.enter_context(open_source(file, sheet))
    layout = columns.find(source, told, wanted)
    for line in report.columns(layout):
        say(line)
    refuse: Callable[[Bad], None] | None = None
    if bad is not None:
        refuse = stack.enter_context(open_bad_rows(bad, layout, file))
    return store.Given(source, layout, refuse)


def asked(question: str) -> bool:
    """A person's yes at the keyboard."""
    say(f"{question} [{t('có/không', 'yes/no')}]")
    return sys.stdin.readline().strip().lower() in {"có", "co", "c", "yes", "y"}


def must_answer(yes: bool) -> None:
    """Refuse a question that nobody is there to answer."""
    if not yes and not sys.stdin.isatty():
        raise UserError("--yes", t("không có ai ở bàn phím để trả lời", "nobody can answer"),
                        t("thêm --yes", "add --yes"))


def _today(home: Home) -> tuple[date, int]:
    programme = home.programme().programme
    return local_date(programme, home.clock.now()), programme.settings.list_months


def tell(staged: store.Staged) -> None:
    """What a list that was read holds, a line each."""
    for line in report.counts(staged.tally, staged.layout):
        say(line)
    if staged.elsewhere:
        say(t(f"{staged.elsewhere} số cũng có trong danh sách khác",
              f"{staged.elsewhere} numbers are on another list, too"))
    for kind, count in staged.barred.items():
        say(t(f"{count} số: {KINDS[kind][0]}", f"{count} numbers: {KINDS[kind][1]}"))


def _line(row: RecipientList) -> dict[str, Any]:
    return {
        "list": row.id, "state": row.state, "numbers": row.stored, "purpose": row.purpose,
        "basis": row.basis, "ordered_by": row.organisation, "document": row.document,
        "date": row.document_date, "source": row.source, "expires": row.expires,
        "file": row.file, "imported_by": row.imported_by, "imported_at": row.imported_at,
        "ended_at": row.ended_at, "ended_by": row.ended_by, "end_reason": row.end_reason,
        "state_shown": t(*STATES[row.state]), "purpose_shown": t(*PURPOSES[row.purpose]),
    }


def _plain(line: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in line.items() if not k.endswith("_shown")}


def _whole(session: Session, number: int) -> dict[str, Any]:
    row = session.get(RecipientList, number)
    if row is None:
        raise UserError(t(f"danh sách {number}", f"list {number}"), t("không có", "there is none"),
                        t("xem `giovang list show`", "see `giovang list show`"))
    left, forgotten = session.execute(
        select(func.count(Recipient.number), func.count(Recipient.forgotten_at))
        .where(Recipient.list_id == number)).one()
    return {**_plain(_line(row)), "scan": row.scan_sha256, "fields": row.fields, "kept": left,
            "forgotten": forgotten, "counts": row.counts}


def _words(whole: dict[str, Any]) -> dict[str, Any]:
    names = {
        "list": t("Danh sách", "List"), "state": t("Trạng thái", "State"),
        "numbers": t("Số đã nhận", "Numbers taken"), "kept": t("Số còn giữ", "Numbers kept"),
        "forgotten": t("Đã xóa theo yêu cầu", "Forgotten"), "purpose": t("Mục đích", "Purpose"),
        "basis": t("Căn cứ pháp lý", "Legal basis"),
        "ordered_by": t("Cơ quan giao", "Ordered by"), "document": t("Văn bản", "Document"),
        "date": t("Ngày văn bản", "Of"), "scan": t("Bản quét", "Scan"),
        "source": t("Nguồn số", "Source"), "expires": t("Hết hạn", "Expires"),
        "file": t("Tệp", "File"), "fields": t("Trường", "Fields"),
        "imported_by": t("Người nhập", "Imported by"), "end_reason": t("Kết thúc vì", "Ended for"),
    }
    shown = {**whole, "state": t(*STATES[whole["state"]]), "basis": t(*BASES[whole["basis"]]),
             "purpose": t(*PURPOSES[whole["purpose"]]), "fields": ", ".join(whole["fields"])}
    return {name: shown[key] for key, name in names.items() if shown[key] != ""}
