"""One address of the console: who may call it, what answers, how much it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from console.web.context import Ask, Site
from console.web.gate import LARGEST
from console.web.nav import EVERYBODY
from worker.users.sessions import Standing

#: anyone: nobody need be logged in; else the standings of a session that will do
Needs = Literal["anyone"] | tuple[Standing, ...]

FULL: tuple[Standing, ...] = ("full",)
ANY: tuple[Standing, ...] = ("full", "code", "enrol")


@dataclass(frozen=True)
class Route:
    """One address."""

    method: Literal["GET", "POST"]
    path: str
    answer: Callable[[Site, Ask], Response]
    needs: Needs = FULL
    roles: frozenset[str] = EVERYBODY
    passive: bool = False  #: a page asks by itself: it does not keep a session from being idle
    largest: int = LARGEST  #: bytes of a form, files included
    files: int = 0  #: how many files a form may bring
    fields: int = 100  #: how many values
    longest: int = 2000  #: characters of a value; a longer one is refused, never cut off
