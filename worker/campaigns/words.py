"""How campaigns, their messages and the reasons of both are called in front of staff."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from channels.values import Advice
from channels.verdict import CODES
from worker.i18n import t
from worker.states import LABELS

#: states of a campaign
CAMPAIGN: Mapping[str, tuple[str, str]] = {
    "queuing": ("đang lập", "being queued"),
    "draft": ("chờ duyệt", "waits for approval"),
    "approved": ("đã duyệt, chưa chạy", "approved, not begun"),
    "running": ("đang gửi", "running"),
    "paused": ("TẠM DỪNG", "PAUSED"),
    "finished": ("đã gửi xong", "finished"),
    "stopped": ("ĐÃ DỪNG HẲN", "STOPPED"),
    "expired": ("hết hạn gửi", "its time is over"),
}

#: states of a message
MESSAGE: Mapping[str, tuple[str, str]] = {
    "waiting": ("Chờ gửi", "waiting"),
    **{state: (LABELS[state].vi, LABELS[state].en) for state in (
        "sending", "accepted", "rejected", "exhausted", "uncertain", "cancelled")},
    "delivered": ("Đã đến", "delivered"),
    "expired": ("Quá hạn, không gửi", "expired"),
    "left_out": ("Để ngoài, không gửi", "left out"),
}

#: what came of one try, by itself
TRIED: Mapping[str, tuple[str, str]] = {
    **MESSAGE, "retry": ("Chưa gửi được, thử lại sau", "not taken, try again later"),
    "waiting": ("Chờ trạm phát gửi", "waits for the worker"),
}

#: codes of our own: why a number is left out, and what no gateway said
REASONS: Mapping[str, tuple[str, str]] = {
    "double": ("trùng số ở danh sách khác", "on another list, too"),
    "opt-out": ("người nhận đã từ chối", "opted out"),
    "do-not-call": ("trong danh sách không quảng cáo", "on the do-not-call list"),
    "forgotten": ("đã xóa theo yêu cầu", "erased on request"),
    "cap-day": ("đã đủ số tin trong ngày", "daily cap reached"),
    "cap-item": ("đã nhận tin này trong 30 ngày", "has had this item within 30 days"),
    "not-concerned": ("không nhận tin phải đính chính", "did not get what is corrected"),
    "lost": ("máy chết giữa chừng", "the worker died"),
    "restored": ("có thể đã gửi trước khi phục hồi", "may have gone out before the restore"),
    "bug": ("lỗi phần mềm", "an error of the software"),
}


def reason(code: str, codes: Mapping[str, Advice], detail: str = "") -> str:
    """What a code says; `codes`: the channel's own table. Without a row: the code itself."""
    if code in REASONS:
        return t(*REASONS[code])
    row = codes.get(code) or CODES.get(code)
    if row is not None:
        return row.meaning
    return code or detail or t("không rõ lý do", "no reason given")


def number(value: float, digits: int = 0) -> str:
    """1.234.567,8 or 1,234,567.8."""
    english = f"{value:,.{digits}f}"
    return t(english.translate(str.maketrans(",.", ".,")), english)


def at(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """14:35, or on another day 09:10 ngày 27/11."""
    local = moment.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M}"
    return t(f"{local:%H:%M} ngày {local:%d/%m}", f"{local:%H:%M} on {local:%d/%m}")
