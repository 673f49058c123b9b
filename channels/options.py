"""
What a channel is built from: plain values of the programme, checked, and what the host lends.

`ChannelSpec` is `[[channels]]` of schedules.toml without its secrets; `Context` is what the
worker gives to every channel. The types know nothing of the worker.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from channels.base import AccountState, Secrets
from channels.values import Problem
from channels.wire import Wire
from vietnamese.i18n import t

#: Stands for every secret while training, so that no real one can reach even the sandbox.
TRAINING_SECRET = "khoa-tap-huan"  # noqa: S105 - deliberately none


class Clock(Protocol):
    """Wall time, aware UTC, and monotonic seconds (the worker's clock fits)."""

    def now(self) -> datetime: ...

    def elapsed(self) -> float: ...


@dataclass(frozen=True)
class AccountSpec:
    """One login at the gateway: secrets by name as `env:NAME` or `file:PATH`, never the value."""

    id: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ChannelSpec:
    """A channel of the programme. `targets`: address -> account id; unknown ones use the first."""

    id: str
    type: str
    accounts: tuple[AccountSpec, ...]
    targets: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    allowed_domains: tuple[str, ...] = ()
    max_parallel: int | None = None
    timeout: float | None = None  #: seconds


@dataclass(frozen=True)
class Context:
    """
    What the worker lends to a channel.

    `folder`: file channels write below it (below `folder`/tap-huan in training); `home`:
    relative files of the programme are read from there; `sandbox_url`: in training every HTTP
    channel speaks to it, whatever the programme says.
    """

    wire: Wire
    clock: Clock
    secrets: Secrets
    folder: Path
    home: Path
    state: AccountState | None = None
    training: bool = False
    sandbox_url: str | None = None
    durable: bool = True  #: False in a rehearsal: files need not survive a power cut


class BadChannel(Exception):
    """The programme describes a channel that cannot be built; `problems` says every mistake."""

    def __init__(self, channel: str, problems: list[Problem]) -> None:
        super().__init__(f"{channel}: " + "; ".join(f"{p.code}: {p.what}" for p in problems))
        self.problems = problems


class Options(BaseModel):
    """Base of every channel's options: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


O = TypeVar("O", bound=BaseModel)  # noqa: E741


def read_options(model: type[O], given: Mapping[str, Any], where: str) -> O | list[Problem]:
    """The options as values, or every mistake in them; `Problem.code` is the key's path."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        return [_problem(where, e["loc"], e["type"], e["msg"], model) for e in error.errors()]


def _problem(
    where: str, loc: tuple[int | str, ...], kind: str, message: str, model: type[BaseModel]
) -> Problem:
    path = ".".join([where, *(str(part) for part in loc)])
    if kind == "missing":
        return Problem(path, t("thiếu thiết lập này", "this setting is missing"),
                       t("Thêm vào, xem docs/schedules.md", "Add it, see docs/schedules.md"))
    if kind == "extra_forbidden":
        known = ", ".join(model.model_fields)
        return Problem(path, t("không có thiết lập này", "there is no such setting"),
                       t(f"Dùng một trong: {known}", f"Use one of: {known}"))
    what = t(f"giá trị không hợp lệ ({message})", f"the value will not do ({message})")
    return Problem(path, what, t("Xem docs/schedules.md", "See docs/schedules.md"))


def foreign_links(links: list[str], allowed: tuple[str, ...]) -> list[str]:
    """Those web addresses that lead to no allowed domain nor to a host below one."""
    return [link for link in links if not _is_allowed(_host(link), allowed)]


def _host(link: str) -> str:
    # As a browser reads it: what stands before an "@" is a user's name, not the host.
    bare = re.split(r"[/?#\\]", re.sub(r"^[a-z][a-z0-9+.-]*://", "", link, flags=re.IGNORECASE))[0]
    return bare.rpartition("@")[2].partition(":")[0].lower().rstrip(".")


def _is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in map(str.lower, allowed))
