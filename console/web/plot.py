"""Bars of days as SVG: places and heights in its own units; colours are classes of the sheet."""

from collections.abc import Sequence
from typing import NamedTuple

from worker.trend import DayCount

#: width and height of the picture's field of bars
WIDTH, HEIGHT = 700, 160


class Bar(NamedTuple):
    """One piece of a day's bar, from the bottom up."""

    tone: str  #: ok, bad, wait
    x: float
    y: float
    width: float
    height: float


def bars(days: Sequence[DayCount]) -> list[Bar]:
    """Out, failed, in doubt, one on the other; what is there is never too thin to be seen."""
    most = max((d.total for d in days), default=0)
    if not most:
        return []
    step = WIDTH / len(days)
    found = []
    for n, day in enumerate(days):
        top = float(HEIGHT)
        for tone, count in (("ok", day.out), ("bad", day.failed), ("wait", day.uncertain)):
            if count:
                height = max(3.0, count * (HEIGHT - 8) / most)
                top -= height
                found.append(Bar(tone, round(n * step + step * 0.15, 1), round(top, 1),
                                 round(step * 0.7, 1), round(height, 1)))
    return found
