"""
Files in a backup, below `tep/`: what cannot be made again, each with its SHA-256. Sounds are
left out, for they are made again from the approved texts.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.errors import UserError
from worker.i18n import t
from worker.models import (
    Approval,
    BulletinAcceptance,
    Evidence,
    Item,
    ItemVersion,
    RecipientList,
    Recording,
    StandingAcceptance,
)
from worker.settings import Settings
from worker.shared.folder import Folder
from worker.shared.here import files_of
from worker.shared.kinds import (
    EVIDENCE,
    KINDS,
    PICTURES,
    RECORDINGS,
    SCANS,
    FileGone,
    FilesAway,
    Kind,
    SharedFiles,
    is_hash,
)

TOP = "tep/"


def wanted(session: Session) -> dict[str, str]:
    """What rows name: its path, without an ending where the row knows none -> its SHA-256."""
    found = {EVIDENCE.path(f"{sha}.{kind}"): sha
              for sha, kind in session.execute(select(Evidence.sha256, Evidence.kind))}
    found |= {RECORDINGS.path(f"{sha}.wav"): sha
               for sha in session.scalars(select(Recording.file_sha256))}
    for column in (Approval.scan_sha256, StandingAcceptance.scan_sha256,
                   BulletinAcceptance.scan_sha256, RecipientList.scan_sha256):
        found |= {SCANS.path(sha): sha
                   for sha in session.scalars(select(column).distinct()) if sha}
    for content in session.scalars(
            select(ItemVersion.content)
            .join(Item, (Item.id == ItemVersion.item_id) & (Item.version == ItemVersion.version))
            .where(Item.state.in_(["submitted", "approved"]))):
        found |= {PICTURES.path(i["path"]): i["sha256"] for i in content.get("images", ())}
    return found


def write(
    archive: tarfile.TarFile, wanted: Mapping[str, str], settings: Settings
) -> tuple[dict[str, str], list[str]]:
    """Every file that is kept; gives their sums, and in words what should be there and is not."""
    sums: dict[str, str] = {}
    bad: list[str] = []
    away: set[str] = set()
    for kind in KINDS.values():
        if not kind.kept:
            continue
        try:
            for name, store in _standing(kind, settings):
                if kind.path(name) in sums:
                    continue
                try:
                    data = store.read(kind, name)
                except FileGone as error:
                    bad.append(str(error))
                    continue
                except OSError as error:  # of a folder
                    bad.append(f"{kind.path(name)}: {error.strerror}")
                    continue
                sums[kind.path(name)] = hashlib.sha256(data).hexdigest()
                info = tarfile.TarInfo(TOP + kind.path(name))
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
        except FilesAway as error:  # the tables are worth more than nothing at all
            bad.append(f"{kind.folder}: {error}")
            away.add(kind.folder)
    asked = {path: sha for path, sha in wanted.items() if path.partition("/")[0] not in away}
    return sums, bad + _missing(asked, sums, bad)


def verify(archive: tarfile.TarFile, meta: Mapping[str, Any]) -> None:
    """UserError, naming the file: it is missing, or another one."""
    left = dict(meta.get("files", {}))
    for name, data in _members(archive):
        said = left.pop(name, None)
        if said is not None and hashlib.sha256(data).hexdigest() != said:
            raise _damaged(name, t("đã khác tệp được sao lưu", "is not the file backed up"))
    if left:
        raise _damaged(min(left), t("không có trong bản sao lưu", "is not in the backup"))


def put_back(
    archive: tarfile.TarFile, meta: Mapping[str, Any], settings: Settings, now: datetime
) -> int:
    """
    Into the shared files; gives how many were not there. A picture that staff named by hand and
    that has changed since is kept under another name.
    """
    count, sums = 0, meta.get("files", {})
    for path, data in _members(archive):
        if path not in sums:
            continue
        folder, _, name = path.partition("/")
        kind = KINDS[folder]
        store = _store(kind, name, settings)
        before = None
        with suppress(FileGone):
            before = store.read(kind, name)
        if before == data:
            continue
        if before is not None:
            store.put(kind, f"{name}.truoc-{now:%Y%m%d-%H%M%S}", before)
        store.put(kind, name, data)
        count += 1
    return count


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """In the order of the archive: to go back in it is to unpack it again."""
    for member in archive:
        if not member.name.startswith(TOP) or not member.isfile():
            continue
        kind = KINDS.get(member.name.removeprefix(TOP).partition("/")[0])
        name = member.name.removeprefix(TOP)
        if kind is None:
            continue
        file = archive.extractfile(member)
        if file is None or member.size > kind.most:
            raise _damaged(name, t("lớn quá", "is too large"))
        yield name, file.read()


def _store(kind: Kind, name: str, settings: Settings) -> SharedFiles:
    try:
        kind.path(name)
    except ValueError as error:
        raise _damaged(name[:80], t("tên không dùng được", "the name will not do")) from error
    if kind is PICTURES and not is_hash(name):
        return Folder(settings.var, settings.images)
    return files_of(settings)


def _standing(kind: Kind, settings: Settings) -> Iterator[tuple[str, SharedFiles]]:
    places: list[SharedFiles] = [files_of(settings)]
    if kind is PICTURES and settings.files:  # those put beside the content by hand are here
        places.insert(0, Folder(settings.var, settings.images))
    for place in places:
        yield from sorted((entry.name, place) for entry in place.entries(kind))


def _missing(
    wanted: Mapping[str, str], sums: Mapping[str, str], told: list[str]
) -> list[str]:
    by_stem = {path.partition(".")[0]: sha for path, sha in sums.items()
               if path.startswith(f"{SCANS.folder}/")}
    said = " ".join(told)
    found = []
    for path, sha in sorted(wanted.items()):
        kept = sums.get(path) or by_stem.get(path)
        if kept is None and path not in said:
            found.append(t(f"{path}: không còn", f"{path}: is gone"))
        elif kept is not None and kept != sha:
            found.append(t(f"{path}: đã khác ảnh được duyệt", f"{path}: is not the one approved"))
    return found


def _damaged(name: str, what: str) -> UserError:
    return UserError(name, t(f"{what}; bản sao lưu đã hỏng", f"{what}; the backup is damaged"),
                     t("dùng bản sao lưu khác", "use another backup"))
