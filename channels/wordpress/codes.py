"""
WordPress' error codes: what each proves and what staff do.

Source: wp-includes/rest-api of WordPress 6.1, each row seen from a running site. A wrong password
is none of these there: WordPress then takes us for a visitor, and the answer is that of a visitor.
"""

from collections.abc import Mapping
from typing import Final

from channels.values import Advice

_RIGHTS = "Cho tài khoản vai trò Tác giả hoặc Biên tập viên, xem docs/website.md"
_OTHERS = "Dùng tài khoản đã đăng bài đó, hoặc cho vai trò Biên tập viên"
_LOGIN = (
    "Tạo lại mật khẩu ứng dụng (WordPress → Hồ sơ); nếu vẫn lỗi: máy chủ của trang phải chuyển "
    "tiếp tiêu đề Authorization"
)
_WALL = "Nhờ người quản trị trang cho máy này gọi /wp-json/ (tường lửa, trình cắm bảo mật)"
_OPEN_REST = "Bật REST API cho tài khoản này trong trình cắm bảo mật của trang"
_WAIT = "Không phải làm gì, sẽ thử lại; kéo dài thì báo người quản trị trang"

CODES: Final[Mapping[str, Advice]] = {
    "wp-away": Advice(
        "wait", "Trang không trả lời khi được hỏi, lần này chưa đăng gì",
        "Xem trang có mở được không; trở lại là tự đăng"),
    "wp-unseen": Advice(
        "uncertain", "Đã ghi bài lên trang, chưa xem lại được", "Không phải làm gì, sẽ xem lại"),
    "wp-login": Advice("account", "WordPress không nhận tên hoặc mật khẩu ứng dụng", _LOGIN),
    "wp-rest_not_logged_in": Advice("account", "WordPress không nhận đăng nhập", _LOGIN),
    "wp-incorrect_password": Advice("account", "Mật khẩu ứng dụng sai", _LOGIN),
    "wp-invalid_username": Advice("account", "Không có tài khoản này", _LOGIN),
    "wp-rights": Advice("account", "Tài khoản thiếu quyền", _RIGHTS),
    "wp-rest_cannot_create": Advice("account", "Tài khoản thiếu quyền edit_posts", _RIGHTS),
    "wp-rest_cannot_edit": Advice(
        "account", "Tài khoản thiếu quyền sửa bài này (edit_others_posts)", _OTHERS),
    "wp-rest_cannot_publish": Advice("account", "Tài khoản thiếu quyền publish_posts", _RIGHTS),
    "wp-rest_cannot_delete": Advice(
        "account", "Tài khoản thiếu quyền gỡ bài này (delete_others_posts)", _OTHERS),
    "wp-rest_cannot_assign_sticky": Advice(
        "account", "Tài khoản thiếu quyền ghim bài (edit_others_posts)", _RIGHTS),
    "wp-rest_forbidden_status": Advice("account", "Tài khoản không được xem bài nháp", _RIGHTS),
    "wp-rest_forbidden_context": Advice(
        "account", "Tài khoản thiếu quyền sửa bài này (edit_others_posts)", _OTHERS),
    "wp-application_passwords_disabled": Advice(
        "account", "Trang tắt mật khẩu ứng dụng", "Bật mật khẩu ứng dụng (cần HTTPS)"),
    "wp-rest_disabled": Advice("account", "Trang tắt REST API", _OPEN_REST),
    "wp-rest_cannot_access": Advice(
        "account", "Trang chỉ mở REST API cho một số người", _OPEN_REST),
    "wp-rest_no_route": Advice("account", "Địa chỉ REST không có", "Sửa url của kênh"),
    "wp-page": Advice(
        "account", "Trang trả lời bằng một trang web, không phải REST của WordPress",
        "Mở url/wp-json/ bằng trình duyệt: bật Đường dẫn tĩnh, tắt trang “đang bảo trì”, sửa url"),
    "wp-not-public": Advice(
        "account", "WordPress nhận bài mà không cho công khai",
        "Xem trình cắm duyệt bài và giờ của máy chủ trang, rồi xuất bản bài đó"),
    "wp-trashed": Advice(
        "rejected", "Có người đã bỏ bài này vào thùng rác sau lần đăng trước",
        "Hỏi người quản trị trang; nếu vẫn cần đăng thì phát lại"),
    "wp-gone": Advice("rejected", "Bài không còn trên trang", "Phát lại nếu vẫn cần"),
    "wp-no-category": Advice(
        "account", "Trang không có chuyên mục này",
        "Tạo chuyên mục trên WordPress, sửa categories, hoặc đặt create_categories = true"),
    "wp-rest_invalid_param": Advice("rejected", "WordPress không nhận bài", "Xem lý do, sửa bài"),
    "wp-rest_missing_callback_param": Advice("rejected", "Bài thiếu mục", "Xem lý do, sửa bài"),
    "wp-empty_content": Advice("rejected", "Bài trống", "Viết nội dung bài"),
    "wp-rest_upload_unknown_error": Advice(
        "rejected", "WordPress không nhận tệp ảnh", "Dùng ảnh PNG hoặc JPEG nhỏ hơn, duyệt lại"),
    "wp-rest_post_invalid_id": Advice("retry", "Bài vừa bị xóa", "Không phải làm gì, sẽ thử lại"),
    "wp-db_insert_error": Advice(
        "retry", "WordPress không ghi được cơ sở dữ liệu", "Xem đĩa và máy chủ của trang"),
    "wp-db_update_error": Advice(
        "retry", "WordPress không ghi được cơ sở dữ liệu", "Xem đĩa và máy chủ của trang"),
    "image": Advice("rejected", "Ảnh thiếu hoặc khác bản duyệt", "Thêm lại ảnh, duyệt lại"),
    "http-401": Advice("account", "Trang không nhận đăng nhập", _LOGIN),
    "http-403": Advice("account", "Tường lửa của trang chặn", _WALL),
    "http-404": Advice(
        "account", "Địa chỉ REST không có", "Bật Đường dẫn tĩnh trên WordPress, hoặc sửa url"),
    "http-405": Advice("account", "Máy chủ của trang chặn cách gọi này", _WALL),
    "http-406": Advice("account", "Tường lửa của trang chặn", _WALL),
    "http-413": Advice("rejected", "Ảnh lớn hơn máy chủ của trang nhận", "Dùng ảnh nhỏ hơn"),
    "http-503-later": Advice("wait", "Trang đang bảo trì", _WAIT),
    "http-503": Advice("uncertain", "Trang đang bảo trì hoặc quá tải", _WAIT),
    "http-500": Advice("uncertain", "Trang báo lỗi (máy chủ, cơ sở dữ liệu)", _WAIT),
}

#: capability -> what it is for, in the words staff read
RIGHTS: Final[Mapping[str, str]] = {
    "edit_posts": "viết bài",
    "publish_posts": "xuất bản",
    "edit_published_posts": "sửa bài đã đăng",
    "delete_published_posts": "gỡ bài đã đăng",
    "upload_files": "tải ảnh lên",
}
