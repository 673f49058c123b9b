"""
Names that must exist, ids that must be single, and secrets that must not stand in the file.

Works on the file's data, not on the models: a segment with a typo elsewhere still has its
slots looked up, and a slot with a typo still counts as there.
"""

import re
from collections.abc import Iterator
from typing import Any

from worker.errors import Mistake
from worker.guess import nearest
from worker.i18n import t
from worker.programme.lines import Lines, Path
from worker.programme.source import mistake_at

#: where a name stands (`*` = each element) -> where it must be declared
REFERENCES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("organisation",), "organisations"),
    (("organisations", "*", "parent"), "organisations"),
    (("slots", "*", "channels", "*"), "channels"),
    (("quiet_hours", "*", "channels", "*"), "channels"),
    (("blackouts", "*", "channels", "*"), "channels"),
    (("extra_dates", "*", "segment"), "segments"),
    (("channels", "*", "targets", "*", "organisation"), "organisations"),
    (("channels", "*", "targets", "*", "audience", "*"), "audiences"),
    (("channels", "*", "targets", "*", "area", "*"), "areas"),
    (("stations", "*", "organisation"), "organisations"),
    (("stations", "*", "airings", "*", "slot"), "slots"),
    (("stations", "*", "audience", "*"), "audiences"),
    (("stations", "*", "area", "*"), "areas"),
    (("segments", "*", "themes", "*"), "themes"),
    (("segments", "*", "slots", "*"), "slots"),
    (("segments", "*", "channels", "*"), "channels"),
    (("segments", "*", "audience", "*"), "audiences"),
    (("segments", "*", "area", "*"), "areas"),
    (("sms_templates", "*", "channel"), "channels"),
    (("alarms", "sms_channel"), "channels"),
)
#: arrays whose ids must differ; organisations may share one in different spans of time
UNIQUE: tuple[tuple[str, ...], ...] = (
    ("slots",),
    ("channels",),
    ("stations",),
    ("segments",),
    ("sms_templates",),
    ("channels", "*", "accounts"),
    ("channels", "*", "targets"),
)
EVERYBODY = "tat_ca"  #: an audience that needs no declaration

SECRET_REF = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:\S.*")
SECRET_KEY = re.compile(
    r"token|secret|passw|mat_?khau|api_?key|private|credential|authorization", re.IGNORECASE
)


def check_references(file: str, raw: dict[str, Any], lines: Lines) -> list[Mistake]:
    """Mistakes of this kind, in no order."""
    found = [*_unknown_names(raw), *_doubles(raw), *_bare_secrets(raw)]
    return [mistake_at(file, raw, lines, path, what, fix) for path, what, fix in found]


Finding = tuple[Path, str, str]


def _unknown_names(raw: dict[str, Any]) -> Iterator[Finding]:
    known = {kind: _declared(raw.get(kind)) for kind in {kind for _, kind in REFERENCES}}
    known["audiences"] = {*known["audiences"], EVERYBODY}
    for pattern, kind in REFERENCES:
        for path, name in _walk(raw, pattern):
            if isinstance(name, str) and name not in known[kind]:
                yield path, *_no_such(name, kind, known[kind])
    for path, channel in _walk(raw, ("channels", "*")):
        accounts = _declared(channel.get("accounts")) if isinstance(channel, dict) else set()
        for inner, target in _walk(channel, ("targets", "*")):
            name = target.get("account", "chinh") if isinstance(target, dict) else None
            if isinstance(name, str) and name not in accounts:
                yield (*path, *inner, "account"), *_no_such(name, "accounts", accounts)


def _no_such(name: str, kind: str, known: set[str]) -> tuple[str, str]:
    meant = nearest(name, known)
    every = ", ".join(sorted(known)) or "-"
    return (
        t(f"“{name}” không được khai báo ở {kind}", f'"{name}" is not declared in {kind}'),
        t(f"ý là “{meant}”?", f'did you mean "{meant}"?')
        if meant
        else t(f"đang có: {every}", f"there are: {every}"),
    )


def places_of(raw: dict[str, Any], kind: str, name: str) -> list[Path]:
    """Every place that names this entry of this kind."""
    return [path for pattern, declared in REFERENCES if declared == kind
            for path, found in _walk(raw, pattern) if found == name]


