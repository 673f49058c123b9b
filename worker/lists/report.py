"""What a list holds, counted while it is read, in words and figures that name nobody."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any

from worker.i18n import t
from worker.items.files.letters import letters

from .columns import Layout
from .rows import Chunk

#: Short names of the reasons, for counts.
LABELS = {
    "blank": ("không có số", "no number"),
    "two": ("nhiều số trong một ô, không tách được", "several numbers in a cell, not to be parted"),
    "digits_lost": ("Excel làm mất chữ số (9,1E+08)", "digits lost by Excel (9.1E+08)"),
    "letters": ("có ký tự không phải chữ số", "signs that are no digits"),
    "foreign": ("số nước ngoài", "foreign numbers"),
    "old": ("số 11 chữ số cũ", "old 11-digit numbers"),
    "old_unknown": ("số 11 chữ số không rõ mạng", "11-digit numbers of no operator"),
    "landline": ("số cố định", "landlines"),
    "service": ("số dịch vụ, số ngắn", "service and short numbers"),
    "short": ("thiếu chữ số", "too few digits"),
    "long": ("thừa chữ số", "too many digits"),
    "prefix": ("đầu số không của mạng nào", "prefixes of no operator"),
    "double": ("trùng trong danh sách", "doubles in the list"),
    "wide": ("dòng lệch cột", "rows with shifted columns"),
    "field_long": ("giá trị trường quá dài", "a field too long"),
    "field_lines": ("trường có xuống dòng", "a line break in a field"),
    "field_url": ("trường có địa chỉ web", "a web address in a field"),
    "field_signs": ("trường có ký tự không được có", "signs in a field that may not be there"),
}
MENDED = {
    "zero": ("mất số 0 đầu", "leading 0 lost"),
    "plus": ("mất dấu +", "+ lost"),
    "decimal": ("có đuôi .0", "written as a decimal"),
    "scientific": ("dạng 9,…E+08 còn đủ chữ số", "written as 9.…E+08 with all its digits"),
}


@dataclass
class Tally:
    """The counts of a list so far. A *row* is one of the file; it may hold several recipients."""

    rows: int = 0
    accepted: int = 0
    several: int = 0  #: rows with more than one number, taken or not
    refused: Counter[str] = field(default_factory=Counter)  #: by reason, doubles too
    mended: Counter[str] = field(default_factory=Counter)
    carriers: Counter[str] = field(default_factory=Counter)
    blank_fields: Counter[int] = field(default_factory=Counter)  #: recipients without a value
    _last: int = field(default=0, repr=False)  # the row counted last
    _again: int = field(default=0, repr=False)  # the row with several numbers counted last

    def add(self, chunk: Chunk) -> None:
        """Count a chunk; chunks come in the file's order."""
        self.accepted += len(chunk.rows)
        self.refused.update(map(attrgetter("code"), chunk.bad))
        self.mended.update(filter(None, map(attrgetter("mended"), chunk.rows)))
        self.carriers.update(map(attrgetter("carrier"), chunk.rows))
        for values in map(attrgetter("fields"), chunk.rows):
            if "" in values:
                self.blank_fields.update(n for n, value in enumerate(values) if not value)
        numbers = map(attrgetter("source_row"), chain(chunk.rows, chunk.bad))
        for number in sorted(numbers) if chunk.bad else numbers:
            if number != self._last:
                self.rows += 1
            elif number != self._again:
                self.several += 1
                self._again = number
            self._last = number


def figures(tally: Tally, layout: Layout) -> dict[str, Any]:
    """The counts for a program (`--json`)."""
    return {
        "rows": tally.rows,
        "accepted": tally.accepted,
        "doubles": tally.refused["double"],
        "refused": {k: n for k, n in tally.refused.most_common() if k != "double"},
        "mended": dict(tally.mended.most_common()),
        "several": tally.several,
        "carriers": dict(tally.carriers.most_common()),
        "blank_fields": {
            name: n
            for position, name in enumerate(layout.fields.values())
            if (n := tally.blank_fields[position])
        },
        "phone_columns": [layout.heads[n] for n in layout.phones],
        "fields": {name: layout.heads[n] for n, name in layout.fields.items()},
        "left_out": [layout.heads[n] for n in layout.left_out],
        "code": layout.code,
    }


def columns(layout: Layout) -> list[str]:
    """How the columns were understood, a line each: to be read before anything is queued."""
    def named(position: int) -> str:
        return f"«{layout.heads[position]}» ({letters(position + 1)})"

    lines = [t("số điện thoại: ", "numbers: ") + ", ".join(map(named, layout.phones))]
    lines += [f"{{{{ {name} }}}}: {named(n)}" for n, name in layout.fields.items()]
    if layout.left_out:
        lines.append(t("không dùng: ", "not used: ") + ", ".join(map(named, layout.left_out)))
    if layout.code:
        code = layout.code.upper()
        lines.append(t(f"chữ mã {code} đã đổi sang Unicode: đọc lại",
                       f"text in {code} code was converted to Unicode: please read it"))
    return lines


def counts(tally: Tally, layout: Layout) -> list[str]:
    """The counts for a person, a line each; only what there is."""
    doubles = tally.refused["double"]
    unusable = tally.refused.total() - doubles
    lines = [
        t(f"{_n(tally.rows)} dòng: {_n(tally.accepted)} số nhận được, {_n(doubles)} số trùng, "
          f"{_n(unusable)} không dùng được",
          f"{_n(tally.rows)} rows: {_n(tally.accepted)} numbers taken, {_n(doubles)} doubles, "
          f"{_n(unusable)} refused")
    ]
    if tally.several:
        lines.append(t(f"{_n(tally.several)} dòng có nhiều số, mỗi số là một người nhận",
                       f"{_n(tally.several)} rows with several numbers, each a recipient"))
    lines += [t("đã sửa: ", "mended: ") + _named(MENDED, k, n) for k, n in tally.mended.items()]
    lines += [
        t("bỏ: ", "refused: ") + _named(LABELS, k, n)
        for k, n in tally.refused.most_common() if k != "double"
    ]
    for position, name in enumerate(layout.fields.values()):
        if n := tally.blank_fields[position]:
            lines.append(t(f"{{{{ {name} }}}} để trống ở {_n(n)} người nhận",
                           f"{{{{ {name} }}}} is empty for {_n(n)} recipients"))
    by = ", ".join(f"{k or t('không rõ', 'unknown')} {_n(n)}"
                   for k, n in tally.carriers.most_common())
    if by:
        lines.append(t("theo đầu số (đã chuyển mạng thì khác): ",
                       "by prefix (ported numbers differ): ") + by)
    return lines


def _named(labels: dict[str, tuple[str, str]], key: str, count: int) -> str:
    return f"{t(*labels[key])}: {_n(count)}"


def _n(count: int) -> str:
    """Thousands parted as each language does."""
    return t(f"{count:,}".replace(",", "."), f"{count:,}")
