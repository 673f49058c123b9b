"""
Long work that a person started from a page: in a thread of its own, looked at meanwhile. What a
job holds lives in this process; whatever it writes must bear that the process dies.
"""

import secrets
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from worker.clock import Clock
from worker.errors import Refused, UserError
from worker.i18n import t

log = structlog.get_logger("giovang.console")

#: jobs that run at one time: each may hold the numbers of a whole list
MOST = 2
#: a job that has ended is kept so long for its answer to be read
KEPT = timedelta(hours=1)


@dataclass
class Job:
    """One of them; `done` of `total` (None: not known) rises while it runs."""

    token: str
    by: str
    kind: str
    at: datetime
    done: int = 0
    total: int | None = None
    step: str = ""  #: what it is at
    note: Any = None  #: of whoever started it
    result: Any = None
    error: UserError | None = None  #: what the person did wrong, or a bug in words
    over: threading.Event = field(default_factory=threading.Event)


class Jobs:
    """The jobs of this process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._all: dict[str, Job] = {}

    def start(self, by: str, kind: str, work: Callable[[Job], Any], token: str = "") -> Job:
        """
        Begin; `token`: its name, else a random one.

        Raises:
            Refused: this person has one running, or too many run.
        """
        now = self._clock.now()
        with self._lock:
            self._all = {k: j for k, j in self._all.items()
                         if not j.over.is_set() or now - j.at < KEPT}
            runs = [j for j in self._all.values() if not j.over.is_set()]
            if any(j.by == by for j in runs):
                raise Refused(t("việc đang chạy", "work under way"),
                              t("bạn còn một việc chưa xong", "you have one that has not ended"),
                              t("chờ việc ấy xong rồi làm lại", "wait for it, then try again"))
            if len(runs) >= MOST:
                raise Refused(t("việc đang chạy", "work under way"),
                              t("máy đang làm cho người khác", "it is busy for others"),
                              t("chờ một phút rồi thử lại", "try again in a minute"))
            job = Job(token or secrets.token_urlsafe(24), by, kind, now)
            self._all[job.token] = job
        threading.Thread(target=_run, args=(job, work), name=f"viec-{kind}", daemon=True).start()
        return job

    def get(self, token: str, by: str) -> Job | None:
        """A job of this person's."""
        job = self._all.get(token)
        return job if job is not None and job.by == by else None

    def of(self, by: str, kind: str) -> list[Job]:
        """This person's, the newest first."""
        return sorted((j for j in list(self._all.values()) if j.by == by and j.kind == kind),
                      key=lambda j: j.at, reverse=True)

    def forget(self, token: str) -> None:
        """Its answer has been read."""
        with self._lock:
            self._all.pop(token, None)


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.result = work(job)
    except UserError as error:
        job.error = error
    except DBAPIError as error:
        log.error("job.database", kind=job.kind, error=str(error.orig))
        job.error = Refused(t("máy chủ", "the server"), t("đang bận", "is busy"),
                            t("chờ một phút rồi thử lại", "try again in a minute"))
    except Exception as error:  # noqa: BLE001  (a person waits for its end)
        mark = secrets.token_hex(4)
        log.error("job.bug", mark=mark, kind=job.kind,
                  trace="".join(traceback.format_exception(error)))
        job.error = Refused(t("lỗi của chương trình", "a bug of ours"),
                            t(f"đã ghi vào nhật ký máy với mã {mark}", f"logged as {mark}"),
                            t("báo mã này cho người phát triển", "tell the developers"))
    finally:
        job.over.set()