def _doubles(raw: dict[str, Any]) -> Iterator[Finding]:
    for pattern in UNIQUE:
        for path, array in _walk(raw, pattern):
            seen: set[str] = set()
            for number, element in enumerate(array if isinstance(array, list) else ()):
                name = element.get("id") if isinstance(element, dict) else None
                if isinstance(name, str) and name in seen:
                    yield (
                        (*path, number, "id"),
                        t(f"mã “{name}” đã dùng ở trên", f'the id "{name}" is used above'),
                        t("hãy đặt mã khác", "choose another id"),
                    )
                seen.add(str(name))


def _bare_secrets(raw: dict[str, Any]) -> Iterator[Finding]:
    """A secret in clear is refused and never printed: the message may go to a log."""
    for path, value in _walk(raw, ("channels", "*", "accounts", "*", "secrets", "*")):
        if not _is_reference(value):
            yield path, *_in_clear()
    for pattern in (("channels", "*", "accounts", "*", "options"), ("channels", "*", "options")):
        for path, options in _walk(raw, pattern):
            for inner, value in _leaves(options):
                named = inner and SECRET_KEY.search(str(inner[-1]))
                # "{…}" is a place for a value to go, as gateway descriptions have them
                filled = isinstance(value, str) and value and "{" not in value
                if named and filled and not _is_reference(value):
                    yield (*path, *inner), *_in_clear()
    yield from _alarm_addresses(raw)


def _alarm_addresses(raw: dict[str, Any]) -> Iterator[Finding]:
    personal = [
        *_walk(raw, ("alarms", "duty", "*", "phone")),
        *_walk(raw, ("alarms", "duty", "*", "email")),
        *_walk(raw, ("stations", "*", "contacts", "*", "phone")),
    ]
    for path, value in personal:
        if value and not _is_reference(value):
            yield (
                path,
                t("số máy, thư điện tử của cá nhân ghi thẳng", "personal data in clear"),
                t('hãy viết "env:TEN_BIEN" hoặc "file:…"', 'write "env:NAME" or "file:PATH"'),
            )
    for path, value in _walk(raw, ("alarms", "smtp")):
        if value and not _is_reference(value):
            yield path, *_in_clear()
    for place in (("alarms", "webhook"), ("alarms", "heartbeat_url"), ("radio", "public_url")):
        for path, value in _walk(raw, place):
            plain = isinstance(value, str) and value.startswith("https://")
            if value and not plain and not _is_reference(value):
                yield (
                    path,
                    t("địa chỉ phải là https", "the address must be https"),
                    t(
                        'hãy viết "https://…" hoặc "env:TEN_BIEN"',
                        'write "https://…" or "env:NAME"',
                    ),
                )


def _in_clear() -> tuple[str, str]:
    return (
        t("mật khẩu, khóa ghi thẳng trong tệp", "a secret stands in the file"),
        t(
            'hãy viết "env:TEN_BIEN" hoặc "file:DUONG_DAN", rồi đổi khóa đã lộ',
            'write "env:NAME" or "file:PATH", then change the secret that was shown',
        ),
    )


def _is_reference(value: object) -> bool:
    return isinstance(value, str) and SECRET_REF.fullmatch(value) is not None


def _declared(part: object) -> set[str]:
    """Ids of an array of tables, or the names of a table."""
    if isinstance(part, dict):
        return set(part)
    if isinstance(part, list):
        return {e["id"] for e in part if isinstance(e, dict) and isinstance(e.get("id"), str)}
    return set()


def _walk(data: Any, pattern: tuple[str, ...]) -> Iterator[tuple[Path, Any]]:
    """Everything a pattern leads to, with its path; what has another shape is passed over."""
    if not pattern:
        yield (), data
        return
    step, rest = pattern[0], pattern[1:]
    inner: list[tuple[str | int, Any]] = []
    if step == "*":
        if isinstance(data, list):
            inner = list(enumerate(data))
        elif isinstance(data, dict):
            inner = list(data.items())
    elif isinstance(data, dict) and step in data:
        inner = [(step, data[step])]
    for key, value in inner:
        for path, found in _walk(value, rest):
            yield (key, *path), found


def _leaves(data: Any) -> Iterator[tuple[Path, Any]]:
    if isinstance(data, dict | list):
        pairs = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in pairs:
            for path, leaf in _leaves(value):
                yield (key, *path), leaf
    else:
        yield (), data
