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
    "nguoi-dung": ("Đã lưu.", "Saved."),
    "khoa": ("Đã khóa: người này đã ra khỏi mọi nơi.", "Locked: this person is out everywhere."),
    "cac-phien": ("Đã kết thúc mọi phiên của người này.", "All of this person's sessions ended."),
    "khoa-dai": ("Đã khóa đường dẫn của đài.", "The station's link is revoked."),
    "chap-thuan": ("Đã ghi chấp thuận trước.", "The standing acceptance is recorded."),
    "thoi-chap-thuan": ("Đã thôi chấp thuận.", "The acceptance has ended."),
    "da-phat": ("Đã ghi thay đài.", "Written down for the station."),
    "duyet-phat": ("Đã ghi: xã duyệt phát bản này.", "The commune's yes is written down."),
    "ban-thu": ("Đã ghi về bản thu.", "Noted of the recording."),
    "dai-nhan": ("Đã ghi: đài đã nhận.", "The station has it."),
    "da-xem": ("Đã ghi: đã xem.", "Marked as seen."),
    "xep-tin": ("Đã xếp tin vào lịch.", "The item is in the calendar."),
    "bo-xep": ("Đã bỏ xếp. Lịch đã được lập lại.", "Unpinned. The calendar was planned anew."),
    "huy-luot": ("Đã hủy lượt này.", "The airing is cancelled."),
    "phat-lai": ("Đã lên lịch phát lại ngay.", "It goes out again now."),
    "da-luu": ("Đã lưu.", "Saved."),
    "da-trinh": ("Đã lưu và trình duyệt. Người duyệt sẽ thấy tin ở trang Duyệt.",
                 "Saved and submitted. Approvers see it on their page."),
    "doc-duoc": ("Đã lưu. Từ ấy được đọc như đã viết.", "Saved. The word is read as it stands."),
    "ghi-chu": ("Đã lưu. Ghi chú đã xử lý.", "Saved. The note is dealt with."),
    "bo-nhap": ("Đã bỏ bản nháp.", "The draft was dropped."),
    "lay-lai": ("Đã lấy lại bản cũ thành bản mới nhất, ở trạng thái Nháp.",
                "The old version is the newest draft now."),
    "gop-y": ("Đã gửi góp ý. Người soạn tin sẽ kiểm chứng và viết lại.",
              "Sent. The authors will verify it and write it up."),
    "duyet": ("Đã duyệt.", "Approved."),
    "duyet-1": ("Đã ghi lượt duyệt của bạn. Tin khẩn cấp cần thêm một người duyệt nữa.",
                "Your approval is noted. Urgent: one more approver is needed."),
    "tra-lai": ("Đã trả lại để sửa.", "Returned to its author."),
    "khong-duyet": ("Đã ghi: không duyệt.", "Rejected."),
    "phieu": ("Đã ghi nhận phiếu đã ký.", "The signed sheet is recorded."),
    "uy-quyen": ("Đã ghi ủy quyền.", "The delegation is recorded."),
    "thoi-uy-quyen": ("Đã thôi ủy quyền.", "The delegation has ended."),
    "dot-lap": ("Đã lập. Một người khác duyệt, rồi bắt đầu gửi.",
                "Made. Somebody else approves it, then it can start."),
    "dot-het": ("Bản tính trước không còn: quá một giờ hoặc máy vừa khởi động lại. Lập lại.",
                "The reckoning is gone: over an hour old, or we were restarted. Make it again."),
    "dot-duyet": ("Đã duyệt đợt này.", "The campaign is approved."),
    "dot-chay": ("Đã bắt đầu gửi.", "It has begun to send."),
    "dot-chay-tiep": ("Đã cho chạy tiếp.", "It goes on."),
    "dot-tiep-tuc": ("Đã tiếp tục gửi.", "It is resumed."),
    "dot-tam-dung": ("Đã tạm dừng. Tin đang trên đường gửi nốt.",
                     "Paused. What is on the wire finishes."),
    "dot-dung": ("Đã dừng hẳn. Tin đang trên đường gửi nốt.",
                 "Stopped for good. What is on the wire finishes."),
    "dot-gui-lai": ("Các số ấy được gửi lại.", "Those numbers are sent to once more."),
    "dot-xac-dinh": ("Đã ghi kết quả.", "The outcome is noted."),
    "dot-khong-ro": ("Không còn tin nào chưa rõ.", "Nothing is uncertain any more."),
    "ds-nhan": ("Đã nhận danh sách. Tệp tải lên đã bị xóa.",
                "The list is taken. The file that was sent is deleted."),
    "ds-bo": ("Đã bỏ, không giữ lại gì.", "Dropped, nothing is kept."),
    "ds-ket-thuc": ("Danh sách đã kết thúc, mọi số đã xóa.",
                    "The list is ended, its numbers are deleted."),
    "tep-het": ("Tệp không còn: quá một giờ, đã đọc xong, hoặc máy vừa khởi động lại. Tải lên lại.",
                "The file is gone: over an hour old, read, or we were restarted. Send it again."),
    "tu-choi": ("Đã ghi: số này không nhận tin nữa.", "Noted: no more messages to it."),
    "tu-choi-roi": ("Số này đã ghi từ trước.", "It stood there already."),
    "don-duyet": ("Đã duyệt đơn.", "The order is approved."),
    "don-huy": ("Đã hủy đơn.", "The order is cancelled."),
    "thu-hoi-khoa": ("Đã thu hồi khóa. Khóa hết hiệu lực ngay.",
                     "The key is revoked. It opens nothing from now on."),
    "gui-thu": ("Đã nhờ trạm phát gửi thử; kết quả ở dưới.",
                "The worker sends the test; see below."),
    "ra": ("Đã đăng xuất.", "You are logged out."),
    "cau-hinh-luu": ("Đã lưu và áp dụng. Trạm phát lập lại lịch ngay.",
                     "Saved and in force. The worker plans anew at once."),
    "cau-hinh-nhu-cu": ("Không có gì thay đổi.", "Nothing has changed."),
    "cau-hinh-xoa": ("Đã xóa và áp dụng.", "Deleted and in force."),
    "cau-hinh-ve": ("Đã trở về bản cũ, thành một bản mới.", "Back to the earlier version."),
    "cau-hinh-nhan": ("Đã nhận tệp trên máy chủ.", "The server's file is in force."),
    "cau-hinh-tra": ("Đã ghi lại tệp theo bản đang có hiệu lực; tệp cũ được giữ một bản sao.",
                     "The file is written anew; a copy of the old one was kept."),
    "kenh-dung": ("Đã tạm dừng.", "Paused."),
    "kenh-tiep": ("Đã tiếp tục.", "Resumed."),
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
