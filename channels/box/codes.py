"""What may go wrong at a box, what it proves, and the operator's next step."""

from collections.abc import Mapping
from typing import Final

from channels import files
from channels.values import Advice

_ADDRESS = "Xem lại địa chỉ, thư mục của kênh với hãng"

CODES: Final[Mapping[str, Advice]] = {
    **files.CODES,
    "away": Advice("account", "Thư mục của máy phát không có ở đây", "Gắn lại ổ của máy phát"),
    "unreachable": Advice(
        "account", "Không nối được máy phát", "Xem máy phát có bật không, mạng có thông không"
    ),
    "host-key": Advice(
        "account", "Máy trả lời không phải máy đã khai",
        "Hỏi hãng mã khóa của máy (fingerprint) trước khi sửa schedules.toml",
    ),
    "login": Advice("account", "Máy phát không nhận đăng nhập", "Xem lại user, password hoặc key"),
    "denied": Advice("retry", "Máy phát không cho ghi, hoặc thiếu thư mục gốc", _ADDRESS),
    "refused": Advice("retry", "Máy phát không ghi được", "Xem chỗ trống, nhật ký của máy phát"),
    "short": Advice("retry", "Máy phát giữ thiếu tệp", "Xem chỗ trống, đường mạng của máy phát"),
    "dropped": Advice("uncertain", "Đứt kết nối khi đang ghi", "Không phải làm gì, sẽ ghi lại"),
    "half": Advice("uncertain", "Máy phát mới nhận một phần", "Xem lý do; máy tự ghi tiếp"),
    "folder": Advice("rejected", "Thư mục của đài không hợp lệ", "Sửa address của đài ở kênh này"),
    "sound": Advice("retry", "Không đọc được tệp tiếng", "Xem đĩa; tệp tiếng tự được làm lại"),
    "sound-changed": Advice("rejected", "Tệp tiếng đã khác", "Không phải làm gì, bản mới tự đi"),
    "http-404": Advice("account", "Địa chỉ WebDAV không có", _ADDRESS),
    "http-405": Advice("account", "Địa chỉ này không nhận WebDAV", _ADDRESS),
    "http-409": Advice("account", "Thư mục WebDAV không có", _ADDRESS),
    "http-423": Advice("retry", "Tệp ở máy phát đang bị khóa", "Không phải làm gì, sẽ thử lại"),
    "http-501": Advice("account", "Địa chỉ này không nhận WebDAV", _ADDRESS),
    "http-507": Advice("account", "Máy phát hết chỗ", "Xóa bớt tệp ở máy phát"),
}
