"""
The parts of the programme that are edited in forms: their fields, in words.

What is not listed here no form can change: channels, their addresses and secrets, templates,
paths of files, addresses that the worker calls. They are edited in the file, by whoever owns the
machine.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel

from worker.i18n import t
from worker.programme.lines import Path
from worker.programme.shape import model_at

Kind = Literal["text", "time", "day", "number", "decimal", "span", "yesno", "choice", "many",
               "lines", "rows", "phone", "email"]
#: kinds whose values stand in a file of their own, never in schedules.toml
PRIVATE = ("phone", "email")


@dataclass(frozen=True)
class Field:
    """One key of an entry, as it is asked for."""

    key: str
    kind: Kind
    vi: str
    en: str
    hint: tuple[str, str] = ("", "")
    options: str = ""  #: choice, many: what may be chosen (worker/programme/choices.py)
    required: bool = False
    rows: tuple["Field", ...] = ()  #: of kind rows

    @property
    def name(self) -> str:
        return t(self.vi, self.en)

    @property
    def help(self) -> str:
        return t(*self.hint)


@dataclass(frozen=True)
class Section:
    """A part of the programme: an array of entries, or one table (`single`)."""

    slug: str  #: in addresses
    path: tuple[str, ...]
    vi: str
    en: str
    one: tuple[str, str]  #: what one entry is called
    fields: tuple[Field, ...]
    single: bool = False
    about: tuple[str, str] = ("", "")

    @property
    def name(self) -> str:
        return t(self.vi, self.en)

    @property
    def entry(self) -> str:
        return t(*self.one)

    @cached_property
    def has_id(self) -> bool:
        return any(field.key == "id" for field in self.fields)

    @cached_property
    def model(self) -> type[BaseModel]:
        return model_at(self.path)

    def at(self, number: int | None) -> Path:
        return self.path if self.single or number is None else (*self.path, number)

    def field(self, key: str) -> Field | None:
        return next((field for field in self.fields if field.key == key), None)

    def title(self, entry: dict[str, Any]) -> str:
        """What people call this entry."""
        if self.single:
            return self.name
        for key in ("name", "person", "segment", "id"):
            if entry.get(key):
                return str(entry[key])
        return f"{entry.get('start', '')}–{entry.get('end', '')}"


_TIME = ("giờ:phút, ví dụ 05:30", "hour:minute, such as 05:30")
_DAY = ("ngày/tháng/năm, ví dụ 31/12/2026", "day/month/year, such as 31/12/2026")
_SPAN = ("ví dụ 15 phút, 2 giờ, 90s", "such as 15m, 2h, 90s")
_ALL = ("không chọn: mọi kênh", "none: every channel")
_ID = Field("id", "text", "Mã", "Id",
            ("chữ thường không dấu, số, gạch nối; đặt rồi không đổi được",
             "small letters, digits, hyphens; cannot be changed later"), required=True)
_NAME = Field("name", "text", "Tên", "Name", required=True)
_START = Field("start", "time", "Từ giờ", "From", _TIME, required=True)
_END = Field("end", "time", "Đến giờ", "Until",
             ("sớm hơn giờ đầu là sang hôm sau", "earlier than the start: the next day"),
             required=True)
_WEEKDAYS = Field("weekdays", "many", "Những thứ", "Weekdays", options="weekdays")
_CHANNELS = Field("channels", "many", "Kênh", "Channels", _ALL, options="channels")
_FROM = Field("valid_from", "day", "Hiệu lực từ ngày", "In force from", _DAY)
_TO = Field("valid_to", "day", "Hiệu lực đến hết ngày", "In force until", _DAY)
_PRIORITIES = Field("priorities", "many", "Loại tin bị giữ", "Classes held back",
                    options="priorities")
_AUDIENCE = Field("audience", "many", "Đối tượng", "Audience", options="audiences")
_AREA = Field("area", "many", "Địa bàn", "Areas", ("không chọn: khắp nơi", "none: everywhere"),
              options="areas")
_PHONE = ("chỉ nhập khi đổi; số được cất trong một tệp riêng, không ghi vào schedules.toml",
          "only to change it; kept in a file of its own, never in schedules.toml")

SECTIONS: tuple[Section, ...] = (
    Section("khung-gio", ("slots",), "Khung giờ vàng", "Golden hours",
            ("khung giờ", "golden hour"), (
                _ID, _NAME, _START, _END, _WEEKDAYS, _CHANNELS),
            about=("Khoảng giờ mà tin được bắt đầu phát.", "When an item may begin to air.")),
    Section("chuyen-muc", ("segments",), "Chuyên mục tuần", "Weekly segments",
            ("chuyên mục", "segment"), (
                _ID, _NAME,
                Field("stand_by", "choice", "Tin dự phòng", "Stand-by item",
                      ("phát khi không còn tin nào hợp", "aired where nothing else fits"),
                      options="items", required=True),
                Field("themes", "many", "Chủ đề", "Themes", options="themes", required=True),
                Field("slots", "many", "Khung giờ", "Golden hours", options="slots",
                      required=True),
                Field("channels", "many", "Kênh", "Channels", options="channels", required=True),
                _WEEKDAYS,
                Field("pick", "choice", "Chọn tin", "Picking", options="picks"),
                Field("days_without_repeat", "number", "Số ngày không lặp lại một tin",
                      "Days before an item repeats"),
                Field("max_reading_seconds", "number", "Đọc trên loa tối đa (giây)",
                      "Longest reading on loudspeakers (seconds)"),
                Field("priority", "choice", "Mức độ", "Class", options="every_priority"),
                Field("purpose", "choice", "Mục đích", "Purpose", options="purposes"),
                _AUDIENCE, _AREA,
                Field("late", "choice", "Khi lỡ giờ đầu", "When late", options="lates"),
                Field("when_uncertain", "choice", "Khi chưa rõ kết quả", "When in doubt",
                      options="doubts"),
                _FROM, _TO),
            about=("Chuyên mục nào phát vào khung giờ nào, trên kênh nào.",
                   "What airs in which golden hour on which channel.")),
    Section("dai", ("stations",), "Đài truyền thanh", "Stations", ("đài", "station"), (
        _ID, _NAME,
        Field("organisation", "choice", "Đơn vị", "Organisation", options="organisations",
              required=True),
        Field("airings", "rows", "Giờ phát riêng", "Its own times",
              ("không ghi: phát đầu mọi khung giờ; đã ghi thì chỉ phát những khung giờ ghi ở đây",
               "none: at the start of every golden hour; else only those listed"),
              rows=(Field("slot", "choice", "Khung giờ", "Golden hour", options="slots",
                          required=True),
                    Field("at", "time", "Lúc", "At", ("05:45", "05:45")),
                    Field("after_relay", "yesno", "Sau tiếp sóng", "After the relay"),
                    Field("max_minutes", "number", "Dài nhất (phút)", "At most (minutes)"))),
        _WEEKDAYS,
        Field("pauses", "rows", "Ngày nghỉ", "Pauses", rows=(
            Field("first", "day", "Từ ngày", "First day", ("31/12/2026", "31/12/2026"),
                  required=True),
            Field("last", "day", "Đến hết ngày", "Last day", ("31/12/2026", "31/12/2026"),
                  required=True),
            Field("reason", "text", "Lý do", "Why"))),
        Field("contacts", "rows", "Người liên hệ", "Contacts",
              ("được báo khi có tin khẩn, tin đổi, tin thu hồi, theo thứ tự này; " + _PHONE[0],
               "told of urgent, changed and recalled bulletins, in this order; " + _PHONE[1]),
              rows=(Field("name", "text", "Tên", "Name", required=True),
                    Field("phone", "phone", "Số máy", "Phone", required=True))),
        _AREA,
        Field("audience", "many", "Đối tượng", "Audience",
              ("không chọn: mọi tin", "none: everything"), options="audiences"),
        Field("clusters", "lines", "Cụm loa", "Speaker clusters",
              ("mỗi dòng một cụm", "one a line"))),
        about=("Giờ phát, ngày nghỉ, người liên hệ của từng đài.",
               "Times, pauses and contacts of each station.")),
    Section("don-vi", ("organisations",), "Đơn vị, số trực ban", "Organisations, hotlines",
            ("đơn vị", "organisation"), (
                _ID, _NAME,
                Field("hotline", "text", "Số trực ban", "Hotline",
                      ("điền vào chỗ số trực ban trong tin; bỏ trống: dùng số của đơn vị phát tin",
                       "fills the hotline's place in texts; empty: the publisher's")),
                Field("police", "text", "Công an nơi người dân báo tin", "Police station"),
                Field("committee", "text", "Ủy ban nhân dân", "People's committee"),
                Field("sign_off", "text", "Chữ ký cuối tin", "Sign-off"),
                Field("parent", "choice", "Đơn vị cấp trên", "Body above",
                      options="organisations"),
                _FROM, _TO),
            about=("Tên, chữ ký, số trực ban điền vào tin.",
                   "Names, sign-offs and hotlines that fill texts.")),
    Section("ngay-ngung", ("blackouts",), "Ngày ngừng phát", "Black-out days",
            ("ngày ngừng phát", "black-out"), (
                Field("name", "text", "Lý do", "Reason", required=True),
                Field("first", "day", "Từ ngày", "First day", _DAY, required=True),
                Field("last", "day", "Đến hết ngày", "Last day", _DAY, required=True),
                Field("from_time", "time", "Ngày đầu chỉ ngừng từ giờ", "On the first day from",
                      ("bỏ trống: cả ngày", "empty: the whole day")),
                _CHANNELS,
                Field("priorities", "many", "Loại tin ngừng", "Classes stopped",
                      options="every_priority")),
            about=("Tết, quốc tang: không phát gì trong những ngày này.",
                   "Tet, national mourning: nothing airs.")),
    Section("gio-khong-gui", ("quiet_hours",), "Giờ không gửi, không phát", "Quiet hours",
            ("giờ không gửi", "quiet hours"), (
                _START, _END, _CHANNELS, _PRIORITIES,
                Field("purposes", "many", "Mục đích", "Purposes",
                      ("không chọn: mọi tin", "none: all"), options="purposes")),
            about=("Tin thông thường chờ hết giờ này; tin khẩn cấp không chờ.",
                   "Ordinary items wait; urgent ones never do.")),
    Section("ngay-phat-them", ("extra_dates",), "Ngày phát thêm", "Extra dates",
            ("ngày phát thêm", "extra date"), (
                Field("segment", "choice", "Chuyên mục", "Segment", options="segments",
                      required=True),
                Field("date", "day", "Ngày", "Day", _DAY, required=True)),
            about=("Phát một chuyên mục vào ngày ngoài các thứ đã định.",
                   "A segment airs on a day beyond its weekdays.")),
    Section("truc-ban", ("alarms", "duty"), "Bảng trực Sự cố", "Duty roster",
            ("ca trực", "duty"), (
                Field("person", "choice", "Người trực", "On duty", options="people",
                      required=True),
                Field("start", "time", "Từ giờ", "From", _TIME),
                Field("end", "time", "Đến giờ", "Until",
                      ("bằng giờ đầu: cả ngày", "equal to the start: all day")),
                _WEEKDAYS,
                Field("deputy", "choice", "Người thay", "Deputy", options="people"),
                Field("phone", "phone", "Số máy nhận tin nhắn Sự cố", "Phone", _PHONE),
                Field("email", "email", "Thư điện tử", "E-mail", _PHONE)),
            about=("Ai được báo khi có Sự cố, giờ nào.", "Who is told of alarms, and when.")),
    Section("bao-su-co", ("alarms",), "Báo Sự cố", "Telling of alarms", ("mục", "part"), (
        Field("sms_channel", "choice", "Nhắn Sự cố qua kênh SMS", "SMS channel for alarms",
              options="sms_channels"),
        Field("escalate_after", "span", "Không ai nhận thì báo người thay sau",
              "The deputy is told after", _SPAN)), single=True,
            about=("Báo qua đâu, bao lâu thì báo người thay.",
                   "By which channel, and when the deputy is told.")),
    Section("ban-tin-dai", ("radio",), "Bản tin của đài", "Bulletins", ("mục", "part"), (
        Field("stand_by", "choice", "Tin dự phòng của các đài", "Stand-by item of stations",
              ("đọc khi buổi phát không có tin nào khác", "read where nothing else airs"),
              options="items"),
        Field("unconfirmed_at", "time", "Chưa báo «Đã phát» đến giờ này thì có Sự cố",
              "Not said aired by then: an alarm", _TIME),
        Field("answer_within", "span", "Không trả lời thì báo người tiếp theo sau",
              "The next contact is told after", _SPAN),
        Field("speech_rate", "number", "Tốc độ giọng máy (từ mỗi phút)", "Voice, words a minute",
              ("80 đến 220", "80 to 220"))), single=True,
            about=("Tin dự phòng của các đài, giọng máy, khi nào nhắc đài.",
                   "Stand-by item of stations, the voice, when stations are reminded.")),
    Section("thiet-lap", ("settings",), "Con số chung", "General figures", ("mục", "part"), (
        Field("plan_ahead_days", "number", "Lập lịch trước mấy ngày", "Days planned ahead",
              ("1 đến 62", "1 to 62")),
        Field("late_after", "span", "Chậm hơn chừng này thì ghi là phát muộn",
              "Begun later than this is late", _SPAN),
        Field("confirm_edits", "yesno",
              "Sửa trong tệp mà chạm đến 24 giờ tới phải có người xác nhận",
              "Edits of the file that touch the next 24 hours wait for a person"),
        Field("list_months", "number", "Giữ danh sách người nhận nhiều nhất mấy tháng",
              "Months that lists are kept", ("1 đến 120", "1 to 120")),
        Field("log_months", "number", "Giữ nhật ký từng lượt gửi mấy tháng",
              "Months that each delivery is kept", ("12 đến 240", "12 to 240")),
        Field("allowed_domains", "lines", "Tên miền mà đường dẫn trong tin được dẫn tới",
              "Domains that links may lead to",
              ("mỗi dòng một tên miền; bỏ trống: không đường dẫn nào",
               "one a line; empty: no links")),
        Field("opt_out_words", "lines", "Chữ đầu tin nhắn là từ chối nhận tin",
              "First words of an opt-out", ("mỗi dòng một chữ", "one a line"))), single=True),
    Section("gioi-han", ("caps",), "Giới hạn mỗi số máy", "How often one number is written to",
            ("mục", "part"), (
                Field("public_per_day", "number", "Tin công ích tối đa mỗi ngày",
                      "Public good, a day", ("0: không giới hạn", "0: any number")),
                Field("public_item_days", "number", "Cùng một tin một lần trong mấy ngày",
                      "The same item once in so many days", ("0 đến 30", "0 to 30")),
                Field("advertising_per_day", "number", "Tin quảng cáo tối đa trong 24 giờ",
                      "Advertising in 24 hours", ("1 đến 3, theo Nghị định 91/2020/NĐ-CP",
                                                  "1 to 3, by law"))), single=True,
            about=("Chỉ cho đợt nhắn tin.", "SMS campaigns only.")),
    Section("tam-dung", ("limits",), "Khi nào đợt nhắn tin tự tạm dừng",
            "When an SMS campaign pauses itself", ("mục", "part"), (
                Field("rejected_percent", "decimal", "Bị từ chối quá (%)", "Refused, more than (%)",
                      ("trong 1.000 tin gần nhất", "of the newest 1,000")),
                Field("uncertain_percent", "decimal", "Chưa rõ kết quả quá (%)",
                      "In doubt, more than (%)"),
                Field("receipts_silent", "span", "Nhà mạng im lặng quá", "No receipt for", _SPAN),
                Field("receipts_silent_messages", "number", "… trong khi có ít nhất mấy tin chờ",
                      "… while so many messages wait")), single=True,
            about=("Mức bị từ chối, chưa rõ kết quả, nhà mạng im lặng.",
                   "Shares refused and in doubt, silence of the carrier.")),
)
BY_SLUG = {section.slug: section for section in SECTIONS}
