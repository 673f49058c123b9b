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
_ROLE = "Cấp lại token với quyền pages_manage_posts và pages_read_engagement"
_NOTHING = "Không phải làm gì, sẽ thử lại"

CODES: Final[Mapping[str, Advice]] = {
    "fb-1": Advice("uncertain", "Facebook báo lỗi lạ, bài có thể đã đăng", _LOOK),
    "fb-2": Advice("uncertain", "Facebook trục trặc, bài có thể đã đăng", _LOOK),
    "fb-4": Advice("wait", "Ứng dụng gọi quá nhiều", _NOTHING),
    "fb-17": Advice("wait", "Tài khoản gọi quá nhiều", _NOTHING),
    "fb-32": Advice("wait", "Trang bị gọi quá nhiều", _NOTHING),
    "fb-341": Advice("wait", "Chạm hạn mức của ứng dụng", _NOTHING),
    "fb-613": Advice("wait", "Vượt tần suất cho phép", _NOTHING),
    "fb-80001": Advice("wait", "Trang vượt hạn mức 24 giờ", _NOTHING),
    "fb-190": Advice("account", "Token của trang không còn dùng được", _TOKEN),
    "fb-190-458": Advice(
        "account", "Ứng dụng đã bị gỡ khỏi tài khoản Facebook",
        "Người quản trị trang cho phép lại ứng dụng, rồi cấp token mới"
    ),
    "fb-190-459": Advice(
        "account", "Facebook đòi xác minh tài khoản",
        "Người quản trị trang mở facebook.com, làm xong bước xác minh, rồi cấp token mới"
    ),
    "fb-190-460": Advice(
        "account", "Mật khẩu Facebook của người cấp token đã đổi",
        "Người đó đăng nhập bằng mật khẩu mới và cấp token mới"
    ),
    "fb-190-463": Advice("account", "Token đã hết hạn", "Cấp token dài hạn mới cho trang"),
    "fb-190-464": Advice(
        "account", "Tài khoản Facebook chưa xác nhận",
        "Người cấp token xác nhận thư hoặc số máy ở facebook.com, rồi cấp token mới"
    ),
    "fb-190-467": Advice(
        "account", "Token không hợp lệ: đã đăng xuất, hoặc chép thiếu", _TOKEN
    ),
    "fb-190-492": Advice(
        "account", "Người cấp token không còn vai trò ở trang",
        "Thêm lại người đó vào trang, hoặc người quản trị khác cấp token mới"
    ),
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
    "fb-1609005": Advice(
        "rejected", "Facebook không đọc được đường dẫn",
        "Mở thử đường dẫn; sửa, bỏ, hoặc viết nó vào trong bài: bài sẽ đăng không có xem trước"
    ),
    "fb-100": Advice("rejected", "Facebook không nhận tham số của bài", "Xem lý do, sửa bài"),
    "fb-100-33": Advice(
        "rejected", "Bài hoặc trang không có, hoặc token không thấy được",
        "Xem mã trang trong schedules.toml và bài trên trang"
    ),
    "fb-2500": Advice("account", "Địa chỉ Graph API sai", "Sửa url hoặc version của kênh"),
    # Ours: what Facebook does not say by a code.
    "fb-slow": Advice("wait", "Đã dùng từ 75% hạn mức gọi, đăng chậm lại", _NOTHING),
    "fb-late": Advice(
        "wait", "Không còn đủ 15 phút để hẹn giờ", "Không phải làm gì: đến giờ sẽ đăng thẳng"
    ),
    "fb-gone": Advice(
        "rejected", "Bài đã hẹn giờ không còn trên Facebook",
        "Hỏi người quản trị trang ai đã xóa; vẫn cần đăng thì phát lại tin"
    ),
    "fb-hidden": Advice("retry", "Bài đã hẹn giờ chưa công khai được", _NOTHING),
    "fb-unseen": Advice(
        "wait", "Bài vừa gửi có thể chưa hiện trên trang", "Không phải làm gì, sẽ tìm lại để gỡ"
    ),
    "fb-recall": Advice(
        "rejected", "Facebook không cho xóa, bài hoặc ảnh còn trên trang",
        "Người quản trị trang tự xóa bài"
    ),
    "fb-pin": Advice(
        "rejected", "Facebook không cho ghim bài qua API", "Người quản trị trang tự ghim"
    ),
    "fb-user-token": Advice(
        "account", "Đây không phải token của trang",
        "Lấy token của chính trang (docs/facebook.md), không dùng token của người"
    ),
    "fb-page": Advice(
        "account", "Token là của trang khác", "Sửa mã trang, hoặc lấy token của trang này"
    ),
    "fb-scope": Advice("account", "Token thiếu quyền", _ROLE),
    "fb-task": Advice(
        "account", "Người cấp token không được đăng bài (CREATE_CONTENT)",
        "Người quản trị trang giao quyền Nội dung cho người đó"
    ),
    "fb-token-end": Advice("account", "Token hết hạn ngày", "Cấp token dài hạn mới cho trang"),
    "fb-version": Advice(
        "account", "Phiên bản Graph API hết hạn ngày",
        "Đổi version trong schedules.toml sang bản mới, rồi gửi thử"
    ),
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
}
