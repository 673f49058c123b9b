"""`giovang rehearse`: days in seconds, one object per delivery, and what was missing."""

from collections import Counter
from datetime import date
from typing import Annotated

import typer
from sqlalchemy import select

from worker.errors import UserError
from worker.i18n import each, t
from worker.models import Item
from worker.output import say, show
from worker.planner.wanted import Want
from worker.programme.model import Programme
from worker.rehearsal.play import Played, play
from worker.rehearsal.stage import Stage, open_stage
from worker.sandboxed import SandboxProcess
from worker.specs import BULLETINS
from worker.typed import a_date

COLUMNS = {"at": ("Lúc", "At"), "channel": ("Kênh", "Channel"), "target": ("Nơi nhận", "Target"),
           "item": ("Tin", "Item"), "state": ("Kết quả", "Result"), "parts": ("Số tin", "Parts"),
           "seconds": ("Giây", "Seconds"), "ref": ("Mã ở nơi nhận", "Its reference")}


def rehearse(
    from_: Annotated[str, typer.Option("--from", help=t("Ngày đầu", "First day"))],
    days: Annotated[int, typer.Option("--days", help=t("Số ngày", "Number of days"))] = 7,
    faults: Annotated[
        str, typer.Option("--faults", help=t("Hạt giống lỗi giả", "Seed of random faults"))
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Rehearse, print, tell."""
    first = a_date("--from", from_)
    if not 1 <= days <= 400:
        raise UserError("--days", t("phải từ 1 đến 400", "must be 1 to 400"))
    stage, played = perform(first, days, faults)
    show(played.rows, each(COLUMNS), as_json=as_json)
    say(summary(stage, played))
    stage.home.close()
    if played.bugs:
        raise UserError("rehearse", "; ".join(played.bugs[:3]))


def perform(first: date, days: int, faults: str = "") -> tuple[Stage, Played]:
    """Build the stage, start the sandbox, play; the caller closes the stage's home."""
    stage = open_stage(first, days)
    sandbox = SandboxProcess(faults=faults)
    try:
        return stage, play(stage, sandbox.url)
    finally:
        sandbox.stop()


def summary(stage: Stage, played: Played) -> str:
    """How often each theme was aired on each channel, and what was missing."""
    themes = stage.programme.themes
    channels = [c.id for c in stage.programme.channels
                if c.enabled and c.type not in BULLETINS]
    theme_of = _themes(stage)
    counts = Counter(
        (theme_of.get(o[1], "?"), o[2])
        for o in {(r["occurrence"], r["item"], r["channel"]) for r in played.rows
                  if r["state"] in ("accepted", "delivered")}
    )
    heads = [t("Chủ đề", "Theme"), *channels]
    lines = [[name, *(str(counts[theme, c]) for c in channels)] for theme, name in themes.items()]
    lines = [[(line[0] if len(line[0]) <= 44 else line[0][:43] + "…"), *line[1:]] for line in lines]
    widths = [max(len(row[i]) for row in [heads, *lines]) for i in range(len(heads))]
    table = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
             for row in [heads, *lines]]
    states = Counter(r["state"] for r in played.rows)
    told = ", ".join(f"{state} {n}" for state, n in sorted(states.items()))
    return "\n".join([
        "", t(f"Đã phát theo chủ đề và kênh (lượt), {stage.first:%d/%m/%Y}–{stage.last:%d/%m/%Y}:",
              f"Aired by theme and channel (occurrences), {stage.first} – {stage.last}:"),
        *table, t(f"Kết quả các lượt gửi: {told}", f"Deliveries: {told}"),
        *missing(stage.programme, played.report.wants, stage.excepted),
    ])


def _themes(stage: Stage) -> dict[str, str]:
    with stage.home.store.read() as session:
        return dict(session.execute(select(Item.id, Item.theme)).all())


def missing(
    programme: Programme, wants: list[Want], excepted: dict[str, str]
) -> list[str]:
    """Stand-by airings by segment, empty slots, cells without text, items not approvable."""
    lines = []
    stand_by = Counter(
        (w.segment.id, w.choice.missing) for w in wants
        if w.segment and w.planned and w.choice.how == "stand_by")
    for (segment, theme), n in sorted(stand_by.items()):
        name = programme.segment(segment).name
        lines.append(t(f"  Thiếu: «{name}» dùng tin dự phòng {n} lần (chủ đề {theme})",
                       f"  Missing: “{name}” aired its stand-by {n} times (theme {theme})"))
    empty = Counter(w.segment.id for w in wants if w.segment and w.planned is None)
    for segment, n in sorted(empty.items()):
        name = programme.segment(segment).name
        lines.append(t(f"  Thiếu: «{name}» không có tin {n} lần",
                       f"  Missing: “{name}” empty {n}×"))
    unfit = Counter((c.channel, c.problem) for w in wants if w.planned
                    for c in w.planned.channels if c.problem)
    for (channel, problem), n in sorted(unfit.items()):
        lines.append(t(f"  Không phát được trên {channel} {n} lần: {problem}",
                       f"  Not aired on {channel} {n} times: {problem}"))
    for item, why in sorted(excepted.items()):
        lines.append(t(f"  Tin {item} chưa dùng được: {why}", f"  Item {item} not usable: {why}"))
    return lines or [t("  Không thiếu gì.", "  Nothing was missing.")]
