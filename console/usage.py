"""Call one command; its usage errors and help pages in the reader's language."""

import re
import sys
from typing import Any

from worker.i18n import english

#: English of the library -> Vietnamese; tried in order
_ERRORS: tuple[tuple[str, str], ...] = (
    (r"No such option:? '?([^ '.]+)'?\.?(?: Did you mean (.*)\?)?", r"không có tùy chọn \1"),
    (r"Missing argument '([^']+)'\.?", r"thiếu \1"),
    (r"Missing option '([^']+)'\.?", r"thiếu tùy chọn \1"),
    (r"Missing parameter: (.*)", r"thiếu \1"),
    (r"Got unexpected extra arguments? \((.*)\)", r"thừa: \1"),
    (r"Invalid value for '([^']+)': '([^']*)' is not a valid integer\.?",
     r"\1: «\2» không phải số nguyên"),
    (r"Invalid value for '([^']+)': Input should be a valid integer.*", r"\1: phải là số nguyên"),
    (r"Invalid value for '([^']+)': Input should be greater than or equal to (\S+)",
     r"\1: phải từ \2 trở lên"),
    (r"Invalid value for '([^']+)': (.*)", r"\1: giá trị không hợp lệ (\2)"),
    (r"Option '([^']+)' requires an argument\.?", r"tùy chọn \1 cần một giá trị"),
)
_HELP: tuple[tuple[str, str], ...] = (
    ("Usage:", "Cách dùng:"), ("Options:", "Tùy chọn:"), ("Arguments:", "Tham số:"),
    ("[OPTIONS]", "[TÙY CHỌN]"), ("Show this message and exit.", "Hiện trang này."),
    ("[required]", "[bắt buộc]"), ("[default: ", "[mặc định: "),
)


def call(command: Any, name: str, args: list[str]) -> int:
    """Run it; the exit code. Our own errors pass through to the caller."""
    if "--help" in args:
        sys.stdout.write(help_page(command, name))
        return 0
    try:
        return int(command(args, prog_name=name, standalone_mode=False) or 0)
    except (KeyboardInterrupt, EOFError):
        return 130
    except RuntimeError as done:
        # typer.Exit carries a code; any other RuntimeError is a bug and passes through
        if hasattr(done, "exit_code"):
            return int(done.exit_code)
        raise
    except Exception as wrong:
        # the library's usage errors know how to say what is wrong; they have no public base
        if not hasattr(wrong, "format_message") or hasattr(wrong, "mistakes"):
            raise
        sys.stderr.write(f"{name}: {_vietnamese(wrong.format_message())}; {name} --help\n")
        return 2


def help_page(command: Any, name: str) -> str:
    """The command's own help."""
    context = command.make_context(name, [], resilient_parsing=True)
    page = str(command.get_help(context)) + "\n"
    if english():
        return page
    for source, to in _HELP:
        page = page.replace(source, to)
    return page


def _vietnamese(text: str) -> str:
    if english():
        return text
    for pattern, to in _ERRORS:
        if re.match(pattern, text):
            return re.sub(pattern, to, text)
    return text
