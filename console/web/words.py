"""Times, spans and states as staff read them: dd/MM/yyyy, 24 hours."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from worker.i18n import t
from worker.states import LABELS

#: what the page says after a form was taken, by the word in its address
DONE: Mapping[str, tuple[str, str]] = {
    "xu-ly": ("Đã ghi: bạn xử lý sự cố này.", "Noted: you handle this alarm."),
    "mat-khau": ("Đã đổi mật khẩu. Mọi phiên đăng nhập khác đã kết thúc.",
                 "Password changed. All other sessions have ended."),
    "phien": ("Đã kết thúc phiên đăng nhập.", "The session has ended."),
    "ma": ("Đã bật mã xác thực.", "Codes are set up."),
    "dung": ("ĐÃ DỪNG. Không tin nào bắt đầu gửi nữa.", "STOPPED. Nothing new is sent."),
    "chay-lai": ("Đã chạy lại.", "Running again."),
    "cho-nguoi-hai": ("Đã ghi. Cần thêm một người khác đồng ý.",
                      "Noted. One other person has to agree."),
    "ket-qua": ("Đã ghi kết quả.", "The result is noted."),
    "ra": ("Đã đăng xuất.", "You are logged out."),
}
#: colours of the states: ok, wait, bad, off
TONES: Mapping[str, str] = {
    "held": "wait", "ready": "wait", "sending": "wait", "accepted": "ok", "delivered": "ok",
    "rejected": "bad", "exhausted": "bad", "uncertain": "bad", "expired": "bad",
    "cancelled": "off", "recalled": "off",
}


def done(word: str) -> str:
    return t(*DONE[word]) if word in DONE else ""


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """24/11/2026 11:30"""
    return f"{value.astimezone(zone):%d/%m/%Y %H:%M}" if value is not None else ""


def day(value: date) -> str:
    return f"{value:%d/%m/%Y}"


def span(value: timedelta) -> str:
    """2 giờ 5 phút"""
    minutes = max(0, int(value.total_seconds() + 59) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, t("ngày", "d")), (hours, t("giờ", "h")),
             (minutes, t("phút", "min"))]
    shown = [f"{n} {unit}" for n, unit in parts if n][:2]
    return " ".join(shown) or t("dưới một phút", "under a minute")


def state(name: str) -> str:
    """A delivery's state in the glossary's words."""
    return t(*LABELS[name]) if name in LABELS else name


HELPERS: dict[str, Callable[..., Any] | Mapping[str, str]] = {
    "moment": moment, "day": day, "span": span, "state": state, "TONES": TONES}
