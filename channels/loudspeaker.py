"""
Loudspeaker scripts: one text file per station and airing, which a person reads aloud.

`FOLDER/STATION/2026-11-24/0530_SLUG.txt`, UTF-8 with BOM and CRLF: the Notepad of an old
Windows takes a file without a BOM for Windows-1258 and shows no line breaks without CR.
`00_DANH_SACH.txt` lists the day. Handing over is all the channel knows: the outcome is
Accepted, for only the station can say that it was aired.

Of `Message.extra` it reads: `date` (2026-11-24, local), `time` ("05:30" or "sau tiếp âm"),
`station` (its name), `slug`, `occurrence`, `version` (a higher one replaces a lower one).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

from pydantic import Field

from channels import files
from channels.options import ChannelSpec, Context, Options
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
)
from vietnamese.plain import slug as as_slug

CODES: Final[Mapping[str, Advice]] = {
    **files.CODES,
    "station": Advice("rejected", "Bản tin thiếu đài, ngày hoặc giờ phát", "Xem lại đài và lịch"),
    "newer": Advice("rejected", "Đài đã có bản mới hơn", "Không phải làm gì"),
}

_FOREVER = 10 * 365 * 24 * 3600.0  #: seconds; the day's folder stays
_STATION = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_LIST = "00_DANH_SACH.txt"
_SIDECAR = ".danh-sach.json"


class LoudspeakerOptions(Options):
    """`[[channels]] type = "loudspeaker"`, options."""

    folder: str = "dai-truyen-thanh"  #: below the installation's own folder, or absolute
    max_seconds: int = Field(default=180, ge=10, le=3600)


@dataclass(frozen=True)
class Script:
    """One line of a day's list."""

    name: str  #: file name
    time: str
    title: str
    version: int
    key: str
    recalled: bool = False
    note: str = ""  #: what it replaced, as its first line says


class Loudspeaker:
    """`target` = station id."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _FOREVER
    secrets: tuple[str, ...] = ()

    def __init__(
        self,
        spec: ChannelSpec,
        options: LoudspeakerOptions,
        folder: Path,
        context: Context,
        write: files.Write = files.write_whole,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_seconds=options.max_seconds)
        self.max_parallel = spec.max_parallel or 4
        self.timeout = spec.timeout or 10.0
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._folder = folder
        self._clock = context.clock
        self._write = write

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = []
        if not message.text.strip():
            problems.append(Problem("empty", "Bản tin trống", "Viết bản tin cho loa"))
        if not _STATION.fullmatch(message.target):
            problems.append(Problem("station", f"Mã đài không hợp lệ: {message.target!r}"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        if self._clock.elapsed() >= deadline:
            return Retry("deadline", CODES["deadline"].meaning, counts=False)
        day = self._day(message)
        if day is None:
            return Rejected("station", CODES["station"].meaning)
        try:
            with files.locked(day):
                return self._hand_over(message, day)
        except OSError as error:
            return files.disk_trouble(error, day)

    def find(self, message: Message) -> Found:
        day = self._day(message)
        script = self._scripts(day).get(_occurrence(message)) if day else None
        if day is None or script is None or script.key != message.key or script.recalled:
            return Absent("Đài chưa có bản tin này")
        return Accepted(self._ref(day, script), "Bản tin đã ở thư mục của đài")

    def recall(self, message: Message, ref: str) -> Outcome:
        """The script becomes a notice that nobody could read aloud by mistake."""
        day = self._day(message)
        if day is None:
            return Rejected("station", CODES["station"].meaning)
        occurrence = _occurrence(message)
        try:
            with files.locked(day):
                scripts = self._scripts(day)
                script = scripts.get(occurrence) or _script(message)
                text = f"THU HỒI - KHÔNG PHÁT\n\nBản tin “{script.title}” đã được thu hồi."
                self._write(day / script.name, _notepad(text))
                self._save(message, day, {**scripts, occurrence: replace(script, recalled=True)})
        except OSError as error:
            return files.disk_trouble(error, day)
        return Delivered(ref, detail="Bản tin ở đài đã thay bằng thông báo thu hồi")

    def check(self, account: str) -> Health:  # noqa: ARG002 - one folder for all stations
        return files.folder_health(self._folder)

    def _hand_over(self, message: Message, day: Path) -> Outcome:
        scripts = self._scripts(day)
        new, old = _script(message), scripts.get(_occurrence(message))
        if old is not None and (old.version, old.recalled) > (new.version, False):
            return Rejected("newer", CODES["newer"].meaning)
        if old is not None:
            note = f"BẢN {new.version}, THAY CHO BẢN {old.version}: “{old.title}”\n\n"
            new = replace(new, note=note if old.version < new.version else old.note)
        self._write(day / new.name, _notepad(new.note + message.text))
        if old is not None and old.name != new.name:
            notice = f"ĐÃ THAY - KHÔNG PHÁT\n\nĐọc bản tin ở tệp {new.name}"
            self._write(day / old.name, _notepad(notice))
        self._save(message, day, {**scripts, _occurrence(message): new})
        return Accepted(self._ref(day, new), "Đã giao bản tin cho đài")

    def _save(self, message: Message, day: Path, scripts: Mapping[str, Script]) -> None:
        """The list for the reader, and the same for us."""
        standing = sorted((s for s in scripts.values() if not s.recalled), key=lambda s: s.name)
        station = message.extra.get("station") or message.target
        local = date.fromisoformat(day.name)
        lines = [f"{station.upper()} - BẢN TIN NGÀY {local:%d/%m/%Y}", ""]
        lines += [f"{n}. {s.time}  {s.title}  ({s.name})" for n, s in enumerate(standing, 1)]
        if not standing:
            lines.append("Không có bản tin nào.")
        self._write(day / _LIST, _notepad("\n".join(lines)))
        kept = {occurrence: asdict(script) for occurrence, script in scripts.items()}
        self._write(day / _SIDECAR, json.dumps(kept, ensure_ascii=False, indent=1).encode())

    def _scripts(self, day: Path) -> dict[str, Script]:
        try:
            kept = json.loads((day / _SIDECAR).read_bytes())
            return {occurrence: Script(**script) for occurrence, script in kept.items()}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except (ValueError, TypeError, AttributeError):
            return {}  # edited by hand and broken: the next script writes it anew

    def _day(self, message: Message) -> Path | None:
        """The folder of this station and day; None when the message does not name both."""
        if not _STATION.fullmatch(message.target) or not message.extra.get("time"):
            return None
        try:
            day = date.fromisoformat(message.extra.get("date", ""))
        except ValueError:
            return None
        return self._folder / message.target / day.isoformat()

    def _ref(self, day: Path, script: Script) -> str:
        return (day / script.name).relative_to(self._folder).as_posix()


def _script(message: Message) -> Script:
    time, slug = message.extra["time"], as_slug(message.extra.get("slug") or message.key)
    clock = re.fullmatch(r"(\d{1,2})[:hg](\d{2})", time)
    prefix = f"{int(clock[1]):02}{clock[2]}" if clock else as_slug(time)
    version = message.extra.get("version", "1")
    return Script(
        name=f"{prefix}_{slug}.txt",
        time=time,
        title=message.title,
        version=int(version) if version.isdecimal() else 1,
        key=message.key,
    )


def _occurrence(message: Message) -> str:
    """What two versions of one airing have in common."""
    return message.extra.get("occurrence") or _script(message).name


def _notepad(text: str) -> bytes:
    return ("\r\n".join(text.splitlines()) + "\r\n").encode("utf-8-sig")
