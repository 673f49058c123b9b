"""
The templates: sandboxed Jinja2 files, one folder a channel, the home's own before the product's.

A *field* (`{{ ky_ten }}`) may only be printed. Any condition, filter, comparison or loop on it is
refused when the template is read: what was approved must not turn into something else when the
field is filled in.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    FileSystemLoader,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
    nodes,
)
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from worker.errors import UserError
from worker.i18n import t
from worker.items.fields import FIELDS


class _Templates(SandboxedEnvironment):
    """Refuses, while a template is read, whatever would do more with a field than print it."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        printed = set(_printed(tree))
        for found in tree.find_all(nodes.Name):
            if found.name in FIELDS and id(found) not in printed:
                raise TemplateSyntaxError(
                    t(f"trường «{found.name}» chỉ được in ra, không được so sánh, lọc hay gán",
                      f"field “{found.name}” may only be printed, not compared, filtered or set"),
                    found.lineno, name, filename,
                )
        return tree


def _printed(tree: nodes.Template) -> Iterator[int]:
    """The identities of names that stand alone between {{ and }} and go straight to the page."""
    captured = {
        id(output)
        for block in tree.find_all((nodes.FilterBlock, nodes.AssignBlock, nodes.CallBlock))
        for output in block.find_all(nodes.Output)
    }
    for output in tree.find_all(nodes.Output):
        if id(output) not in captured:
            yield from (id(n) for n in output.nodes if isinstance(n, nodes.Name))


@lru_cache(maxsize=8)
def _environment(folders: tuple[Path, ...], html: bool) -> _Templates:
    return _Templates(
        loader=FileSystemLoader(folders), undefined=StrictUndefined, autoescape=html,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False,
    )


def fill_template(
    folders: tuple[Path, ...], name: str, values: Mapping[str, Any], *, html: bool = False
) -> str | None:
    """
    The template `name` ("sms/text.j2") with these values, its fields printed as `{{ name }}`;
    None when no folder has it. UserError names file and line of what is wrong in it.
    """
    open_fields = {field: Markup("{{ " + field + " }}") for field in FIELDS}  # noqa: S704  (ours)
    template = _read(folders, name, html=html)
    if template is None:
        return None
    try:
        return template.render(values, **open_fields)
    except TemplateSyntaxError as error:  # of a file it includes
        raise _wrong(f"{error.filename or name}:{error.lineno}", error.message or "") from error
    except TemplateNotFound as error:
        raise _wrong(_line(error, name),
                     t(f"không có mẫu «{error.name}»", f"no template “{error.name}”")) from error
    except UndefinedError as error:
        what = t("dùng một tên không có", "uses a name that does not exist")
        raise _wrong(_line(error, name), f"{what} ({error.message})") from error
    except Exception as error:  # a template can raise anything; it is staff's
        raise _wrong(_line(error, name), f"{type(error).__name__}: {error}") from error


def must_read(folders: tuple[Path, ...], name: str, *, html: bool = False) -> None:
    """UserError when this template is not there or cannot be read."""
    if _read(folders, name, html=html) is None:
        raise UserError(f"templates/{name}",
                        t("không có mẫu trình bày này", "no such template"),
                        t("thêm tệp, hoặc sửa template của kênh trong schedules.toml",
                          "add the file, or mend the channel's template in schedules.toml"))


def _read(folders: tuple[Path, ...], name: str, *, html: bool) -> Template | None:
    try:
        return _environment(folders, html).get_template(name)
    except TemplateNotFound:
        return None
    except TemplateSyntaxError as error:
        raise _wrong(f"{error.filename or name}:{error.lineno}", error.message or "") from error
    except UnicodeDecodeError as error:
        raise _wrong(_where(folders, name), t("không phải UTF-8", "is not UTF-8")) from error
    except OSError as error:
        raise _wrong(_where(folders, name), error.strerror or "") from error


def _where(folders: tuple[Path, ...], name: str) -> str:
    return str(next((f / name for f in folders if (f / name).exists()), name))


def _line(error: BaseException, name: str) -> str:
    """File and line of the template; Jinja writes them into the traceback."""
    where, trace = name, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".j2"):
            where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return where


def _wrong(where: str, what: str) -> UserError:
    return UserError(
        where, t(f"mẫu trình bày hỏng: {what}", f"broken template: {what}"),
        t("sửa mẫu, hoặc xóa đi để dùng lại mẫu có sẵn",
          "mend it, or delete it to use the one supplied"),
    )
