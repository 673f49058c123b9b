"""Whom an occurrence reaches, and whose names stand in it."""

from datetime import date
from pathlib import Path

import pytest

from worker.programme.load import load_text
from worker.programme.model import (
    ChannelConfig,
    Organisation,
    Pause,
    Programme,
    Segment,
    Slot,
    Station,
    Target,
)
from worker.programme.targets import Reach, ResolvedTarget, fits, fitting, on_air
from worker.programme.values import field_values, longest_values

BASE = load_text((Path(__file__).parent / "base.toml").read_text(encoding="utf-8"), "base.toml")
TUESDAY = date(2026, 11, 24)


def wanted(audience: tuple[str, ...] = ("tat_ca",), area: tuple[str, ...] = ()) -> Segment:
    return BASE.segment("ban_tin").model_copy(update={"audience": audience, "area": area})


def target(audience: tuple[str, ...] = (), area: tuple[str, ...] = ()) -> Target:
    return Target(id="t", name="T", address="1", audience=audience, area=area)


def reach(
    programme: Programme, channel: ChannelConfig, slot: Slot | None, day: date, *wanted: Reach
) -> tuple[ResolvedTarget, ...]:
    return on_air(programme, fitting(programme, channel, *wanted), slot, day)


@pytest.mark.parametrize(
    ("one", "other", "does"),
    [
        (wanted(), target(), True),
        (wanted(), target(("hoc_sinh",)), True),
        (wanted(("hoc_sinh",)), target(), True),
        (wanted(("hoc_sinh",)), target(("hoc_sinh", "phu_huynh")), True),
        (wanted(("hoc_sinh",)), target(("nguoi_cao_tuoi",)), False),
        (wanted(("hoc_sinh", "tat_ca")), target(("nguoi_cao_tuoi",)), True),
        (wanted(area=("vung_cao",)), target(), True),
        (wanted(), target(area=("vung_cao",)), True),
        (wanted(area=("vung_cao",)), target(area=("vung_thap",)), False),
        (wanted(("hoc_sinh",), ("vung_cao",)), target(("hoc_sinh",), ("vung_thap",)), False),
    ],
)
def test_audience_and_area_must_both_fit(one: Segment, other: Target, does: bool) -> None:
    """`tat_ca` is for everybody; a target that names nothing takes everything."""
    assert fits(one, other) is does


def with_stations(*stations: Station) -> Programme:
    return BASE.model_copy(update={"stations": stations})


def test_the_loudspeaker_reaches_the_stations_that_air_the_slot() -> None:
    """Those paused, off that weekday or without that slot are left out."""
    airs = BASE.stations[0]
    programme = with_stations(
        airs,
        airs.model_copy(update={"id": "nghi", "pauses": (Pause(first=TUESDAY, last=TUESDAY),)}),
        airs.model_copy(update={"id": "cn", "weekdays": ("cn",)}),
    )
    loa = programme.channel("loa")

    reached = reach(programme, loa, programme.slot("sang"), TUESDAY, wanted())
    at_once = reach(programme, loa, None, TUESDAY, wanted())

    assert [(t.id, t.airing and t.airing.label) for t in reached] == [("dai-luc-ngan", "05:45")]
    assert [t.id for t in at_once] == ["dai-luc-ngan", "cn"]
    assert reach(programme, loa, programme.slot("toi"), TUESDAY, wanted()) == ()


def test_segment_and_item_must_both_fit() -> None:
    sms = BASE.channel("sms").model_copy(update={"targets": (target(("hoc_sinh",)),)})
    assert reach(BASE, sms, None, TUESDAY, wanted(), wanted(("hoc_sinh",)))
    assert not reach(BASE, sms, None, TUESDAY, wanted(), wanted(("nguoi_cao_tuoi",)))


def test_a_channel_that_is_off_reaches_nobody() -> None:
    off = BASE.channel("sms").model_copy(update={"enabled": False})
    assert reach(BASE, off, None, TUESDAY, wanted()) == ()


def bodies(*found: Organisation) -> Programme:
    return BASE.model_copy(update={"organisations": found, "organisation": "chinh"})


CHIEF = Organisation(
    id="chinh",
    name="C",
    police="CA C",
    committee="UB C",
    hotline="113",
    sign_off="C",
    parent="tinh",
)


def test_a_body_without_a_value_takes_the_publishers_then_the_one_above() -> None:
    programme = bodies(
        CHIEF.model_copy(update={"hotline": ""}),
        Organisation(id="xa", name="X", police="CA X", parent="tinh"),
        Organisation(id="tinh", name="T", police="CA T", hotline="114"),
    )

    values = field_values(programme, "xa", None, TUESDAY)

    assert values == {"cong_an": "CA X", "ubnd": "UB C", "ky_ten": "C", "duong_day_nong": "114"}


def test_a_value_is_the_one_in_force_on_the_day() -> None:
    """The district's police stand until the end of February 2025, the commune's after."""
    programme = bodies(
        CHIEF,
        Organisation(id="xa", name="X", police="CA huyện", valid_to=date(2025, 2, 28)),
        Organisation(id="xa", name="X", police="CA xã", valid_from=date(2025, 3, 1)),
    )
    days = [date(2025, 2, 28), date(2025, 3, 1)]
    assert [field_values(programme, "xa", None, d)["cong_an"] for d in days] == [
        "CA huyện",
        "CA xã",
    ]


def test_a_station_speaks_for_its_own_body_and_by_its_own_name() -> None:
    station = Station(id="dai", name="Đài X", organisation="xa")
    programme = bodies(CHIEF, Organisation(id="xa", name="X", police="CA X"))
    values = field_values(programme, None, station, TUESDAY)
    assert (values["dai"], values["cong_an"]) == ("Đài X", "CA X")
    assert "dai" not in field_values(programme, "xa", None, TUESDAY)


def test_a_field_nobody_has_a_value_for_is_left_out() -> None:
    gone = CHIEF.model_copy(update={"valid_to": date(2025, 1, 1)})
    assert field_values(bodies(gone), None, None, TUESDAY) == {}


def test_limits_are_judged_by_the_longest_value_there_is() -> None:
    programme = bodies(CHIEF, Organisation(id="xa", name="X", police="Công an xã Phượng Sơn"))
    longest = longest_values(programme)
    assert longest["cong_an"] == "Công an xã Phượng Sơn"
    assert longest["ma_tin"] == "x" * 12
    assert longest["dai"] == "Đài Lục Ngạn"
