"""Rules of segments: something to air, somewhere to air it, and hours in which it may."""

from collections.abc import Iterator
from datetime import date, time

from worker.errors import Mistake
from worker.i18n import t
from worker.programme.check_templates import template_warnings
from worker.programme.lines import Path
from worker.programme.model import WEEKDAYS, ChannelConfig, Programme, Segment, Slot
from worker.programme.source import Source
from worker.programme.targets import candidates, fits
from worker.slots import slot_time, span, windows
from worker.specs import BULLETINS

#: no loudspeaker before or after: complaints about 04:45 (practice under Decree 49/2024)
LOUDSPEAKER_HOURS = (time(5, 0), time(21, 0))
#: advertising by SMS, Decree 91/2020/NĐ-CP art. 13
ADVERTISING_HOURS = (time(7, 0), time(22, 0))
SOME_DAY = date(2026, 1, 7)  # quiet hours are the same every day


def segment_rules(source: Source) -> Iterator[Mistake]:
    """Every mistake in the sound segments, in no order."""
    for path, segment in source.each("segments"):
        yield from _not_empty(source, path, segment)
        yield from _channels_and_slots(source, path, segment)
        yield from _targets(source, path, segment)
        yield from _hours(source, path, segment)


def _not_empty(source: Source, path: Path, segment: Segment) -> Iterator[Mistake]:
    for key in ("themes", "slots", "channels", "weekdays"):
        if not getattr(segment, key):
            yield source.mistake(
                (*path, key),
                t("danh sách trống", "the list is empty"),
                t("hãy ghi ít nhất một", "write one at least"),
            )
    if segment.stand_by is None:
        yield source.mistake(
            path,
            t("chưa có tin dự phòng; giờ vàng không được trống", "there is no stand-by item"),
            t('hãy thêm stand_by = "mã-tin-đã-duyệt"', 'add stand_by = "id-of-an-approved-item"'),
        )


def _pairs(source: Source, segment: Segment) -> Iterator[tuple[int, Slot, int, ChannelConfig]]:
    """The slots and channels of a segment that go together, with their places in its lists."""
    slots = {slot.id: slot for _, slot in source.each("slots")}
    channels = {channel.id: channel for _, channel in source.each("channels")}
    for i, slot_id in enumerate(segment.slots):
        for j, channel_id in enumerate(segment.channels):
            slot, channel = slots.get(slot_id), channels.get(channel_id)
            if slot and channel and (not slot.channels or channel.id in slot.channels):
                yield i, slot, j, channel


def _channels_and_slots(source: Source, path: Path, segment: Segment) -> Iterator[Mistake]:
    """Each slot is open to one of the channels, and each channel has a slot."""
    slots = {slot.id: slot for _, slot in source.each("slots")}
    known = {channel.id for _, channel in source.each("channels")}
    pairs = [(slot.id, channel.id) for _, slot, _, channel in _pairs(source, segment)]
    for number, channel_id in enumerate(segment.channels):
        all_known = channel_id in known and all(s in slots for s in segment.slots)
        if all_known and segment.slots and channel_id not in {c for _, c in pairs}:
            yield source.mistake(
                (*path, "channels", number),
                t(
                    f"không khung giờ nào của chuyên mục dành cho kênh “{channel_id}”",
                    f'no slot of the segment is open to the channel "{channel_id}"',
                ),
                t(
                    "hãy thêm kênh vào channels của khung giờ, hoặc bỏ ở đây",
                    "add it to the slot's channels, or take it out here",
                ),
            )
    for number, slot_id in enumerate(segment.slots):
        all_known = slot_id in slots and all(c in known for c in segment.channels)
        if all_known and segment.channels and slot_id not in {s for s, _ in pairs}:
            only = ", ".join(slots[slot_id].channels)
            yield source.mistake(
                (*path, "slots", number),
                t(
                    f"khung giờ “{slot_id}” chỉ dành cho kênh: {only}",
                    f'the slot "{slot_id}" is open only to: {only}',
                ),
                t("hãy chọn khung giờ khác hoặc thêm kênh", "choose another or add the channel"),
            )


def _targets(source: Source, path: Path, segment: Segment) -> Iterator[Mistake]:
    """A channel of a segment reaches somebody."""
    stations_sound = len(source.raw.get("stations", ())) == len(source.programme.stations)
    for number, channel_id in enumerate(segment.channels):
        channel = next((c for _, c in source.each("channels") if c.id == channel_id), None)
        if channel is None or (channel.type == "loudspeaker" and not stations_sound):
            continue
        reached = candidates(source.programme, channel)
        kind = "[[stations]]" if channel.type == "loudspeaker" else "[[channels.targets]]"
        if not reached:
            yield source.mistake(
                (*path, "channels", number),
                t(f"kênh “{channel_id}” chưa có nơi nhận", f'"{channel_id}" has no target'),
                t(f"hãy thêm {kind}", f"add {kind}"),
            )
        elif not any(fits(segment, target) for target in reached):
            yield source.mistake(
                (*path, "channels", number),
                t(
                    f"không nơi nhận nào của “{channel_id}” hợp audience, area",
                    f'no target of "{channel_id}" fits audience and area',
                ),
                t("hãy sửa audience, area", "change audience or area"),
            )


