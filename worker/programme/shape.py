"""Pydantic's findings in words a clerk can act on: wrong types, unknown and missing keys."""

import re
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from worker.guess import nearest
from worker.i18n import t
from worker.programme.model import Programme

#: pydantic's error type (its beginning) -> what, fix; both Vietnamese and English
PLAIN: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...] = (
    (
        "string_pattern_mismatch",
        (
            "mã chỉ gồm chữ thường không dấu, số, gạch nối, gạch dưới",
            "an id has only small letters without accents, digits, - and _",
        ),
        ('ví dụ "dai-luc-ngan"', 'such as "dai-luc-ngan"'),
    ),
    (
        "string",
        ("phải là chữ trong dấu nháy", "must be text in quotes"),
        ('hãy viết "…"', 'write "…"'),
    ),
    (
        "int",
        ("phải là số nguyên", "must be a whole number"),
        ("hãy viết số, không có dấu nháy, ví dụ 7", "write a number without quotes, such as 7"),
    ),
    (
        "float",
        ("phải là một số", "must be a number"),
        ("hãy viết số, ví dụ 10 hoặc 0.5", "write a number, such as 10 or 0.5"),
    ),
    (
        "bool",
        ("chỉ là true hoặc false", "can only be true or false"),
        ("hãy viết true (có) hoặc false (không)", "write true or false"),
    ),
    (
        "tuple",
        ("phải là danh sách", "must be a list"),
        ('hãy đặt trong ngoặc vuông, ví dụ ["sang"]', 'put it in brackets, such as ["sang"]'),
    ),
    (
        "dict",
        ("phải là một bảng tên = giá trị", "must be a table of name = value"),
        ("hãy viết { ten = … } hoặc một phần [ten]", "write { name = … } or a part [name]"),
    ),
    (
        "model",
        ("phải là một phần có các mục bên trong", "must be a part with keys in it"),
        ("hãy viết [ten] hoặc [[ten]] rồi các mục", "write [name] or [[name]], then the keys"),
    ),
)
LIMITS = {
    "greater_than": ("gt", "lớn hơn", "more than"),
    "greater_than_equal": ("ge", "từ {} trở lên", "at least {}"),
    "less_than": ("lt", "nhỏ hơn", "less than"),
    "less_than_equal": ("le", "nhiều nhất là {}", "at most {}"),
}


def explain(error: ErrorDetails, root: type[BaseModel] = Programme) -> tuple[str, str]:
    """What is wrong and what to write instead; `root` is the model of the whole file."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "giovang":
        return str(context["what"]), str(context["fix"])
    if kind == "extra_forbidden":
        return _unknown_key(error, root)
    if kind == "missing":
        return (
            t(f"thiếu mục {error['loc'][-1]}", f"the key {error['loc'][-1]} is missing"),
            t(f"hãy thêm {error['loc'][-1]} = …", f"add {error['loc'][-1]} = …"),
        )
    if kind == "literal_error":
        return _not_in_list(error)
    if kind in LIMITS:
        name, vi, en = LIMITS[kind]
        bound = context[name]
        return (
            t(f"số {error['input']} ngoài giới hạn", f"{error['input']} is out of bounds"),
            t(
                f"hãy viết số {vi.format(bound) if '{' in vi else f'{vi} {bound}'}",
                f"write a number {en.format(bound) if '{' in en else f'{en} {bound}'}",
            ),
        )
    for start, what, fix in PLAIN:
        if kind.startswith(start):
            return t(*what), t(*fix)
    return t(f"giá trị không dùng được ({kind})", f"the value cannot be used ({kind})"), ""


def _unknown_key(error: ErrorDetails, root: type[BaseModel]) -> tuple[str, str]:
    key = str(error["loc"][-1])
    known = model_at(error["loc"][:-1], root).model_fields
    meant = nearest(key, known)
    every = ", ".join(known)
    return (
        t(f"không có mục nào tên {key}", f"there is no key named {key}"),
        t(f"ý là {meant}?", f"did you mean {meant}?")
        if meant
        else t(f"các mục có thể dùng: {every}", f"the keys are: {every}"),
    )


def _not_in_list(error: ErrorDetails) -> tuple[str, str]:
    allowed = re.findall(r"'([^']*)'", str(error.get("ctx", {})["expected"]))
    meant = nearest(str(error["input"]), allowed)
    every = ", ".join(f'"{name}"' for name in allowed)
    return (
        t(f"không có giá trị “{error['input']}” ở đây", f'"{error["input"]}" is no value here'),
        t(f'hãy viết "{meant}"', f'write "{meant}"')
        if meant
        else t(f"hãy chọn: {every}", f"choose one of: {every}"),
    )


def model_at(
    path: tuple[str | int, ...], root: type[BaseModel] = Programme
) -> type[BaseModel]:
    """The model whose keys stand at this path."""
    model = root
    for step in path:
        if isinstance(step, str) and step in model.model_fields:
            model = _model_in(model.model_fields[step].annotation) or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for a in get_args(annotation) if (m := _model_in(a))), None)
