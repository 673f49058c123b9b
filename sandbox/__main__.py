"""`python -m sandbox --port 0 [--faults SEED] [--state FILE] [--receipts URL] [--counts-only]`"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.server import Sandbox


def main() -> None:
    """Serve until SIGTERM, SIGINT or, with --with-parent, until stdin closes."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", default="", metavar="SEED")
    parser.add_argument("--state", type=Path, metavar="FILE")
    parser.add_argument("--receipts", default="", metavar="URL")
    parser.add_argument(
        "--counts-only", action="store_true", help="keep no texts in memory: a million messages"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when stdin closes: no orphan stays behind"
    )
    asked = parser.parse_args()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    sandbox = Sandbox(
        asked.port, faults=asked.faults, state=asked.state, receipt_url=asked.receipts,
        counts_only=asked.counts_only,
    )
    try:
        sandbox.start()
    except OSError as error:
        sys.exit(f"sandbox: port {asked.port}: {error}")
    sys.stdout.write(f"sandbox {sandbox.base_url}\n")
    sys.stdout.flush()
    if asked.with_parent:
        threading.Thread(target=_until_eof, args=(stop,), daemon=True).start()
    stop.wait()
    sandbox.stop()


def _until_eof(stop: threading.Event) -> None:
    # os.read: a thread inside a buffered read would break the interpreter's own end
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()


if __name__ == "__main__":
    main()
