"""Memory of `giovang run` after ten idle seconds, the sandbox apart."""

import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from bench.starting import GIOVANG

SETTLE = 10.0  #: seconds


@dataclass(frozen=True)
class Memory:
    """MB (10^6 bytes)."""

    worker_rss: float
    worker_pss: float
    sandbox_pss: float


def measure() -> Memory:
    """Start a training worker in a folder of its own, look, and stop it."""
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        environment = {**os.environ, "GIOVANG_VAR": folder, "GIOVANG_PORT": "0",
                       "GIOVANG_PUBLIC_PORT": "0", "GIOVANG_LANG": "en"}
        errors = Path(folder) / "stderr"
        with errors.open("wb") as written:
            process = subprocess.Popen([GIOVANG, "run", "--no-rehearsal"], env=environment,
                                       stdout=subprocess.DEVNULL, stderr=written)
        try:
            _until_running(process, errors)
            threading.Event().wait(SETTLE)
            worker = psutil.Process(process.pid)
            info = worker.memory_full_info()
            sandbox = sum(c.memory_full_info().pss for c in worker.children(recursive=True))
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    return Memory(info.rss / 1e6, info.pss / 1e6, sandbox / 1e6)


def _until_running(process: "subprocess.Popen[bytes]", errors: Path) -> None:
    pause = threading.Event()
    for _ in range(600):
        if b"Running" in errors.read_bytes():
            return
        assert process.poll() is None, errors.read_text(encoding="utf-8")
        pause.wait(0.1)
    raise AssertionError(errors.read_text(encoding="utf-8"))
