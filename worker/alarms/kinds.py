"""The kinds of Sự cố; each has its section in docs/runbook.md (a test holds them together)."""

from typing import NamedTuple

from worker.i18n import t


class Kind(NamedTuple):
    """How a kind is called, and what to do when the alarm itself says nothing better."""

    vi: str
    en: str
    fix_vi: str
    fix_en: str
    daily: bool = False  #: told again every day until mended, though somebody has taken it

    def name(self) -> str:
        return t(self.vi, self.en)

    def fix(self) -> str:
        return t(self.fix_vi, self.fix_en)


KINDS: dict[str, Kind] = {
    "missed_slot": Kind(
        "Lỡ khung giờ", "Missed slot",
        "xem `giovang log --state expired`; cần thì `giovang publish TIN --now`",
        "see `giovang log --state expired`; `giovang publish ITEM --now` if needed"),
    "account": Kind(
        "Tài khoản kênh hỏng", "Account failing",
        "sửa khóa, nạp tiền hoặc hỏi cổng; rồi `giovang resume KÊNH/TÀI-KHOẢN`",
        "mend the key, top up or ask the gateway; then `giovang resume CHANNEL/ACCOUNT`"),
    "token": Kind(
        "Khóa sắp hết hạn", "Token expiring",
        "cấp khóa mới, ghi vào tệp của nó (tự nhận), hoặc vào biến môi trường rồi khởi động lại",
        "issue a new token: into its file (read by itself), or its variable, then restart"),
    "empty_slot": Kind(
        "Khung giờ thiếu tin", "Empty slot",
        "duyệt thêm tin thuộc chủ đề còn thiếu, hoặc `giovang pin`",
        "approve items of the missing theme, or `giovang pin` one"),
    "programme": Kind(
        "schedules.toml có lỗi", "Programme broken",
        "chạy `giovang check`, sửa các dòng được chỉ ra; bản cũ vẫn đang chạy",
        "run `giovang check`, mend the lines it names; the old one still runs", daily=True),
    "disk": Kind(
        "Đĩa sắp đầy", "Disk low",
        "dọn đĩa, chuyển bản sao lưu cũ đi nơi khác",
        "free the disk, move old backups elsewhere"),
    "clock": Kind(
        "Đồng hồ máy lệch", "Clock drift",
        "kiểm tra đồng bộ giờ (chrony, systemd-timesyncd)",
        "check time synchronisation (chrony, systemd-timesyncd)"),
    "database": Kind(
        "Cơ sở dữ liệu không ghi được", "Database cannot write",
        "kiểm tra đĩa, quyền ghi, máy chủ cơ sở dữ liệu",
        "check disk, permissions, the database server"),
    "uncertain": Kind(
        "Chưa rõ kết quả", "Uncertain deliveries",
        "đối chiếu ở phía nhận rồi `giovang resolve`",
        "look at the far side, then `giovang resolve`"),
    "failed": Kind(
        "Kênh không nhận tin", "Deliveries failed",
        "xem `giovang log --state rejected`, sửa nội dung hoặc nơi nhận",
        "see `giovang log --state rejected`, mend the text or the target"),
    "alone_approval": Kind(
        "Tin khẩn mới một người duyệt", "Approved by one alone",
        "người duyệt thứ hai xem tin rồi `giovang approve`, hoặc `giovang recall`",
        "a second approver reads it, then `giovang approve` or `giovang recall`", daily=True),
    "restore": Kind(
        "Vừa phục hồi bản sao lưu", "Restored from a backup",
        "xem `giovang log --state uncertain`, rồi `giovang resolve`",
        "see `giovang log --state uncertain`, then `giovang resolve`"),
    "recall": Kind(
        "Thu hồi chưa xong", "Recall not finished",
        "gỡ tay ở kênh còn lại; `giovang status` cho biết còn ở đâu",
        "take it down by hand where it is left; `giovang status` says where"),
    "unpin": Kind(
        "Chưa bỏ ghim được bài cũ", "Old text still pinned",
        "bỏ ghim tay trên trang, rồi `giovang ack SỐ --done --as MÃ-NGƯỜI`",
        "unpin it by hand on the page, then `giovang ack NUMBER --done --as PERSON`"),
    "stop": Kind(
        "Đang dừng khẩn cấp", "Emergency stop in force",
        "khi đã an toàn, hai người lần lượt `giovang start`",
        "when it is safe, two persons each `giovang start`"),
    "receipt": Kind(
        "Báo kết quả trái với nhật ký", "Receipt contradicts the log",
        "xem `giovang log --delivery MÃ`, hỏi nhà mạng",
        "see `giovang log --delivery KEY`, ask the gateway"),
    "heartbeat": Kind(
        "Không báo được cho nơi trông máy", "Outside watcher unreachable",
        "kiểm tra mạng và heartbeat_url", "check the network and heartbeat_url"),
    "unconfirmed": Kind(
        "Đài chưa báo «Đã phát»", "Airings not confirmed",
        "gọi cho đài; báo thay bằng `giovang aired`", "call the station; `giovang aired` for it"),
    "station": Kind(
        "Đài chưa nhận tin khẩn, tin đổi, tin thu hồi", "Station not reached",
        "gọi điện theo danh sách ở `giovang station calls`",
        "call by the list of `giovang station calls`"),
    "long_bulletin": Kind(
        "Bản tin dài quá giờ phát", "Bulletin too long",
        "rút lời, hoãn một tin thông thường, hoặc tăng max_minutes của giờ phát",
        "shorten a text, put an ordinary item off, or raise max_minutes of the airing"),
    "speech": Kind(
        "Chưa có bản tiếng", "No sound",
        "đài vẫn đọc được bản chữ; sửa theo dòng nói ở trên, bản tiếng tự làm lại",
        "stations can read the text; mend what the line says, sounds are made again"),
    "list_keys": Kind(
        "Thiếu khóa danh sách", "Keys of the lists missing",
        "chép lại thư mục khóa từ nơi cất riêng (docs/lists.md)",
        "put the key folder back from where it is kept apart (docs/lists.md)", daily=True),
    "campaign_paused": Kind(
        "Đợt nhắn tin tự tạm dừng", "Campaign paused itself",
        "xem `giovang campaign status`, xử lý nguyên nhân, rồi `giovang campaign resume`",
        "see `giovang campaign status`, mend the cause, then `giovang campaign resume`"),
    "sms-template": Kind(
        "Mẫu SMS thiếu, sắp hết hạn", "SMS template missing or ending",
        "xem `giovang sms templates`; đăng ký, gia hạn mẫu ở nhà mạng, rồi sửa schedules.toml",
        "see `giovang sms templates`; register or renew it, then mend schedules.toml",
        daily=True),
    "verification": Kind(
        "Trang xác minh chưa cập nhật", "Verification page not up to date",
        "xem chỗ trống và quyền ghi của thư mục; trang tự viết lại trong nửa phút",
        "see the folder's room and permissions; the page is written again within half a minute"),
    "bug": Kind(
        "Lỗi phần mềm", "Bug of the software",
        "gửi nhật ký máy cho người phát triển", "send the machine's log to the developers"),
}
