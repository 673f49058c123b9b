"""
The columns of an item in a table and the keys of an item in TOML: one list for reading,
writing and the Excel form.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from vietnamese.plain import slug

Shape = Literal["line", "text", "list", "date"]

#: What a cell or key can hold once it is read.
Value = str | list[str]


@dataclass(frozen=True)
class Column:
    """One thing that is written about an item."""

    key: str  #: the key in TOML and the English head
    head: str  #: the Vietnamese head
    shape: Shape
    also: tuple[str, ...] = ()  #: other heads people write
    required: bool = False
    width: int = 20  #: in the Excel form, in characters
    help: str = ""  #: one sentence for the form's instructions


#: Text per channel: the template folder is the key. `variant` has those in other languages.
CHANNEL_TEXTS = ("sms", "facebook", "website", "loudspeaker", "board")

COLUMNS: tuple[Column, ...] = (
    Column("id", "Mã tin", "line", ("Mã",), required=True, width=24,
           help="Chữ thường không dấu, số, gạch nối; không trùng. Nhập lại cùng mã là sửa tin đó."),
    Column("title", "Tiêu đề", "line", ("Tên tin",), required=True, width=36,
           help="Tối đa 150 ký tự."),
    Column("theme", "Chủ đề", "line", required=True, width=30, help="Chọn trong danh sách."),
    Column("sms", "Tin nhắn", "text", ("Tin nhắn SMS", "Nội dung SMS"), width=40,
           help="Viết có dấu; bản không dấu do chương trình tạo."),
    Column("facebook", "Facebook", "text", ("Bài Facebook",), width=50, help="Bài đăng."),
    Column("website", "Bài website", "text", ("Website", "Trang web"), width=50,
           help="Bài trên trang thông tin điện tử."),
    Column("loudspeaker", "Loa truyền thanh", "text", ("Loa", "Bài phát thanh"), width=50,
           help="Phần thân bản tin, chưa gồm lời xướng và lời chào."),
    Column("board", "Bảng điện tử", "text", ("Bảng",), width=36, help="Một dòng."),
    Column("body", "Nội dung chung", "text", ("Nội dung", "text"), width=50,
           help="Dùng cho kênh không có lời riêng. Phải có ô này hoặc lời của một kênh."),
    Column("summary", "Tóm tắt", "text", width=36, help="Một, hai câu."),
    Column("what_to_do", "Cần làm gì", "text", ("Việc cần làm",), width=36,
           help="Người dân cần làm gì."),
    Column("audience", "Đối tượng", "list", ("Đối tượng nhận",), width=22,
           help="Một hoặc nhiều đối tượng, cách nhau bằng dấu chấm phẩy; để trống là tất cả."),
    Column("area", "Địa bàn", "list", ("Khu vực",), width=22,
           help="Một hoặc nhiều địa bàn, cách nhau bằng dấu chấm phẩy; để trống là toàn bộ."),
    Column("priority", "Mức ưu tiên", "line", ("Ưu tiên",), width=16,
           help="Thông thường, Ưu tiên hoặc Khẩn cấp; để trống là Thông thường."),
    Column("purpose", "Mục đích", "line", width=14,
           help="Công ích hoặc Quảng cáo; để trống là Công ích."),
    Column("source", "Nguồn tin", "line", ("Nguồn",), width=24, help="Ai cung cấp tin."),
    Column("valid_from", "Hiệu lực từ", "date", ("Từ ngày",), width=14,
           help="Ngày/tháng/năm, ví dụ 05/03/2026; không phát trước ngày này."),
    Column("valid_to", "Hiệu lực đến", "date", ("Đến ngày",), width=14,
           help="Ngày/tháng/năm; không phát sau ngày này."),
    Column("legal_basis", "Căn cứ pháp lý", "list", ("Căn cứ",), width=30,
           help="Mỗi văn bản một dòng, hoặc cách nhau bằng dấu chấm phẩy."),
    Column("hotline", "Đường dây nóng", "list", ("Số điện thoại", "Hotline"), width=18,
           help="Số điện thoại, cách nhau bằng dấu chấm phẩy."),
    Column("images", "Ảnh", "list", ("Hình ảnh", "image"), width=24,
           help="Tên tệp trong thư mục content/images; mỗi ảnh một dòng."),
    Column("image_alts", "Mô tả ảnh", "list", ("alt", "image alt"), width=30,
           help="Mỗi ảnh một dòng, đúng thứ tự: ảnh cho thấy gì."),
    Column("requires", "Số liệu cần điền", "list", width=24,
           help="Tên các số liệu phải điền trước khi trình duyệt, ví dụ so_vu; so_tien."),
    Column("facts", "Số liệu đã điền", "list", width=24, help="Mỗi dòng một số liệu: so_vu = 12."),
    Column("scam", "Loại lừa đảo", "line", ("Thủ đoạn",), width=20, help="Tên loại, để thống kê."),
    Column("language", "Ngôn ngữ", "line", width=12, help="vi là tiếng Việt; để trống là vi."),
    Column("note", "Ghi chú", "text", width=36,
           help="Việc phải làm trước khi trình duyệt; còn ghi chú thì chưa trình được."),
)  # fmt: skip

BY_KEY: Mapping[str, Column] = {c.key: c for c in COLUMNS}

#: as pages show them
PRIORITY_WORDS: Mapping[str, tuple[str, str]] = {
    "thong_thuong": ("Thông thường", "Ordinary"),
    "uu_tien": ("Ưu tiên", "Priority"),
    "khan_cap": ("Khẩn cấp", "Urgent"),
}
PURPOSE_WORDS: Mapping[str, tuple[str, str]] = {
    "cong_ich": ("Công ích", "Public interest"), "quang_cao": ("Quảng cáo", "Advertising")}
EVERYONE_WORDS: Mapping[str, tuple[str, str]] = {"tat_ca": ("Tất cả", "Everybody")}
#: as they stand in files
PRIORITY_NAMES: Mapping[str, str] = {key: vi for key, (vi, _) in PRIORITY_WORDS.items()}
PURPOSE_NAMES: Mapping[str, str] = {key: vi for key, (vi, _) in PURPOSE_WORDS.items()}
EVERYONE: Mapping[str, str] = {key: vi for key, (vi, _) in EVERYONE_WORDS.items()}

#: What a head is compared by, so that case, accents, extra spaces and `_` do not matter.
HEADS: Mapping[str, Column] = {
    slug(head): column for column in COLUMNS for head in (column.key, column.head, *column.also)
}

_VARIANT = re.compile(r"(?:loudspeaker|loa(?:-truyen-thanh)?-tieng)-([a-z]{2,8})")


def variant(head: str) -> Column | None:
    """The column of a station's text in another language: loudspeaker_tay, "Loa tiếng Tày"."""
    found = _VARIANT.fullmatch(slug(head))
    if found is None:
        return None
    return Column(f"loudspeaker_{found[1]}", f"Loa tiếng {found[1]}", "text", width=50)


def column_of(head: str) -> Column | None:
    """The column with this head or key; None when there is none."""
    return HEADS.get(slug(head)) or variant(head)


def with_variants(texts: Iterable[str]) -> tuple[Column, ...]:
    """All columns, and those of the languages among these keys of texts."""
    return (*COLUMNS, *(c for key in sorted(set(texts)) if (c := variant(key))))


#: Sheets that are ours and hold no items, in every file we write.
FORM_SHEET = "Tin"
HELP_SHEET = "Hướng dẫn"
LISTS_SHEET = "Danh mục"
ERRORS_SHEET = "Lỗi"
NOT_ITEMS = frozenset({HELP_SHEET, LISTS_SHEET, ERRORS_SHEET})
