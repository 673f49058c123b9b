"""One airing on one channel in a word: many deliveries, one sign."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from worker.i18n import t
from worker.programme.model import ChannelConfig


class Sign(NamedTuple):
    """How a state is shown: a shape, a word, a colour; none of them alone."""

    shape: str
    vi: str
    en: str
    tone: str  #: ok, wait, bad, off

    @property
    def word(self) -> str:
        return t(self.vi, self.en)


#: worst first: an airing whose channels differ shows the first of theirs
STATES: dict[str, Sign] = {
    "unsure": Sign("?", "chưa rõ kết quả", "uncertain", "bad"),
    "missing": Sign("✕", "lỡ, không phát được", "missing", "bad"),
    "blocked": Sign("✕", "không phát được", "cannot air", "bad"),
    "empty": Sign("!", "chưa có tin", "nothing to air", "bad"),
    "unapproved": Sign("!", "tin chưa duyệt", "not approved", "bad"),
    "held": Sign("!", "chưa đủ điều kiện", "held", "wait"),
    "sending": Sign("▸", "đang phát", "sending", "wait"),
    "planned": Sign("○", "chờ phát", "planned", "wait"),
    "handed": Sign("▹", "đã giao, chưa báo đã phát", "handed over", "wait"),
    "late": Sign("◐", "phát muộn", "late", "ok"),
    "aired": Sign("✓", "đã phát", "aired", "ok"),
    "later": Sign("·", "sẽ lên lịch sau", "planned later", "off"),
    "recalled": Sign("↩", "đã thu hồi", "recalled", "off"),
    "cancelled": Sign("−", "đã hủy", "cancelled", "off"),
}
_OUT = ("accepted", "delivered")
_LOST = ("rejected", "exhausted", "expired")


@dataclass
class Counts:
    """Deliveries of one airing on one channel, by state."""

    by_state: dict[str, int] = field(default_factory=dict)
    late: int = 0

    def add(self, state: str, count: int) -> None:
        self.by_state[state] = self.by_state.get(state, 0) + count

    @property
    def nothing(self) -> bool:
        """None went out, or may have, or will."""
        return set(self.by_state) <= {"cancelled"}

    def of(self, *states: str) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


class Chip(NamedTuple):
    """One channel of an airing: its state, and how many of how many have it."""

    channel: str
    state: str
    out: int
    total: int
    problem: str

    @property
    def sign(self) -> Sign:
        return STATES[self.state]


def shown(delivery: str, batch: str) -> str:
    """A delivery's state in front of staff: before it begins it is what its batch is."""
    if delivery != "queued":
        return delivery
    return "ready" if batch in ("ready", "leased", "done") else batch


class Hour(NamedTuple):
    """Where the hour of an airing lies from now."""

    before: bool
    over: bool


def chip(
    channel: ChannelConfig, counts: Counts, problem: str, hour: Hour, *, cancelled: bool
) -> Chip:
    """
    What this channel shows. What still waits when its hour is over is missing; what a station
    has taken has not been aired yet.
    """
    total = sum(counts.by_state.values()) - counts.of("cancelled")
    state = _state(counts, problem, cancelled=cancelled)
    if hour.over and state in ("planned", "held"):
        state = "missing"
    elif state in ("aired", "late") and (
            hour.before or (channel.type == "loudspeaker" and counts.of("accepted"))):
        state = "handed"
    return Chip(channel.id, state, counts.of(*_OUT), total, problem)


def _state(counts: Counts, problem: str, *, cancelled: bool) -> str:
    out, coming = counts.of(*_OUT), counts.of("ready", "sending")
    order = (
        ("unsure", counts.of("uncertain")), ("missing", counts.of(*_LOST)),
        ("held", counts.of("held")),
        ("sending", counts.of("sending") or (out and coming)), ("planned", coming),
        ("late", counts.late and out), ("aired", out), ("recalled", counts.of("recalled")),
        ("cancelled", counts.of("cancelled") or cancelled), ("blocked", problem))
    return next((name for name, has in order if has), "blocked")


def of_chips(chips: Collection[Chip], *, cancelled: bool) -> str:
    """The state of an airing whose channels have these; one that airs nowhere is blocked."""
    order = list(STATES)
    airing = {c.state for c in chips} - {"blocked"}
    worst = min(airing, key=order.index, default="cancelled" if cancelled else "blocked")
    return "sending" if worst == "planned" and airing & {"aired", "late"} else worst
