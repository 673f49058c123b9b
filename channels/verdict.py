"""
From what the wire brought back to what it proves: the table every channel shares.

A channel asks `verdict` first. None means a 2xx: the channel reads the body, and says
`not_understood` when it cannot. A row in the channel's own code table under `http-NNN`
overrides the row here.
"""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from channels.values import (
    Accepted,
    Advice,
    Delivered,
    Health,
    Outcome,
    Rejected,
    Retry,
    Uncertain,
)
from channels.wire import Answer, NoAnswer

MAX_WAIT: Final = 24 * 3600.0  #: seconds; a Retry-After beyond a day is a mistake at the gateway

_UNKNOWN_TODO = "Đối chiếu ở phía nhận rồi xác nhận: đã đi, chưa đi, hay gửi lại"

#: What may stand in an outcome of any channel that uses the wire.
CODES: Final[Mapping[str, Advice]] = {
    "deadline": Advice("wait", "Quá hạn chót trước khi gửi", "Không phải làm gì, sẽ thử lại"),
    "connect": Advice("retry", "Máy chủ không nhận kết nối", "Xem máy chủ của cổng có chạy không"),
    "connect-timeout": Advice("retry", "Không kết nối được", "Xem đường mạng và tường lửa"),
    "dns": Advice("retry", "Không tìm thấy tên máy chủ", "Xem mạng, DNS và địa chỉ của kênh"),
    "tls": Advice("account", "Chứng thư hoặc TLS hỏng", "Xem đồng hồ máy và chứng thư của cổng"),
    "proxy": Advice("account", "Không qua được proxy", "Xem lại thiết lập proxy"),
    "bad-address": Advice("account", "Địa chỉ của kênh sai", "Sửa url của kênh"),
    "private": Advice(
        "account", "Địa chỉ dẫn vào mạng nội bộ",
        "Sửa địa chỉ; máy nhận đúng là ở mạng nội bộ thì ghi allow_private = true",
    ),
    "training": Advice(
        "account", "Đang tập huấn, không gọi ra ngoài", "Không phải làm gì: tập huấn không gửi thật"
    ),
    "closed": Advice("uncertain", "Kết nối đứt khi chờ trả lời", _UNKNOWN_TODO),
    "read-timeout": Advice("uncertain", "Hết giờ chờ trả lời", _UNKNOWN_TODO),
    "cut": Advice("uncertain", "Câu trả lời bị cắt ngang", _UNKNOWN_TODO),
    "unreadable": Advice("uncertain", "Không đọc được trả lời", _UNKNOWN_TODO),
    "bad-answer": Advice("uncertain", "Trả lời không hiểu được", _UNKNOWN_TODO),
    "http-3xx": Advice(
        "account", "Cổng chuyển sang địa chỉ khác", "Sửa url của kênh theo địa chỉ mới"
    ),
    "http-401": Advice("account", "Cổng không nhận tài khoản", "Xem lại khóa hoặc mật khẩu"),
    "http-402": Advice(
        "account", "Cổng đòi trả tiền", "Nạp tiền cho tài khoản", balance=True
    ),
    "http-403": Advice("account", "Tài khoản không có quyền", "Xem quyền và danh sách IP ở cổng"),
    "http-407": Advice("account", "Proxy đòi tài khoản", "Xem lại thiết lập proxy"),
    "http-408": Advice("retry", "Cổng chờ yêu cầu quá lâu", "Không phải làm gì, sẽ thử lại"),
    "http-425": Advice("retry", "Cổng chưa nhận lúc này", "Không phải làm gì, sẽ thử lại"),
    "http-429": Advice("wait", "Gửi quá nhanh", "Không phải làm gì; giảm rate nếu gặp thường"),
    "http-503-later": Advice("wait", "Cổng bận, hẹn gửi lại", "Không phải làm gì, sẽ thử lại"),
    "http-4xx": Advice("rejected", "Cổng từ chối bản tin", "Xem lý do, sửa nội dung hoặc nơi nhận"),
    "http-5xx": Advice("uncertain", "Lỗi phía cổng, có thể đã nhận", _UNKNOWN_TODO),
    "http-other": Advice("uncertain", "Mã HTTP lạ", _UNKNOWN_TODO),
}


