"""Which engine runs: GIOVANG_ENGINE says it. Nobody above asks which one it is."""

from collections.abc import Callable

from worker.db import Store
from worker.engines.base import Engine
from worker.engines.embedded import Embedded
from worker.errors import UserError
from worker.i18n import t
from worker.office import Office
from worker.outbox.units import Worker
from worker.pace import Pace
from worker.settings import Settings
from worker.telling import Observer

EMBEDDED, DISTRIBUTED = "embedded", "distributed"


def choose(
    settings: Settings, store: Store, office: Callable[[], Office], worker: Worker,
    observer: Observer, make_pace: Callable[[str, str, float], Pace] | None,
) -> Engine:
    """The engine, not covering any channel yet; raises UserError when it cannot run here."""
    embedded = Embedded(office, worker, observer, make_pace=make_pace)
    if settings.engine == EMBEDDED:
        return embedded
    if settings.engine != DISTRIBUTED:
        raise UserError("GIOVANG_ENGINE", t(f"không có loại «{settings.engine}»",
                                            f"there is no “{settings.engine}”"),
                        t("viết embedded hoặc distributed", "write embedded or distributed"))
    if store.sqlite:
        raise UserError("GIOVANG_ENGINE",
                        t("distributed cần PostgreSQL", "distributed needs PostgreSQL"),
                        t("đặt GIOVANG_DATABASE_URL=postgresql://…, hoặc bỏ GIOVANG_ENGINE",
                          "set GIOVANG_DATABASE_URL=postgresql://…, or leave GIOVANG_ENGINE out"))
    try:  # an extra: most installations have no Procrastinate
        from worker.engines.distributed import Distributed  # noqa: PLC0415
        from worker.engines.wakeups import install  # noqa: PLC0415
    except ImportError as error:
        raise UserError("GIOVANG_ENGINE", t(f"chưa cài gói «{error.name}»",
                                            f"package “{error.name}” is not installed"),
                        "pip install 'giovang[distributed]'") from error
    try:
        install(store.url)
    except PermissionError as error:
        raise UserError("GIOVANG_ENGINE", str(error), t(
            "cho người dùng cơ sở dữ liệu quyền CREATE, hoặc bỏ GIOVANG_ENGINE",
            "grant the database user CREATE, or leave GIOVANG_ENGINE out")) from error
    return Distributed(embedded, store.url)
