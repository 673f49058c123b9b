"""Why a list may be used: the law wants it written down before the first number is stored."""

from dataclasses import dataclass
from datetime import date

from worker.errors import UserError
from worker.i18n import t

PURPOSES = {"cong_ich": ("công ích", "public good"), "quang_cao": ("quảng cáo", "advertising")}
#: Law 91/2025/QH15: consent, or one of the cases that need none
BASES = {
    "consent": ("người nhận đồng ý", "consent"),
    "public_task": ("nhiệm vụ của cơ quan nhà nước", "public task"),
    "emergency": ("tình trạng khẩn cấp", "emergency"),
}
STATES = {"staging": ("đang nhập", "being imported"), "ready": ("dùng được", "ready"),
          "ended": ("đã kết thúc", "ended")}


@dataclass(frozen=True)
class Origin:
    """Who ordered a list, by which paper, from where the numbers come, until when."""

    purpose: str
    basis: str
    organisation: str
    document: str
    document_date: date
    source: str
    expires: date  #: the last day it may be used
    scan_sha256: str = ""


def check(origin: Origin, today: date, months: int) -> None:
    """
    Refuse what no list may be taken on.

    Raises:
        UserError: every mistake at once.
    """
    mistakes = [m for e in _faults(origin, today, months) for m in e.mistakes]
    if mistakes:
        raise UserError.many(tuple(mistakes))


def last_day(today: date, months: int) -> date:
    """The longest a list taken today may be kept."""
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    for day in range(today.day, 0, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue  # 31 in a month of 30 days
    raise AssertionError(today)


def _faults(origin: Origin, today: date, months: int) -> list[UserError]:
    faults = []
    for option, value, known in (("--purpose", origin.purpose, PURPOSES),
                                 ("--basis", origin.basis, BASES)):
        if value not in known:
            names = ", ".join(known)
            faults.append(UserError(option, t(f"không có «{value}»", f"no “{value}”"),
                                    t(f"dùng một trong: {names}", f"use one of: {names}")))
    if origin.purpose == "quang_cao" and origin.basis != "consent":
        faults.append(UserError(
            "--basis", t("quảng cáo chỉ gửi cho người đã đồng ý trước (Nghị định 91/2020/NĐ-CP)",
                         "advertising needs prior consent (Decree 91/2020/NĐ-CP)"),
            t("dùng --basis consent khi có sự đồng ý ấy", "use --basis consent if they gave it")))
    for option, value, most in (("--ordered-by", origin.organisation, 200),
                                ("--document", origin.document, 100),
                                ("--source", origin.source, 500)):
        if not 1 <= len(value.strip()) <= most:
            faults.append(UserError(option, t("để trống, hoặc dài quá", "empty, or too long"),
                                    t(f"viết 1 đến {most} ký tự", f"write 1 to {most} letters")))
    if origin.document_date > today:
        faults.append(UserError("--date", t("văn bản của ngày chưa tới", "is a day to come"),
                                t("viết ngày ký văn bản", "write the day it was signed")))
    last = last_day(today, months)
    if not today <= origin.expires <= last:
        faults.append(UserError(
            "--expires", t(f"ngày hết hạn phải từ hôm nay đến {last:%d/%m/%Y} (list_months)",
                           f"must be from today until {last.isoformat()} (list_months)"),
            t("viết ngày cuối cùng cần dùng danh sách", "write the last day it is needed")))
    return faults
