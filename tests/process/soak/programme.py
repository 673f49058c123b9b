"""A programme whose slots open minute by minute, each with an item of its own on every channel."""

from datetime import UTC, datetime, timedelta

from tests.builders import ORGANISATION
from tests.process.installation import MAX_PARALLEL, morning

#: channel -> its targets' addresses
TARGETS = {
    "sms": ("0950010101", "0950010102", "0950010103"), "facebook": ("1001", "1002"),
    "website": ("https://lucngan.example",), "trang_tinh": ("trang-tin",), "zalo": ("oa",),
    "hook": ("app-1", "app-2"), "push": ("kenh-1", "kenh-2"), "cap": ("xa", "huyen"),
    "bang": ("nga-tu", "cho"), "bang_json": ("ben-xe",), "loa": (),
}
STATIONS = ("dai-luc-ngan", "dai-bien-dong")
#: seconds that a try may take: a lease lasts twice as long and half a minute
TIMEOUT = 5

_HEAD = """
name = "Nhiều máy"
timezone = "{zone}"
organisation = "luc-ngan"

[themes]
{themes}
""" + ORGANISATION + """
[alarms]
sms_channel = "sms"
escalate_after = "20 giờ"

[[alarms.duty]]
person = "lanh-dao"
phone = "env:PHONE"

[limits]
rejected_percent = 100
uncertain_percent = 100

[settings]
plan_ahead_days = 1

[radio]
speech = "none"
"""
_SLOT = """
[[slots]]
id = "{slot}"
name = "Khung {slot}"
start = "{start}"
end = "20:00"

[[segments]]
id = "{segment}"
name = "Chuyên mục {slot}"
themes = ["{theme}"]
slots = ["{slot}"]
channels = [{channels}]
days_without_repeat = 0
stand_by = "{item}"
"""
_STATION = """
[[stations]]
id = "{0}"
name = "Đài {0}"
organisation = "luc-ngan"
"""
_CHANNEL = """
[[channels]]
id = "{id}"
type = "{type}"
name = "{id}"
{more}
"""
_ITEM = """
[[item]]
id = "{item}"
theme = "{theme}"
title = "Tin {word}"
body = "{word}: công an không làm việc qua điện thoại. Báo {{{{ cong_an }}}}, gọi 113."
what_to_do = "Tắt máy, {word}."
hotline = ["113"]
"""
_SECRETS = {
    "sms": '{ key = "env:A" }', "facebook": '{ token = "env:A" }',
    "website": '{ user = "env:A", password = "env:B" }', "hook": '{ secret = "env:A" }',
    "zalo": '{ app_id = "env:A", app_secret = "env:B", refresh_token = "env:C" }',
    "push": '{ key = "env:A" }',
}
_WAYS = {
    "sms": ("sms_http", '{ gateway = "sandbox", max_parts = 3 }'),
    "facebook": ("facebook", '{ version = "v26.0" }'),
    "website": ("wordpress", '{ url = "https://lucngan.example" }'),
    "trang_tinh": ("static_site", ""),
    "zalo": ("zalo_oa", '{ cover_url = "https://tin.vi-du.invalid/bia.jpg", broadcast = false }'),
    "hook": ("webhook", '{ url = "https://nhan.vi-du.invalid/hooks", answer = "id" }'),
    "push": ("http_json", '{ service = "sandbox" }'),
    "cap": ("cap", '{ sender = "canh-bao@vi-du.invalid" }'),
    "bang": ("board", '{ folder = "bang", max_chars = 500 }'),
    "bang_json": ("board", '{ folder = "bang-json", max_chars = 500, form = "json" }'),
    "loa": ("loudspeaker", ""),
}


def word(number: int) -> str:
    """By which the text of this slot's item is known wherever it stands."""
    return f"PHUT{number:03d}X"


def item(number: int) -> str:
    return f"tin-{number:03d}"


def _channel(name: str, rate: float) -> str:
    kind, options = _WAYS[name]
    more = [f"timeout = {TIMEOUT}", f"max_parallel = {MAX_PARALLEL}"] if name in _SECRETS else []
    more += [f"options = {options}"] if options else []
    account = ['id = "chinh"']
    account += [f"rate = {rate}"] if name == "sms" else []
    account += [f"secrets = {_SECRETS[name]}"] if name in _SECRETS else []
    more.append(f"accounts = [{{ {', '.join(account)} }}]")
    if TARGETS[name]:
        more.append("targets = [" + ", ".join(
            f'{{ id = "n{number}", name = "{name} {number}", address = "{address}" }}'
            for number, address in enumerate(TARGETS[name], 1)) + "]")
    return _CHANNEL.format(id=name, type=kind, more="\n".join(more))


def opening(first: datetime, number: int) -> datetime:
    """When slot `number` opens; slot 0 in the minute of `first`."""
    return first.replace(second=0, microsecond=0) + timedelta(minutes=number)


def written(first: datetime, slots: int, rate: float) -> tuple[str, str]:
    """schedules.toml and content.toml: from the minute of `first` on a slot each minute."""
    offset, zone = morning(datetime.now(UTC))
    channels = ", ".join(f'"{name}"' for name in TARGETS)
    themes = "\n".join(f'c{n:03d} = "Chủ đề {n}"' for n in range(slots))
    text = _HEAD.format(zone=zone, themes=themes)
    for number in range(slots):
        local = opening(first, number) + offset
        text += _SLOT.format(slot=f"k{number:03d}", start=f"{local:%H:%M}", theme=f"c{number:03d}",
                             segment=f"m{number:03d}", channels=channels, item=item(number))
    text += "".join(map(_STATION.format, STATIONS))
    text += "".join(_channel(name, rate) for name in TARGETS)
    items = "".join(_ITEM.format(item=item(n), theme=f"c{n:03d}", word=word(n))
                    for n in range(slots))
    return text, f'schema = 1\nlanguage = "vi"\n{items}'
