"""When a station airs, and what its airings are called."""

from datetime import date, timedelta

from tests.builders import PROGRAMME
from worker.programme.load import load_text
from worker.programme.model import Programme
from worker.radio.airings import Place, airings, lead_days, radio_hours

DAY = date(2026, 11, 25)


def programme(station: str = "", more: str = "", slots: str = '["trua", "chieu"]') -> Programme:
    text = PROGRAMME.replace('slots = ["trua"]', f"slots = {slots}")
    text = text.replace('name = "Đài truyền thanh xã Lục Ngạn"\norganisation = "luc-ngan"\n',
                        'name = "Đài truyền thanh xã Lục Ngạn"\norganisation = "luc-ngan"\n'
                        + station)
    return load_text(text + more, "schedules.toml")


def names(given: Programme, days: int = 1) -> list[tuple[date, str]]:
    hours = radio_hours(given, DAY, DAY + timedelta(days=days - 1))
    return [(p.date, p.airing) for p in airings(given, given.stations[0], hours)]


def test_a_station_airs_the_slots_that_radio_uses() -> None:
    """A slot no segment of radio uses is no airing, so nothing stands by in it."""
    assert names(programme(slots='["trua"]'), 2) == [
        (DAY, "11:30"), (DAY + timedelta(days=1), "11:30")]
    assert names(programme()) == [(DAY, "11:30"), (DAY, "17:00")]


def test_two_airings_of_a_day_never_share_a_name() -> None:
    """Both after a relay: they would be one bulletin, read twice."""
    one = 'airings = [{ slot = "trua", after_relay = true }, { slot = "chieu", at = "17:15" }]\n'
    two = one.replace('at = "17:15"', "after_relay = true")
    assert names(programme(one)) == [(DAY, "sau tiếp sóng"), (DAY, "17:15")]
    assert names(programme(two)) == [(DAY, "tiếp sóng 11:30"), (DAY, "tiếp sóng 17:00")]


def test_an_airing_may_be_as_long_as_it_says_or_until_its_slot_closes() -> None:
    station = ('airings = [{ slot = "trua", at = "12:00", max_minutes = 15 }, '
               '{ slot = "chieu", at = "17:15" }]\n')
    given = programme(station)
    found = airings(given, given.stations[0], radio_hours(given, DAY, DAY))
    assert [a.seconds for a in found.values()] == [15 * 60, 45 * 60]
    assert Place("dai-luc-ngan", DAY, "12:00") in found


def test_in_a_black_out_no_airing_is_free() -> None:
    days = f'first = {DAY}\nlast = {DAY}\nfrom_time = "15:00"\n'
    given = programme(more='\n[[blackouts]]\nname = "Quốc tang"\n' + days)
    found = airings(given, given.stations[0], radio_hours(given, DAY, DAY))
    assert [a.free for a in found.values()] == [True, False]


def test_bulletins_are_looked_for_as_far_ahead_as_they_are_handed_over() -> None:
    given = programme()
    lead = {"lead_time": None, "lead": timedelta(hours=30)}
    channels = tuple(c.model_copy(update=lead) if c.type == "loudspeaker" else c
                     for c in given.channels)
    assert lead_days(given) == 1
    assert lead_days(given.model_copy(update={"channels": channels})) == 2