def advice_for(code: str, codes: Mapping[str, Advice]) -> Advice | None:
    """The row for a code: the channel's own first, then the wire's, `http-404` under `http-4xx`."""
    for key in (code, code[:-2] + "xx" if code.startswith("http-") else code):
        row = codes.get(key) or CODES.get(key)
        if row is not None:
            return row
    return None


def proves_nothing(code: str, codes: Mapping[str, Advice]) -> bool:
    """
    True when the try with this code may have gone out.

    An idempotent channel says Retry in that case, which holds only within `key_lifetime`.
    """
    row = advice_for(code, codes)
    return row is not None and row.outcome == "uncertain"


def verdict(
    got: Answer | NoAnswer, *, idempotent: bool, codes: Mapping[str, Advice]
) -> Outcome | None:
    """What this proves, by "What the wire proves"; None for a 2xx, which the channel must read."""
    if isinstance(got, NoAnswer):
        return without_answer(got, idempotent=idempotent)
    if 200 <= got.status <= 299:
        return None
    code = code_of(got)
    row = advice_for(code, codes)
    if row is None:
        code, row = "http-other", CODES["http-other"]
    return as_outcome(
        code, row, f"HTTP {got.status}", idempotent=idempotent, retry_after=retry_after(got)
    )


def without_answer(got: NoAnswer, *, idempotent: bool) -> Retry | Uncertain:
    """What no answer at all proves."""
    if got.proves == "not_sent":
        return Retry(got.code, got.detail, counts=got.code != "deadline")
    if got.proves == "account":
        return Retry(got.code, got.detail, counts=False, scope="account")
    return Retry(got.code, got.detail) if idempotent else Uncertain(got.code, got.detail)


def code_of(answer: Answer) -> str:
    """`http-404`; a 503 that names a time is another matter than one that does not."""
    if answer.status == 503 and retry_after(answer) is not None:
        return "http-503-later"
    return f"http-{answer.status}"


def as_outcome(
    code: str,
    row: Advice,
    detail: str = "",
    *,
    idempotent: bool,
    retry_after: float | None = None,
) -> Outcome:
    """One row of a code table as an outcome; `detail` (already scrubbed) follows the meaning."""
    said = f"{row.meaning} ({detail})" if detail else row.meaning
    if row.outcome == "rejected":
        return Rejected(code, said)
    if row.outcome == "retry":
        return Retry(code, said, retry_after)
    if row.outcome == "wait":
        return Retry(code, said, retry_after, counts=False)
    if row.outcome == "account":
        return Retry(code, said, retry_after, counts=False, scope="account")
    # "uncertain"; a "delivered" row needs a ref, which only the channel can look for.
    return Retry(code, said, retry_after) if idempotent else Uncertain(code, said)


def not_understood(answer: Answer, *, idempotent: bool) -> Outcome:
    """A 2xx whose body is no answer of this gateway: probably taken."""
    kind = answer.headers.get("Content-Type", "").split(";")[0] or "?"
    detail = f"HTTP {answer.status}, {kind}, {len(answer.body)} byte"
    return as_outcome("bad-answer", CODES["bad-answer"], detail, idempotent=idempotent)


def unhealthy(got: Answer | NoAnswer, codes: Mapping[str, Advice]) -> Health | None:
    """Why a harmless question did not get through; None when it was answered with a 2xx."""
    trouble = verdict(got, idempotent=True, codes=codes)
    if trouble is None or isinstance(trouble, Accepted | Delivered):
        return None
    return Health(ok=False, code=trouble.code, detail=trouble.detail)


def retry_after(answer: Answer) -> float | None:
    """Seconds the gateway asked for; a date is measured from the answer's own Date header."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return min(float(asked), MAX_WAIT)
    try:
        then = parsedate_to_datetime(asked)
        seconds = (then - parsedate_to_datetime(answer.headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(0.0, seconds), MAX_WAIT)
