"""
Facebook's error codes: what each proves and what the operator does.

Source: developers.facebook.com, Graph API "Handling errors" and "Rate limits"; that 1, 2 and
5xx are no proof: two SDK trackers report posts published behind them.
"""

from collections.abc import Mapping
from typing import Final

from channels.values import Advice

_LOOK = "Chờ đối chiếu trang theo mã tin, rồi xác nhận"
_TOKEN = "Người quản trị trang đăng nhập lại và cấp token mới"  # noqa: S105 - an instruction
_ROLE = "Cấp lại quyền pages_manage_posts cho token"

CODES: Final[Mapping[str, Advice]] = {
    "fb-1": Advice("uncertain", "Facebook báo lỗi lạ, bài có thể đã đăng", _LOOK),
    "fb-2": Advice("uncertain", "Facebook trục trặc, bài có thể đã đăng", _LOOK),
    "fb-4": Advice("wait", "Ứng dụng gọi quá nhiều", "Không phải làm gì, sẽ thử lại"),
    "fb-17": Advice("wait", "Tài khoản gọi quá nhiều", "Không phải làm gì, sẽ thử lại"),
    "fb-32": Advice("wait", "Trang bị gọi quá nhiều", "Không phải làm gì, sẽ thử lại"),
    "fb-341": Advice("wait", "Chạm hạn mức của ứng dụng", "Không phải làm gì, sẽ thử lại"),
    "fb-613": Advice("wait", "Vượt tần suất cho phép", "Không phải làm gì, sẽ thử lại"),
    "fb-80001": Advice("wait", "Trang vượt hạn mức 24 giờ", "Không phải làm gì, sẽ thử lại"),
    "fb-190": Advice("account", "Token của trang không còn dùng được", _TOKEN),
    "fb-190-458": Advice("account", "Ứng dụng đã bị gỡ khỏi tài khoản", _TOKEN),
    "fb-190-459": Advice(
        "account", "Facebook đòi xác minh tài khoản", "Đăng nhập Facebook, xác minh, cấp token mới"
    ),
    "fb-190-460": Advice("account", "Mật khẩu Facebook đã đổi", _TOKEN),
    "fb-190-463": Advice("account", "Token đã hết hạn", _TOKEN),
    "fb-190-464": Advice(
        "account", "Tài khoản Facebook chưa xác nhận", "Đăng nhập Facebook, xác nhận tài khoản"
    ),
    "fb-190-467": Advice("account", "Token không hợp lệ", _TOKEN),
    "fb-190-492": Advice("account", "Người cấp token không còn quyền ở trang", _TOKEN),
    "fb-102": Advice("account", "Phiên đăng nhập đã hết", _TOKEN),
    "fb-10": Advice("account", "Ứng dụng không có quyền này", _ROLE),
    "fb-200": Advice("account", "Thiếu quyền đăng lên trang", _ROLE),
    "fb-368": Advice(
        "account", "Facebook tạm chặn trang", "Vào trang xem thông báo chặn, gửi yêu cầu xét lại"
    ),
    "fb-368-1390008": Advice("wait", "Trang đăng quá nhanh, bị hãm", "Đăng thưa hơn vài giờ"),
    "fb-368-4854002": Advice(
        "account", "Facebook đòi xác minh danh tính", "Người quản trị trang xác minh danh tính"
    ),
    "fb-368-1404082": Advice("rejected", "Trùng bài đã đăng", "Xem bài cũ trên trang"),
    "fb-506": Advice("uncertain", "Trùng bài vừa đăng: lần gửi trước có thể đã đi", _LOOK),
    "fb-1609005": Advice("rejected", "Facebook không đọc được đường dẫn", "Sửa hoặc bỏ đường dẫn"),
    "fb-100": Advice("rejected", "Facebook không nhận tham số của bài", "Xem lý do, sửa bài"),
    "fb-2500": Advice("account", "Địa chỉ Graph API sai", "Sửa url hoặc version của kênh"),
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
}
