"""The commands of the content calendar: form, import, export, list, fill, clear a note, preview."""

from pathlib import Path
from typing import Annotated, Any

import typer

from worker import output
from worker.errors import UserError
from worker.home import acting, open_home
from worker.i18n import t
from worker.items import files
from worker.items.acts import ItemId
from worker.items.approval import AUTHOR, STATES
from worker.items.facts import clear, fill_in
from worker.items.facts import waive as waive_word
from worker.items.preview import preview_item
from worker.items.store import all_contents, import_all, load_content
from worker.people import As, Json
from worker.programme.model import Programme

File = Annotated[Path, typer.Argument(metavar=t("TỆP", "FILE"))]


def template(file: File) -> None:
    programme = open_home().programme().programme
    if file.suffix.lower() != ".xlsx":
        raise UserError(str(file), t("mẫu là tệp Excel", "the form is an Excel file"),
                        t("đặt tên tệp .xlsx", "name it .xlsx"))
    files.write_form(file, themes=programme.themes, audiences=programme.audiences,
                     areas=programme.areas)
    output.say(t(f"đã ghi {file}", f"wrote {file}"))


def import_(file: File, as_: As = None, json_: Json = False) -> None:
    home = open_home()
    person = home.person(as_, AUTHOR)
    imported = _read(file, home.programme().programme, home.settings.images)
    report = import_all(home.store, home.clock.now(), imported.items, person.id)
    for note in imported.notes:
        output.say(str(note))
    if json_:
        output.lines([{"item": i, "change": kind} for kind, ids in (
            ("new", report.new), ("changed", report.changed), ("unchanged", report.unchanged),
        ) for i in ids])
    output.say(t(
        f"tin mới {len(report.new)}, thay đổi {len(report.changed)}, "
        f"không đổi {len(report.unchanged)}",
        f"new {len(report.new)}, changed {len(report.changed)}, "
        f"unchanged {len(report.unchanged)}",
    ))


def _read(file: Path, programme: Programme, images: Path) -> files.Imported:
    """The items; a bad file is refused whole, and handed back with its cells marked."""
    try:
        return files.read_items(file, themes=programme.themes, audiences=programme.audiences,
                                areas=programme.areas, images_dir=images)
    except UserError as error:
        marked = file.with_name(f"{file.stem}.loi.xlsx")
        if file.is_file() and files.write_marked(file, error.mistakes, marked):
            output.say(t(f"không nhập tin nào; xem các ô đánh dấu đỏ trong {marked}",
                         f"nothing was imported; see the cells marked red in {marked}"))
        raise


def export(
    file: File,
    item: Annotated[list[str] | None, typer.Option("--item", help=t("chỉ tin này", "only"))] = None,
) -> None:
    home = open_home()
    with home.store.read() as session:
        found = [load_content(session, i) for i in item] if item else [
            content for _, content in all_contents(session)]
    files.export_items(found, file)
    output.say(t(f"đã ghi {len(found)} tin vào {file}", f"wrote {len(found)} items to {file}"))


def items(
    state: Annotated[str | None, typer.Option("--state", help=", ".join(STATES))] = None,
    theme: Annotated[str | None, typer.Option("--theme", help=t("chủ đề", "theme"))] = None,
    json_: Json = False,
) -> None:
    if state is not None and state not in STATES:
        raise UserError("--state", t(f"không có trạng thái «{state}»", f"no state “{state}”"),
                        t("dùng: ", "use: ") + ", ".join(STATES))
    home = open_home()
    programme = home.programme().programme
    zone = programme.zone()
    with home.store.read() as session:
        rows: list[dict[str, Any]] = [
            {"item": row.id, "title": row.title, "theme": row.theme, "priority": row.priority,
             "state": row.state, "version": row.version, "author": row.author,
             "changed_at": output.local_iso(row.changed_at, zone),
             "missing": list(content.unfilled()), "note": content.note}
            for row, content in all_contents(session)
            if state in (None, row.state) and theme in (None, row.theme)
        ]
    if theme is not None and not rows and theme not in programme.themes:
        known = ", ".join(programme.themes)
        raise UserError("--theme", t(f"không có chủ đề «{theme}»", f"no theme “{theme}”"),
                        t(f"dùng: {known}", f"use: {known}"))
    shown = rows if json_ else [
        {**row, "state": t(*STATES[row["state"]]),
         "todo": ", ".join([*row["missing"], *filter(None, [row["note"]])])}
        for row in rows
    ]
    output.show(shown, {
        "item": t("Tin", "Item"), "title": t("Tiêu đề", "Title"), "state": t("Tình trạng", "State"),
        "version": t("Bản", "Version"), "todo": t("Còn phải làm", "To do"),
    }, as_json=json_)


def fill(
    item: ItemId,
    values: Annotated[list[str], typer.Argument(metavar=t("TÊN=GIÁ-TRỊ", "NAME=VALUE"))],
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        person = acting(session, as_, AUTHOR)
        left = fill_in(session, home.clock.now(), item, values, person)
    output.say(t(f"{item}: đã điền", f"{item}: filled in")
               + (t("; còn thiếu ", "; still missing ") + ", ".join(left) if left else ""))


def clear_note(item: ItemId, as_: As = None) -> None:
    home = open_home()
    with home.store.write() as session:
        note = clear(session, home.clock.now(), item, acting(session, as_, AUTHOR))
    output.say(t(f"{item}: đã xử lý ghi chú «{note}»", f"{item}: note “{note}” cleared"))


def waive(
    item: ItemId,
    word: Annotated[str, typer.Option("--word", help=t("chữ được bỏ qua", "the word"))],
    as_: As = None,
) -> None:
    home = open_home()
    with home.store.write() as session:
        waive_word(session, home.clock.now(), item, word, acting(session, as_, AUTHOR))
    output.say(t(f"{item}: «{word}» được đọc như đã viết; trình duyệt lại",
                 f"{item}: “{word}” may be read as it stands; submit it"))


def preview(
    item: ItemId,
    channel: Annotated[str | None, typer.Option("--channel", help=t("kênh", "channel"))] = None,
    json_: Json = False,
) -> None:
    rows = preview_item(open_home(), item, channel)
    if json_:
        output.lines(rows)
        return
    for row in rows:
        typer.echo(f"── {row['channel']} · {row['target'] or ''} ──")
        for part in ("title", "summary", "text"):
            if row[part]:
                typer.echo(row[part])
        if row["spoken"]:
            typer.echo(t("── đọc là ──", "── read as ──"))
            typer.echo(row["spoken"])
        typer.echo("")
        for line in row["remarks"]:
            output.say(f"{row['channel']}: {line}")
