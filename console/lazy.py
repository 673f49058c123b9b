"""A command group that knows its commands by name and loads one only when it is called."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from worker.cli import Mount


class LazyGroup(click.Group):
    """Commands of one or two words from a table of mounts."""

    def __init__(
        self, *, name: str, mounts: Sequence[Mount], load: Callable[[Mount], Any],
        in_english: bool, help: str = "",  # noqa: A002  (click's own word)
    ) -> None:
        super().__init__(name=name, help=help, no_args_is_help=True)
        self._mounts = mounts
        self._load = load
        self._english = in_english

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(dict.fromkeys(m.name.split()[0] for m in self._mounts))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        found = [m for m in self._mounts if m.name.split()[0] == cmd_name]
        if not found:
            return None
        if len(found) == 1 and found[0].name == cmd_name:
            return _Stub(self._load, found[0], self._help(found[0]))
        inner = tuple(m._replace(name=m.name.split(" ", 1)[1]) for m in found)
        return LazyGroup(name=cmd_name, mounts=inner, load=self._load, in_english=self._english,
                         help=" · ".join(self._help(m) for m in found))

    def _help(self, mount: Mount) -> str:
        return mount.en if self._english else mount.vi


class _Stub(click.Command):
    """Stands in a listing; becomes the real command when it is called."""

    def __init__(self, load: Callable[[Mount], Any], mount: Mount, short: str) -> None:
        super().__init__(name=mount.name, help=short, short_help=short)
        self._real = lambda: load(mount)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        real: click.Command = self._real()
        return real.make_context(info_name, args, parent=parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        return ctx.command.invoke(ctx)
