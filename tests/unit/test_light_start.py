"""What a worker that runs for months does not hold in memory."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LOADED = "import sys, console.main, console.run, console.apart; print(*sys.modules)"


def test_a_worker_that_runs_has_no_excel_library() -> None:
    """
    Given a fresh interpreter, when what `giovang run`, `worker` and `console` begin with is
    imported, then openpyxl is not: a worker that runs takes 12 MB less. The library comes with
    the first spreadsheet.
    """
    run = subprocess.run([sys.executable, "-c", _LOADED], cwd=ROOT, capture_output=True, text=True,
                         check=False)

    assert not run.returncode, run.stderr
    loaded = set(run.stdout.split())
    assert {"console.run", "console.apart"} <= loaded
    assert "openpyxl" not in loaded
