"""
Results that are alike: nearly all of a slice end the same way and differ by the gateway's id
alone, so what is asked and counted of them is asked and counted once for all.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from channels.values import Accepted
from worker.outbox.settle import outcome_name

from .units import Result


class Kind(NamedTuple):
    """What results have in common that ended (no `Retry`)."""

    state: str
    code: str
    detail: str
    parts: int  #: SMS parts of each
    attempts: int  #: which try of its message
    carrier: str
    lot: int
    late: bool

    @property
    def written(self) -> tuple[str, str, str, int, int]:
        """What their rows get, and the try that they end."""
        return self.state, self.code, self.detail, self.parts, self.attempts


def kinds(results: Iterable[Result]) -> dict[Kind, list[Result]]:
    """By kind, in the order they came; a slice is of one lot."""
    found: dict[tuple[str, str, str, int, int, str, int, bool], list[Result]] = {}
    for of, run in groupby(results, key=itemgetter(0)):
        lot = of.lease.lot
        for result in run:
            _, begun, outcome, parts, _, late = result
            kind = (outcome_name(outcome), getattr(outcome, "code", "")[:40], outcome.detail[:500],
                    parts, begun.attempts, begun.carrier, lot, late)
            mine = found.get(kind)
            if mine is None:
                found[kind] = [result]
            else:
                mine.append(result)
    return {Kind(*kind): mine for kind, mine in found.items()}


def refs(results: Iterable[Result]) -> dict[int, str]:
    """By row what the gateway calls it, "" for nothing."""
    return {r.begun.row: getattr(r.outcome, "ref", "")[:200] for r in results}


def ids(results: Iterable[Result]) -> tuple[dict[int, str], list[list[object]]]:
    """
    The gateway's ids of what it took, to find a message again: by row where it gave one, and
    [id, row, part, of] of each part where it gave one a part.
    """
    single: dict[int, str] = {}
    several: list[list[object]] = []
    for r in results:
        outcome = r.outcome
        parts = outcome.parts if isinstance(outcome, Accepted) else ()
        if parts:
            several += [[ref[:200], r.begun.row, n, len(parts)]
                        for n, ref in enumerate(parts, start=1)]
        elif ref := getattr(outcome, "ref", ""):
            single[r.begun.row] = ref[:200]
    return single, several
