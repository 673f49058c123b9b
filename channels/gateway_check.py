"""
Mistakes in a gateway's description that need more than one key: holes nothing fills, codes
without a row, conditions that never hold. Each with its path in the file.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar

from channels.gateway import OWN_KEY, PLACEHOLDER, Described, Gateway
from channels.options import read_options
from channels.values import Problem
from vietnamese.i18n import t

Path = tuple[str | int, ...]
Slip = tuple[Path, str, str]  #: where, what, what to write

#: in every table, whatever the gateway: see channels/sms_http.py
_KNOWN: Final = frozenset({"phone", "expired", "empty", "undelivered", "other"})


D = TypeVar("D", bound=Described)


def read(described: Mapping[str, Any], where: str) -> Gateway | list[Problem]:
    """The gateway, or every mistake in its description; `Problem.code` is the key's path."""
    return read_as(Gateway, described, where)


def read_as(model: type[D], described: Mapping[str, Any], where: str) -> D | list[Problem]:
    """The same for any description."""
    gateway = read_options(model, described, where)
    if isinstance(gateway, list):
        return gateway
    problems = [
        Problem(".".join([where, *(str(step) for step in path)]), what, fix)
        for path, what, fix in slips(gateway)
    ]
    return problems or gateway


def slips(gateway: Described) -> list[Slip]:
    """Every mistake of this kind."""
    return [
        *_holes(gateway),
        *_codes(gateway),
        *_text(gateway),
        *_find(gateway),
    ]


def _holes(gateway: Described) -> Iterator[Slip]:
    """Every placeholder is one that is filled, at its place."""
    for table, call in gateway.calls().items():
        known = gateway.known[table]
        for path, text in _leaves(call.templates()):
            for name, _ in PLACEHOLDER.findall(text):
                here: Path = (table, *path) if table else path
                if name == "base" and path == ("url",):
                    if not gateway.base:
                        what = t("dùng {base} mà không có base", "{base} is used, there is no base")
                        yield here, what, t('Thêm base = "https://…"', 'Add base = "https://…"')
                elif name.startswith("field:"):
                    if name[6:] not in gateway.fields:
                        listed = ", ".join(gateway.fields) or "-"
                        what = t(f"không có {name[6:]} trong fields", f"fields has no {name[6:]}")
                        yield here, what, t(f"fields có: {listed}", f"fields has: {listed}")
                elif not name.startswith("secret:") and name not in known:
                    listed = ", ".join((*known, t("secret:TÊN", "secret:NAME"), "field:…"))
                    what = t(f"không có ô {{{name}}}", f"nothing fills {{{name}}}")
                    yield here, what, t(f"Dùng một trong: {listed}", f"Use one of: {listed}")


def _codes(gateway: Described) -> Iterator[Slip]:
    """A rule names a code that the table explains."""
    known = _KNOWN | gateway.codes.keys()
    named: list[tuple[Path, str]] = [
        (("errors", n, "code"), rule.code) for n, rule in enumerate(gateway.errors)
    ]
    for table in ("receipt", "find"):
        part = getattr(gateway, table)
        for n, rule in enumerate(part.rules if part else ()):
            if rule.code:
                named.append(((table, "rules", n, "code"), rule.code))
    for path, code in named:
        if code not in known:
            what = t(f"mã {code} không có trong bảng mã", f"the code table has no {code}")
            yield path, what, t(f"Thêm [codes.{code}], hoặc sửa mã", f"Add [codes.{code}]")


def _text(gateway: Described) -> Iterator[Slip]:
    """A pattern belongs to a text answer and can be read."""
    if gateway.pattern and gateway.answer != "text":
        what = t("pattern chỉ dùng khi trả lời là chữ", "a pattern is for text answers")
        yield ("pattern",), what, t('Thêm answer = "text"', 'Add answer = "text"')
    try:
        re.compile(gateway.pattern)
    except re.error as error:
        what = t(f"biểu thức không đọc được ({error})", f"the pattern cannot be read ({error})")
        yield ("pattern",), what, t("Sửa biểu thức chính quy", "Correct the expression")
    if OWN_KEY in gateway.id and len(gateway.id) > 1:
        what = t("{key} không đi cùng đường dẫn khác", "{key} stands alone")
        yield ("id",), what, t(f'Viết id = "{OWN_KEY}"', f'Write id = "{OWN_KEY}"')
    if gateway.check is not None and gateway.check_url:
        what = t("vừa có check_url vừa có [check]", "there are both check_url and [check]")
        yield ("check_url",), what, t("Giữ một trong hai", "Keep one of them")


def _find(gateway: Described) -> Iterator[Slip]:
    """A list in pages is asked page by page, and one says how many there are."""
    find = gateway.find
    if find is None:
        return
    paged = "{page}" in repr(find.templates()) or "{page:int}" in repr(find.templates())
    if paged and not (find.each and find.page_size):
        what = t("có {page} mà thiếu each hoặc page_size", "{page} needs each and page_size")
        yield ("find",), what, t("Thêm each và page_size", "Add each and page_size")
    if find.page_size and not paged:
        what = t("có page_size mà không hỏi trang nào", "page_size, and no page is asked for")
        yield ("find", "page_size"), what, t("Thêm {page}", "Add {page}")
    if not find.each and find.absent is None:
        what = t("không biết lúc nào là không có tin", "nothing says that a message is not there")
        yield ("find",), what, t("Thêm each hoặc absent", "Add each or absent")


def _leaves(data: Any) -> Iterator[tuple[Path, str]]:
    if isinstance(data, str):
        yield (), data
    elif isinstance(data, Mapping | list | tuple):
        pairs = data.items() if isinstance(data, Mapping) else enumerate(data)
        for key, value in pairs:
            for path, leaf in _leaves(value):
                yield (key, *path), leaf
