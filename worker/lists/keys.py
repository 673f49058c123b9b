"""
The key files below `var/khoa-danh-sach`, each readable by us alone, and what the database says of
them. They are in no backup: who takes one away must not be able to read a number with it.
"""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from worker.db import lock_lists
from worker.errors import UserError
from worker.i18n import t
from worker.models import ListKey

FOLDER = "khoa-danh-sach"
BYTES = 32


def folder(var: Path) -> Path:
    return var / FOLDER


def read_key(var: Path, row: ListKey) -> bytes:
    """
    The key of a row.

    Raises:
        UserError: its file is missing, or holds another key.
    """
    path = folder(var) / row.file
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError:
        raise _unusable(path, t("thiếu tệp khóa", "the key file is missing")) from None
    except (OSError, ValueError) as trouble:
        raise _unusable(path, t("không đọc được khóa", "the key cannot be read")) from trouble
    if fingerprint(key) != row.fingerprint:
        raise _unusable(path, t("là khóa khác", "is another key"))
    return key


def make_key(session: Session, var: Path, now: datetime, kind: str, by: str) -> ListKey:
    """A new key, its file on the disk before its row; whoever rotates has replaced the old one."""
    key = secrets.token_bytes(BYTES)
    name = f"{secrets.token_hex(8)}.khoa"
    _write(folder(var), name, key)
    number = session.scalars(insert(ListKey).returning(ListKey.id), [{
        "kind": kind, "file": name, "fingerprint": fingerprint(key), "made_at": now,
        "made_by": by}]).one()
    return session.get_one(ListKey, number)


def make_first(session: Session, var: Path, now: datetime, by: str) -> None:
    """Both keys of an installation that has none yet."""
    lock_lists(session)
    if session.scalars(select(ListKey.id).limit(1)).first() is None:
        for kind in ("cipher", "lookup"):
            make_key(session, var, now, kind, by)


def missing(session: Session, var: Path) -> list[str]:
    """What is wrong with the files of the keys in use, a line each; nothing when all are there."""
    lines = []
    for row in session.scalars(select(ListKey).where(ListKey.retired_at.is_(None))):
        try:
            read_key(var, row)
        except UserError as error:
            lines.append(str(error))
    return lines


def _write(place: Path, name: str, key: bytes) -> None:
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o700)
    handle = os.open(place / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key.hex())
        file.flush()
        os.fsync(file.fileno())
    # a row without its file would be numbers lost for good: the name must last, too
    directory = os.open(place, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def fingerprint(key: bytes) -> str:
    """What tells a key from another without telling the key."""
    return hashlib.blake2b(b"giovang danh sach", key=key, digest_size=16).hexdigest()


def _unusable(path: Path, what: str) -> UserError:
    return UserError(str(path), what, t(
        "chép lại khóa từ nơi cất riêng vào đây (docs/lists.md)",
        "put the key back from where it is kept apart (docs/lists.md)"))
