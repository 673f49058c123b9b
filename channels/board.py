"""
Electronic boards: one line of text each, with a beginning and an end, in a file that the board
or its controller polls.

`FOLDER/BOARD.txt` (`form = "text"`) holds the lines that are on, one a line, the newest last;
`FOLDER/BOARD.json` all that have not ended, with their times, for the board to obey. Ended lines
leave at each write and at `check()`. That the board shows it, nobody tells us: the outcome is
Accepted. Boards that are called over HTTP take the types `webhook` and `http_json`.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal

from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError

from channels import files
from channels.fitting import wrong_links
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
from vietnamese.i18n import t
from vietnamese.plain import nfc, plain

CODES: Final[Mapping[str, Advice]] = {
    **files.CODES,
    "board": Advice("rejected", "Mã bảng không hợp lệ", "Sửa address của nơi nhận"),
    "text": Advice("rejected", "Bảng không hiện được lời này", "Viết lại lời cho bảng, duyệt lại"),
    "ended": Advice("rejected", "Đã hết giờ hiện trên bảng", "Không phải làm gì"),
    "early": Advice("wait", "Chưa đến giờ hiện trên bảng", "Không phải làm gì, sẽ thử lại"),
    "recalled": Advice("rejected", "Dòng này đã thu hồi", "Muốn hiện lại: sửa tin, duyệt lại"),
    "gone": Advice("rejected", "Bảng không còn dòng này để sửa", "Không phải làm gì"),
}

_KEPT: Final = timedelta(days=30)  #: an ended line is remembered so long: a late retry is known
_LASTS: Final = timedelta(hours=1)  #: of a message without an end
_BOARD: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_ASCII: Final = frozenset(map(chr, range(0x20, 0x7F)))
_MARKED: Final = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_CHARSETS: Final = {
    "ascii": _ASCII,
    "vietnamese": _ASCII | set(_MARKED) | set(_MARKED.upper()) | set("–…“”‘’"),
}


class BoardOptions(Options):
    """`[[channels]] type = "board"`, options."""

    folder: str = "bang-dien-tu"  #: below the installation's own folder, or absolute
    form: Literal["text", "json"] = "text"
    max_chars: int = Field(default=120, ge=10, le=2000)
    charset: Literal["vietnamese", "ascii"] = "vietnamese"  #: what the board's font has
    plain: bool = False  #: written without accents, for boards that have only ASCII
    show_minutes: int | None = Field(default=None, ge=1, le=7 * 24 * 60)  #: else until it closes


class Line(BaseModel):
    """What a board shows, from when, until when."""

    id: str
    text: str
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    recalled: bool = False


_LINES: Final = TypeAdapter(list[Line])


def charset(name: str) -> str:
    """Every character of a board's font, sorted."""
    return "".join(sorted(_CHARSETS[name]))


def wrong_boards(spec: ChannelSpec) -> list[Problem]:
    """Addresses that are no board's name: a file is called by it."""
    return [
        Problem("targets", t(f"mã bảng không hợp lệ: {name!r}", f"no name of a board: {name!r}"),
                t("Chữ thường không dấu, số, - và _", "Lower-case letters, digits, - and _"))
        for name in sorted(spec.targets) if not _BOARD.fullmatch(name)
    ]


