"""The kinds of Sự cố; each has its section in docs/runbook.md (a test holds them together)."""

import re
from typing import NamedTuple

from worker.errors import without_commands
from worker.i18n import t


class Kind(NamedTuple):
    """How a kind is called, and what to do when the alarm itself says nothing better."""

    vi: str
    en: str
    fix_vi: str
    fix_en: str
    page_vi: str  #: the same on a page, to somebody without a command line
    page_en: str
    path: str = ""  #: where on the console; {}: what `at` finds in the alarm's cause
    at: str = ""
    daily: bool = False  #: told again every day until mended, though somebody has taken it

    def name(self) -> str:
        return t(self.vi, self.en)

    def fix(self) -> str:
        return t(self.fix_vi, self.fix_en)

    def step(self, fix: str) -> str:
        """What to do, on a page, where the alarm itself says `fix`."""
        page = t(self.page_vi, self.page_en)
        own = "" if fix in (self.fix_vi, self.fix_en) else without_commands(fix)
        if own and own == fix:
            return own
        return f"{own}; {page}" if own else page

    def where(self, cause: str) -> str:
        """The address on the console where it is mended; empty: not there."""
        if "{}" not in self.path:
            return self.path
        found = re.match(self.at, cause)
        return self.path.format(found[1]) if found else re.split(r"\?|/\{\}", self.path)[0]


