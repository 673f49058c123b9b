"""
The entry point `giovang`. It finds the command, loads only that one, and turns every
expected mistake into a clear line and an exit code: 0 fine, 1 refused, 2 wrong use.
"""

import importlib
import os
import sys
from difflib import get_close_matches
from typing import Any

from vietnamese import cli as text_cli
from worker.cli import MOUNTS, Mount
from worker.i18n import english, t

_TEXT = (
    Mount("text sms", "", "Đếm số tin SMS của một văn bản", "Count the SMS parts of a text"),
    Mount("text plain", "", "Bỏ dấu một văn bản", "Remove diacritics from a text"),
    Mount("text spoken", "", "Đọc một văn bản thành lời cho loa, mỗi dòng một câu",
          "Say a text as it is read aloud, line by line"),
    Mount("phone", "", "Kiểm tra số điện thoại, mỗi dòng một số",
          "Check phone numbers, one a line"),
)


def main() -> None:
    """Run `giovang …`; exits."""
    argv = sys.argv[1:]
    if argv[:1] in (["text"], ["phone"]):
        # the pure text functions start without any library: they answer in 100 ms
        sys.exit(text_cli.main(argv, sys.stdin.buffer, sys.stdout.buffer, sys.stderr.buffer))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a C locale must not break Vietnamese
    code = _run(argv)
    _flush()
    sys.exit(code)


def _run(argv: list[str]) -> int:
    if not argv or argv[0] in ("--help", "-h", "help"):
        sys.stdout.write(overview())
        return 0 if argv else 2
    if argv[0] == "--version":
        from importlib.metadata import version  # noqa: PLC0415  (rarely asked)

        sys.stdout.write(f"giovang {version('giovang')}\n")
        return 0
    mount = _find(argv)
    if mount is None:
        sys.stderr.write(_unknown(argv) + "\n")
        return 2
    from console.usage import call  # noqa: PLC0415  (typer is not needed for the overview)

    try:
        return call(load(mount), f"giovang {mount.name}", argv[len(mount.name.split()):])
    except BrokenPipeError:
        _flush()
        return 1
    except Exception as error:  # noqa: BLE001  (the last line of defence: no traceback for staff)
        from worker.failures import explain  # noqa: PLC0415  (only on trouble)

        text, code = explain(error)
        sys.stderr.write(text + "\n")
        return code


def load(mount: Mount) -> Any:
    """The command behind a mount."""
    import typer  # noqa: PLC0415  (a second's tenth that the overview does not need)

    module, _, function = mount.function.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.command(mount.name.split()[-1], help=mount.en if english() else mount.vi)(
        getattr(importlib.import_module(module), function)
    )
    return typer.main.get_command(app)


def overview() -> str:
    """All commands, one a line."""
    mounts = (*MOUNTS, *_TEXT)
    width = max(len(m.name) for m in mounts) + 2
    lines = [
        t("Giờ vàng: phát tin cảnh báo đúng giờ, trên mọi kênh, có nhật ký chứng minh.",
          "Golden hour: publish warnings on every channel, on time, with proof."), "",
        t("Cách dùng: giovang LỆNH [TÙY CHỌN]; giovang LỆNH --help để xem từng lệnh.",
          "Usage: giovang COMMAND [OPTIONS]; giovang COMMAND --help for each command."), "",
    ]
    lines += [f"  {m.name:<{width}}{m.en if english() else m.vi}" for m in mounts]
    return "\n".join(lines) + "\n"


def _find(argv: list[str]) -> Mount | None:
    named = {m.name: m for m in MOUNTS}
    return named.get(" ".join(argv[:2])) or named.get(argv[0])


def _unknown(argv: list[str]) -> str:
    names = [m.name for m in (*MOUNTS, *_TEXT)]
    typed = " ".join(argv[:2]) if argv[0] == "person" else argv[0]
    close = get_close_matches(typed, names, n=1)
    fix = t(f"ý là «giovang {close[0]}»?", f"did you mean “giovang {close[0]}”?") if close else t(
        "xem `giovang --help`", "see `giovang --help`")
    return t(f"giovang: không có lệnh «{typed}»; {fix}", f"giovang: no command “{typed}”; {fix}")


def _flush() -> None:
    """What a reader that has gone (`| head`) did not take is said to nobody."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    main()
