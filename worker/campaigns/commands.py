"""`giovang campaign …`: made, shown before it counts, and given back who was left out."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from worker import output
from worker.errors import UserError
from worker.home import Home, acting, in_force, open_home
from worker.i18n import t
from worker.lists import commands as list_commands
from worker.lists import origin, store
from worker.lists.commands import ROLE, BadFile, Map, Sheet, Yes
from worker.lists.origin import BASES, PURPOSES, Origin
from worker.lists.secret import ready_ring
from worker.output import say
from worker.people import As, Json
from worker.slots import local_date
from worker.typed import a_date, a_moment

from . import acts, leftout, queueing, recipients
from .draft import Wish, wanted_fields
from .plan import lines

Lists = Annotated[list[str] | None, typer.Option("--list", help=t(
    "số của danh sách, hoặc tệp CSV, XLSX để nhập", "a list's number, or a file to bring in"))]
Number = Annotated[int, typer.Argument(metavar=t("SỐ", "NUMBER"), help=t("số của đợt", "campaign"))]


def create(
    item: Annotated[str, typer.Option("--item", help=t("mã tin đã duyệt", "approved item"))],
    list_: Lists = None, *,
    corrects: Annotated[int | None, typer.Option("--corrects", help=t(
        "đính chính đợt này: đúng những số đã nhận", "to who got this campaign"))] = None,
    channel: Annotated[str, typer.Option("--channel", help=t("kênh SMS", "SMS channel"))] = "",
    name: Annotated[str, typer.Option("--name", help=t("tên đợt", "its name"))] = "",
    starts: Annotated[str, typer.Option("--starts", help=t("bắt đầu lúc", "not before"))] = "",
    closes: Annotated[str, typer.Option("--closes", help=t("không gửi sau", "not after"))] = "",
    trial: Annotated[int, typer.Option("--trial", min=0, help=t(
        "số tin gửi thử trước", "messages of the trial"))] = 500,
    go_on_at: Annotated[str, typer.Option("--go-on-at", help=t(
        "tự gửi tiếp lúc", "the rest follows by itself at"))] = "",
    account: Annotated[list[str] | None, typer.Option("--account", help=t(
        "TÀI-KHOẢN=PHẦN", "ACCOUNT=SHARE"))] = None,
    ceiling_parts: Annotated[int | None, typer.Option("--ceiling-parts", min=1, help=t(
        "không quá chừng này tin tính cước", "parts at most"))] = None,
    ceiling_dong: Annotated[int | None, typer.Option("--ceiling-dong", min=1, help=t(
        "không quá chừng này đồng", "VND at most"))] = None,
    dong_per_part: Annotated[int, typer.Option("--dong-per-part", min=0, help=t(
        "giá một tin", "price of a part"))] = 0,
    correction: Annotated[bool, typer.Option("--correction", help=t(
        "đính chính: không tính vào giới hạn", "a correction: counts against no cap"))] = False,
    purpose: Annotated[str, typer.Option("--purpose", help=", ".join(PURPOSES))] = "",
    basis: Annotated[str, typer.Option("--basis", help=", ".join(BASES))] = "",
    ordered_by: Annotated[str, typer.Option("--ordered-by", help=t("cơ quan giao", "who"))] = "",
    document: Annotated[str, typer.Option("--document", help=t("số văn bản", "document"))] = "",
    date_: Annotated[str, typer.Option("--date", help=t("ngày văn bản", "its date"))] = "",
    source: Annotated[str, typer.Option("--source", help=t("số lấy từ đâu", "from where"))] = "",
    expires: Annotated[str, typer.Option("--expires", help=t("ngày cuối", "last day"))] = "",
    map_: Map = None, sheet: Sheet = "", bad: BadFile = None, yes: Yes = False,
    as_: As = None, json_: Json = False,
) -> None:
    list_commands.must_answer(yes)
    home = open_home()
    list_ = list_ or []
    if bool(list_) == (corrects is not None):
        raise UserError("--list", t("ghi --list, hoặc --corrects, đúng một",
                                    "give --list, or --corrects, one of them"))
    with home.store.read() as session:
        person = acting(session, as_, ROLE).id
        programme = in_force(session).programme
        fields = wanted_fields(session, programme, item, channel)
        now, zone = home.clock.now(), programme.zone()
        # before a million rows are brought in beside them
        recipients.known(session, [int(x) for x in list_ if x.isdecimal()])
    begins = a_moment("--starts", starts, now, zone) if starts else None
    wish = Wish(
        item, (), channel, name, begins,
        a_moment("--closes", closes, begins or now, zone) if closes else None, trial,
        a_moment("--go-on-at", go_on_at, begins or now, zone) if go_on_at else None,
        _weights(account or []), ceiling_parts, ceiling_dong, dong_per_part, correction,
        corrects)
    files = [x for x in list_ if not x.isdecimal()]
    given = {"--purpose": purpose, "--basis": basis, "--ordered-by": ordered_by,
             "--document": document, "--date": date_, "--source": source, "--expires": expires}
    brought = iter(_bring(home, files, given, (sheet, map_, bad), fields, person))
    numbers = tuple(int(x) if x.isdecimal() else next(brought) for x in list_)
    _queue(home, replace(wish, lists=numbers), person, yes=yes, as_json=json_)
    home.close()


def left_out(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar=t("TỆP", "FILE"), help=".csv, .xlsx")],
) -> None:
    home = open_home()
    with home.store.read() as session:
        campaign = acts.find(session, number)
    count = leftout.write(home.store, campaign, file)
    say(t(f"{count} số để ngoài đã ghi ra {file}", f"{count} numbers left out are in {file}"))
    home.close()


def _queue(home: Home, wish: Wish, person: str, *, yes: bool, as_json: bool) -> None:
    queued = queueing.create(home, wish, person)
    for line in lines(home.programme().programme, home.clock.now(), queued):
        say(line)
    if not yes and not list_commands.asked(t("Lập đợt này?", "Make this campaign?")):
        queueing.remove(home.store, queued.id)
        say(t("không lập, không giữ lại gì của đợt", "not made, nothing of it is kept"))
        raise typer.Exit(1)
    queueing.accept(home, queued, person)
    say(t(f"đã lập đợt {queued.id}; người khác duyệt: giovang campaign approve {queued.id} "
          "--as NGƯỜI", f"campaign {queued.id} is made; somebody else approves it: "
                        f"giovang campaign approve {queued.id} --as PERSON"))
    if as_json:
        output.lines([{"campaign": queued.id, "state": "draft", "total": queued.total,
                       **queued.figures(), "parts": queued.draft.campaign["parts"]}])


def _weights(given: list[str]) -> dict[str, float]:
    weights = {}
    for text in given:
        name, _, share = text.partition("=")
        try:
            weights[name.strip()] = float(share)
        except ValueError:
            raise UserError("--account", t(f"không hiểu «{text}»", f"“{text}” is not understood"),
                            t("viết TÀI-KHOẢN=PHẦN, ví dụ a=3", "write ACCOUNT=SHARE, as a=3")
                            ) from None
    return weights


def _bring(
    home: Home, files: list[str], given: dict[str, str],
    how: tuple[str, list[str] | None, Path | None], fields: tuple[str, ...], person: str,
) -> list[int]:
    """Lists from files, as `giovang list import` takes them; of their columns what is needed."""
    if not files:
        return []
    missing = [option for option, value in given.items() if not value]
    if missing:
        raise UserError("--list", t(f"{files[0]} là tệp, còn thiếu {', '.join(missing)}",
                                    f"{files[0]} is a file and needs {', '.join(missing)}"),
                        t("thêm vào, hoặc ghi số của danh sách đã nhập",
                          "add them, or name a list that was brought in"))
    programme = home.programme().programme
    ordered = Origin(
        given["--purpose"], given["--basis"], given["--ordered-by"], given["--document"],
        a_date("--date", given["--date"]), given["--source"],
        a_date("--expires", given["--expires"]))
    origin.check(ordered, local_date(programme, home.clock.now()),
                 programme.settings.list_months)
    ring = ready_ring(home.store, home.settings.var, home.clock.now(), person)
    numbers = []
    for file in files:
        with ExitStack() as stack:
            opened = list_commands.opened(stack, Path(file), *how, wanted=fields)
            staged = store.stage(home, ring, ordered, opened, person)
        list_commands.tell(staged)
        store.accept(home, ring, staged, person)
        say(t(f"đã nhận danh sách {staged.list_id}", f"list {staged.list_id} taken"))
        numbers.append(staged.list_id)
    return numbers
