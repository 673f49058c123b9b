"""
Zalo's error codes: what each proves and what the operator does. HTTP 200 carries them.

Zalo's own table could not be read where this was written. Seen in logs of public bots and SDKs:
-14014, -200 and -214 at verify, -201, -209, -216. All others are from memory and unverified: the
first time one of them comes, compare Zalo's words in the log with the meaning here. What is not
here is uncertain: never a reason to broadcast again. That a used refresh token is answered with an
empty 200 was seen once in production.
"""

from collections.abc import Mapping
from typing import Final

from channels.values import Advice

_CONSENT = (
    "Quản trị viên OA cấp quyền lại cho ứng dụng, ghi refresh token mới vào tệp khóa refresh_token"
)
_LOOK = "Xem trang quản trị OA rồi xác nhận: đã đi hay chưa; phần mềm không tự broadcast lại"
_NONE = "Không phải làm gì, sẽ thử lại"
_APP = "Xem lại app_id, app_secret và liên kết ứng dụng với OA ở developers.zalo.me"
_PACKAGE = "Xem gói dịch vụ của OA; hết lượt thì chờ ngày 1 hoặc đặt broadcast = false"

CODES: Final[Mapping[str, Advice]] = {
    "zalo-32": Advice("wait", "Gọi Zalo quá nhanh", _NONE),
    "zalo-200": Advice(
        "rejected", "Zalo không xử lý được bài, thường vì ảnh bìa", "Đổi ảnh bìa (https, dưới 1 MB)"
    ),
    "zalo-201": Advice("rejected", "Zalo không nhận tham số của bài", "Xem lý do, sửa bài"),
    "zalo-204": Advice("account", "OA đã bị xóa", "Xem OA ở oa.zalo.me"),
    "zalo-205": Advice("account", "Không có OA này", "Xem OA ở oa.zalo.me"),
    "zalo-207": Advice("account", "Ứng dụng chưa liên kết với OA", _APP),
    "zalo-209": Advice("account", "Ứng dụng không được dùng API này", _APP),
    "zalo-211": Advice("account", "Hết hạn mức của OA", _PACKAGE),
    "zalo-213": Advice("rejected", "Người nhận chưa quan tâm OA", "Xem lại đối tượng broadcast"),
    "zalo-214": Advice("wait", "Zalo đang xử lý bài", _NONE),
    "zalo-216": Advice("account", "Access token không dùng được", _CONSENT),
    "zalo-218": Advice("account", "Người nhận đã đủ lượt tin", _PACKAGE),
    "zalo-219": Advice("account", "Ứng dụng bị gỡ hoặc bị khóa", _APP),
    "zalo-220": Advice("account", "Access token hết hạn", _CONSENT),
    "zalo-221": Advice("account", "OA chưa xác thực", "Xác thực OA ở oa.zalo.me"),
    "zalo-223": Advice("account", "OA vượt hạn mức", _PACKAGE),
    "zalo-224": Advice("account", "OA chưa mua gói dịch vụ", _PACKAGE),
    "zalo-234": Advice("wait", "Ngoài giờ Zalo cho gửi", _NONE),
    "zalo-240": Advice(
        "account", "Zalo đã đóng API này", "Đặt broadcast = false và báo người phát triển"
    ),
    "zalo-other": Advice("uncertain", "Zalo báo mã lạ", _LOOK),
    "zalo-oauth": Advice("account", "Zalo không cấp access token", _APP),
    "zalo-refreshing": Advice("wait", "Một tiến trình khác đang lấy token", _NONE),
    "zalo-refresh-doubt": Advice(
        "account", "Mất trả lời khi lấy token mới", "Không phải làm gì, sẽ thử lại một lần"
    ),
    "zalo-refresh-lost": Advice("account", "Refresh token không còn dùng được", _CONSENT),
    "zalo-state": Advice("wait", "Không ghi được trạng thái của tài khoản", _NONE),
    # both: the article is at Zalo's, though nobody sees it yet
    "zalo-pending": Advice("uncertain", "Zalo chưa xử lý xong bài", _NONE),
    "zalo-unseen": Advice("uncertain", "Đã lập bài, chưa hỏi được mã bài", _NONE),
    "zalo-many": Advice("uncertain", "OA có quá nhiều bài, chưa xem hết", _LOOK),
    "zalo-hours": Advice("wait", "Zalo chỉ cho broadcast từ 08:00 đến 22:00", _NONE),
    "zalo-shown": Advice("uncertain", "Bài đã hiện, broadcast chưa đi", _LOOK),
    "zalo-broadcast": Advice("uncertain", "Không rõ broadcast đã đi chưa", _LOOK),
    "zalo-quota": Advice("account", "Hết lượt broadcast của tháng", _PACKAGE),
}

#: the access token is no longer good; nothing was done
STALE: Final = frozenset({"zalo-216", "zalo-220"})
#: the broadcast was refused for good, nobody got it
NO_BROADCAST: Final = frozenset(
    {f"zalo-{n}" for n in (201, 204, 205, 207, 209, 211, 213, 218, 219, 221, 223, 224, 240)}
)
