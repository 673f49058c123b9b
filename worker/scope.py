"""
Whose things somebody may see and change: those of their own organisation and of all below it.

A person without an organisation works for the whole installation. So does a thing without one:
only they change it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from worker.programme.model import Programme


@dataclass(frozen=True)
class Scope:
    """`organisations`: the ids held; None: everything."""

    organisations: frozenset[str] | None

    @property
    def whole(self) -> bool:
        return self.organisations is None

    def holds(self, organisation: str | None) -> bool:
        """Whether a thing of this organisation (None: of the whole) is theirs."""
        return self.organisations is None or organisation in self.organisations


WHOLE = Scope(None)


def scope_of(programme: Programme, organisation: str | None) -> Scope:
    """What a person of this organisation holds; of one that is no longer known: only its own."""
    if organisation is None:
        return WHOLE
    return Scope(_below(((o.id, o.parent) for o in programme.organisations), organisation))


def _below(bodies: Iterable[tuple[str, str | None]], top: str) -> frozenset[str]:
    """`top` and all below it; a circle is no trap."""
    pairs = tuple(bodies)
    held = {top}
    while more := {body for body, parent in pairs if parent in held} - held:
        held |= more
    return frozenset(held)
