"""`giovang files copy`: to a bucket before many machines use it, and back by the same command."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

import typer

from worker.errors import Refused, UserError
from worker.home import open_home
from worker.i18n import t
from worker.output import say, show
from worker.shared.here import files_at, files_of
from worker.shared.kinds import (
    KINDS,
    PICTURES,
    TRIALS,
    Entry,
    FileGone,
    Kind,
    SharedFiles,
    is_hash,
)

BACK = "var"  #: --to this: below var/ of this machine


@dataclass
class Copied:
    """Of one kind."""

    kind: str
    files: int = 0
    copied: int = 0
    bytes: int = 0


def copy(
    to: Annotated[str, typer.Option(help=t(
        "s3://KHO/THƯ-MỤC, hoặc var: về thư mục var/ của máy này",
        "s3://BUCKET/PREFIX, or var: back below var/ of this machine"))],
    json_: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    """Copy every shared file, compared by SHA-256; cut off, it is run again and goes on."""
    home = open_home()
    settings = home.settings
    source = files_of(settings)
    target = files_at("" if to == BACK else to, settings.var, settings.images,
                      settings.files_cache)
    if source is target:
        raise UserError("--to", t("chính là nơi đang dùng", "is what is used already"),
                        t("chọn nơi khác", "choose another"))
    source.probe()
    target.probe()
    done, bad = copy_all(source, target)
    show([vars(one) for one in done],
         {"kind": t("Loại", "Kind"), "files": t("Tệp", "Files"),
          "copied": t("Đã chép", "Copied"), "bytes": t("Byte", "Bytes")}, as_json=json_)
    home.close()
    if bad:
        for line in bad:
            say(line)
        raise Refused("giovang files copy", t(f"{len(bad)} tệp chưa chép được",
                                              f"{len(bad)} file(s) were not copied"),
                      t("lấy lại từ bản sao lưu, rồi chạy lại", "put them back, run it again"))
    say(t(f"đã chép từ {source.where} tới {target.where}; đặt GIOVANG_FILES ở mọi máy rồi khởi "
          "động lại", f"copied from {source.where} to {target.where}; set GIOVANG_FILES on every "
          "machine and start again"))


def copy_all(source: SharedFiles, target: SharedFiles) -> tuple[list[Copied], list[str]]:
    """Gives what was done of each kind, and what could not be read at the source."""
    done, bad = [], []
    for kind in KINDS.values():
        if kind is TRIALS:
            continue
        about = Copied(kind.folder)
        done.append(about)
        for entry in sorted(source.entries(kind), key=lambda e: e.name):
            if kind is PICTURES and not is_hash(entry.name):
                continue  # put beside the content by hand, it goes with schedules.toml
            try:
                _one(source, target, kind, entry, about)
            except FileGone as error:
                bad.append(str(error))
    return done, bad


def _one(
    source: SharedFiles, target: SharedFiles, kind: Kind, entry: Entry, about: Copied
) -> None:
    data = source.read(kind, entry.name)
    about.files += 1
    if _there(target, kind, entry.name) == _sha256(data):
        return
    target.put(kind, entry.name, data)
    if _there(target, kind, entry.name) != _sha256(data):
        raise Refused(kind.path(entry.name), t("chép xong đọc lại thấy khác",
                                               "was read back as another file"),
                      t("xem ổ đĩa, kho, rồi chạy lại", "look at disk and bucket, run it again"))
    about.copied += 1
    about.bytes += len(data)


def _there(target: SharedFiles, kind: Kind, name: str) -> str | None:
    try:
        return _sha256(target.read(kind, name))
    except FileGone:
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
