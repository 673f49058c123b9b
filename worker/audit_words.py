"""
What the acts of the audit chain are called, and their details. An act that is written anywhere
has its words here (a test holds that).
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from worker.i18n import t
from worker.items.files.columns import PRIORITY_WORDS
from worker.people import ROLES

Words = Mapping[str, tuple[str, str]]
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:$|[T ])")

#: act -> (Vietnamese, English), in groups as the page's choice shows them
GROUPS: tuple[tuple[tuple[str, str], Words], ...] = (
    (("Tin và duyệt", "Items and approval"), {
        "import": ("Nhập tin", "imported items"),
        "edit": ("Sửa tin", "edited an item"),
        "new_version": ("Bản mới của tin", "new version of an item"),
        "fill": ("Điền chỗ còn thiếu", "filled in facts"),
        "waive": ("Cho qua một lưu ý", "waived a warning"),
        "clear_note": ("Bỏ ghi chú", "cleared a note"),
        "submit": ("Trình duyệt", "submitted"),
        "approve": ("Duyệt", "approved"),
        "approve_on_paper": ("Ghi nhận duyệt trên giấy", "noted an approval on paper"),
        "return": ("Trả lại để sửa", "returned"),
        "reject": ("Không duyệt", "rejected"),
        "contribute": ("Góp tin", "contributed an item"),
        "delegate": ("Ủy quyền duyệt", "lent the right to approve"),
        "delegate_revoke": ("Thôi ủy quyền duyệt", "took back the right to approve"),
        "recall": ("Thu hồi", "recalled"),
        "correct": ("Đính chính", "corrected"),
        "sample": ("Nhận bộ tin mẫu", "took the sample in"),
    }),
    (("Lịch và phát", "Plan and publishing"), {
        "pin": ("Xếp vào khung giờ", "pinned to a slot"),
        "unpin": ("Bỏ xếp", "unpinned"),
        "series": ("Xếp lặp hằng tuần", "repeated weekly"),
        "series-end": ("Thôi lặp hằng tuần", "ended a weekly repeat"),
        "series-leave-out": ("Bỏ một ngày của lịch lặp", "left out a day of a repeat"),
        "series-put-back": ("Trả lại một ngày của lịch lặp", "put a day back"),
        "cancel": ("Hủy lượt phát", "cancelled an airing"),
        "now": ("Phát ngay", "published at once"),
        "repeat": ("Phát lại", "repeated"),
        "resolve": ("Xác định kết quả chưa rõ", "settled a doubt"),
        "stop": ("Dừng khẩn cấp", "emergency stop"),
        "start": ("Chạy lại sau dừng khẩn cấp", "started again"),
        "pause": ("Tạm dừng kênh", "paused a channel"),
        "resume": ("Tiếp tục kênh", "resumed a channel"),
        "ack": ("Nhận xử lý sự cố", "took an alarm"),
        "alarm_done": ("Báo đã xong sự cố", "closed an alarm"),
    }),
    (("Đợt nhắn tin, danh sách", "Campaigns, lists"), {
        "campaign": ("Lập đợt nhắn tin", "made a campaign"),
        "campaign_approve": ("Duyệt đợt nhắn tin", "approved a campaign"),
        "campaign_run": ("Cho gửi đợt nhắn tin", "ran a campaign"),
        "campaign_continue": ("Cho gửi tiếp", "let it go on"),
        "campaign_pause": ("Tạm dừng đợt nhắn tin", "paused a campaign"),
        "campaign_resume": ("Tiếp tục đợt nhắn tin", "resumed a campaign"),
        "campaign_reopen": ("Mở lại đợt nhắn tin", "reopened a campaign"),
        "campaign_stop": ("Dừng hẳn đợt nhắn tin", "stopped a campaign"),
        "campaign_finish": ("Xong đợt nhắn tin", "campaign finished"),
        "campaign_expire": ("Đợt nhắn tin quá giờ", "campaign expired"),
        "campaign_test": ("Gửi thử", "sent a test"),
        "campaign_retry": ("Gửi lại số chưa thành công", "tried failed ones again"),
        "campaign_resolve": ("Xác định kết quả chưa rõ của đợt", "settled doubts of a campaign"),
        "campaign_export": ("Xuất kết quả có số điện thoại", "exported results with numbers"),
        "area-ordered": ("Lập lệnh nhắn tin theo vùng", "ordered an area message"),
        "area-approved": ("Duyệt nhắn tin theo vùng", "approved an area order"),
        "area-exported": ("Xuất hồ sơ gửi nhà mạng", "exported an area order"),
        "area-reported": ("Nhập báo cáo của nhà mạng", "took in a carrier's report"),
        "area-cancelled": ("Hủy nhắn tin theo vùng", "cancelled an area order"),
        "list": ("Nhập danh sách nhận tin", "imported a list"),
        "list_end": ("Kết thúc danh sách", "ended a list"),
        "list_wipe": ("Xóa số của danh sách", "wiped a list"),
        "log_expired": ("Xóa nhật ký quá hạn lưu", "deleted log past its time"),
        "list_key": ("Đổi khóa danh sách", "rotated the lists' key"),
        "optout": ("Ghi từ chối nhận tin", "noted opt-outs"),
        "forget": ("Xóa một số theo yêu cầu", "forgot a number"),
        "find": ("Tra một số", "looked a number up"),
    }),
    (("Đài truyền thanh", "Stations"), {
        "bulletin_accepted": ("Duyệt phát bản tin", "a bulletin was accepted"),
        "standing_acceptance": ("Duyệt phát trước", "standing acceptance"),
        "standing_revoked": ("Thôi duyệt phát trước", "standing acceptance revoked"),
        "station_link": ("Cấp đường dẫn riêng của đài", "issued a station's link"),
        "station_link_revoked": ("Khóa đường dẫn riêng của đài", "revoked a station's link"),
        "station_answered": ("Ghi đài đã trả lời", "a station answered"),
        "station_postpone": ("Đài hoãn một tin", "a station put an item off"),
        "station_swap": ("Đài đổi một tin", "a station swapped an item"),
        "recording": ("Gửi bản thu giọng đọc", "uploaded a recording"),
        "recording_heard": ("Nghe duyệt bản thu", "heard a recording"),
    }),
    (("Người dùng, đăng nhập", "Users, log-ins"), {
        "person": ("Thêm người", "added a person"),
        "person_change": ("Đổi vai trò, đơn vị, tên", "changed a person"),
        "user_add": ("Mở tài khoản", "made an account"),
        "user_disable": ("Khóa tài khoản", "disabled an account"),
        "user_link": ("Cấp đường dẫn đặt mật khẩu", "made a link"),
        "password_set": ("Đặt mật khẩu", "set a password"),
        "totp_set": ("Bật mã xác thực", "set codes up"),
        "login": ("Đăng nhập", "logged in"),
        "login_failed": ("Đăng nhập sai", "failed to log in"),
        "code": ("Qua mã xác thực", "passed a code"),
        "code_failed": ("Sai mã xác thực", "failed a code"),
        "session_end": ("Kết thúc phiên đăng nhập", "ended a session"),
        "play": ("Đóng vai khi tập huấn", "played a part in training"),
        "api_key": ("Cấp khóa API", "issued an API key"),
        "api_key_revoke": ("Khóa một khóa API", "revoked an API key"),
    }),
    (("Hệ thống", "System"), {
        "create": ("Tạo cơ sở dữ liệu", "made the database"),
        "golive": ("Bắt đầu phát thật", "went live"),
        "channel_test": ("Gửi thử một kênh", "tested a channel"),
        "test_confirmed": ("Xác nhận đã thấy tin thử", "confirmed a test"),
        "programme": ("Nhận cấu hình mới", "took a programme up"),
        "programme_file": ("Ghi tệp cấu hình", "wrote the programme's file"),
        "backup": ("Sao lưu", "backed up"),
        "copy": ("Chuyển sang cơ sở dữ liệu khác", "moved to another database"),
        "copy_reopen": ("Quay về cơ sở dữ liệu cũ", "came back to the old database"),
        "restore": ("Phục hồi bản sao lưu", "restored"),
        "recovery": ("Rà lại sau phục hồi", "recovered"),
        "failover": ("Nhận máy chủ cơ sở dữ liệu mới", "took up a new database server"),
        "failover_told": ("Đối chiếu với máy chủ cơ sở dữ liệu mới",
                          "compared with a new database server"),
        "day_heads": ("Chốt nhật ký phát của ngày", "sealed the day's log"),
    }),
)
ACTS: Words = {act: words for _, group in GROUPS for act, words in group.items()}

#: what a detail is called; one that is not here is left to the file
DETAILS: Words = {
    "reason": ("lý do", "reason"), "roles": ("vai trò", "roles"),
    "organisation": ("đơn vị", "organisation"), "active": ("còn làm việc", "active"),
    "renamed": ("đổi họ tên", "renamed"), "version": ("bản", "version"),
    "entry": ("chuyên mục", "entry"), "slot": ("khung giờ", "slot"), "date": ("ngày", "date"),
    "first": ("từ ngày", "from"), "last": ("đến ngày", "to"), "days": ("số ngày", "days"),
    "item": ("tin", "item"), "new": ("mới", "new"), "changed": ("sửa", "changed"),
    "names": ("chỗ đã điền", "facts"), "note": ("ghi chú", "note"), "how": ("cách", "how"),
    "address": ("địa chỉ máy", "address"), "trusted": ("tin máy này", "device trusted"),
    "trusted_device": ("máy đã tin", "trusted device"), "by": ("bằng", "by"),
    "new_totp": ("bỏ mã xác thực cũ", "new codes"), "session": ("phiên số", "session"),
    "all": ("số phiên", "sessions"), "cause": ("nguyên nhân", "cause"),
    "cancelled": ("lượt hủy", "cancelled"), "opened": ("lượt thu hồi", "recalls"),
    "beyond": ("lượt ngoài tầm", "beyond reach"), "with": ("bằng tin", "with"),
    "edits": ("sửa tại chỗ", "edits"), "messages": ("tin gửi", "messages"),
    "station": ("đài", "station"), "number": ("số", "number"), "until": ("đến", "until"),
    "priority": ("ưu tiên", "priority"), "file": ("tệp", "file"), "last3": ("ba số cuối", "last 3"),
    "lists": ("danh sách", "lists"), "source": ("nguồn", "source"), "total": ("tổng", "total"),
    "numbers": ("số điện thoại", "numbers"), "states": ("trạng thái", "states"),
    "training": ("tập huấn", "training"), "document": ("văn bản", "document"),
    "purpose": ("mục đích", "purpose"), "basis": ("căn cứ", "basis"), "stored": ("đã nhận", "kept"),
    "occurrences": ("số lượt", "occurrences"), "waiting": ("chờ người thứ hai", "waiting"),
    "refused": ("không nhận", "refused"), "name": ("tên", "name"), "on": ("thay cho", "for"),
    "channel": ("kênh", "channel"), "campaign": ("đợt", "campaign"), "key": ("khóa", "key"),
    "serial": ("đường dẫn số", "serial"), "epoch": ("lần phục hồi", "epoch"),
}


def act_name(act: str) -> str:
    return t(*ACTS[act]) if act in ACTS else act


def detail_lines(detail: Mapping[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """«lý do: …», what has words; hashes and ids of machines are left to the file."""
    for name, value in detail.items():
        said = value is not False or name == "active"  # what was not done needs no line
        if name in DETAILS and said and (shown := _shown(value, zone)):
            yield f"{t(*DETAILS[name])}: {shown}"


def _shown(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, bool):
        return t("có", "yes") if value else t("không", "no")
    if isinstance(value, list):
        some = ", ".join(_shown(one, zone) for one in value[:10])
        return f"{some}, …" if len(value) > 10 else some
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(one, zone)}" for name, one in list(value.items())[:10])
    text = "" if value is None else str(value)
    for words in (ROLES, PRIORITY_WORDS):
        if text in words:
            return t(*words[text])
    return _moment(text, zone) if _ISO.match(text) else text


def _moment(text: str, zone: ZoneInfo) -> str:
    """A date or a moment of the chain as staff write it."""
    try:
        if len(text) == len("2026-11-25"):
            return f"{date.fromisoformat(text):%d/%m/%Y}"
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{moment.astimezone(zone) if moment.tzinfo else moment:%d/%m/%Y %H:%M}"
