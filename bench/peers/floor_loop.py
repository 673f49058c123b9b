"""
The least program in Python that could keep the promise of a campaign: the bare loop of pycurl's
multi interface, each number decrypted (AES-GCM) and looked for among those who opted out, begin
committed before the wire and outcome after it, on SQLite with WAL and synchronous=FULL.

    python -m bench.peers.floor_loop URL COUNT HANDLES DATABASE KEY inside|beside

No check, guard, retry, deadline, receipt or second look at anything. `inside`: the log in this
process, between two rounds of the loop; `beside`: in a process of its own, batches over a pipe.
Prints messages a second and CPU seconds per 1,000, of both processes together.
"""

import hashlib
import json
import multiprocessing
import sqlite3
import sys
import time
from collections import deque
from io import BytesIO
from typing import Any

import pycurl
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench.over_http import TEXT
from bench.peers.curl_loop import _handle

BATCH = 250  #: messages begun, and settled, together
OPTED_OUT = 100
LIST = 1  #: id of the one list
ACCOUNT = "chinh"
Row = tuple[int, bytes]  #: row, encrypted number
Taken = tuple[int, str]  #: row, the gateway's id


def lookup(key: bytes, number: bytes) -> bytes:
    """By which a number is found among those who opted out."""
    return hashlib.blake2b(number, key=key, digest_size=16).digest()


class Log:
    """Begin and settle, a transaction each turn."""

    def __init__(self, path: str) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA synchronous=FULL")
        self._next = 1

    def turn(self, taken: list[Taken], count: int) -> list[Row]:
        """Write down what came back, and begin so many more, in one commit."""
        db, now = self._db, time.time_ns() // 1000
        db.execute("BEGIN IMMEDIATE")
        if taken:
            db.executemany(
                "UPDATE campaign_message SET state='accepted', settled_at=?, ref=?, parts=1 "
                "WHERE campaign_id=1 AND row=?", [(now, ref, row) for row, ref in taken])
        found: list[Row] = []
        if count:
            found = db.execute(
                "SELECT row, number FROM recipient WHERE list_id=1 AND row BETWEEN ? AND ?",
                (self._next, self._next + count - 1)).fetchall()
            db.executemany(
                "UPDATE campaign_message SET state='sending', account=?, begun_at=?, attempts=1 "
                "WHERE campaign_id=1 AND row=?", [(ACCOUNT, now, row) for row, _ in found])
            self._next += len(found)
        db.execute("COMMIT")
        return found


class Inside:
    """The log in this process."""

    def __init__(self, path: str) -> None:
        self._log = Log(path)
        self._begun: list[Row] = []

    def turn(self, taken: list[Taken], count: int) -> None:
        self._begun = self._log.turn(taken, count)

    def begun(self, *, wait: bool) -> list[Row] | None:  # noqa: ARG002  (as below)
        """What was begun by the last turn; None: not committed yet."""
        return self._begun

    def end(self) -> float:
        """CPU seconds of another process."""
        return 0.0


class Beside:
    """The log in a process of its own, which alone has the file open."""

    def __init__(self, path: str) -> None:
        fork = multiprocessing.get_context("fork")
        self._pipe, theirs = fork.Pipe()
        self._process = fork.Process(target=_keep, args=(path, theirs), daemon=True)
        self._process.start()

    def turn(self, taken: list[Taken], count: int) -> None:
        self._pipe.send((taken, count))

    def begun(self, *, wait: bool) -> list[Row] | None:
        """The same; `wait`: there is nothing else to do."""
        return self._pipe.recv() if wait or self._pipe.poll() else None

    def end(self) -> float:
        """Its CPU seconds."""
        self._pipe.send(None)
        seconds = float(self._pipe.recv())
        self._process.join()
        return seconds


def _keep(path: str, pipe: Any) -> None:
    log, busy = Log(path), time.process_time()
    while (asked := pipe.recv()) is not None:
        pipe.send(log.turn(*asked))
    pipe.send(time.process_time() - busy)


class Campaign:
    """From the log to the wire and back; one turn of the log at a time."""

    def __init__(self, keeper: Inside | Beside, secret: bytes, count: int) -> None:
        self.settled = self.answered = 0
        self.waiting: deque[Row] = deque()
        self.taken: list[Taken] = []
        self._keeper, self._count = keeper, count
        self._asked = self._begun = 0
        self._writing: int | None = None  #: outcomes in the log's hand
        self._cipher, self._key = AESGCM(secret), secret
        self._opted_out = {lookup(secret, b"%09d" % n) for n in range(OPTED_OUT)}

    def write(self) -> None:
        """Begin at most two batches ahead of the wire, settle what came back."""
        if self._writing is None:
            more = min(BATCH, self._count - self._asked) if len(self.waiting) < BATCH else 0
            if more or len(self.taken) >= BATCH or self.answered == self._count:
                self._keeper.turn(self.taken, more)
                self._asked += more
                self._writing, self.taken = len(self.taken), []
        if self._writing is not None:
            on_the_wire = self._begun - self.answered
            found = self._keeper.begun(wait=not self.waiting and not on_the_wire)
            if found is not None:
                self.settled += self._writing
                self._writing = None
                self._begun += len(found)
                self.waiting += found

    def body(self) -> tuple[int, str] | None:
        """The next row and what is posted for it; None: that number opted out."""
        row, sealed = self.waiting.popleft()
        nine = self._cipher.decrypt(sealed[:12], sealed[12:], b"n%d/%d" % (LIST, row))
        if lookup(self._key, nine) in self._opted_out:
            return None
        return row, json.dumps({"phone": "84" + nine.decode(), "text": TEXT, "key": f"khoa-{row}",
                                "sender": "", "unicode": 0, "validity": 86400})


def main() -> None:
    url, count, handles, path, key, where = sys.argv[1:]
    keeper = Inside(path) if where == "inside" else Beside(path)
    busy, began = time.process_time(), time.perf_counter()
    campaign = Campaign(keeper, bytes.fromhex(key), int(count))
    _send(campaign, url, int(count), int(handles))
    seconds = time.perf_counter() - began
    cpu = time.process_time() - busy + keeper.end()
    print(int(count) / seconds, cpu / int(count) * 1000, flush=True)


def _send(campaign: Campaign, url: str, count: int, handles: int) -> None:
    multi, free = pycurl.CurlMulti(), [_handle(url) for _ in range(handles)]
    while campaign.settled < count:
        campaign.write()
        while free and campaign.waiting:
            found = campaign.body()
            assert found is not None, "nobody of this list opted out"
            handle = free.pop()
            handle.row, body = found
            handle.setopt(pycurl.POSTFIELDS, body)
            handle.answer = BytesIO()
            handle.setopt(pycurl.WRITEDATA, handle.answer)
            multi.add_handle(handle)
        multi.perform()
        _, done, failed = multi.info_read(handles)
        assert not failed, failed
        for handle in done:
            assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
            campaign.taken.append((handle.row, json.loads(handle.answer.getvalue())["id"]))
            multi.remove_handle(handle)
            free.append(handle)
        campaign.answered += len(done)
        if not done and len(free) < handles:
            multi.select(1.0)


if __name__ == "__main__":
    main()
