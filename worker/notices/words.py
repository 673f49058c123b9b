"""The texts, as staff paste them into a Zalo group: a title in capitals, short lines, the page."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from worker.i18n import t
from worker.programme.model import Programme
from worker.states import LABELS


def text_of(training: bool, lines: Iterable[str], link: str = "") -> str:
    """Training says so first; the page last."""
    mark = [t("TẬP HUẤN, KHÔNG PHÁT RA NGOÀI", "TRAINING, NOTHING GOES OUT")] if training else []
    page = [t(f"Trang: {link}", f"Page: {link}")] if link else []
    return "\n".join([*mark, *(line for line in lines if line), *page])


def at(moment: datetime, zone: ZoneInfo) -> str:
    """11:30 ngày 24/11/2026"""
    local = moment.astimezone(zone)
    return t(f"{local:%H:%M} ngày {local:%d/%m/%Y}", f"{local:%H:%M} on {local:%d/%m/%Y}")


#: what a state is called where a channel of this type has its own word
_OWN: dict[tuple[str, str], tuple[str, str]] = {
    ("sms", "accepted"): ("nhà mạng đã nhận, chưa chắc đã đến", "taken by the carrier"),
    ("sms", "delivered"): ("đã đến máy", "on the phones"),
    ("loudspeaker", "accepted"): ("đã giao bản tin, đài chưa báo phát", "given, not confirmed"),
    ("loudspeaker", "delivered"): ("đài đã phát", "aired"),
    ("board", "delivered"): ("đang hiển thị", "shown"),
    ("page", "delivered"): ("đã đăng", "published"),
}
_TYPES = {"sms_http": "sms", "sms_smpp": "sms", "facebook": "page", "wordpress": "page",
          "static_site": "page"}


def state_on(programme: Programme, channel: str, state: str) -> str:
    """A state in the words of this channel, small."""
    kind = next((c.type for c in programme.channels if c.id == channel), "")
    vi, en = _OWN.get((_TYPES.get(kind, kind), state), LABELS[state])
    return t(vi[:1].lower() + vi[1:], en)


def channel_name(programme: Programme, channel: str) -> str:
    return next((c.name for c in programme.channels if c.id == channel), channel)