KINDS: dict[str, Kind] = {
    "missed_slot": Kind(
        "Lỡ khung giờ", "Missed slot",
        "xem `giovang log --state expired`; cần thì `giovang publish TIN --now`",
        "see `giovang log --state expired`; `giovang publish ITEM --now` if needed",
        "xem lượt nào bị lỡ; còn cần thì mở lượt ấy ở Lịch phát và phát lại",
        "see what was missed; if still wanted, open it in the calendar and repeat it",
        "/nhat-ky?state=expired"),
    "account": Kind(
        "Tài khoản kênh hỏng", "Account failing",
        "sửa khóa, nạp tiền hoặc hỏi cổng; rồi `giovang resume KÊNH/TÀI-KHOẢN`",
        "mend the key, top up or ask the gateway; then `giovang resume CHANNEL/ACCOUNT`",
        "sửa khóa, nạp tiền hoặc hỏi cổng; rồi mở trang của kênh, bấm Tiếp tục",
        "mend the key, top up or ask the gateway; then press Resume on the channel's page",
        "/kenh/{}", r"^(?:account|check|channel):([a-z0-9_-]+)"),
    "token": Kind(
        "Khóa sắp hết hạn", "Token expiring",
        "cấp khóa mới, ghi vào tệp của nó (tự nhận), hoặc vào biến môi trường rồi khởi động lại",
        "issue a new token: into its file (read by itself), or its variable, then restart",
        "xin khóa mới ở nơi cấp, đưa cho người trông máy chủ thay",
        "have a new key issued and put in place by whoever keeps the server",
        "/kenh/{}", r"^(?:account|check|channel):([a-z0-9_-]+)"),
    "empty_slot": Kind(
        "Khung giờ thiếu tin", "Empty slot",
        "duyệt thêm tin thuộc chủ đề còn thiếu, hoặc `giovang pin`",
        "approve items of the missing theme, or `giovang pin` one",
        "duyệt thêm tin thuộc chủ đề còn thiếu, hoặc xếp một tin vào giờ ấy",
        "approve items of the missing theme, or place one there",
        "/lich-phat"),
    "programme": Kind(
        "schedules.toml có lỗi", "Programme broken",
        "chạy `giovang check`, sửa các dòng được chỉ ra; bản cũ vẫn đang chạy",
        "run `giovang check`, mend the lines it names; the old one still runs",
        "xem các dòng được chỉ ra ở trang Cấu hình; lịch cũ vẫn chạy",
        "see the lines it names under Settings; the old calendar still runs",
        "/cau-hinh", daily=True),
    "disk": Kind(
        "Đĩa sắp đầy", "Disk low",
        "dọn đĩa, chuyển bản sao lưu cũ đi nơi khác",
        "free the disk, move old backups elsewhere",
        "nhờ người trông máy chủ dọn đĩa, chuyển bản sao lưu cũ đi nơi khác",
        "have whoever keeps the server free the disk and move old backups away"),
    "clock": Kind(
        "Đồng hồ máy lệch", "Clock drift",
        "kiểm tra đồng bộ giờ (chrony, systemd-timesyncd)",
        "check time synchronisation (chrony, systemd-timesyncd)",
        "nhờ người trông máy chủ kiểm tra đồng bộ giờ",
        "have whoever keeps the server check time synchronisation"),
    "database": Kind(
        "Cơ sở dữ liệu không ghi được", "Database cannot write",
        "kiểm tra đĩa, quyền ghi, máy chủ cơ sở dữ liệu",
        "check disk, permissions, the database server",
        "nhờ người trông máy chủ kiểm tra đĩa, quyền ghi, máy chủ cơ sở dữ liệu",
        "have whoever keeps the server check disk, permissions, the database server"),
    "uncertain": Kind(
        "Chưa rõ kết quả", "Uncertain deliveries",
        "đối chiếu ở phía nhận rồi `giovang resolve`",
        "look at the far side, then `giovang resolve`",
        "xem ở nơi nhận tin đã có chưa, rồi mở lượt ấy và xác định kết quả",
        "look whether it is out, then open it and say what came of it",
        "/nhat-ky?state=uncertain"),
    "failed": Kind(
        "Kênh không nhận tin", "Deliveries failed",
        "xem `giovang log --state rejected`, sửa nội dung hoặc nơi nhận",
        "see `giovang log --state rejected`, mend the text or the target",
        "mở lượt bị từ chối để biết vì sao, rồi sửa nội dung hoặc nơi nhận",
        "open what was refused to see why, then mend the text or the target",
        "/nhat-ky?state=rejected"),
    "alone_approval": Kind(
        "Tin khẩn mới một người duyệt", "Approved by one alone",
        "người duyệt thứ hai xem tin rồi `giovang approve`, hoặc `giovang recall`",
        "a second approver reads it, then `giovang approve` or `giovang recall`",
        "một người duyệt thứ hai đọc tin rồi bấm Duyệt, hoặc thu hồi tin",
        "a second approver reads it, then approves or recalls it",
        "/duyet/{}", r"^approved-alone/([A-Za-z0-9._-]+)$", daily=True),
    "restore": Kind(
        "Vừa phục hồi bản sao lưu", "Restored from a backup",
        "xem `giovang log --state uncertain`, rồi `giovang resolve`",
        "see `giovang log --state uncertain`, then `giovang resolve`",
        "xem từng lượt chưa rõ ở nơi nhận, rồi xác định kết quả",
        "look at each uncertain one at its target, then say what came of it",
        "/nhat-ky?state=uncertain"),
    "failover": Kind(
        "Máy chủ cơ sở dữ liệu đã đổi", "Database server replaced",
        "xem `giovang log --state uncertain`, rồi `giovang resolve`; đợt nhắn tin thì "
        "`giovang campaign resolve`",
        "see `giovang log --state uncertain`, then `giovang resolve`; for campaigns "
        "`giovang campaign resolve`",
        "xem từng lượt chưa rõ ở nơi nhận; xem lại việc vừa làm (dừng, thu hồi, duyệt) còn không",
        "look at each uncertain one at its target; see whether what was just done (a stop, a "
        "recall, an approval) is still there",
        "/nhat-ky?state=uncertain"),
    "recall": Kind(
        "Thu hồi chưa xong", "Recall not finished",
        "gỡ tay ở kênh còn lại; `giovang status` cho biết còn ở đâu",
        "take it down by hand where it is left; `giovang status` says where",
        "xem tin còn ở đâu, gỡ tay ở đó, rồi mở lượt ấy và ghi kết quả",
        "see where it is left, take it down there by hand, then open it and note the result",
        "/nhat-ky?text={}", r"^(?:recall:|withdraw:)([A-Za-z0-9._-]+)"),
    "unpin": Kind(
        "Chưa bỏ ghim được bài cũ", "Old text still pinned",
        "bỏ ghim tay trên trang, rồi `giovang ack SỐ --done --as MÃ-NGƯỜI`",
        "unpin it by hand on the page, then `giovang ack NUMBER --done --as PERSON`",
        "bỏ ghim bài cũ bằng tay, rồi bấm Tôi xử lý; một ngày sau sự cố tự đóng",
        "unpin the old text by hand, then press I will handle it; it closes after a day"),
    "stop": Kind(
        "Đang dừng khẩn cấp", "Emergency stop in force",
        "khi đã an toàn, hai người lần lượt `giovang start`",
        "when it is safe, two persons each `giovang start`",
        "khi đã an toàn, hai người lần lượt bấm Đồng ý cho chạy lại",
        "when it is safe, two persons each agree to start again",
        "/dung-khan-cap"),
    "receipt": Kind(
        "Báo kết quả trái với nhật ký", "Receipt contradicts the log",
        "xem `giovang log --delivery MÃ`, hỏi nhà mạng",
        "see `giovang log --delivery KEY`, ask the gateway",
        "hỏi nhà mạng hoặc đài xem lần báo nào đúng; nhật ký giữ lần báo đầu",
        "ask the carrier or the station which report is right; the log keeps the first",
        "/nhat-ky"),
    "heartbeat": Kind(
        "Không báo được cho nơi trông máy", "Outside watcher unreachable",
        "kiểm tra mạng và heartbeat_url", "check the network and heartbeat_url",
        "nhờ người trông máy chủ kiểm tra mạng ra ngoài",
        "have whoever keeps the server check the network"),
    "unconfirmed": Kind(
        "Đài chưa báo «Đã phát»", "Airings not confirmed",
        "gọi cho đài; báo thay bằng `giovang aired`", "call the station; `giovang aired` for it",
        "gọi cho đài; đài nói đã phát thì mở trang của đài, ghi thay",
        "call the station; if it aired, write that down on its page",
        "/dai"),
    "station": Kind(
        "Đài chưa nhận tin khẩn, tin đổi, tin thu hồi", "Station not reached",
        "gọi điện theo danh sách ở `giovang station calls`",
        "call by the list of `giovang station calls`",
        "gọi điện theo danh sách Cần gọi, rồi ghi ai đã nhận",
        "call by the list, then write down who answered",
        "/dai/can-goi"),
    "long_bulletin": Kind(
        "Bản tin dài quá giờ phát", "Bulletin too long",
        "rút lời, hoãn một tin thông thường, hoặc tăng max_minutes của giờ phát",
        "shorten a text, put an ordinary item off, or raise max_minutes of the airing",
        "rút lời, hoãn một tin thông thường, hoặc tăng thời lượng giờ phát của đài",
        "shorten a text, put an ordinary item off, or give the airing more minutes",
        "/dai"),
    "speech": Kind(
        "Chưa có bản tiếng", "No sound",
        "đài vẫn đọc được bản chữ; sửa theo dòng nói ở trên, bản tiếng tự làm lại",
        "stations can read the text; mend what the line says, sounds are made again",
        "đài vẫn đọc được bản chữ; nhờ người trông máy chủ xem máy đọc",
        "stations can read the text; have whoever keeps the server look at the voice"),
    "files": Kind(
        "Không dùng được kho tệp chung", "Shared files out of reach",
        "tin chữ vẫn đi; xem mạng, khóa và kho S3, rồi `giovang check`",
        "texts go on; look at network, key and bucket, then `giovang check`",
        "tin chữ vẫn đi; nhờ người trông máy chủ xem mạng và kho tệp",
        "texts go on; have whoever keeps the server look at network and bucket"),
    "partitions": Kind(
        "Dòng ngoài phân vùng", "Rows outside the months",
        "tự xếp lại mỗi giờ; còn mãi thì xem ai giữ khóa bảng (docs/scale.md)",
        "put in place every hour; if it stays, see who holds the table's lock (docs/scale.md)",
        "không mất gì; còn mãi thì nhờ người trông máy chủ xem cơ sở dữ liệu",
        "nothing is lost; if it stays, have whoever keeps the server look at the database"),
    "retention": Kind(
        "Nhật ký quá hạn chưa xóa", "Log past its time",
        "xem `giovang log --state uncertain` của các tháng ấy",
        "see `giovang log --state uncertain` of those months",
        "xử lý các lượt chưa rõ của những tháng ấy; hôm sau chúng tự đi",
        "end what is uncertain of those months; they go by themselves the day after",
        "/nhat-ky?state=uncertain"),
    "list_keys": Kind(
        "Thiếu khóa danh sách", "Keys of the lists missing",
        "chép lại thư mục khóa từ nơi cất riêng (docs/lists.md)",
        "put the key folder back from where it is kept apart (docs/lists.md)",
        "nhờ người trông máy chủ chép lại thư mục khóa từ nơi cất riêng",
        "have whoever keeps the server put the key folder back",
        daily=True),
    "campaign_paused": Kind(
        "Đợt nhắn tin tự tạm dừng", "Campaign paused itself",
        "xem `giovang campaign status`, xử lý nguyên nhân, rồi `giovang campaign resume`",
        "see `giovang campaign status`, mend the cause, then `giovang campaign resume`",
        "mở đợt ấy, xem vì sao, xử lý rồi bấm Tiếp tục hoặc Dừng hẳn",
        "open it, see why, mend that, then resume or stop it",
        "/dot-nhan-tin/{}", r"^campaign-paused:(\d+)$"),
    "sms-template": Kind(
        "Mẫu SMS thiếu, sắp hết hạn", "SMS template missing or ending",
        "xem `giovang sms templates`; đăng ký, gia hạn mẫu ở nhà mạng, rồi sửa schedules.toml",
        "see `giovang sms templates`; register or renew it, then mend schedules.toml",
        "đăng ký, gia hạn mẫu ở nhà mạng, rồi nhờ người trông máy chủ ghi vào cấu hình",
        "register or renew it at the carrier, then have it written into the settings",
        "/kenh", daily=True),
    "verification": Kind(
        "Trang xác minh chưa cập nhật", "Verification page not up to date",
        "xem chỗ trống và quyền ghi của thư mục; trang tự viết lại trong nửa phút",
        "see the folder's room and permissions; the page is written again within half a minute",
        "trang tự viết lại trong nửa phút; còn báo thì nhờ người trông máy chủ xem thư mục",
        "it is written again within half a minute; if not, have the server's folder looked at"),
    "bug": Kind(
        "Lỗi phần mềm", "Bug of the software",
        "gửi nhật ký máy cho người phát triển", "send the machine's log to the developers",
        "báo người trông máy chủ gửi nhật ký máy cho người phát triển",
        "have whoever keeps the server send its log to the developers"),
}
