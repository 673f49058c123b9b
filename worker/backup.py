"""
Backup and restore: every table as JSON lines in one .tar.gz, the same for both databases, and the
files that rows speak of (`shared/archive.py`), with a checksum for each. Restore opens a new epoch:
what may have gone out since the backup is doubted at the next start, never sent again by itself
(`recovery.py`).

Numbers of recipients are in it as ciphertext, their keys are not: a backup that holds both protects
nobody. The keys are kept apart by hand (docs/lists.md).
"""

import base64
import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from sqlalchemy import Date, LargeBinary, Table, insert, select, update
from sqlalchemy.orm import Session

from worker import audit, lock, migrate
from worker.api import keys
from worker.db import Store, reset_sequences
from worker.errors import Refused, UserError
from worker.growth import partitions
from worker.home import SYSTEM, Home, acting, open_home
from worker.i18n import t
from worker.lists.journal import replay
from worker.lists.keys import missing
from worker.models import Base, Installation, Item, UtcDateTime
from worker.output import say
from worker.receipt_secret import KEY_FILE
from worker.shared import archive as archived
from worker.shared.here import files_of
from worker.users.store import nobody_is_in

FORMAT = 1
#: rows in one INSERT
CHUNK = 500

As = Annotated[str | None, typer.Option("--as", help=t("Người làm việc này", "Who acts"))]


def backup(
    file: Annotated[Path, typer.Argument(help=t("Tệp .tar.gz", "A .tar.gz file"))],
    as_: As = None,
) -> None:
    """Write everything to one file; the worker may go on running."""
    home = open_home()
    now = home.clock.now()
    with home.store.read() as session:
        person = acting(session, as_)
    bad = write_backup(home, file)
    with home.store.write() as session:
        audit.record(session, now, person.id, "backup", file.name, {"missing": len(bad)})
    say(t(f"đã sao lưu vào {file} ({file.stat().st_size // 1024} kB)", f"backed up to {file}"))
    home.close()
    for line in bad:
        say(line)
    if bad:
        raise Refused(file.name, t(f"thiếu {len(bad)} tệp kể trên; phần còn lại đã sao lưu",
                                   f"lacks the {len(bad)} above; the rest is backed up"),
                      t("tìm các tệp ấy ở bản sao lưu cũ hoặc máy cũ, rồi sao lưu lại",
                        "find them in an older backup or machine, then back up again"))


def restore(
    file: Annotated[Path, typer.Argument(help=t("Tệp .tar.gz", "A .tar.gz file"))],
) -> None:
    """Put a backup in place of the database; the old file is kept beside it."""
    home = open_home(must_exist=False)
    held = lock.take(home.settings.var) if home.store.sqlite else None
    with opened(file) as (archive, meta):
        archived.verify(archive, meta)
        files_of(home.settings).probe()  # before the rows: they are put back after them
        target = _target(home)
        load(archive, meta, target, home.clock.now())
        count = archived.put_back(archive, meta, home.settings, home.clock.now())
        with target.read() as session:
            keys = missing(session, home.settings.var)
        if not keys:  # with a key missing it waits for the start of a worker that has it
            replay(target, home.settings.var, home.clock.now())
        target.close()
        _restore_key(archive, home.settings.var)
    if home.store.sqlite:
        _swap(home)
    if held is not None:
        held.close()
    say(t(f"đã phục hồi {file}; lần chạy tới mọi lượt có thể đã gửi sẽ «Chưa rõ kết quả», "
          "không tự gửi lại",
          f"restored {file}; at the next start whatever may have gone out is uncertain, and "
          "nothing of it is sent again by itself"))
    say(t(f"tệp đã lấy lại: {count}", f"files put back: {count}"))
    for line in meta.get("missing", ()):
        say(t(f"bản sao lưu này thiếu tệp: {line}", f"this backup lacks a file: {line}"))
    for line in keys:
        say(t(f"chưa đọc được số người nhận: {line}", f"recipients cannot be read yet: {line}"))


def write_backup(home: Home, file: Path) -> list[str]:
    """
    All tables in one read transaction: one moment, whatever is written meanwhile. Then the files:
    a row comes after its file. Gives, in words, those that should be in it and are not.
    """
    migrate.must_match(home.store)
    draft = file.with_name(file.name + ".new")
    sums: dict[str, str] = {}
    with tarfile.open(draft, "w:gz") as archive:
        with home.store.read() as session:
            for table in Base.metadata.sorted_tables:
                with tempfile.TemporaryFile() as lines:
                    sums[table.name] = _dump(session, table, lines)
                    _add(archive, f"{table.name}.jsonl", lines)
            wanted, reach = archived.wanted(session), partitions.span(session)
        key = home.settings.var / KEY_FILE
        if key.is_file():  # the receipt addresses that gateways were given hang on it
            _add(archive, KEY_FILE, io.BytesIO(key.read_bytes()))
        files, bad = archived.write(archive, wanted, home.settings)
        meta = {"format": FORMAT, "revision": migrate.head(home.store), "sums": sums,
                "span": reach, "files": files, "missing": bad}
        data = io.BytesIO(json.dumps(meta).encode())
        _add(archive, "meta.json", data)
    draft.replace(file)
    return bad