def _hours(source: Source, path: Path, segment: Segment) -> Iterator[Mistake]:
    """A slot leaves each channel an hour in which it may begin, and the law's hours hold."""
    # A black-out passes; quiet hours that cover a slot would silence it for ever.
    programme = source.programme.model_copy(update={"blackouts": ()})
    for i, slot, _, channel in _pairs(source, segment):
        here = (*path, "slots", i)
        if channel.type == "loudspeaker" and not _inside(slot, LOUDSPEAKER_HOURS):
            yield source.mistake(
                here,
                t(
                    f"khung giờ “{slot.id}” ra ngoài 05:00–21:00, loa không được phát",
                    f'the slot "{slot.id}" leaves 05:00–21:00, when loudspeakers may air',
                ),
                t("hãy đổi khung giờ hoặc kênh", "change the slot or the channel"),
            )
        hours = slot_time(programme, slot, SOME_DAY)
        free = windows(
            programme,
            channel.id,
            segment.priority,
            segment.purpose,
            hours.opens_at,
            hours.closes_at,
            by_law=False,  # what the law would cut is a mistake, told below
        )
        if not free:
            yield source.mistake(
                here,
                t(
                    f"giờ không phát che hết khung giờ “{slot.id}” của kênh “{channel.id}”",
                    f'quiet hours cover the whole slot "{slot.id}" of "{channel.id}"',
                ),
                t("hãy sửa quiet_hours hoặc khung giờ", "change quiet_hours or the slot"),
            )
        if channel.type in ("sms_http", "sms_smpp") and segment.purpose == "quang_cao":
            first, until = span(programme.zone(), SOME_DAY, *ADVERTISING_HOURS)
            if any(begin < first or end > until for begin, end in free):
                yield source.mistake(
                    here,
                    t(
                        "tin quảng cáo chỉ được gửi 07:00–22:00 (Nghị định 91/2020 điều 13)",
                        "advertising only 07:00–22:00 (Decree 91/2020 art. 13)",
                    ),
                    t("hãy đổi khung giờ", "change the slot"),
                )


def _inside(slot: Slot, hours: tuple[time, time]) -> bool:
    return hours[0] <= slot.start < slot.end <= hours[1]


def warnings(programme: Programme) -> list[Mistake]:
    """What is allowed but rarely meant: shown by `giovang check`, stops nothing."""
    found: list[Mistake] = []
    used_channels = {c for segment in programme.segments for c in segment.channels}
    used_slots = {s for segment in programme.segments for s in segment.slots}
    for channel in programme.channels:
        used = channel.targets if channel.type in BULLETINS else channel.id in used_channels
        if not used:
            found.append(_idle(f"channels[{channel.id}]"))
        if channel.type == "loudspeaker" and not (channel.lead or channel.lead_time):
            found.append(
                Mistake(
                    f"channels[{channel.id}]",
                    t("đài nhận bản tin đúng lúc phát", "stations get the script as it airs"),
                    t('nên có lead_time = "17:00"', 'consider lead_time = "17:00"'),
                )
            )
    found += [_idle(f"slots[{slot.id}]") for slot in programme.slots if slot.id not in used_slots]
    spoken = {
        slot
        for segment in programme.segments
        for slot in segment.slots
        if any(c.type == "loudspeaker" and c.id in segment.channels for c in programme.channels)
    }
    for station in programme.stations:
        airs = {airing.slot for airing in station.airings} or spoken
        if not airs & spoken:
            found.append(_idle(f"stations[{station.id}]"))
    for segment in programme.segments:
        days = set(segment.weekdays) & {
            day for slot in programme.slots if slot.id in segment.slots for day in slot.weekdays
        }
        if not days and not any(e.segment == segment.id for e in programme.extra_dates):
            found.append(_idle(f"segments[{segment.id}]"))
        if len(days) == len(WEEKDAYS) and segment.days_without_repeat > 60:
            found.append(
                Mistake(
                    f"segments[{segment.id}].days_without_repeat",
                    t("cần hơn 60 tin mới khỏi lặp", "more than 60 items are needed for this"),
                    t("nên giảm số ngày", "consider fewer days"),
                )
            )
    return found + template_warnings(programme)


def _idle(where: str) -> Mistake:
    return Mistake(
        where,
        t("không bao giờ được dùng đến", "it is never used"),
        t("hãy xóa, hoặc gắn vào một chuyên mục", "delete it, or give it to a segment"),
    )
