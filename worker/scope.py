"""
Whose things somebody may see and change: those of their own organisation and of all below it.

A person without an organisation works for the whole installation. So does a thing without one:
only they change it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from worker.home import in_force
from worker.models import Person
from worker.programme.model import Programme
from worker.programme.targets import candidates

#: channel -> ids of its targets
Targets = Mapping[str, frozenset[str]]


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


def owner_for(session: Session, person_id: str) -> str | None:
    """Whose a thing is that this person makes: their organisation's."""
    return session.scalars(select(Person.organisation).where(Person.id == person_id)).first()


def scope_of_person(session: Session, person_id: str) -> Scope:
    """What this person holds at this moment; whoever is no person (the system) holds all."""
    organisation = owner_for(session, person_id)
    if organisation is None:
        return WHOLE
    return scope_of(in_force(session).programme, organisation)


def targets_held(programme: Programme, scope: Scope) -> Targets | None:
    """
    The targets (stations, too) of the organisations held, channel by channel; None: all there
    are, also those that have left the programme since.
    """
    if scope.whole:
        return None
    found = {
        channel.id: frozenset(x.id for x in candidates(programme, channel)
                              if scope.holds(x.organisation))
        for channel in programme.channels}
    return {channel: targets for channel, targets in found.items() if targets}


def has(held: Targets | None, channel: str, target: str) -> bool:
    """Whether a delivery to this target is among those held."""
    return held is None or target in held.get(channel, ())


def _below(bodies: Iterable[tuple[str, str | None]], top: str) -> frozenset[str]:
    """`top` and all below it; a circle is no trap."""
    pairs = tuple(bodies)
    held = {top}
    while more := {body for body, parent in pairs if parent in held} - held:
        held |= more
    return frozenset(held)
