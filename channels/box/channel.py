"""
A vendor's automatic box: a whole bulletin as files in the folder where the box looks for them.

In the station's folder: `2026-12-08_0530_T3.mp3`, the same name `.txt`, and the lists of
`lists.py`. The outcome is Accepted, never more: the box has the files, and whether anybody heard
them only the station can say.

The text stands for the whole: it is taken away before the sound changes, and put back after it.
So whoever takes a bulletin back knows whether a newer one has taken its place, and whoever asks
for one whether it is there.

Of `Message.extra` it reads: `name` (of the files, without their ends), `schedule` (the text of
lich-phat.json). The sound is the message's attachment.
"""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from channels.box import lists
from channels.box.codes import CODES
from channels.box.options import TIMEOUT, is_folder
from channels.box.ways import SMALL, Shelf, T, Trouble, Way
from channels.options import ChannelSpec, Context
from channels.values import (
    Absent,
    Accepted,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    Rejected,
    RenderSpec,
    Retry,
    Uncertain,
)
from vietnamese.plain import slug as as_slug

HANDED = "đã giao máy, chưa xác nhận"

_FOREVER = 10 * 365 * 24 * 3600.0  #: seconds; the same files put twice are the same files
_ASK = 20.0  #: seconds for a harmless question


class VendorBox:
    """`target` = the station's folder on the box."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _FOREVER

    def __init__(
        self, spec: ChannelSpec, ways: Mapping[str, Way],
        secrets: Mapping[str, Mapping[str, str]], context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text")
        self.max_parallel = spec.max_parallel or 4
        self.timeout = spec.timeout or TIMEOUT
        self.secrets = tuple(s for names in secrets.values() for s in _hidden(names))
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._ways = ways
        self._clock = context.clock
        self._doors: dict[str, threading.Lock] = {}  #: one visitor at a time in a folder

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = []
        if not message.text.strip():
            problems.append(Problem("empty", "Bản tin trống", "Xem lại bản tin của đài"))
        if not is_folder(message.target):
            problems.append(Problem("folder", f"Thư mục không hợp lệ: {message.target!r}"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        sound = _sound(message)
        if isinstance(sound, Retry | Rejected):
            return sound
        touched = threading.Event()
        got = self._visit(message, lambda s: _put(s, message, sound, touched), deadline)
        if got is None:
            return Accepted(str(_base(message)), HANDED)
        if touched.is_set() and isinstance(got, Retry):
            # some of it may be there: from now on nobody says that it did not go out
            return replace(got, code="half", counts=got.scope == "message",
                           detail=f"{CODES['half'].meaning}: {got.detail}")
        return got

    def find(self, message: Message) -> Found:
        """There when its text is; or its sound alone, for that is what a box plays."""
        sound = _sound(message)
        if isinstance(sound, Retry | Rejected):
            return Uncertain(sound.code, sound.detail)
        base = _base(message)

        def look(shelf: Shelf) -> bool:
            text = shelf.read(f"{base}.txt")
            if text is not None:
                return text == _text(message)
            # two sounds of one length have one size: the beginning, too, with the number in it
            mp3 = f"{base}.mp3"
            return sound is not None and (shelf.size(mp3), shelf.read(mp3)) == (
                len(sound), sound[:SMALL])

        found = self._visit(message, look, self._clock.elapsed() + self.timeout)
        if isinstance(found, Retry | Rejected):
            return Uncertain(found.code, found.detail)
        return Accepted(str(base), HANDED) if found else Absent("Máy phát chưa có bản này")

    def recall(self, message: Message, ref: str) -> Outcome:
        """The files go; what took their place stays."""
        base = _base(message)

        def take_back(shelf: Shelf) -> str:
            if shelf.read(f"{base}.txt") not in (None, _text(message)):
                return "Máy phát đã có bản mới hơn"
            shelf.delete(f"{base}.mp3")
            shelf.delete(f"{base}.txt")
            lists.strike_out(shelf, base.parent, base.name)
            return "Đã xóa khỏi máy phát"

        done = self._visit(message, take_back, self._clock.elapsed() + self.timeout)
        return Delivered(ref, detail=done) if isinstance(done, str) else done

    def check(self, account: str) -> Health:
        deadline = self._clock.elapsed() + min(_ASK, self.timeout)
        trouble = self._ways[account].alive(deadline)
        if trouble is None:
            return Health(ok=True)
        return Health(ok=False, code=trouble.code, detail=trouble.detail)

    def _visit(self, message: Message, act: Callable[[Shelf], T], deadline: float) -> T | Trouble:
        if not is_folder(message.target):
            return Rejected("folder", f"{CODES['folder'].meaning}: {message.target!r}")
        door = self._doors.setdefault(message.target, threading.Lock())
        late = Retry("deadline", CODES["deadline"].meaning, counts=False)
        if not door.acquire(timeout=max(0.0, deadline - self._clock.elapsed())):
            return late
        try:
            if self._clock.elapsed() >= deadline:
                return late
            way = self._ways[self.account(message.target)]
            return way.visit(act, deadline, _draft(message, message.attempt))
        finally:
            door.release()


def _hidden(login: Mapping[str, str]) -> Iterator[str]:
    yield from (value for name, value in login.items() if name != "user")
    if "password" in login:  # as the Authorization header has it
        both = f"{login.get('user', '')}:{login['password']}"
        yield base64.b64encode(both.encode()).decode()


def _put(
    shelf: Shelf, message: Message, sound: bytes | None, touched: threading.Event
) -> Retry | None:
    """Everything in its order, and looked at afterwards: a box that is full may say nothing."""
    base, text = _base(message), _text(message)
    there = lists.read(shelf, base.parent)  # asks before it touches: a login refused is only that
    touched.set()
    shelf.delete(f"{base}.txt")
    if sound is None:
        shelf.delete(f"{base}.mp3")
    else:
        shelf.put(f"{base}.mp3", sound)
    shelf.put(f"{base}.txt", text)
    if schedule := message.extra.get("schedule"):
        lists.write(shelf, base.parent, there, schedule)
    if message.attempt > 1:  # what the try before may have left lying
        shelf.delete(str(base.with_name(_draft(message, message.attempt - 1))))
    found = (shelf.size(f"{base}.mp3"), shelf.size(f"{base}.txt"))
    if found == (None if sound is None else len(sound), len(text)):
        return None
    return Retry("short", CODES["short"].meaning)


def _sound(message: Message) -> bytes | Retry | Rejected | None:
    """The very file that was handed over; None: the bulletin has no sound yet."""
    if not message.attachments:
        return None
    wanted = message.attachments[0]
    try:
        data = Path(wanted.path).read_bytes()
    except OSError as error:
        return Retry("sound", f"{CODES['sound'].meaning} ({error.strerror})")
    if hashlib.sha256(data).hexdigest() != wanted.sha256:
        return Rejected("sound-changed", CODES["sound-changed"].meaning)
    return data


def _draft(message: Message, attempt: int) -> str:
    """Of a file not in place yet; the try before may still be writing its own at the far side."""
    return f"giovang-{message.key[:8]}-{attempt % 2}.part"


def _base(message: Message) -> PurePosixPath:
    name = message.extra.get("name") or as_slug(message.extra.get("slug") or message.key)
    return PurePosixPath(message.target) / name


def _text(message: Message) -> bytes:
    """For Notepad on an old Windows: BOM and CRLF."""
    return ("\r\n".join(message.text.splitlines()) + "\r\n").encode("utf-8-sig")
