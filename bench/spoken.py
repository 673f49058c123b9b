"""A thousand sentences made to be read aloud, and one, as whole processes of `text spoken`."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

ROUNDS = 10
SENTENCES = 1000
GIOVANG = str(Path(sys.executable).with_name("giovang"))

_KINDS = (
    "Theo Nghị định 13/2023/NĐ-CP ngày 17/4/2023, UBND xã nhắc bà con lần {0}, gọi 113.",
    "Từ 7h30 ngày {1}/5/2026, thu {0}.500đ/hộ tại TDP số {1}, TT Chũ; ĐT 0950 00{1} 000.",
    "KHÔNG đọc mã OTP, không chuyển {0},5 triệu đồng, không bấm link lạ gửi qua Zalo lần {0}.",
    "Bão số {1} giật cấp 11-12, gió {0} km/h, mưa 100-200mm; lớp 9A{1} nghỉ học đến 10/9.",
)


def measure() -> tuple[float, float]:
    """Medians in seconds: one sentence, and `SENTENCES` of which no two are the same."""
    many = "".join(_KINDS[n % 4].format(n + 1, n % 9 + 1) + "\n" for n in range(SENTENCES))
    with TemporaryDirectory() as folder:
        one = [_seconds("Gọi 113.\n", folder) for _ in range(ROUNDS)]
        all_ = [_seconds(many, folder) for _ in range(ROUNDS)]
    return statistics.median(one), statistics.median(all_)


def _seconds(given: str, folder: str) -> float:
    started = time.perf_counter()
    subprocess.run([GIOVANG, "text", "spoken"], cwd=folder, input=given.encode(),
                   capture_output=True, check=True)
    return time.perf_counter() - started
