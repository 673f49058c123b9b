"""
Conditions and rules of a gateway's description: from the gateway's words to ours.

A condition is the value itself ("5"), a comparison of whole numbers (">0", ">=64", "<64"),
"*" for any value at all, or "" for none. The first rule whose conditions all hold decides.
"""

import operator
import re
from collections.abc import Callable, Iterable
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from channels.options import Options

_COMPARISON = re.compile(r"(>=|<=|>|<)(-?\d{1,15})")
_WHOLE = re.compile(r"-?\d{1,15}")
_HOLDS: dict[str, Callable[[int, int], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


#: one condition or a list of them, of which one must hold
Conditions = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
#: one path or several, of which the first that is there counts
Paths = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]


class Rule(Options):
    """Conditions by path, and what they prove of a message that the gateway speaks of."""

    when: dict[str, Conditions] = Field(min_length=1)
    outcome: Literal["delivered", "accepted", "rejected"]
    code: str = ""  #: of a rejected message, a row of the code table; default `undelivered`


def meets(value: str | None, condition: str) -> bool:
    """True when the value (None: there is none) is as the condition says."""
    if condition == "*":
        return bool(value)
    if value is None:
        return condition == ""
    found = _COMPARISON.fullmatch(condition)
    if found is None:
        return value == condition
    return _WHOLE.fullmatch(value) is not None and _HOLDS[found[1]](int(value), int(found[2]))


def decide(rules: Iterable[Rule], value_of: Callable[[str], str | None]) -> Rule | None:
    """The first rule that holds; None when the gateway says nothing that settles a message."""
    for rule in rules:
        if all(
            any(meets(value_of(path), condition) for condition in conditions)
            for path, conditions in rule.when.items()
        ):
            return rule
    return None