class Board:
    """`target` = the board's name, which is its file's."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _KEPT.total_seconds()
    secrets: tuple[str, ...] = ()

    def __init__(
        self,
        spec: ChannelSpec,
        options: BoardOptions,
        folder: Path,
        context: Context,
        write: files.Write = files.write_whole,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_chars=options.max_chars, plain=options.plain,
                               charset=charset(options.charset))
        self.max_parallel = spec.max_parallel or 4
        self.timeout = spec.timeout or 10.0
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._options = options
        self._training = context.training
        self._folder = folder
        self._clock = context.clock
        self._write = write

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = self._unfit(self._line(message)) + wrong_links(message, self._allowed)
        if not _BOARD.fullmatch(message.target):
            problems.append(Problem("board", f"Mã bảng không hợp lệ: {message.target!r}"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        refused = self._refused(message, deadline)
        if refused is not None:
            return refused
        now = self._clock.now()
        from_, to = self._times(message)
        if to <= now:
            return Rejected("ended", CODES["ended"].meaning)
        if self._options.form == "text" and from_ > now:  # a text file cannot say when
            wait = (from_ - now).total_seconds()
            return Retry("early", CODES["early"].meaning, retry_after=wait, counts=False)
        new = Line.model_validate(
            {"id": message.key, "text": self._line(message), "from": from_, "to": to})
        try:
            with files.locked(self._folder):
                lines = self._lines(message.target)
                old = lines.get(message.key)
                if old is not None and old.recalled:
                    return Rejected("recalled", CODES["recalled"].meaning)
                self._save(message.target, {**lines, message.key: old or new})
        except OSError as error:
            return files.disk_trouble(error, self._folder)
        return Accepted(message.key, "Đã ghi cho bảng")

    def find(self, message: Message) -> Found:
        if _BOARD.fullmatch(message.target):
            line = self._lines(message.target).get(message.key)
            if line is not None and not line.recalled:
                return Accepted(line.id, "Đã ghi cho bảng")
        return Absent("Bảng không có dòng này")

    def recall(self, message: Message, ref: str) -> Outcome:
        """Gone with this write; the key is remembered, so that no late try brings it back."""
        if not _BOARD.fullmatch(message.target):
            return Rejected("board", CODES["board"].meaning)
        key = ref or message.key
        now = self._clock.now()
        try:
            with files.locked(self._folder):
                lines = self._lines(message.target)
                gone = {name: Line.model_validate({"id": name, "text": "", "from": now, "to": now,
                                                   "recalled": True})
                        for name in {key, message.key}}
                self._save(message.target, {**lines, **gone})
        except OSError as error:
            return files.disk_trouble(error, self._folder)
        return Delivered(key, detail="Dòng trên bảng đã xóa")

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """The line reads as `message` does, until the same end."""
        refused = self._refused(message, deadline)
        if refused is not None:
            return refused
        try:
            with files.locked(self._folder):
                lines = self._lines(message.target)
                old = lines.get(ref)
                if old is None or old.recalled or old.to <= self._clock.now():
                    return Rejected("gone", CODES["gone"].meaning)
                new = old.model_copy(update={"text": self._line(message)})
                self._save(message.target, {**lines, ref: new})
        except OSError as error:
            return files.disk_trouble(error, self._folder)
        return Accepted(ref, "Đã sửa dòng trên bảng")

    def check(self, account: str) -> Health:  # noqa: ARG002 - one folder for all boards
        """Also the moment at which ended lines leave, when nothing is written for long."""
        health = files.folder_health(self._folder)
        if not health.ok:
            return health
        try:
            with files.locked(self._folder):
                for path in sorted(self._folder.glob(".*.dong")):
                    board = path.stem[1:]
                    self._show(board, self._lines(board))
        except OSError as error:
            return Health(ok=False, code="disk",
                          detail=files.disk_trouble(error, self._folder).detail)
        return health

    def _refused(self, message: Message, deadline: float) -> Outcome | None:
        if self._clock.elapsed() >= deadline:
            return Retry("deadline", CODES["deadline"].meaning, counts=False)
        if not _BOARD.fullmatch(message.target):
            return Rejected("board", CODES["board"].meaning)
        problems = self._unfit(self._line(message))
        if self._training:  # the mark of training comes in front of what was measured
            problems = [p for p in problems if p.code != "long"]
        return Rejected("text", "; ".join(p.what for p in problems)) if problems else None

    def _line(self, message: Message) -> str:
        text = plain(message.text) if self._options.plain else nfc(message.text)
        return " ".join(text.split())

    def _unfit(self, line: str) -> list[Problem]:
        problems = []
        if not line:
            problems.append(Problem("empty", "Dòng trống", "Viết lời cho bảng"))
        if len(line) > self._options.max_chars:
            problems.append(Problem(
                "long", f"Dòng dài {len(line)} ký tự, bảng chỉ có {self._options.max_chars}",
                "Viết lời riêng cho bảng, ngắn hơn"))
        strange = dict.fromkeys(c for c in line if c not in _CHARSETS[self._options.charset])
        if strange:
            shown = " ".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in [*strange][:10])
            problems.append(Problem(
                "charset", f"Bảng không hiện được: {shown}",
                "Bỏ các ký tự ấy" if self._options.charset == "vietnamese" or self._options.plain
                else "Đặt plain = true để bỏ dấu, bỏ các ký tự khác"))
        return problems

    def _times(self, message: Message) -> tuple[datetime, datetime]:
        from_ = message.opens_at or self._clock.now()
        if self._options.show_minutes:
            return from_, from_ + timedelta(minutes=self._options.show_minutes)
        return from_, message.expires_at or from_ + _LASTS

    def _save(self, board: str, lines: Mapping[str, Line]) -> None:
        # What the board shows comes first: a recall is done when the board no longer has it.
        self._show(board, lines)
        since = self._clock.now() - _KEPT
        kept = [line for line in lines.values() if line.to > since]
        self._write(self._state(board), _LINES.dump_json(kept, by_alias=True, indent=1))

    def _show(self, board: str, lines: Mapping[str, Line]) -> None:
        now = self._clock.now()
        ahead = sorted((x for x in lines.values() if x.to > now and not x.recalled),
                       key=lambda x: (x.from_, x.id))
        if self._options.form == "json":
            data = _LINES.dump_json(ahead, by_alias=True, indent=1, exclude={"__all__": {
                "recalled"}})
            self._replace(self._folder / f"{board}.json", data)
        else:
            shown = "".join(f"{x.text}\n" for x in ahead if x.from_ <= now)
            self._replace(self._folder / f"{board}.txt", shown.encode())

    def _replace(self, path: Path, data: bytes) -> None:
        try:
            if path.read_bytes() == data:
                return
        except (FileNotFoundError, NotADirectoryError):
            pass
        self._write(path, data)

    def _lines(self, board: str) -> dict[str, Line]:
        """Key -> line, those that ended or were recalled of late among them."""
        try:
            return {x.id: x for x in _LINES.validate_json(self._state(board).read_bytes())}
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except ValidationError:
            return {}  # edited by hand and broken: the next line writes it anew

    def _state(self, board: str) -> Path:
        return self._folder / f".{board}.dong"
