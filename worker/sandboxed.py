"""The sandbox as a process of its own: started with us in training, ended with us."""

import subprocess
import sys
from pathlib import Path

from worker.errors import UserError
from worker.i18n import t
from worker.settings import PRODUCT


class SandboxProcess:
    """`python -m sandbox` on a free loopback port."""

    def __init__(self, *, faults: str = "", state: Path | None = None) -> None:
        args = [sys.executable, "-m", "sandbox", "--port", "0"]
        args += ["--faults", faults] if faults else []
        args += ["--state", str(state)] if state else []
        self._process = subprocess.Popen(  # noqa: S603  (our own module, fixed arguments)
            args, cwd=PRODUCT, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
        )
        assert self._process.stdout is not None  # noqa: S101  (asked for above)
        line = self._process.stdout.readline().split()
        if len(line) != 2:
            self.stop()
            raise UserError("sandbox", t("không khởi động được hộp thử",
                                         "the sandbox did not start"),
                            t("xem lỗi ở trên", "see the error above"))
        self.url = line[1]

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """End it; it keeps nothing that matters."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(5)
        if self._process.stdout is not None:
            self._process.stdout.close()
