"""
The commands `text sms`, `text plain`, `text spoken` and `phone`: the worker's own text functions.

They need no database, no programme and no third-party package, so that they start at once in any
folder. The words of the command line are handled here by hand for the same reason.
"""

import json
import os
from typing import BinaryIO

from vietnamese.phone import Lang, parse
from vietnamese.plain import nfc
from vietnamese.plain import plain as without_accents
from vietnamese.sms import count

_BOM = b"\xef\xbb\xbf"

_HELP = {
    "vi": """\
giovang text sms [--plain] < TỆP    đếm độ dài và số tin của một tin nhắn (JSON)
                                    --plain: bỏ dấu trước khi đếm
giovang text plain < TỆP            bỏ dấu tiếng Việt
giovang text spoken [--for voice|person] [--lint] < TỆP
                                    đọc thành lời, mỗi dòng một câu; voice: cho máy đọc (mặc định),
                                    person: cho phát thanh viên; --lint: chỉ ra chỗ phải sửa (JSON)
giovang phone < TỆP                 kiểm tra số điện thoại, mỗi số một dòng (JSON)
Nội dung đọc từ đầu vào chuẩn, mã UTF-8.
""",
    "en": """\
giovang text sms [--plain] < FILE   count the length and the parts of one SMS (JSON)
                                    --plain: take the accents off first
giovang text plain < FILE           take the Vietnamese accents off
giovang text spoken [--for voice|person] [--lint] < FILE
                                    as it is read aloud, line by line; voice: for a speech engine
                                    (default), person: for an announcer; --lint: what to mend (JSON)
giovang phone < FILE                check phone numbers, one a line (JSON)
The text is read from standard input, in UTF-8.
""",
}


class NotUtf8Error(Exception):
    """The input is not UTF-8; carries the line, from 1, of the first wrong byte."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def text_sms(stdin_bytes: bytes, plain: bool) -> str:
    """One JSON object: encoding, units, parts, text and forces_ucs2 of the text given."""
    text = _one_text(stdin_bytes)
    if plain:
        text = without_accents(text)
    cost = count(text)
    return _json(
        {
            "encoding": cost.encoding,
            "units": cost.units,
            "parts": cost.parts,
            "text": text,
            "forces_ucs2": list(cost.forces_ucs2),
        }
    )


def text_plain(stdin_bytes: bytes) -> str:
    """The text given, without accents."""
    return without_accents(_one_text(stdin_bytes)) + "\n"


def phones(stdin_bytes: bytes, lang: Lang = "vi") -> str:
    """One JSON object for each line given, blank ones too: input, e164, error."""
    read = (parse(line, lang) for line in _lines(stdin_bytes))
    return "".join(_json({"input": p.input, "e164": p.e164, "error": p.error}) for p in read)


def main(argv: list[str], stdin: BinaryIO, stdout: BinaryIO, stderr: BinaryIO) -> int:
    """
    Runs ``text sms [--plain]``, ``text plain``, ``text spoken`` or ``phone``; the exit code.

    The streams are the binary ones: what is written is UTF-8 whatever the locale says. 0 is fine,
    1 findings of ``--lint``, 2 wrong use, an input that is not UTF-8 or a wrong dictionary.
    """
    lang: Lang = "en" if os.environ.get("GIOVANG_LANG") == "en" else "vi"
    words, options = _arguments(argv)
    if options & {"--help", "-h"} and words in _ACCEPTED:
        return _write(stdout, _HELP[lang], 0)
    # --json is accepted where the output is JSON anyway, as every command accepts it.
    if words not in _COMMANDS or options - _ACCEPTED[words]:
        wrong = {"vi": "sai cách dùng: giovang ", "en": "wrong use: giovang "}[lang]
        return _write(stderr, wrong + " ".join(argv) + "\n" + _HELP[lang], 2)
    try:
        data = stdin.read()
        if words == ("phone",):
            return _write(stdout, phones(data, lang), 0)
        if words == ("text", "plain"):
            return _write(stdout, text_plain(data), 0)
        if words == ("text", "spoken"):
            return _spoken(data, options, lang, stdout, stderr)
        return _write(stdout, text_sms(data, "--plain" in options), 0)
    except NotUtf8Error as bad:
        vi = f"dòng {bad.line}: không phải mã UTF-8, hãy lưu lại tệp ở dạng UTF-8\n"
        en = f"line {bad.line}: not UTF-8, save the file as UTF-8\n"
        return _write(stderr, {"vi": vi, "en": en}[lang], 2)


def _spoken(
    data: bytes, options: set[str], lang: Lang, stdout: BinaryIO, stderr: BinaryIO
) -> int:
    # Its dictionary takes as long to load as all the rest: only who asks for it waits.
    from vietnamese.spoken import cli, dictionary  # noqa: PLC0415

    try:
        text, code = cli.spoken(_lines(data), person="--for=person" in options,
                                lint="--lint" in options, lang=lang)
    except dictionary.DictionaryError as wrong:
        return _write(stderr, cli.explain(wrong, lang), 2)
    return _write(stdout, text, code)


_COMMANDS = {("text", "sms"), ("text", "plain"), ("text", "spoken"), ("phone",)}
_ACCEPTED: dict[tuple[str, ...], set[str]] = {
    ("text", "sms"): {"--plain", "--json"},
    ("text", "plain"): set(),
    ("text", "spoken"): {"--for=voice", "--for=person", "--lint", "--json"},
    ("phone",): {"--json"},
    ("text",): set(),
}


def _arguments(argv: list[str]) -> tuple[tuple[str, ...], set[str]]:
    joined = list(argv)
    if "--for" in joined[:-1]:  # "--for voice" is "--for=voice"
        place = joined.index("--for")
        joined[place : place + 2] = [f"--for={joined[place + 1]}"]
    words = tuple(a for a in joined if not a.startswith("-"))
    return words, {a for a in joined if a.startswith("-")}


def _one_text(data: bytes) -> str:
    """The input as one composed text; the newline that a terminal or `echo` adds is not in it."""
    text = _decode(data)
    if text.endswith("\n"):
        text = text[:-1].removesuffix("\r")
    return nfc(text)


def _lines(data: bytes) -> list[str]:
    """The lines of the input; only a newline parts them."""
    lines = _decode(data).split("\n")
    if not lines[-1]:
        lines.pop()  # the last newline ends a line and begins none
    return [line.removesuffix("\r") for line in lines]


def _decode(data: bytes) -> str:
    data = data.removeprefix(_BOM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as bad:
        raise NotUtf8Error(data.count(b"\n", 0, bad.start) + 1) from None


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _write(stream: BinaryIO, text: str, code: int) -> int:
    try:
        # A command line word that was no UTF-8 comes back in an error message as a surrogate.
        stream.write(text.encode("utf-8", "backslashreplace"))
        stream.flush()
    except BrokenPipeError:
        # The reader (`head`) has seen enough. Python would flush again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
