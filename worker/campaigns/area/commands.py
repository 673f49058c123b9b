"""`giovang area …`: a carrier that sends to an area itself gets its order, and says what it did."""

import re
import sys
from contextlib import ExitStack
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from worker import output
from worker.errors import Refused, UserError
from worker.home import acting, in_force, open_home
from worker.i18n import each, t
from worker.items.files.days import day_typed
from worker.items.files.places import Found, Place
from worker.items.files.read import read_bytes
from worker.items.files.unwritten import not_written
from worker.models import AreaOrder
from worker.output import say
from worker.people import As, Json, Reason
from worker.programme.model import Programme
from worker.slots import to_utc
from worker.typed import a_date

from . import acts, figures, orders, papers, view
from .orders import Wanted

MAKES, APPROVES = "dieu_phoi", "nguoi_duyet"

Number = Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"), help=t("số của đơn", "order"))]
_MOMENT = re.compile(r"(\S+)[ T](\d{1,2}):(\d{2})|(\d{1,2}):(\d{2}) (\S+)")


def order(
    *,
    item: Annotated[str, typer.Option("--item", help=t("mã tin", "item"))],
    carrier: Annotated[str, typer.Option("--carrier", help=t("nhà mạng", "carrier"))],
    area: Annotated[list[str], typer.Option("--area", help=t(
        'mã vùng trong chương trình, hoặc "MÃ=TÊN"', 'an area, or "CODE=NAME"'))],
    from_: Annotated[str, typer.Option("--from", help='"25/11/2026 08:00"')],
    to: Annotated[str, typer.Option("--to", help='"25/11/2026 11:00"')],
    ordered_by: Annotated[str, typer.Option("--ordered-by", help=t("cơ quan giao", "who"))],
    document: Annotated[str, typer.Option("--document", help=t("số văn bản", "document"))],
    date_: Annotated[str, typer.Option("--date", help=t("ngày văn bản", "its date"))],
    channel: Annotated[str, typer.Option("--channel", help=t(
        "lời của kênh SMS nào", "whose SMS text"))] = "",
    sender: Annotated[str, typer.Option("--sender", help=t("tên định danh", "sender name"))] = "",
    organisation: Annotated[str, typer.Option("--organisation", help=t(
        "đơn vị ký công văn", "who signs the letter"))] = "",
    signature: Annotated[list[str] | None, typer.Option("--signature", help=t(
        "mỗi lần một dòng: quyền hạn, chức vụ, họ tên", "a line each: office, name"))] = None,
    again: Annotated[bool, typer.Option("--again", help=t(
        "vùng này đã có tin này, vẫn gửi", "once more to the same area"))] = False,
    as_: As = None, json_: Json = False,
) -> None:
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_, MAKES)
        force = in_force(session)
        made = orders.make(session, now, force, person.id, Wanted(
            item, carrier, tuple(area), _moment(force.programme, "--from", from_),
            _moment(force.programme, "--to", to), ordered_by, document, a_date("--date", date_),
            channel, sender, organisation, tuple(signature or ()), again))
    _told(made, as_json=json_)
    say(t(f"người khác duyệt: giovang area approve {made.id} --as NGƯỜI",
          f"another person: giovang area approve {made.id} --as PERSON"))
    home.close()


def approve(number: Number, as_: As = None) -> None:
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_, APPROVES)
        done = acts.approve(session, now, in_force(session).programme, number, person.id)
    _told(done, as_json=False)
    say(t(f"đã duyệt; xuất cho nhà mạng: giovang area export {number} THƯ-MỤC",
          f"approved; now: giovang area export {number} FOLDER"))
    home.close()


def cancel(number: Number, reason: Reason, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_, MAKES)
        done = acts.cancel(session, home.clock.now(), number, person.id, reason)
    say(t(f"đã hủy đơn {number}", f"order {number} is cancelled"))
    if done.handed_over_at is not None:
        say(acts.call_carrier(done))
    home.close()


