"""`giovang log`: what went out, where to, and what came of it."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from worker import log_query
from worker.campaigns import brief
from worker.errors import UserError
from worker.growth import standing
from worker.home import Home, open_home
from worker.i18n import t
from worker.log_query import FIELDS, Filters
from worker.output import lines, say, show
from worker.states import LABELS
from worker.typed import a_date

#: rows a person is shown without asking for more
PAGE = 50


def log(
    first: Annotated[str | None, typer.Option("--from", help=t("từ ngày", "first day"))] = None,
    last: Annotated[str | None, typer.Option("--to", help=t(
        "đến hết ngày (mặc định: hôm nay)", "last day (default: today)"))] = None,
    channel: Annotated[str | None, typer.Option(help=t("kênh", "channel"))] = None,
    item: Annotated[str | None, typer.Option(help=t("mã tin", "item"))] = None,
    state: Annotated[str | None, typer.Option(help=t("trạng thái", "state"))] = None,
    target: Annotated[str | None, typer.Option(help=t("nơi nhận", "target"))] = None,
    csv: Annotated[Path | None, typer.Option(help=t("ghi ra tệp CSV", "write a CSV"))] = None,
    xlsx: Annotated[Path | None, typer.Option(help=t("ghi ra tệp Excel", "write an XLSX"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t(
        "mỗi lượt một dòng JSON", "one JSON object a line"))] = False,
    limit: Annotated[int | None, typer.Option(min=1, help=t(
        "nhiều nhất bao nhiêu dòng", "at most so many rows"))] = None,
    after: Annotated[str | None, typer.Option(help=t(
        "tiếp sau lượt này (cột key)", "go on after this key"))] = None,
    delivery: Annotated[str | None, typer.Option(help=t(
        "toàn bộ diễn biến của một lượt", "the whole story of one delivery"))] = None,
) -> None:
    if state is not None and state not in LABELS:
        raise UserError("--state", t(f"không có trạng thái «{state}»", f"no state “{state}”"),
                        t(f"dùng một trong: {', '.join(LABELS)}",
                          f"use one of: {', '.join(LABELS)}"))
    wanted = Filters(
        first=a_date("--from", first) if first else None,
        last=a_date("--to", last) if last else None,
        channel=channel, item=item, state=state, target=target)
    if wanted.first and wanted.last and wanted.last < wanted.first:
        raise UserError("--to", t(f"{last} trước ngày đầu {first}", f"{last} is before {first}"),
                        t("đổi chỗ hai ngày", "swap the two days"))
    home = open_home()
    try:
        if delivery is not None:
            _story(home, delivery, as_json=as_json)
            return
        with home.store.read() as session:
            log_query.must_exist(session, home.programme().programme, wanted)
            campaigns = brief.under_way(session)
        _log(home, wanted, csv, xlsx, as_json=as_json, limit=limit, after=after)
        if words := standing.gone(home.programme().programme, home.clock.now(),
                                  wanted.first or wanted.last):
            say(words)
        for row in campaigns:  # their messages have a log of their own
            say(brief.line(row))
    finally:
        home.close()


def _log(
    home: Home, wanted: Filters, csv: Path | None, xlsx: Path | None, *, as_json: bool,
    limit: int | None, after: str | None,
) -> None:
    zone = home.programme().programme.zone()
    wanted = log_query.until(wanted, home.clock.now().astimezone(zone).date())
    found = (log_query.as_line(row, zone) for row in log_query.every(home.store, wanted, after))
    if csv is not None or xlsx is not None:
        _write(csv, xlsx, islice(found, limit))
    elif as_json:
        lines(islice(found, limit))
    else:
        _table(found, limit or PAGE)


def _write(csv: Path | None, xlsx: Path | None, found: Iterable[dict[str, Any]]) -> None:
    from worker import log_files  # noqa: PLC0415  (openpyxl is not needed to look at a page)

    if csv is not None and xlsx is not None:
        raise UserError("--csv --xlsx", t("chỉ chọn một", "choose one"))
    path = csv or xlsx
    assert path is not None  # noqa: S101  (the caller asked for one of the two)
    write = log_files.write_csv if csv is not None else log_files.write_xlsx
    count = write(path, found, FIELDS)
    say(t(f"{path}: {count} lượt", f"{path}: {count} rows"))


def _table(found: Iterator[dict[str, Any]], limit: int) -> None:
    rows = list(islice(found, limit))
    more = next(found, None) is not None
    show([{**row, "label": _label(row)} for row in rows], {
        "at": t("Lúc", "At"), "channel": t("Kênh", "Channel"), "target": t("Nơi nhận", "Target"),
        "item": t("Tin", "Item"), "label": t("Trạng thái", "State"), "code": t("Mã", "Code"),
        "detail": t("Chi tiết", "Detail"), "key": "key",
    }, as_json=False)
    if more:
        key = rows[-1]["key"]
        say(t(f"Còn nữa: thêm `--after {key}`", f"There is more: add `--after {key}`"))


def _label(row: dict[str, Any]) -> str:
    label = t(*LABELS[row["state"]])
    if row["kind"] == "correct":
        return t(f"Đính chính: {label}", f"correction: {label}")
    if row["kind"] == "recall":
        return t(f"Thu hồi: {label}", f"recall: {label}")
    return t(f"{label}, đã chuẩn bị", f"{label}, prepared") if row["prepared"] else label


def _story(home: Home, key: str, *, as_json: bool) -> None:
    zone = home.programme().programme.zone()
    with home.store.read() as session:
        told = log_query.story(session, key, zone)
    if as_json:
        lines(told)
        return
    rest = [{**line, "detail": _rest(line)} for line in told]
    show(rest, {"at": t("Lúc", "At"), "actor": t("Ai", "Who"), "what": t("Việc", "What"),
                "detail": t("Chi tiết", "Detail")}, as_json=False)


def _rest(line: dict[str, Any]) -> str:
    shown = ("at", "actor", "what", "seq")
    return " ".join(f"{k}={v}" for k, v in line.items() if k not in shown and v not in ("", None))
