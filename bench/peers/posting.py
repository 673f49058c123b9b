"""
What every queue here does with a message: one POST by a requests session, one session a thread;
the answer's status is checked and its id read. And how each is fed: `feed` puts a job a message
when told to. Runs in the peers' own venv.
"""

import os
import sys
import threading
import time
from collections.abc import Callable

import requests

_TEXT = "Canh bao lua dao: khong chuyen tien cho nguoi la. Goi 113."
_of_thread = threading.local()

#: number, key
Put = Callable[[str, str], object]


def post(number: str, key: str) -> None:
    """The job."""
    session = getattr(_of_thread, "session", None)
    if session is None:
        session = _of_thread.session = requests.Session()
        session.headers["Authorization"] = "Bearer tap-huan"
    body = {"phone": number, "text": _TEXT, "key": key, "sender": "", "unicode": 0,
            "validity": 86400}
    answer = session.post(os.environ["BENCH_GATEWAY"], json=body, timeout=15)
    answer.raise_for_status()
    assert answer.json()["id"]


def feed(put: Put) -> None:
    """
    For each line "FIRST COUNT" on standard input so many jobs; CPU seconds of it on standard
    output, a line each.
    """
    for line in sys.stdin:
        first, count = (int(word) for word in line.split())
        busy = time.process_time()
        for n in range(first, first + count):
            put(f"84951{n:06d}", f"khoa-{n}")
        print(time.process_time() - busy, flush=True)
