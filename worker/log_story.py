"""One delivery's story in staff's words, and what is to be done now."""

from collections.abc import Mapping
from typing import Any

from channels.values import Advice
from worker.i18n import t
from worker.log_query import Line
from worker.states import LABELS

#: what an entry of the story is called
_WORDS: Mapping[str, tuple[str, str]] = {
    "planned": ("Lên lịch", "planned"),
    "approval": ("Duyệt, rút duyệt", "approval"),
    "begun": ("Bắt đầu gửi", "begun"),
    "attempt": ("Thử lần", "try"),
    "settled": ("Ghi kết quả", "settled"),
    "receipt": ("Nhà mạng báo kết quả", "receipt"),
    "receipt-arrived": ("Nhận báo của nhà mạng", "receipt arrived"),
    "late_receipt": ("Báo kết quả đến muộn", "late receipt"),
    "uncertain": ("Chưa rõ kết quả", "uncertain"),
    "resolved": ("Người xác định kết quả", "resolved by a person"),
    "cancelled": ("Hủy", "cancelled"),
    "expired": ("Quá giờ, không phát", "expired"),
    "recall": ("Thu hồi", "recall"),
    "recalled": ("Đã thu hồi", "recalled"),
    "correct": ("Đính chính", "correction"),
}
_OUTCOMES: Mapping[str, tuple[str, str]] = {
    "accepted": LABELS["accepted"], "delivered": LABELS["delivered"],
    "rejected": LABELS["rejected"], "uncertain": LABELS["uncertain"],
    "retry": ("Chưa gửi được, sẽ gửi lại", "will be tried again"),
}


def what(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    """What happened, its result, and the gateway's own words; empty where there are none."""
    kind = str(entry["what"])
    name = t(*_WORDS[kind]) if kind in _WORDS else kind
    if kind == "attempt":
        name = f"{name} {entry['number']}"
    result = str(entry.get("outcome") or entry.get("state") or "")
    if kind == "attempt" and not entry.get("ended_at"):
        shown = t("chưa có kết quả", "no result yet")
    else:
        known = _OUTCOMES.get(result) or LABELS.get(result)
        shown = t(*known) if known else result
    said = ": ".join(str(entry[k]) for k in ("code", "detail") if entry.get(k))
    return name, shown, said or str(entry.get("reason") or "")


def next_step(line: Line, advice: Advice | None) -> str:
    """What somebody has to do; empty: nothing."""
    todo = advice.todo if advice is not None else ""
    match line.state:
        case "uncertain":
            return " ".join(filter(None, (todo, t(
                "Xem ở nơi nhận tin đã có chưa, rồi xác định kết quả.",
                "Look whether it is out, then say what came of it."))))
        case "rejected" | "exhausted":
            return todo or t("Xem chi tiết ở dưới và docs/runbook.md.",
                             "See the details below and docs/runbook.md.")
        case "held":
            return t("Tin chưa được duyệt: duyệt trước khi khung giờ hết.",
                     "The item is not approved: approve it before its slot closes.")
        case "expired":
            return t("Khung giờ đã qua. Còn cần thì phát lại ở Lịch phát.",
                     "Its slot is over. If still wanted, repeat it in the plan.")
        case _:
            return ""
