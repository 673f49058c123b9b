"""
Faults on order: what real gateways do on a bad day, repeatable to the last byte.

A rule with `modes` alone is used up in order, one mode a request. With `probability` and
`seed` the draw depends on the request itself and on how often it came, not on the order in
which threads happened to arrive, so two rehearsals with one seed are identical.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sandbox.values import Reply, Request, digest

#: mode -> does the imitation take the message first?
MODES: Final[Mapping[str, bool]] = {
    "pass": True,
    "429": False,
    "500": False,
    "500_posted": True,
    "503": False,
    "503_later": False,
    "401": False,
    "301": False,
    "html200": False,
    "bad_json": True,
    "empty200": True,
    "reset_before": False,
    "reset_after": True,
    "black_hole": True,
    "cut": True,
    "slow": True,
}

#: the mix of `--faults SEED`: everything that ends at once; no black hole, a rehearsal is quick
MIX: Final = ("429", "500", "500_posted", "503", "503_later", "html200", "bad_json", "cut")
MIX_PROBABILITY: Final = 0.1

_HTML = b"<!doctype html><title>Bao tri</title><h1>503</h1><p>He thong dang bao tri</p>"


@dataclass
class Rule:
    """Faults for every path that begins with `path`."""

    path: str
    modes: list[str]
    probability: float = 1.0
    seed: str = ""
    seconds: float = 1.0  #: how late `slow` answers
    seen: Counter[str] = field(default_factory=Counter)

    def draw(self, request: Request) -> str | None:
        """The mode for this request; None when the rule has nothing (more) to say."""
        if not request.path.startswith(self.path) or not self.modes:
            return None
        if not self.seed:
            return self.modes.pop(0)
        name = digest(request.method, request.path, request.query, repr(request.body))
        self.seen[name] += 1
        number = int(digest(self.seed, name, str(self.seen[name])), 16)
        if number % 10_000 >= self.probability * 10_000:
            return None
        return self.modes[number // 10_000 % len(self.modes)]


class Faults:
    """The rules in force; the first that has something to say decides."""

    def __init__(
        self, seed: str = "", *, known: Mapping[str, bool] = MODES, mix: Sequence[str] = MIX
    ) -> None:
        self._known = known
        self.rules: list[Rule] = []
        if seed:
            self.rules = [Rule("/", list(mix), MIX_PROBABILITY, seed)]

    def set(self, rules: list[Mapping[str, Any]]) -> str:
        """Replace the rules; what is wrong with them, or ""."""
        made = []
        for rule in rules:
            modes = [str(mode) for mode in rule.get("modes", [])]
            if unknown := [mode for mode in modes if mode not in self._known]:
                return f"unknown modes: {unknown}; known: {list(self._known)}"
            seed = str(rule.get("seed", ""))
            if "probability" in rule and not seed:
                return "probability needs a seed"
            probability = float(rule.get("probability", 1.0))
            seconds = float(rule.get("seconds", 1.0))
            made.append(Rule(str(rule.get("path", "/")), modes, probability, seed, seconds))
        self.rules = made
        return ""

    def draw(self, request: Request) -> tuple[str, float]:
        """Mode and seconds for this request; "pass" when no rule applies."""
        for rule in self.rules:
            mode = rule.draw(request)
            if mode is not None:
                return mode, rule.seconds
        return "pass", 0.0


def spoil(mode: str, reply: Reply | None, path: str) -> Reply:
    """The answer in this mode; `reply` is None where the imitation was not asked."""
    if reply is None:
        return {
            "429": Reply(429, b'{"error":"slow down"}', {"Retry-After": "30"}),
            "500": Reply(500, b"Internal Server Error", content_type="text/plain"),
            "503": Reply(503, _HTML, content_type="text/html"),
            "503_later": Reply(503, _HTML, {"Retry-After": "60"}, content_type="text/html"),
            "401": Reply(401, b'{"error":"who are you"}'),
            "301": Reply(301, b"", {"Location": f"/moved{path}"}),
            "html200": Reply(200, _HTML, content_type="text/html"),
        }[mode]
    if mode == "500_posted":
        return Reply(500, b"Internal Server Error", content_type="text/plain")
    if mode == "bad_json":
        return replace(reply, body=reply.body[: len(reply.body) // 2] + b"\xff")
    if mode == "empty200":
        return Reply(200, b"")
    return reply
