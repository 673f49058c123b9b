"""
Who uses the installation meanwhile: persons at the console, operators at their stations. What
they were told is kept; that nobody answers while a process or the database is down is not wrong.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from tests.accounts import Visitor
from tests.process.installation import PATIENCE
from tests.process.soak.place import Member

#: what may be answered while the database is away, or the process is just ending
NOT_NOW = frozenset({500, 503})


@dataclass
class Caller:
    """Repeats its round in a thread until it is told to stop."""

    stop: threading.Event
    pause: float
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def start(self) -> "Caller":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def join(self) -> None:
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        while not self.stop.wait(self.pause):
            try:
                self.round()
            except requests.RequestException:
                self.answers["no answer"] += 1
            except Exception as error:  # noqa: BLE001  (a thread's end would be seen by nobody)
                self.wrong.append(repr(error))

    def round(self) -> None:
        raise NotImplementedError

    def _judge(self, what: str, answer: requests.Response, *expected: int) -> bool:
        """True when it was answered as it should be."""
        self.answers[str(answer.status_code)] += 1
        if answer.status_code in expected:
            return True
        if answer.status_code not in NOT_NOW:
            self.wrong.append(f"{what}: {answer.status_code} {answer.text[:200]}")
        return False


@dataclass
class Person(Caller):
    """Logs in once, and looks at pages of whichever console answers by that one session."""

    consoles: Sequence[Member] = ()
    name: str = ""
    paths: Sequence[str] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self.visitor = Visitor("")

    def log_in(self) -> None:
        self.visitor.url = _url(self.consoles[0])
        answer = self.visitor.log_in(self.name)
        assert (answer.status_code, self.visitor.token is not None) == (303, True), answer.text

    def round(self) -> None:
        self.visitor.url = _url(self._rng.choice(self.consoles))
        path = self._rng.choice(self.paths)
        # a session that was lost would be sent to the page of logging in: 303
        self._judge(f"{self.name} {path}", self.visitor.get(path), 200)

    def still_in(self) -> bool:
        """By the same session, at every console."""
        for console in self.consoles:
            self.visitor.url = _url(console)
            if self.visitor.get("/").status_code != 200:
                return False
        return True


@dataclass
class Station(Caller):
    """Reads its bulletins from whichever worker answers, accepts them, says that they aired."""

    workers: Sequence[Member] = ()
    name: str = ""
    token: str = ""
    seed: int = 0
    said: set[str] = field(default_factory=set)  #: places of airings that the worker took down
    accepted: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._web = requests.Session()
        self._web.trust_env = False

    def round(self) -> None:
        base = f"http://127.0.0.1:{self._rng.choice(self.workers).public}/stations/{self.token}/"
        found = self.bulletins(base)
        for bulletin in found:
            if bulletin["planned"]:
                continue
            slug = f"{bulletin['date']}/{bulletin['airing'].replace(':', '')}"
            place, number = f"{bulletin['date']}|{bulletin['airing']}", bulletin["number"]
            if (slug, number) not in self.accepted and self._post(
                    base, "accept", slug=slug, number=str(number), by="Phó Chủ tịch"):
                self.accepted.add((slug, number))
            opened = datetime.fromisoformat(bulletin["airs_at"]) <= datetime.now(UTC)
            if opened and place not in self.said and self._post(
                    base, "aired", place=place, number=str(number), extent="full", by="Anh Ba"):
                self.said.add(place)

    def bulletins(self, base: str) -> list[dict[str, Any]]:
        answer = self._web.get(f"{base}bulletins.json", timeout=20)
        if not self._judge("bulletins", answer, 200):
            return []
        rows: list[dict[str, Any]] = answer.json()["bulletins"]
        return rows

    def read(self, worker: Member) -> list[dict[str, Any]]:
        """What stands at its page in the end."""
        return self.bulletins(f"http://127.0.0.1:{worker.public}/stations/{self.token}/")

    def _post(self, base: str, act: str, **form: str) -> bool:
        answer = self._web.post(base + act, data=form, timeout=20, allow_redirects=False)
        # 400: a newer number came between the two requests; it is read in the next round
        return self._judge(f"{self.name} {act}", answer, 303, 400) and answer.status_code == 303


def _url(member: Member) -> str:
    return f"http://127.0.0.1:{member.inner}"


@dataclass
class Sampler(Caller):
    """Looks at figures that must stay bounded; `look` may fail while the database is away."""

    look: Callable[[], None] = lambda: None

    def round(self) -> None:
        self.look()
