"""Which shared files this installation has; one for each process, for its cache and its rest."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from channels.values import Message
from worker.errors import UserError
from worker.i18n import t
from worker.settings import Settings
from worker.shared.bucket import Bucket
from worker.shared.cache import FOLDER, Cache
from worker.shared.folder import Folder
from worker.shared.kinds import PICTURES, SOUNDS, FileGone, SharedFiles


def files_of(settings: Settings) -> SharedFiles:
    """Where they are; asks nobody yet. UserError: GIOVANG_FILES will not do."""
    return files_at(settings.files, settings.var, settings.images, settings.files_cache)


@lru_cache(maxsize=8)
def files_at(url: str, var: Path, images: Path, cache_mb: int) -> SharedFiles:
    if not url:
        return Folder(var, images)
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc or "@" in url or parts.query or parts.fragment:
        # not repeated: whoever writes a key into it must not find it in a log
        raise UserError("GIOVANG_FILES", t("không dùng được", "will not do"),
                        t("viết s3://KHO/THƯ-MỤC, khóa để ở AWS_…; hoặc bỏ trống để dùng var/",
                          "write s3://BUCKET/PREFIX, keys go into AWS_…; or nothing, for var/"))
    return Bucket(url, images, Cache(var / FOLDER, cache_mb << 20))


def shared_at(settings: Settings, name: str) -> Path:
    """Where a message's attachment stands here: a picture by its name, a sound by its path."""
    path, files = Path(name), files_of(settings)
    if not path.is_absolute():
        return files.at(PICTURES, name)
    if settings.files and path.parent.name == SOUNDS.folder:  # whoever made it has another var/
        return files.at(SOUNDS, path.name)
    return path


def bring(settings: Settings, message: Message) -> None:
    """What goes with a message onto this machine; what is gone its channel tells. FilesAway."""
    if not settings.files:
        return
    for attachment in message.attachments:
        path = Path(attachment.path)
        kind = SOUNDS if path.parent.name == SOUNDS.folder else PICTURES
        if kind is SOUNDS or path.parent != settings.images:
            with suppress(FileGone):
                files_of(settings).local(kind, path.name)
