"""What `--map` says of the columns of a list: `SỐ ĐT=phone,Họ tên=ten,Ghi chú=-`."""

import csv
import re

from worker.errors import UserError
from worker.i18n import t
from worker.items.fields import FIELDS, OF_LISTS

PHONE = "phone"
SKIP = "-"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


def parse_map(text: str) -> dict[str, str]:
    """
    Head or letter of a column -> "phone", "-" (left out) or the name of a field.

    A head with a comma stands in double quotes: `"Họ, tên=ten",SĐT=phone`.

    Raises:
        UserError: an entry without =, a name that cannot be one, a field named twice.
    """
    mapping: dict[str, str] = {}
    for entry in next(csv.reader([text], skipinitialspace=True), []):
        head, sign, name = (part.strip() for part in entry.rpartition("="))
        if not entry.strip():
            continue
        if not (sign and head):
            what = t(f"không hiểu «{entry.strip()}»", f"«{entry.strip()}» is not understood")
            raise UserError("--map", what, t("viết TÊN CỘT=phone", "write HEAD=phone"))
        if name not in {PHONE, SKIP}:
            _check(head, name, mapping)
        mapping[head] = name
    return mapping


def _check(head: str, name: str, mapping: dict[str, str]) -> None:
    if not _NAME.fullmatch(name):
        what = t(f"«{head}={name}»: tên trường phải là chữ thường không dấu, số, gạch dưới",
                 f"«{head}={name}»: a field's name is small ASCII letters, digits, underscores")
        raise UserError("--map", what, t("ví dụ ten, so_nha", "such as ten, so_nha"))
    if name in FIELDS.keys() - OF_LISTS:
        what = t(f"{{{{ {name} }}}} lấy từ lịch phát, không lấy từ danh sách",
                 f"{{{{ {name} }}}} comes from the programme, not from a list")
        raise UserError("--map", what, t("đặt tên khác", "give it another name"))
    if name in mapping.values():
        what = t(f"hai cột cùng là «{name}»", f"two columns are «{name}»")
        raise UserError("--map", what, t("đặt tên khác nhau", "give them different names"))
