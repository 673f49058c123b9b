"""The sandbox as a process of its own: started with us in training, ended with us."""

import ipaddress
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from worker.errors import UserError
from worker.i18n import t
from worker.settings import PRODUCT


class SandboxProcess:
    """`python -m sandbox` on a free loopback port."""

    def __init__(
        self, *, faults: str = "", state: Path | None = None, counts_only: bool = False
    ) -> None:
        args = [sys.executable, "-m", "sandbox", "--port", "0", "--with-parent"]
        args += ["--faults", faults] if faults else []
        args += ["--state", str(state)] if state else []
        args += ["--counts-only"] if counts_only else []
        self._process = subprocess.Popen(  # noqa: S603  (our own module, fixed arguments)
            args, cwd=PRODUCT, stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,  # it closes with us, however we die: no orphan stays
            start_new_session=True,  # Ctrl-C is for us: it must still answer what is on the wire
            text=True,
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
            self._process.wait()  # a machine that stalls: it has no say in it any more
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def on_loopback(url: str) -> str:
    """The address of a sandbox that somebody else runs; refused unless it is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        ours = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        ours = False
    if not ours:
        raise UserError("GIOVANG_SANDBOX_URL",
                        t(f"«{url}» không ở trên máy này", f"“{url}” is not on this machine"),
                        t("viết http://127.0.0.1:CỔNG, hoặc bỏ đi để tự chạy hộp thử",
                          "write http://127.0.0.1:PORT, or unset it to have one started"))
    return url.rstrip("/")
