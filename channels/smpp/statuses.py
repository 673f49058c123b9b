"""
What a gateway's command_status proves, and what the operator does (specification 5.1.3).

An answer with an error is a refusal: nothing of that message was taken. Two say less. System
error and unknown error come from gateways that fell over with the message in hand, and a vendor's
own code says nothing at all until somebody has read its manual: `uncertain`, unless the
programme's `codes` know better. What is wrong with our set-up (a field the gateway does not take)
stops the account instead of burning a list of numbers one by one.
"""

from collections.abc import Mapping
from typing import Final

from channels.values import Advice, Outcome, Retry
from channels.verdict import as_outcome

OK: Final = 0x00
ALREADY_BOUND: Final = 0x05
INVALID_COMMAND: Final = 0x03
THROTTLED: Final = 0x58
QUEUE_FULL: Final = 0x14
TRY_LATER: Final = 0x64  #: ESME_RX_T_APPN, ours to a receipt that we cannot keep now
UNREADABLE: Final = 0x65  #: ESME_RX_P_APPN, ours to one that nobody can read

#: seconds for which a throttled account holds back, and asks the sender to
HOLD: Final = 1.0

_ASK = "Hỏi cổng mã này nghĩa là gì, rồi ghi vào options.codes"
_CHECK = "Đối chiếu ở cổng rồi xác nhận: đã đi, chưa đi, hay gửi lại"
_SET = "Sửa options của kênh cho khớp với tài liệu của cổng"
_NUMBER = "Sửa số nhận"


def _setup(what: str, todo: str = _SET) -> Advice:
    return Advice("account", what, todo)


_ROWS: Final[Mapping[int, Advice]] = {
    0x01: Advice("rejected", "Cổng không nhận độ dài này (ESME_RINVMSGLEN)", "Rút ngắn bản SMS"),
    0x02: _setup("Cổng không hiểu gói tin (ESME_RINVCMDLEN)"),
    0x03: _setup("Cổng không có lệnh này (ESME_RINVCMDID)"),
    0x04: _setup("Kết nối không được phép gửi (ESME_RINVBNDSTS)", "Xem options.bind của kênh"),
    0x05: Advice("wait", "Tài khoản đang đăng nhập ở nơi khác (ESME_RALYBND)",
                 "Xem có máy nào khác đang dùng tài khoản; không thì đợi cổng bỏ kết nối cũ"),
    0x06: _setup("Cổng không nhận mức ưu tiên (ESME_RINVPRTFLG)", "Đặt options.priority = 0"),
    0x07: _setup("Cổng không nhận yêu cầu báo kết quả (ESME_RINVREGDLVFLG)",
                 "Đặt options.receipts = false"),
    0x08: Advice("uncertain", "Cổng hỏng khi đang nhận tin (ESME_RSYSERR)", _CHECK),
    0x0A: _setup("Cổng không nhận tên gửi (ESME_RINVSRCADR)",
                 "Xem sender của tài khoản, source_ton và source_npi"),
    0x0B: Advice("rejected", "Cổng không nhận số này (ESME_RINVDSTADR)", _NUMBER),
    0x0C: Advice("rejected", "Mã tin không hợp lệ (ESME_RINVMSGID)", "Hỏi cổng"),
    0x0D: _setup("Cổng không cho đăng nhập (ESME_RBINDFAIL)",
                 "Xem tài khoản còn hạn không, địa chỉ IP đã đăng ký chưa"),
    0x0E: _setup("Sai mật khẩu (ESME_RINVPASWD)", "Xem lại secrets.password"),
    0x0F: _setup("Sai tên đăng nhập (ESME_RINVSYSID)", "Xem lại secrets.system_id"),
    0x14: Advice("wait", "Hàng đợi của cổng đầy (ESME_RMSGQFUL)",
                 "Không phải làm gì; gặp thường thì giảm rate"),
    0x15: _setup("Cổng không nhận loại dịch vụ (ESME_RINVSERTYP)", "Xem options.service_type"),
    0x43: _setup("Cổng không nhận tin ghép (ESME_RINVESMCLASS)", "Đổi options.long"),
    0x45: Advice("retry", "Cổng chưa nhận được tin (ESME_RSUBMITFAIL)",
                 "Không phải làm gì, sẽ thử lại; gặp thường thì hỏi cổng"),
    0x48: _setup("Cổng không nhận kiểu tên gửi (ESME_RINVSRCTON)", "Xem options.source_ton"),
    0x49: _setup("Cổng không nhận kiểu tên gửi (ESME_RINVSRCNPI)", "Xem options.source_npi"),
    0x50: _setup("Cổng không nhận kiểu số nhận (ESME_RINVDSTTON)", "Xem options.dest_ton"),
    0x51: _setup("Cổng không nhận kiểu số nhận (ESME_RINVDSTNPI)", "Xem options.dest_npi"),
    0x53: _setup("Cổng không nhận loại hệ thống (ESME_RINVSYSTYP)", "Xem options.system_type"),
    0x58: Advice("wait", "Gửi quá nhanh (ESME_RTHROTTLED)",
                 "Không phải làm gì; gặp thường thì giảm rate"),
    0x61: _setup("Cổng không nhận giờ hẹn (ESME_RINVSCHED)"),
    0x62: _setup("Cổng không nhận thời hạn của tin (ESME_RINVEXPIRY)", "Đổi options.validity"),
    0x64: Advice("retry", "Nơi nhận tạm thời không nhận (ESME_RX_T_APPN)", "Sẽ thử lại"),
    0x65: Advice("rejected", "Nơi nhận không nhận (ESME_RX_P_APPN)", "Hỏi cổng vì sao"),
    0x66: Advice("rejected", "Nơi nhận từ chối (ESME_RX_R_APPN)", "Hỏi cổng vì sao"),
    0xC0: _setup("Cổng không hiểu tham số phụ (ESME_RINVOPTPARSTREAM)",
                 "Đặt options.user_reference = false"),
    0xC1: _setup("Cổng không cho tham số phụ (ESME_ROPTPARNOTALLWD)",
                 "Đặt options.user_reference = false; tin dài thì đổi options.long"),
    0xC2: _setup("Độ dài tham số phụ sai (ESME_RINVPARLEN)"),
    0xC3: _setup("Cổng đòi thêm tham số (ESME_RMISSINGOPTPARAM)", "Hỏi cổng đòi tham số nào"),
    0xC4: _setup("Giá trị tham số phụ sai (ESME_RINVOPTPARAMVAL)"),
    0xFE: Advice("rejected", "Không giao được (ESME_RDELIVERYFAILURE)", "Xem số còn dùng không"),
    0xFF: Advice("uncertain", "Cổng báo lỗi không rõ (ESME_RUNKNOWNERR)", _CHECK),
}  # fmt: skip

