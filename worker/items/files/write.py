"""Write items to a file that `read_items` reads back as the same items."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import tomlkit
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from tomlkit.items import Table

from worker.errors import UserError
from worker.i18n import t
from worker.items.model import ItemContent

from .columns import (
    CHANNEL_TEXTS,
    COLUMNS,
    EVERYONE,
    FORM_SHEET,
    PRIORITY_NAMES,
    PURPOSE_NAMES,
    Column,
    variant,
    with_variants,
)
from .csvfile import guard
from .sheet import number_format, put, save, write_heads
from .unwritten import not_written


def export_items(items: Sequence[ItemContent], path: Path) -> None:
    """
    Write the items to a .toml, .csv or .xlsx file, replacing it.

    Pictures are named, not copied; their hash is taken again when they are read.

    Raises:
        UserError: another ending, a file that cannot be written, a text that has no column.
    """
    for item in items:
        extra = {key for key in item.texts if key not in CHANNEL_TEXTS and not variant(key)}
        if extra:
            what = t(f"có lời cho kênh lạ: {extra}", f"has a text for a channel unknown: {extra}")
            raise UserError(item.id, what)
    kind = path.suffix.lower()
    if kind == ".xlsx":
        save(_workbook(items), path)
        return
    if kind == ".toml":
        data = _toml(items).encode()
    elif kind == ".csv":
        # Excel takes UTF-8 for UTF-8 only with a byte order mark.
        data = _csv(items).encode("utf-8-sig")
    else:
        what = t(f"không ghi được tệp kiểu «{kind}»", f"files of the kind «{kind}» are not written")
        fix = t("dùng tệp .xlsx, .csv hoặc .toml", "use a .xlsx, .csv or .toml file")
        raise UserError(path.name, what, fix)
    try:
        path.write_bytes(data)
    except OSError as trouble:
        raise not_written(path, trouble) from trouble


def values(item: ItemContent) -> dict[str, str | list[str] | date]:
    """What is written of an item, by column; what is empty is left out."""
    written: dict[str, str | list[str] | date | None] = {
        **item.texts,
        **{c.key: getattr(item, c.key) for c in COLUMNS if c.key in ItemContent.model_fields},
        "images": [image.path for image in item.images],
        "image_alts": [image.alt for image in item.images],
        "facts": [f"{name} = {value}" for name, value in item.facts.items()],
    }
    for key, value in written.items():
        if isinstance(value, tuple):
            written[key] = list(value)
    return {key: value for key, value in written.items() if value}


def cells(item: ItemContent) -> dict[str, str | date]:
    """The same as one cell a column: lists a line each, classes by their Vietnamese names."""
    names: Mapping[str, Mapping[str, str]] = {
        "priority": PRIORITY_NAMES,
        "purpose": PURPOSE_NAMES,
    }
    row: dict[str, str | date] = {}
    for key, value in values(item).items():
        if isinstance(value, list):
            named = [EVERYONE.get(v, v) if key == "audience" else v for v in value]
            # A line that holds the other separator says so.
            row[key] = "\n".join(entry.replace(";", "\\;") for entry in named)
        elif isinstance(value, str):
            row[key] = names.get(key, {}).get(value, value)
        else:
            row[key] = value
    return row


def put_item(
    sheet: Worksheet, row: int, item: ItemContent, columns: Sequence[Column] = COLUMNS
) -> None:
    """Write an item as a row below the heads of our sheet."""
    written = cells(item)
    for number, column in enumerate(columns, start=1):
        if column.key in written:
            put(sheet, row, number, written[column.key]).number_format = number_format(column)


def _columns(items: Iterable[ItemContent]) -> tuple[Column, ...]:
    return with_variants(key for item in items for key in item.texts)


def _workbook(items: Sequence[ItemContent]) -> Workbook:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = FORM_SHEET
    columns = _columns(items)
    write_heads(sheet, columns)
    for row, item in enumerate(items, start=2):
        put_item(sheet, row, item, columns)
    return book


def _csv(items: Sequence[ItemContent]) -> str:
    out = io.StringIO(newline="")
    # Vietnamese Windows writes decimals with a comma, so its Excel parts columns by semicolons.
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
    columns = _columns(items)
    writer.writerow([column.head for column in columns])
    for item in items:
        written = cells(item)
        writer.writerow([_csv_cell(written.get(column.key, "")) for column in columns])
    return out.getvalue()


def _csv_cell(value: str | date) -> str:
    # ISO is the one way to write a day that every Excel reads as the same day.
    return value.isoformat() if isinstance(value, date) else guard(value)


def _toml(items: Sequence[ItemContent]) -> str:
    document = tomlkit.document()
    document.add("schema", tomlkit.item(1))
    tables = tomlkit.aot()
    for item in items:
        written = values(item)
        table = tomlkit.table()
        for column in _columns([item]):
            if column.key in written:
                _add(table, column, item, written[column.key])
        tables.append(table)
    document.add("item", tables)
    return tomlkit.dumps(document)


def _add(table: Table, column: Column, item: ItemContent, value: str | list[str] | date) -> None:
    if column.key == "images":
        images = tomlkit.array()
        for image in item.images:
            inline = tomlkit.inline_table()
            inline.update({"path": image.path, "alt": image.alt})
            images.append(inline)
        table.add("images", images.multiline(multiline=True))
    elif column.key == "facts":
        facts = tomlkit.inline_table()
        facts.update(item.facts)
        table.add("facts", facts)
    elif column.key == "image_alts":
        return
    elif column.shape == "text" and isinstance(value, str) and ("\n" in value or len(value) > 90):
        # A long text stands on lines of its own, as people write it by hand.
        table.add(column.key, tomlkit.string(f"{value}\n", multiline=True))
    else:
        table.add(column.key, value)
