"""The values that fill an approved text's fields: whose name and hotline, on which day."""

from collections.abc import Iterable, Iterator
from datetime import date

from worker.items.fields import FIELDS
from worker.programme.model import Organisation, Programme, Station

#: field -> attribute of the organisation it comes from
ATTRIBUTES = {
    "cong_an": "police",
    "ubnd": "committee",
    "duong_day_nong": "hotline",
    "ky_ten": "sign_off",
}


def field_values(
    programme: Programme, organisation_id: str | None, station: Station | None, day: date
) -> dict[str, str]:
    """
    Fields of the receiving body with the values in force on this day.

    What the body does not have comes from the publishing body, then from the bodies above
    them. A field nobody has a value for is left out: what names it cannot be published.
    """
    own = organisation_id or (station.organisation if station else None)
    values = {"dai": station.name} if station else {}
    for body in _in_turn(programme, own, day):
        for field, attribute in ATTRIBUTES.items():
            if value := getattr(body, attribute):
                values.setdefault(field, value)
    return values


def own_hotline(
    programme: Programme, organisation_id: str | None, day: date, said: Iterable[str] = ()
) -> str:
    """
    The body's own hotline, never another's: "our hotline" must not be a neighbour's number.
    '' when it has none, or when it is among those `said` anyway.
    """
    body = programme.organisation_on(organisation_id, day) if organisation_id else None
    return body.hotline if body and body.hotline not in said else ""


def longest_values(programme: Programme) -> dict[str, str]:
    """
    For each field the longest text it can be filled with: limits are judged by it.

    Fields whose values come later (day, hour, tag) stand as so many x's.
    """
    found = {
        field: max((getattr(body, attribute) for body in programme.organisations), key=len)
        for field, attribute in ATTRIBUTES.items()
    }
    found["dai"] = max((station.name for station in programme.stations), key=len, default="")
    return {field: found.get(field) or "x" * longest for field, (_, longest) in FIELDS.items()}


def _in_turn(programme: Programme, own: str | None, day: date) -> Iterator[Organisation]:
    """The body itself, the publishing body, then those above the one and the other."""
    asked: list[str | None] = [own, programme.organisation]
    seen: set[str] = set()
    while asked:
        body_id = asked.pop(0)
        if body_id is None or body_id in seen:
            continue
        seen.add(body_id)
        body = programme.organisation_on(body_id, day)
        if body:
            yield body
            asked.append(body.parent)
