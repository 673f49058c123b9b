"""What every list of the console has: filters kept in its address, and the list as a file."""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

from fastapi import HTTPException, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from console.web.context import Ask, Site
from worker.i18n import t

KINDS = ("csv", "xlsx")
#: files made at once: each reads a whole log or campaign
_MAKING = threading.BoundedSemaphore(1)


@dataclass(frozen=True)
class Typed:
    """Filters as they were typed; a subclass names them, each a string, "" where not given."""

    @classmethod
    def of(cls, ask: Ask) -> Self:
        return cls(**{f.name: ask.query.get(f.name, "").strip()[:200] for f in fields(cls)})

    def query(self, **more: str) -> str:
        """The same filters as an address has them."""
        given = {**vars(self), **more}
        return urlencode({name: value for name, value in given.items() if value})


def made_file(
    site: Site, ask: Ask, name: str, kind: str, write: Callable[[Path], object], back: str
) -> Response:
    """The file that `write` makes at the path it is given; 404 for a kind there is not."""
    if kind not in KINDS:
        raise HTTPException(404)
    if not _MAKING.acquire(blocking=False):
        return site.message(ask, 429, t("Đang làm một tệp khác", "Another file is being made"),
                            t("Chờ một phút rồi bấm lại.", "Wait a minute and try again."), back)
    folder = tempfile.TemporaryDirectory(prefix="giovang-")
    try:
        path = Path(folder.name) / f"{name}.{kind}"
        write(path)
    except BaseException:
        folder.cleanup()
        raise
    finally:
        _MAKING.release()
    return FileResponse(path, filename=path.name, background=BackgroundTask(folder.cleanup))
