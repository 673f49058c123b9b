"""Stations of commune radio: their day, their bulletins, what the centre was told was aired."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field
from sqlalchemy.orm import Session

from console.api.desk import Ask, MayAct, Reads
from console.api.problems import ACTING, READING, documented, missing
from console.api.shapes import After, Day, In, Out, Page, bad_cursor, cursor, place
from worker.home import Home, in_force
from worker.programme.model import Station
from worker.radio import aired, today
from worker.radio.bulletin import Bulletin, to_json
from worker.radio.centre import station_of
from worker.radio.read import bulletins_for
from worker.radio.today import AiringNow
from worker.slots import local_date

router = APIRouter(prefix="/stations", tags=["stations"])
Tells = Annotated[Ask, Depends(MayAct("stations", frozenset({"truc_dai", "quan_tri"})))]
StationId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$",
                                examples=["dai-luc-ngan"])]
Airing = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["05:30"])]


class AiringShown(Out):
    """One airing of the day."""

    airing: str
    airs_at: datetime
    number: int | None = Field(description="Of the bulletin; null: not handed over yet.")
    taken_at: datetime | None
    accepted: bool
    aired: str | None = Field(description="What the station said: full, part, other, not.")


class StationLine(Out):
    """A station and its airings of one day."""

    station: str
    name: str
    organisation: str
    linked: bool = Field(description="It has an address of its own.")
    to_call: bool = Field(description="It has not answered: somebody has to call.")
    airings: list[AiringShown]


class BulletinLine(Out):
    """A bulletin in a list."""

    date: date
    airing: str
    number: int | None
    state: Literal["given", "planned", "stand_by"]
    airs_at: datetime
    use_until: datetime | None
    priority: str
    items: list[str]
    seconds: int
    accepted_by: str | None
    notice: str


class AiredOne(In):
    """One airing of the station."""

    date: Day
    airing: Airing


class AiredGiven(In):
    """What a station told the centre."""

    airings: list[AiredOne] = Field(min_length=1, max_length=62)
    extent: Literal["full", "part", "other", "not"] = "full"
    by: Annotated[str, Field(min_length=1, max_length=150, description="Who aired it.")]
    learned: Literal["dien_thoai", "zalo", "van_ban", "tai_cho"] = Field(
        description="How you know: by phone, Zalo, paper, or having been there.")
    reason: Annotated[str, Field(max_length=40, description="Where it was not full: "
                                                            + ", ".join(aired.REASONS))] = ""
    note: Annotated[str, Field(max_length=300)] = ""


class Aired(Out):
    """What it moved; said again it moves nothing."""

    airings: int
    new: int
    deliveries: int


@router.get("", responses=documented(*READING))
def list_stations(
    ask: Reads, after: After = None, day: Annotated[Day | None, Query(alias="date")] = None,
    text: Annotated[str, Query(max_length=100, description="Words of name, commune, area; "
                                                           "accents do not matter.")] = "",
) -> Page[StationLine]:
    """Stations in the order of the alphabet, 50 a page, with one day's airings."""
    page = place("stations", after) or 1
    if not isinstance(page, int) or not 1 <= page <= 10_000:
        raise bad_cursor()
    with ask.home.store.read() as session:
        programme = in_force(session).programme
        wish = today.Wish(day or local_date(programme, ask.now), text, page=page)
        found = today.listed(session, programme, ask.scope, ask.now, wish)
    rows = found.rows if page <= found.pages else ()
    return Page(items=[StationLine(
        station=r.station.id, name=r.station.name, organisation=r.station.organisation,
        linked=r.linked, to_call=r.calls, airings=[_airing(ask, a) for a in r.airings])
        for r in rows], next=cursor("stations", page + 1) if page < found.pages else None)


def _airing(ask: Ask, one: AiringNow) -> AiringShown:
    return AiringShown(
        airing=one.airing, airs_at=ask.at(one.airs_at), number=one.number,
        taken_at=ask.at(one.taken_at), accepted=one.accepted,
        aired=one.answer.extent if one.answer is not None else None)


@router.get("/{station}/bulletins", responses=documented(*READING))
def list_bulletins(
    ask: Reads, station: StationId, day: Annotated[Day | None, Query(alias="date")] = None,
    days: Annotated[int, Query(ge=1, le=31)] = 8,
) -> list[BulletinLine]:
    """A station's bulletins of these days."""
    with ask.home.store.read() as session:
        return [_bulletin(ask, b) for b in _of(ask, session, station, day, days)]


@router.get("/{station}/bulletins/{date}/{airing}", responses=documented(*READING))
def get_bulletin(
    ask: Reads, station: StationId, day: Annotated[Day, Path(alias="date")],
    airing: Annotated[str, Path(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["05:30"])],
) -> dict[str, Any]:
    """One bulletin with every line that is read (docs/radio.md)."""
    with ask.home.store.read() as session:
        found = next((b for b in _of(ask, session, station, day, 1) if b.airing == airing), None)
    if found is None:
        raise missing(f"{day} {airing}", "không có buổi phát này", "there is no such airing")
    return to_json(found)


@router.post("/{station}/aired", response_model=Aired, responses=documented(*ACTING))
def say_aired(ask: Tells, station: StationId, given: AiredGiven) -> Response:
    """«Đã phát», for a station that told the centre."""
    _station(ask, station)

    def do(home: Home) -> Aired:
        with home.store.write() as session:
            results = aired.report_many(session, ask.now, [
                aired.Answer(station, one.date, one.airing, given.extent, given.by, "centre",
                             reason=given.reason, note=given.note, said_to=ask.person,
                             learned=given.learned) for one in given.airings])
        return Aired(airings=len(results), new=sum(r.new for r in results),
                     deliveries=sum(r.moved for r in results))

    return ask.act(given, do)


def _station(ask: Ask, station: str) -> Station:
    found = station_of(ask.force.programme, ask.scope, station)
    if found is None:
        raise missing(station, "không có đài này", "there is no such station")
    return found


def _of(
    ask: Ask, session: Session, station: str, day: date | None, days: int
) -> list[Bulletin]:
    force = in_force(session)
    _station(ask, station)
    return bulletins_for(session, force, station, day or local_date(force.programme, ask.now),
                         days, ask.now)


def _bulletin(ask: Ask, b: Bulletin) -> BulletinLine:
    return BulletinLine(
        date=b.date, airing=b.airing, number=b.number,
        state="stand_by" if b.stand_by else "planned" if b.planned else "given",
        airs_at=ask.at(b.airs_at), use_until=ask.at(b.use_until), priority=b.priority,
        items=[s.item for s in b.airing_sections], seconds=b.seconds,
        accepted_by=b.accepted.by if b.accepted else None, notice=b.notice)