#: what is not a command_status
CODES: Final[Mapping[str, Advice]] = {
    **{f"smpp-{status:#04x}": row for status, row in _ROWS.items()},
    "smpp-other": Advice("uncertain", "Mã của cổng chưa có trong bảng mã", _ASK),
    "smpp-bind": _setup("Cổng từ chối đăng nhập bằng mã lạ", _ASK),
    "smpp-bind-timeout": Advice("retry", "Cổng không trả lời khi đăng nhập", "Gọi cho cổng"),
    "smpp-down": Advice("wait", "Chưa có kết nối với cổng", "Xem đường mạng; sẽ thử lại"),
    "smpp-closing": Advice("wait", "Đang đóng kết nối, chưa gửi", "Không phải làm gì"),
    "smpp-partial": Advice("uncertain", "Cổng chỉ nhận một số phần của tin dài", _CHECK),
    "sms-phone": Advice("rejected", "Số nhận không phải số di động", _NUMBER),
    "sms-expired": Advice("rejected", "Đã hết hạn trước khi gửi", "Không phải làm gì"),
    "sms-empty": Advice("rejected", "Bản SMS trống", "Viết nội dung SMS"),
    "sms-undelivered": Advice("rejected", "Không tới máy nhận", "Xem số còn dùng không"),
    "sms-unknown": Advice("uncertain", "Cổng không biết tin đã tới chưa", _CHECK),
}

#: a bind may be refused for a while without anything being wrong with the account
_BIND_LATER: Final = frozenset({ALREADY_BOUND, THROTTLED, QUEUE_FULL, 0x08, 0x64})


def code_of(status: int) -> str:
    """`smpp-0x58`."""
    return f"smpp-{status:#04x}"


class Table:
    """The statuses of one gateway: ours, with the programme's rows in front."""

    def __init__(self, own: Mapping[str, Advice] | None = None) -> None:
        self.codes: Mapping[str, Advice] = {**CODES, **(own or {})}

    def refused(self, status: int) -> Outcome:
        """What an answer to submit_sm with this status (not 0) proves."""
        code = code_of(status)
        row = self.codes.get(code)
        if row is None:
            return as_outcome("smpp-other", self.codes["smpp-other"], code, idempotent=False)
        after = HOLD if row.outcome == "wait" else None
        return as_outcome(code, row, idempotent=False, retry_after=after)

    def bind_refused(self, status: int) -> Retry:
        """A refused bind sends nothing, whatever the status."""
        code = code_of(status)
        row = self.codes.get(code)
        if row is None:
            detail = f"{self.codes['smpp-bind'].meaning} ({code})"
            return Retry("smpp-bind", detail, counts=False, scope="account")
        later = status in _BIND_LATER or row.outcome in ("wait", "retry")
        return Retry(code, row.meaning, counts=False, scope="message" if later else "account")

    def told(self, code: str) -> str:
        """The meaning of a code, as a detail."""
        return self.codes[code].meaning
