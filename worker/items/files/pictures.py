"""Pictures of an item: the file must be ours, be there, and have words that stand for it."""

import hashlib
from pathlib import Path, PurePosixPath

from worker.i18n import t
from worker.items.model import Image
from worker.shared.kinds import PICTURES

from .names import Read
from .places import Found, Place

_KINDS = {".jpg", ".jpeg", ".png", ".webp", ".gif"}
_LARGEST = 20 * 1024 * 1024  # bytes; every channel's own limit is far below


def pictures(
    entry: Read, images_dir: Path, found: Found, brought: Path | None = None
) -> tuple[Image, ...]:
    """The pictures with the hash of their bytes."""
    paths, alts = entry.list("images"), entry.list("image_alts")
    if len(paths) != len(alts) or not all(alts):
        what = t(
            f"có {len(paths)} ảnh nhưng {len([a for a in alts if a])} mô tả",
            f"{len(paths)} pictures, but {len([a for a in alts if a])} descriptions",
        )
        fix = t(
            "mỗi ảnh một dòng mô tả, cho người không xem được ảnh",
            "describe each picture on a line of its own, for those who cannot see it",
        )
        found.mistakes.append(entry.at("image_alts").mistake(what, fix))
        return ()
    read = [
        _picture(path, alt, images_dir if (images_dir / path).is_file() or brought is None
                 else brought, entry.at("images"), found)
        for path, alt in zip(paths, alts, strict=True)
    ]
    return tuple(image for image in read if image is not None)


def _picture(given: str, alt: str, images_dir: Path, place: Place, found: Found) -> Image | None:
    name = PurePosixPath(given.replace("\\", "/"))  # as Windows writes it
    path = images_dir / name
    wrong = ""
    try:
        inside = path.resolve().is_relative_to(images_dir.resolve())
        if name.is_absolute() or ".." in name.parts or ":" in given or not inside:
            wrong = t("phải nằm trong thư mục ảnh", "must lie below the pictures' folder")
        elif not PICTURES.takes(str(name)):  # no channel would find it
            wrong = t("có tên không dùng được", "has a name that will not do")
        elif name.suffix.lower() not in _KINDS:
            wrong = t("không phải ảnh", "is no picture") + f" ({', '.join(sorted(_KINDS))})"
        elif not path.is_file():
            wrong = t("không tìm thấy", "was not found")
        elif path.stat().st_size > _LARGEST:
            wrong = t("lớn hơn 20 MB", "is larger than 20 MB")
        else:
            return Image(
                path=str(name), alt=alt, sha256=hashlib.sha256(path.read_bytes()).hexdigest()
            )
    except (OSError, ValueError) as trouble:
        wrong = t(f"không đọc được ({trouble})", f"cannot be read ({trouble})")
    fix = t(
        "chép ảnh vào thư mục content/images và viết tên tệp, ví dụ poster.png",
        "copy the picture to content/images and write its name, such as poster.png",
    )
    found.mistakes.append(place.mistake(t(f"ảnh «{given}» {wrong}", f"«{given}» {wrong}"), fix))
    return None
