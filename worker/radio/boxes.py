"""
Which stations have a vendor's box, and under which key a bulletin goes there. A bulletin's number
is the run of its occurrence; a later version of one number is the same words with their sound.
"""

from datetime import date
from typing import NamedTuple

from worker.outbox.keys import occurrence_id
from worker.programme.model import Programme
from worker.radio.airings import Place
from worker.radio.bulletin import airing_slug
from worker.specs import BULLETINS

#: no slot of the calendar: planning leaves it alone
SLOT = "-"


class Box(NamedTuple):
    """A station's box: the channel that reaches it, and the login used."""

    channel: str
    account: str
    station: str


def boxes_of(programme: Programme) -> list[Box]:
    """Every box of a station that the programme has."""
    stations = {station.id for station in programme.stations}
    return [Box(channel.id, target.account, target.id)
            for channel in programme.channels if channel.enabled and channel.type in BULLETINS
            for target in channel.targets if target.id in stations]


def entry_of(place: Place) -> str:
    """The entry of every number of this airing."""
    return f"hop:{place.station}:{airing_slug(place.airing)}"


def occurrence_of(station: str, day: date, airing: str, number: int) -> str:
    """The occurrence whose deliveries brought this number to the station's boxes."""
    return occurrence_id(entry_of(Place(station, day, airing)), SLOT, day, number)
