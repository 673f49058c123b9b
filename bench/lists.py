"""
A list of 1,000,000 recipients read, validated and freed of doubles, beside a bare csv.reader loop;
then encrypted and stored, as `giovang list import` does.

The numbers are made up in a temporary folder and gone with it: they lie under 030, 031, 051 and
095, which the numbering plan opens and no operator has, so that they are valid and nobody's.
"""

import csv
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROWS = 1_000_000
ROUNDS = 3
_NOBODYS = ("30", "31", "51", "95")
_NAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Giáp", "Vi")


@dataclass(frozen=True)
class Found:
    """Medians of the rounds; MB are 10^6 bytes, the peak of the whole child process."""

    ours: float  #: seconds
    bare: float
    memory: float
    bare_memory: float
    accepted: int
    figures: float  #: numbers a second by `phone.national`, one core
    stored: float  #: seconds: validated, encrypted and in the database, ready
    stored_cpu: float  #: seconds of a core of it
    stored_memory: float
    longest: float  #: seconds of the longest write transaction of it
    again: float  #: seconds: the same list a second time, beside the first


def measure() -> Found:
    """Write the file, read it in children, turn about."""
    with TemporaryDirectory(prefix="giovang-bench-") as folder:
        path = Path(folder) / "danh-sach.csv"
        write(path)
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_child("ours", path))
            bare.append(_child("bare", path))
        numbers = _child("numbers", path)
        kept = _child("stored", path, module="bench.lists_stored")
    return Found(
        *(statistics.median(r[key] for r in runs) for key in ("seconds", "memory")
          for runs in (ours, bare)),
        int(ours[0]["count"]), numbers["count"] / numbers["seconds"],
        kept["seconds"], kept["cpu"], kept["memory"], kept["longest"], kept["again"],
    )


def write(path: Path) -> None:
    rng = random.Random(3)  # the same list in every run
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["STT", "Họ và tên", "Số điện thoại", "Thôn"])
        numbers = _numbers(rng)
        for n in range(1, ROWS + 1):
            name = " ".join(rng.choices(_NAMES, k=3))
            rows.writerow([n, name, next(numbers), f"Thôn {n % 97}"])


def _numbers(rng: random.Random) -> Iterator[str]:
    """Nearly all as they should be; of a hundred 2 doubles, 6 written otherwise, 1 bad."""
    last = "0950000000"
    while True:
        kind = rng.random()
        number = f"0{rng.choice(_NOBODYS)}{rng.randrange(10_000_000):07d}"
        if kind < 0.01:
            yield rng.choice(("9.1E+08", "02043885113", "01201234567", "", "113"))
        elif kind < 0.03:
            yield last
        elif kind < 0.05:
            yield number[1:]
        elif kind < 0.09:
            yield rng.choice((f"+84{number[1:]}", f"{number[:4]}.{number[4:7]}.{number[7:]}"))
        else:
            yield number
        last = number


def _child(what: str, path: Path, module: str = "bench.lists") -> dict[str, float]:
    done = subprocess.run([sys.executable, "-m", module, what, str(path)],
                          stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout))


def _ours(path: Path) -> int:
    from worker.lists import columns, report, rows  # noqa: PLC0415  (only this child pays for it)
    from worker.lists.source import open_source  # noqa: PLC0415

    tally = report.Tally()
    with open_source(path) as source:
        layout = columns.find(source)
        for chunk in rows.chunks(rows.read(source, layout)):
            tally.add(chunk)
    assert tally.rows == ROWS, tally
    return tally.accepted


def _bare(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file, delimiter=";"))


def _numbers_alone(path: Path) -> tuple[int, float]:
    from vietnamese.phone import national  # noqa: PLC0415  (only this child pays for it)

    with path.open(encoding="utf-8-sig", newline="") as file:
        texts = [row[2] for row in csv.reader(file, delimiter=";")]
    started = time.perf_counter()
    for text in texts:
        national(text)
    return len(texts), time.perf_counter() - started


def peak() -> float:
    """MB that this process had at the most."""
    # Not ru_maxrss: a child's begins with what its parent had.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _run(what: str, path: Path) -> None:
    started = time.perf_counter()
    if what == "numbers":
        count, seconds = _numbers_alone(path)
    else:
        count = _ours(path) if what == "ours" else _bare(path)
        seconds = time.perf_counter() - started
    print(json.dumps({"count": count, "seconds": seconds, "memory": peak()}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _run(sys.argv[1], Path(sys.argv[2]))
    else:
        print(measure())
