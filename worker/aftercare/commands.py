"""`giovang figures`: views, shares and what else the far sides counted."""

from pathlib import Path
from typing import Annotated, Any

import typer

from worker import log_query
from worker.aftercare import figures as stored
from worker.errors import UserError
from worker.home import open_home
from worker.i18n import t
from worker.log_query import Filters
from worker.output import lines, say, show
from worker.typed import a_date


def figures(
    item: Annotated[str | None, typer.Argument(metavar="ITEM", help=t("mã tin", "item"))] = None,
    first: Annotated[str | None, typer.Option("--from", help=t("từ ngày", "first day"))] = None,
    last: Annotated[str | None, typer.Option("--to", help=t("đến hết ngày", "last day"))] = None,
    channel: Annotated[str | None, typer.Option(help=t("kênh", "channel"))] = None,
    csv: Annotated[Path | None, typer.Option(help=t("ghi ra tệp CSV", "write a CSV"))] = None,
    as_json: Annotated[bool, typer.Option("--json", help=t(
        "mỗi số liệu một dòng JSON", "one JSON object a line"))] = False,
) -> None:
    since = a_date("--from", first) if first else None
    until = a_date("--to", last) if last else None
    if since and until and until < since:
        raise UserError("--to", t(f"{last} trước ngày đầu {first}", f"{last} is before {first}"),
                        t("đổi chỗ hai ngày", "swap the two days"))
    home = open_home()
    try:
        programme = home.programme().programme
        with home.store.read() as session:
            log_query.must_exist(session, programme, Filters(channel=channel, item=item))
            found = list(stored.rows(session, programme.zone(), item=item, channel=channel,
                                     first=since, last=until))
    finally:
        home.close()
    if csv is not None:
        from worker import log_files  # noqa: PLC0415  (with it comes the Excel library)

        names = sorted({name for row in found for name in row["counts"]})
        fields = (*stored.FIELDS, *names)
        count = log_files.write_csv(csv, (_flat(row, names) for row in found), fields)
        say(t(f"{csv}: {count} dòng", f"{csv}: {count} rows"))
    elif as_json:
        lines(found)
    else:
        show([{**row, "after": _after(row), "counts": _words(row["counts"])} for row in found], {
            "published_at": t("Đăng lúc", "Published"), "item": t("Tin", "Item"),
            "channel": t("Kênh", "Channel"), "target": t("Nơi nhận", "Target"),
            "after": t("Sau", "After"), "counts": t("Số liệu", "Figures"),
        }, as_json=False)


def _flat(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A name the far side did not give is empty, never 0."""
    return {**row, **{name: row["counts"].get(name, "") for name in names}}


def _after(row: dict[str, Any]) -> str:
    """The age that was asked for, and the real one where it was taken late."""
    if not row["late"]:
        return str(row["mark"])
    hours = round(row["age"] / 3600)
    return t(f"{row['mark']} (trễ: {hours} giờ)", f"{row['mark']} (late: {hours} h)")


def _words(counts: dict[str, int]) -> str:
    names = {
        "views": t("lượt xem", "views"), "impressions": t("lượt hiện", "impressions"),
        "shares": t("chia sẻ", "shares"), "reactions": t("cảm xúc", "reactions"),
        "comments": t("bình luận", "comments"),
    }
    return ", ".join(f"{names.get(name, name)} {count}" for name, count in counts.items())
