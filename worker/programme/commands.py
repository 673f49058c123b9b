"""`giovang check`: all mistakes of schedules.toml, what an edit would do, and taking it up."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from worker import migrate, output
from worker.errors import UserError
from worker.home import Home, InForce, acting, open_home
from worker.i18n import t
from worker.items.drift import would_read_differently
from worker.models import ProgrammeVersion
from worker.output import Row
from worker.people import As, Json
from worker.planner.preview import preview_edit
from worker.programme.check_segments import warnings
from worker.programme.load import load_text
from worker.programme.model import Programme
from worker.programme.versions import accept, standing
from worker.shared.watch import at_start
from worker.slots import local_date
from worker.smstemplates.ahead import Lack, ending, look_ahead


def check(
    apply: Annotated[bool, typer.Option("--apply", help=t("nhận bản này", "take it up"))] = False,
    as_: As = None,
    json_: Json = False,
    live: Annotated[bool, typer.Option("--live", help=t(
        "hỏi từng tài khoản có gửi được không", "ask each account if it can send"))] = False,
    channel: Annotated[str | None, typer.Option(help=t(
        "với --live: chỉ kênh này", "with --live: this channel only"))] = None,
) -> None:
    if live:
        _live(channel, apply=apply, as_json=json_)
        return
    if channel is not None:
        raise UserError("--channel", t("chỉ dùng với --live", "goes with --live only"))
    home = open_home(must_exist=False)
    text = read_schedules(home.settings.schedules)
    programme = load_text(text, home.settings.schedules.name, home.settings.home)
    rows: list[Row] = [_row("warning", m.where, m.what, m.fix) for m in warnings(programme)]
    there = not migrate.empty(home.store) and not migrate.pending(home.store)
    rows += _templates(home, programme, planned=there)
    if away := at_start(home.settings):
        rows.append(_row("files", "GIOVANG_FILES", away.partition(": ")[2], ""))
    if there:
        rows += _compare(home, text, programme)
    if apply:
        rows += _apply(text, as_)
    elif there:
        rows += _state(home, text)
    _print(rows, as_json=json_)
    output.say(
        t(
            f"{home.settings.schedules.name}: không có lỗi",
            f"{home.settings.schedules.name}: no mistakes",
        )
    )


def _live(channel: str | None, *, apply: bool, as_json: bool) -> None:
    from worker.live_check import check_live  # noqa: PLC0415  (the channels are not needed else)

    if apply:
        raise UserError("--live --apply", t("chỉ chọn một", "choose one"))
    if not check_live(channel, as_json=as_json):
        raise typer.Exit(1)


def read_schedules(path: Path) -> str:
    """The file's text; UserError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(
            str(path),
            t("không có tệp này", "there is no such file"),
            t(
                "đặt GIOVANG_HOME là thư mục có schedules.toml",
                "set GIOVANG_HOME to the folder of schedules.toml",
            ),
        ) from error
    except UnicodeDecodeError as error:
        raise UserError(
            str(path),
            t("không phải UTF-8", "is not UTF-8"),
            t("lưu lại với mã UTF-8", "save it as UTF-8"),
        ) from error


def _compare(home: Home, text: str, programme: Programme) -> list[Row]:
    """What the edit would change in the next hours, and approved texts that have drifted."""
    rows: list[Row] = []
    with home.store.read() as session:
        if standing(session, text) != "same" and session.scalar(select(ProgrammeVersion.id)):
            rows += [
                _row("edit", "schedules.toml", line, "")
                for line in preview_edit(session, programme, home.clock.now())
            ]
        fix = t("trình và duyệt lại để dùng lời mới", "submit and approve again to take it over")
        rows += [
            _row(
                "differs",
                f"{item}, {channel}",
                t("lời đã duyệt khác với mẫu hiện nay", "the approved text differs from today's"),
                fix,
            )
            for item, channel in would_read_differently(session, programme, home.settings)
        ]
    return rows


def _templates(home: Home, programme: Programme, *, planned: bool) -> list[Row]:
    """SMS templates that end soon, and planned SMS that carriers would drop."""
    now = home.clock.now()
    found: list[Lack] = [*ending(programme, local_date(programme, now))]
    if planned:
        with home.store.read() as session:
            version = session.scalar(select(ProgrammeVersion.id).limit(1))
            if version is not None:
                found = look_ahead(session, InForce(version, programme), now)
    fix = t("xem giovang sms templates", "see giovang sms templates")
    return [_row("template", lack.where, lack.what, lack.fix or fix) for lack in found]


def _apply(text: str, as_: str | None) -> list[Row]:
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_, "quan_tri")
        taken = accept(
            session, home.clock.now(), text, person.id, apply=True, home=home.settings.home
        )
    what = (
        t("đã nhận, đang có hiệu lực", "taken up, now in force")
        if taken.stored
        else t("đã có hiệu lực từ trước", "was in force already")
    )
    return [_row("applied", "schedules.toml", what, "")]


def _state(home: Home, text: str) -> list[Row]:
    with home.store.read() as session:
        found = standing(session, text)
    fix = "giovang check --apply --as …"
    if found == "older":
        return [
            _row(
                "older",
                "schedules.toml",
                t("trùng một bản cũ: không tự nhận", "an earlier version: not taken up"),
                fix,
            )
        ]
    if found == "new":
        return [
            _row(
                "waiting",
                "schedules.toml",
                t("khác bản đang có hiệu lực", "differs from the version in force"),
                fix,
            )
        ]
    return []


def _row(kind: str, where: str, what: str, fix: str) -> dict[str, str]:
    return {"kind": kind, "where": where, "what": what, "fix": fix}


def _print(rows: list[Row], *, as_json: bool) -> None:
    if as_json:
        output.lines(rows)
        return
    names = {
        "warning": t("chú ý", "note"),
        "template": t("mẫu SMS", "SMS template"),
        "files": t("kho tệp", "files"),
        "edit": t("24 giờ tới", "next 24 hours"),
        "differs": t("lời khác", "differs"),
        "older": t("bản cũ", "older"),
        "waiting": t("chưa nhận", "not taken up"),
        "applied": t("nhận", "applied"),
    }
    for row in rows:
        tail = f"; {row['fix']}" if row["fix"] else ""
        output.say(f"{names[row['kind']]}: {row['where']}: {row['what']}{tail}")