def _dump(session: Session, table: Table, lines: IO[bytes]) -> str:
    digest = hashlib.sha256()
    rows = session.execute(select(table).execution_options(yield_per=1000)).mappings()
    for row in rows:
        line = json.dumps({k: _written(v) for k, v in row.items()}, ensure_ascii=False).encode()
        digest.update(line)
        lines.write(line + b"\n")
    return digest.hexdigest()


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date | datetime) else value


def _add(archive: tarfile.TarFile, name: str, data: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = data.seek(0, io.SEEK_END)
    data.seek(0)
    archive.addfile(info, data)


@contextmanager
def opened(file: Path) -> Iterator[tuple[tarfile.TarFile, dict[str, Any]]]:
    """The archive and what it says of itself; UserError when it is not a backup of ours."""
    wrong = UserError(str(file), t("không phải bản sao lưu của giờ vàng, hoặc đã hỏng",
                                   "is not a backup of ours, or is damaged"),
                      t("chọn tệp do `giovang backup` viết", "choose a file made by `backup`"))
    try:
        with tarfile.open(file, "r:gz") as archive:
            member = archive.extractfile("meta.json")
            meta = json.loads(member.read()) if member else None
            if not isinstance(meta, dict) or meta.get("format") != FORMAT:
                raise wrong
            yield archive, meta
    except (tarfile.TarError, KeyError, EOFError, json.JSONDecodeError) as error:
        raise wrong from error


def _restore_key(archive: tarfile.TarFile, var: Path) -> None:
    """The key of the receipt addresses, unless this home has one of its own."""
    path = var / KEY_FILE
    if path.exists() or KEY_FILE not in archive.getnames():
        return
    member = archive.extractfile(KEY_FILE)
    if member is not None:
        path.touch(mode=0o600)
        path.write_bytes(member.read())


def _target(home: Home) -> Store:
    """An empty database to fill: beside the old file, or the empty PostgreSQL database named."""
    if home.store.sqlite:
        draft = Path(f"{home.store.engine.url.database}.phuc-hoi")
        draft.unlink(missing_ok=True)
        return Store(f"sqlite:///{draft}")
    if not migrate.empty(home.store):
        raise UserError("GIOVANG_DATABASE_URL", t("cơ sở dữ liệu đích không trống",
                                                  "the target database is not empty"),
                        t("tạo một cơ sở dữ liệu trống và chỉ tới đó",
                          "make an empty database and point to it"))
    return home.store


def load(
    archive: tarfile.TarFile, meta: dict[str, Any], target: Store, now: datetime
) -> None:
    """Fill the empty target in one transaction; nothing is left of a damaged backup."""
    migrate.upgrade_to(target, meta["revision"])
    if "span" in meta:  # else of a version that had no partitions
        partitions.prepare(target, partitions.Span(*meta["span"]))
    with target.write() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in meta["sums"]:
                continue  # made by a version that did not have it
            _load_table(session, table, archive, meta["sums"])
        installation = session.scalars(select(Installation)).one()
        installation.epoch += 1
        audit.record(session, now, SYSTEM, "restore", "installation",
                     {"epoch": installation.epoch})
        reset_sequences(session)
    migrate.upgrade(target, alone=True)
    with target.write() as session:
        nobody_is_in(session, now)
        keys.none_works(session, now, SYSTEM)


def _load_table(
    session: Session, table: Table, archive: tarfile.TarFile, sums: dict[str, str]
) -> None:
    member = archive.extractfile(f"{table.name}.jsonl")
    if member is None:
        raise KeyError(table.name)
    digest = hashlib.sha256()
    chunk: list[dict[str, Any]] = []
    approved: list[str] = session.info.setdefault("approved", [])
    for line in member:
        digest.update(line.rstrip(b"\n"))
        row = _read(table, json.loads(line))
        if table.name == "item" and row["state"] == "approved":
            # its approvals are not in yet, and the database would rightly refuse
            approved.append(row["id"])
            row["state"] = "submitted"
        chunk.append(row)
        if len(chunk) == CHUNK:
            session.execute(insert(table), chunk)
            chunk = []
    if chunk:
        session.execute(insert(table), chunk)
    if digest.hexdigest() != sums.get(table.name):
        raise tarfile.ReadError(f"{table.name}: checksum")
    if table.name == "approval":
        session.execute(
            update(Item).where(Item.id.in_(approved)).values(state="approved")
            .execution_options(synchronize_session=False)
        )


def _read(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    for column in table.columns:
        value = row.get(column.name)
        if isinstance(value, str) and isinstance(column.type, UtcDateTime):
            row[column.name] = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, Date):
            row[column.name] = date.fromisoformat(value)
        elif isinstance(value, str) and isinstance(column.type, LargeBinary):
            row[column.name] = base64.b64decode(value)
    return row


def _swap(home: Home) -> None:
    """The filled file takes the place of the old one, which is kept."""
    home.close()
    old = Path(str(home.store.engine.url.database))
    if old.exists():
        stamp = home.clock.now().strftime("%Y%m%d-%H%M%S")
        old.replace(old.with_name(f"{old.name}.truoc-{stamp}"))
    for tail in ("-wal", "-shm"):  # they belong to the old file
        Path(f"{old}{tail}").unlink(missing_ok=True)
    Path(f"{old}.phuc-hoi").replace(old)

