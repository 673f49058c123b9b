"""One worker for one SQLite file: a lock that names its holder, freed by the system at death."""

import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from worker.errors import UserError
from worker.i18n import t


def take(var: Path) -> IO[str]:
    """Hold `var/worker.lock` until the process ends; refuse with the holder's name."""
    var.mkdir(parents=True, exist_ok=True)
    path = var / "worker.lock"
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "?"
        file.close()
        raise UserError(
            str(path), t(f"trạm phát khác đang chạy ở đây ({holder})",
                         f"another worker runs here ({holder})"),
            t("dừng trạm kia trước, hoặc dùng PostgreSQL để chạy nhiều máy",
              "stop that one first, or use PostgreSQL for several machines"),
        ) from None
    file.seek(0)
    file.truncate()
    file.write(f"{socket.gethostname()} pid {os.getpid()}\n")
    file.flush()
    return file
