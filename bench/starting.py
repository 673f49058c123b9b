"""How long commands take to start, as whole processes, in turn with a bare typer app."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROUNDS = 20
GIOVANG = str(Path(sys.executable).with_name("giovang"))

_BARE = """
import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    print(name)


app()
"""


def measure() -> tuple[float, float, float]:
    """Medians in seconds: `giovang --help`, a bare typer app's `--help`, `giovang text sms`."""
    ours, bare, sms = [], [], []
    with TemporaryDirectory() as folder:
        app = Path(folder) / "bare.py"
        app.write_text(_BARE, encoding="utf-8")
        for _ in range(ROUNDS):
            ours.append(_seconds([GIOVANG, "--help"], folder))
            bare.append(_seconds([sys.executable, str(app), "--help"], folder))
            sms.append(_seconds([GIOVANG, "text", "sms"], folder, "Cảnh giác lừa đảo\n"))
    return statistics.median(ours), statistics.median(bare), statistics.median(sms)


def _seconds(command: list[str], folder: str, given: str = "") -> float:
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, input=given.encode(), capture_output=True, check=True)
    return time.perf_counter() - started
