"""
Rules of `schedules.toml` that need more than one field: spans of time, bodies, channels.

Each rule is a generator of mistakes over the sound elements of the file. Rules about
segments stand in `check_segments.py`.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from worker.errors import Mistake
from worker.i18n import t
from worker.items.fields import FIELDS
from worker.programme.check_boxes import box_rules
from worker.programme.check_segments import segment_rules
from worker.programme.check_templates import template_rules
from worker.programme.lines import Path
from worker.programme.model import Organisation
from worker.programme.source import Source
from worker.specs import prepares

LONGEST_SLOT = timedelta(hours=12)
LONGEST_LEAD = timedelta(days=7)
#: fields of an organisation that an item may name, and the placeholder they fill
VALUES = {
    "police": "cong_an",
    "committee": "ubnd",
    "hotline": "duong_day_nong",
    "sign_off": "ky_ten",
}
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}")
ADDRESS = re.compile(r"://|www\.|\b[\w-]+\.(?:vn|com|net|org)\b", re.IGNORECASE)


def check(source: Source) -> list[Mistake]:
    """Every mistake of this kind, in no order."""
    return [
        *_spans(source),
        *_clock_spans(source),
        *_never_and_always(source),
        *_bodies(source),
        *_field_values(source),
        *_publisher(source),
        *_channels(source),
        *_stations(source),
        *_extra_dates(source),
        *_domains(source),
        *segment_rules(source),
        *box_rules(source),
        *template_rules(source),
    ]


def _spans(source: Source) -> Iterator[Mistake]:
    """A span of days ends on or after the day it begins."""
    spans: list[tuple[Path, str, date | None, str, date | None]] = []
    campaign = source.programme.campaign
    if campaign:
        spans.append((("campaign",), "first", campaign.first, "last", campaign.last))
    for section in ("organisations", "segments"):
        for path, body in source.each(section):
            spans.append((path, "valid_from", body.valid_from, "valid_to", body.valid_to))
    for path, blackout in source.each("blackouts"):
        spans.append((path, "first", blackout.first, "last", blackout.last))
    for path, station in source.each("stations"):
        for number, pause in enumerate(station.pauses):
            spans.append(((*path, "pauses", number), "first", pause.first, "last", pause.last))
    for path, start, first, end, last in spans:
        if first and last and last < first:
            yield source.mistake(
                (*path, end),
                t(f"kết thúc {last:%d/%m/%Y} trước khi bắt đầu", f"{last} lies before {first}"),
                t(f"hãy đổi {start} hoặc {end}", f"change {start} or {end}"),
            )


def _clock_spans(source: Source) -> Iterator[Mistake]:
    """Slots and quiet hours have a length; a slot over midnight is not half a day long."""
    for section in ("slots", "quiet_hours"):
        for path, hours in source.each(section):
            if hours.start == hours.end:
                yield source.mistake(
                    (*path, "end"),
                    t("giờ kết thúc trùng giờ bắt đầu", "it ends when it starts"),
                    t("hãy ghi giờ kết thúc muộn hơn", "write a later end"),
                )
    for path, slot in source.each("slots"):
        day = date(2026, 1, 1)
        begin, end = datetime.combine(day, slot.start), datetime.combine(day, slot.end)
        if end < begin and end + timedelta(days=1) - begin > LONGEST_SLOT:
            yield source.mistake(
                (*path, "end"),
                t(
                    f"kết thúc {slot.end:%H:%M} trước khi bắt đầu {slot.start:%H:%M}",
                    f"it ends at {slot.end:%H:%M}, before it starts at {slot.start:%H:%M}",
                ),
                t(
                    "hãy đổi giờ; khung giờ qua nửa đêm dài nhất 12 giờ",
                    "change one; a slot over midnight lasts 12 hours at most",
                ),
            )


def _never_and_always(source: Source) -> Iterator[Mistake]:
    """What has weekdays has at least one, and what is urgent never waits."""
    for section in ("slots", "stations"):
        for path, element in source.each(section):
            if not element.weekdays:
                yield source.mistake(
                    (*path, "weekdays"),
                    t("danh sách thứ trống nên không bao giờ phát", "no weekday: it never airs"),
                    t('hãy ghi ["t2", "t4"] hoặc bỏ mục này', 'write ["t2", "t4"] or leave it out'),
                )
    for path, quiet in source.each("quiet_hours"):
        if "khan_cap" in quiet.priorities:
            yield source.mistake(
                (*path, "priorities"),
                t("tin khẩn cấp không bao giờ chờ hết giờ", "urgent items never wait for hours"),
                t('hãy bỏ "khan_cap"', 'take "khan_cap" out'),
            )


def _bodies(source: Source) -> Iterator[Mistake]:
    """One body has one name on one day, and no body is above itself."""
    seen: dict[str, list[Organisation]] = {}
    for path, body in source.each("organisations"):
        for other in seen.get(body.id, ()):
            starts_in_time = (
                other.valid_to is None or (body.valid_from or date.min) <= other.valid_to
            )
            ends_in_time = body.valid_to is None or (other.valid_from or date.min) <= body.valid_to
            if starts_in_time and ends_in_time:
                yield source.mistake(
                    (*path, "valid_from"),
                    t(
                        f"“{body.name}” và “{other.name}” cùng mã, cùng hiệu lực",
                        f'"{body.name}" and "{other.name}" share an id and days',
                    ),
                    t(
                        "hãy đặt valid_to của đơn vị cũ trước valid_from của đơn vị mới",
                        "let valid_to of the old one lie before valid_from of the new one",
                    ),
                )
        seen.setdefault(body.id, []).append(body)
    parents = {body.id: body.parent for _, body in source.each("organisations")}
    for path, body in source.each("organisations"):
        above, steps = body.parent, 0
        while above is not None and above != body.id and steps <= len(parents):
            above, steps = parents.get(above), steps + 1
        if above == body.id:
            yield source.mistake(
                (*path, "parent"),
                t("đơn vị này là cấp trên của chính mình", "this body is above itself"),
                t("hãy sửa parent", "change parent"),
            )


def _field_values(source: Source) -> Iterator[Mistake]:
    """
    A value fills a hole in an approved text: short, one line, no address.

    Otherwise it could turn what was approved into something else.
    """
    values: list[tuple[Path, str, str]] = []
    for path, body in source.each("organisations"):
        values += [((*path, key), field, getattr(body, key)) for key, field in VALUES.items()]
    for path, station in source.each("stations"):
        values.append(((*path, "name"), "dai", station.name))
    for path, field, value in values:
        longest = FIELDS[field][1]
        if len(value) > longest:
            yield source.mistake(
                path,
                t(f"dài {len(value)} ký tự", f"it has {len(value)} characters"),
                t(f"hãy rút gọn còn tối đa {longest}", f"shorten it to {longest} at most"),
            )
        if any(c in value for c in "\r\n\u2028\u2029"):
            yield source.mistake(
                path,
                t("có dấu xuống dòng", "it has a line break"),
                t("hãy viết trên một dòng", "write it on one line"),
            )
        if ADDRESS.search(value):
            yield source.mistake(
                path,
                t("có địa chỉ trang web", "it has a web address"),
                t("hãy bỏ địa chỉ", "take the address out"),
            )
        if "{" in value or "}" in value:
            yield source.mistake(
                path,
                t("có dấu ngoặc nhọn", "it has braces"),
                t("hãy bỏ { và }", "take { and } out"),
            )


def _publisher(source: Source) -> Iterator[Mistake]:
    """The publishing body's values stand in for everyone's: it has them, on every day."""
    programme = source.programme
    spans = [(p, b) for p, b in source.each("organisations") if b.id == programme.organisation]
    for path, body in spans:
        for key, field in VALUES.items():
            if not getattr(body, key):
                yield source.mistake(
                    (*path, key),
                    t(f"đơn vị phát tin thiếu {key}", f"the publishing body lacks {key}"),
                    t(
                        f"hãy ghi {key} = …; tin dùng nó ở chỗ {{{{ {field} }}}}",
                        f"write {key} = …; items use it as {{{{ {field} }}}}",
                    ),
                )
    campaign = programme.campaign
    for key, day in (("first", campaign.first), ("last", campaign.last)) if campaign else ():
        if spans and programme.organisation_on(programme.organisation, day) is None:
            yield source.mistake(
                ("campaign", key),
                t(
                    f"ngày {day:%d/%m/%Y} đơn vị “{programme.organisation}” không hoạt động",
                    f'on {day} the body "{programme.organisation}" did not exist',
                ),
                t("hãy sửa valid_from, valid_to", "change valid_from, valid_to"),
            )


def _channels(source: Source) -> Iterator[Mistake]:
    """A channel has an account; it gets a text ahead of time only where that shows nothing."""
    for path, channel in source.each("channels"):
        if not channel.accounts:
            yield source.mistake(
                (*path, "accounts"),
                t("kênh chưa có tài khoản", "the channel has no account"),
                t('hãy thêm [[channels.accounts]] id = "chinh"', 'add one with id = "chinh"'),
            )
        key = "lead_time" if channel.lead_time is not None else "lead"
        if channel.lead is not None and channel.lead_time is not None:
            yield source.mistake(
                (*path, "lead"),
                t("vừa có lead vừa có lead_time", "lead and lead_time are both given"),
                t("hãy giữ một trong hai", "keep one of the two"),
            )
        if channel.lead is not None and channel.lead > LONGEST_LEAD:
            yield source.mistake(
                (*path, "lead"),
                t("gửi trước quá bảy ngày", "more than seven days ahead"),
                t('hãy viết tối đa "7d"', 'write "7d" at most'),
            )
        given = channel.lead or channel.lead_time is not None
        if given and channel.type != "loudspeaker" and not prepares(channel.type):
            # It sends at due (docs/architecture.md): a lead would publish before the golden hour.
            yield source.mistake(
                (*path, key),
                t("kênh này gửi là phát ngay, trước giờ vàng", "it would publish too early"),
                t(
                    f"hãy bỏ {key}; chỉ loa cần giao trước, và kênh hẹn giờ được",
                    f"leave {key} out; it is for loudspeakers and channels that prepare",
                ),
            )


def _stations(source: Source) -> Iterator[Mistake]:
    """A station airs each slot once, and within it."""
    slots = {slot.id: slot for _, slot in source.each("slots")}
    for path, station in source.each("stations"):
        seen: set[str] = set()
        for number, airing in enumerate(station.airings):
            here: Path = (*path, "airings", number)
            if airing.slot in seen:
                yield source.mistake(
                    here,
                    t(f"khung giờ “{airing.slot}” ghi hai lần", f'"{airing.slot}" stands twice'),
                    t("hãy xóa một", "delete one"),
                )
            seen.add(airing.slot)
            slot = slots.get(airing.slot)
            if slot and airing.at and not _within(airing.at, slot.start, slot.end):
                yield source.mistake(
                    (*here, "at"),
                    t(
                        f"{airing.at:%H:%M} nằm ngoài khung giờ “{slot.id}”",
                        f'{airing.at:%H:%M} is outside the slot "{slot.id}"',
                    ),
                    t(
                        f"hãy viết giờ từ {slot.start:%H:%M} đến trước {slot.end:%H:%M}",
                        f"write a time from {slot.start:%H:%M} to before {slot.end:%H:%M}",
                    ),
                )


def _within(at: time, start: time, end: time) -> bool:
    return start <= at < end if start < end else at >= start or at < end


def _extra_dates(source: Source) -> Iterator[Mistake]:
    """An extra date lies within the campaign and the segment's validity."""
    segments = {segment.id: segment for _, segment in source.each("segments")}
    campaign = source.programme.campaign
    for path, extra in source.each("extra_dates"):
        segment = segments.get(extra.segment)
        spans = [(campaign.first, campaign.last)] if campaign else []
        if segment:
            spans.append((segment.valid_from or date.min, segment.valid_to or date.max))
        if not all(first <= extra.date <= last for first, last in spans):
            yield source.mistake(
                (*path, "date"),
                t(
                    f"ngày {extra.date:%d/%m/%Y} ngoài thời gian chiến dịch hoặc chuyên mục",
                    f"{extra.date} lies outside the campaign or the segment",
                ),
                t("hãy đổi ngày hoặc nới thời gian", "change the day or the span"),
            )


def _domains(source: Source) -> Iterator[Mistake]:
    """Links may lead to named hosts: a bare domain, small letters."""
    for number, domain in enumerate(source.programme.settings.allowed_domains):
        if not DOMAIN.fullmatch(domain):
            found = DOMAIN.search(domain.lower())
            example = found[0].removeprefix("www.") if found else "bacninh.gov.vn"
            yield source.mistake(
                ("settings", "allowed_domains", number),
                t(f"“{domain}” không phải tên miền", f'"{domain}" is not a domain'),
                t(f'hãy viết "{example}"', f'write "{example}"'),
            )
