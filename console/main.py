"""
The entry point `giovang`. It finds the command, loads only that one, and turns every
expected mistake into a clear line and an exit code: 0 fine, 1 refused, 2 wrong use.
"""

import importlib
import os
import sys
from typing import Any

from vietnamese import cli as text_cli
from worker.cli import MOUNTS, Mount
from worker.i18n import english, t

_TEXT = (
    Mount("text sms", "", "Đếm số tin SMS của một văn bản", "Count the SMS parts of a text"),
    Mount("text plain", "", "Bỏ dấu một văn bản", "Remove diacritics from a text"),
    Mount("phone", "", "Kiểm tra số điện thoại, mỗi dòng một số",
          "Check phone numbers, one a line"),
)


def main() -> None:
    """Run `giovang …`; exits."""
    argv = sys.argv[1:]
    if argv[:1] in (["text"], ["phone"]):
        # the pure text functions start without any library: they answer in 50 ms
        sys.exit(text_cli.main(argv, sys.stdin.buffer, sys.stdout.buffer,
                               sys.stderr.buffer))
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a C locale must not break Vietnamese
    sys.exit(_run(argv))


def _run(argv: list[str]) -> int:
    import click  # noqa: PLC0415  (not needed by the text commands)

    try:
        return int(_group()(argv, prog_name="giovang", standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        return 130
    except click.ClickException as wrong:
        wrong.show(sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001  (the last line of defence: no traceback for staff)
        return _report(error)


def _report(error: Exception) -> int:
    from worker.failures import explain  # noqa: PLC0415  (only on trouble)

    text, code = explain(error)
    sys.stderr.write(text + "\n")
    return code


def _group() -> Any:
    from console.lazy import LazyGroup  # noqa: PLC0415

    return LazyGroup(
        name="giovang", mounts=(*MOUNTS, *_TEXT), load=load,
        help=t("Giờ vàng: phát tin cảnh báo đúng giờ, trên mọi kênh, có nhật ký chứng minh.",
               "Golden hour: publish warnings on every channel, on time, with proof."),
        in_english=english(),
    )


def load(mount: Mount) -> Any:
    """The click command behind a mount."""
    import typer  # noqa: PLC0415

    module, _, function = mount.function.partition(":")
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    name = mount.name.split()[-1]
    app.command(name, help=mount.en if english() else mount.vi)(
        getattr(importlib.import_module(module), function)
    )
    return typer.main.get_command(app)


if __name__ == "__main__":
    main()
