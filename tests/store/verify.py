"""A world whose site has the page that says what is genuine."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.builders import settings_for
from tests.store.world import World
from worker.home import Home
from worker.verification.ticks import Verification


@dataclass
class Verified:
    """The folder as the worker's tick writes it."""

    world: World

    def __post_init__(self) -> None:
        self.home = Home(settings_for(self.world.var), self.world.store, self.world.clock)
        self.worker = Verification(self.home)

    @property
    def path(self) -> Path:
        return self.home.settings.var / "phat" / "tap-huan" / "trang-tin" / "xac-minh"

    def tick(self) -> int:
        return self.worker.tick(self.home.programme().programme, self.world.clock.now())

    def again(self) -> int:
        """The worker's next life."""
        self.worker = Verification(self.home)
        return self.tick()

    def records(self) -> list[dict[str, Any]]:
        """The newest first, then by channel."""
        found = [json.loads(f.read_bytes()) for f in self.path.glob("ma/*/*.json")]
        return sorted(found, key=lambda r: (r["when"], r["media"], r["sender"]))

    def of(self, media: str) -> dict[str, Any]:
        [found] = [r for r in self.records() if r["media"] == media]
        return found

    def everything(self) -> str:
        return "\n".join(f.read_text(encoding="utf-8") for f in self.path.rglob("*.*")
                         if f.suffix in (".html", ".json"))

    def files(self) -> dict[str, bytes]:
        return {str(f.relative_to(self.path)): f.read_bytes()
                for f in self.path.rglob("*.*") if f.is_file() and f.name != ".khoa"}