def export(
    number: Number,
    folder: Annotated[Path, typer.Argument(metavar=t("THƯ-MỤC", "FOLDER"),
                                           help=t("nơi ghi", "where"))],
    as_: As = None,
) -> None:
    home = open_home()
    now = home.clock.now()
    person = home.person(as_, MAKES).id
    with home.store.read() as session:
        files = papers.made(acts.order_of(session, number))
    sums = papers.sums(files)
    try:
        with ExitStack() as drafts:
            papers.write(drafts, folder, files)
            # the drafts take their names only after this is committed
            with home.store.write() as session:
                of = acts.order_of(session, number)
                acts.may_go(session, now, of)
                same = acts.hand_over(session, now, of, person, sums)
    except OSError as trouble:
        raise not_written(folder, trouble) from trouble
    for name, digest in sums.items():
        sys.stdout.write(f"{digest}  {folder / name}\n")
    if not same:
        say(t("chú ý: khác từng byte với tệp đã giao lần trước (phần mềm khác phiên bản)",
              "beware: not the bytes handed over before (another version of the software)"))
    say(t(f"giao hai tệp cho {of.carrier}; có kết quả: giovang area result {number} TỆP",
          f"give both to {of.carrier}; its answer: giovang area result {number} FILE"))
    home.close()


def result(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar=t("TỆP", "FILE"), help="CSV, XLSX")],
    as_: As = None,
) -> None:
    home = open_home()
    now = home.clock.now()
    person = home.person(as_, MAKES).id
    with home.store.read() as session:
        of = acts.order_of(session, number)
    if of.handed_over_at is None:
        raise Refused(t(f"đơn {number}", f"order {number}"), t(*acts.STATES[of.state]),
                      t("chỉ nhận kết quả của đơn đã giao nhà mạng",
                        "only an order that was handed over has a result"))
    found = figures.read(file, of)
    digest = papers.sums({file.name: read_bytes(file)})[file.name]
    with home.store.write() as session:
        before = acts.report(session, now, of, person, file.name, digest, found)
    if before is None:
        say(t("đã nhận chính tệp này trước đây: không có gì đổi",
              "this very file was taken before: nothing has changed"))
    elif before:
        say(t(f"thay kết quả trước ({before}); số cũ còn trong diễn biến của đơn",
              f"takes the place of the one before ({before}), kept in the order's events"))
    for line in view.result_lines(found):
        say(line)
    home.close()


def list_(json_: Json = False) -> None:
    home = open_home()
    with home.store.read() as session:
        rows = view.every(session, home.clock.now())
    if json_:
        output.lines(rows)
    else:
        output.show([view.short(row) for row in rows], each(view.COLUMNS), as_json=False)
    home.close()


def show(number: Number, json_: Json = False) -> None:
    home = open_home()
    with home.store.read() as session:
        whole = view.whole(session, acts.order_of(session, number), home.clock.now())
    if json_:
        output.lines([whole])
    else:
        sys.stdout.write("".join(f"{k}: {v}\n" for k, v in view.words(whole)))
    home.close()


def _told(of: AreaOrder, *, as_json: bool) -> None:
    """What was understood, in front of whoever says yes to it."""
    if as_json:
        output.lines([view.line(of)])
        return
    for name, value in view.core(of):
        say(f"{name}: {value}")


def _moment(programme: Programme, option: str, typed: str) -> datetime:
    """A local moment: 25/11/2026 08:00, 2026-11-25 08:00, 08:00 25/11/2026."""
    found = _MOMENT.fullmatch(" ".join(typed.split()))
    wrong = Found()
    day = day_typed(found[1] or found[6], Place(option), wrong) if found else None
    hour, minute = (int(found[2] or found[4]), int(found[3] or found[5])) if found else (24, 0)
    if wrong.mistakes:
        raise UserError.many(tuple(wrong.mistakes))
    if day is None or hour > 23 or minute > 59:
        raise UserError(option, t(f"«{typed}» không phải ngày giờ", f"“{typed}” is no moment"),
                        t('viết "25/11/2026 08:00"', 'write "25/11/2026 08:00"'))
    return to_utc(programme.zone(), day, time(hour, minute))
