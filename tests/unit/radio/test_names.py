"""Files of two airings of one minute: neither takes the other's name, today or tomorrow."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tests.builders import PROGRAMME
from tests.bulletins import HALF_PAST_FIVE, ZONE, a_bulletin
from worker.programme.load import load_text
from worker.radio.airings import Place, StationAiring
from worker.radio.assemble import Airing
from worker.radio.book import named
from worker.radio.bulletin import Bulletin
from worker.radio.paper.names import OURS, file_name

STATION = load_text(PROGRAMME, "schedules.toml").stations[0]
TIMES = StationAiring(HALF_PAST_FIVE, HALF_PAST_FIVE + timedelta(hours=1),
                      HALF_PAST_FIVE - timedelta(hours=12), 3600, True)
CLOCK, RELAY = (Place(STATION.id, a_bulletin().date, name) for name in ("05:30", "sau tiếp sóng"))


def files(found: Sequence[Airing]) -> list[str]:
    return [file_name(a_bulletin(airing=a.place.airing, twin=a.twin), ZONE) for a in named(found)]


def test_the_second_airing_of_a_minute_has_its_own_words_in_its_name() -> None:
    """Plain letters, sorted behind the first, and every one of them known as ours."""
    both = [Airing(place, STATION, times=TIMES) for place in (CLOCK, RELAY)]
    names = files(both)
    assert names == ["2026-11-25_0530_T4", "2026-11-25_0530_T4_sau-tiep-song"]
    assert sorted(f"{n}.mp3" for n in (*names, "2026-11-25_0531_T4")) == [
        f"{n}.mp3" for n in (*names, "2026-11-25_0531_T4")]
    assert all(name.isascii() and OURS.fullmatch(name) for name in names)
    assert files(both[1:]) == ["2026-11-25_0530_T4"]  # alone it has no need of them


def test_what_has_a_bulletin_keeps_its_name(
) -> None:
    """A stick and a box hold it: the airing that joins later takes the other name."""
    def airing(place: Place, earlier: Bulletin | None) -> Airing:
        return Airing(place, STATION, times=TIMES, earlier=earlier)

    held = a_bulletin(airing=RELAY.airing)
    assert [a.twin for a in named([airing(CLOCK, None), airing(RELAY, held)])] == ["0530", ""]
    held = replace(held, twin="sau-tiep-song")
    assert [a.twin for a in named([airing(CLOCK, None), airing(RELAY, held)])] == [
        "", "sau-tiep-song"]
    assert [a.twin for a in named([airing(RELAY, held)])] == ["sau-tiep-song"]


def test_a_nights_airing_is_named_by_the_day_it_airs() -> None:
    """Its slot began the evening before; a stick plays in the order of names."""
    late = a_bulletin(airing="23:30", airs_at=HALF_PAST_FIVE + timedelta(hours=18))
    night = a_bulletin(airing="00:15", airs_at=HALF_PAST_FIVE + timedelta(hours=18, minutes=45))
    assert [file_name(b, ZONE) for b in (late, night)] == [
        "2026-11-25_2330_T4", "2026-11-26_0015_T5"]


def test_the_name_is_no_word_of_it() -> None:
    """What was written down before there were twins has the same hash."""
    assert a_bulletin().sha256() == a_bulletin(twin="sau-tiep-song").sha256()
