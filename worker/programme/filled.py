"""
Between an entry of `schedules.toml` and a form: what is shown, what was typed, and which keys of
the entry it changes.

A form's state holds each field as text (tuples of it for lists and rows), so that what was typed,
what stood there and what stands there now can be compared without knowing how the file writes it.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from pydantic_core import PydanticCustomError, PydanticUndefined

from worker.programme.edit import GONE
from worker.programme.kinds import calendar_day, guess_clock
from worker.programme.sections import PRIVATE, Field, Section

#: key -> text; many, lines: a tuple of text; rows: a tuple of such states
State = dict[str, Any]
#: typed into a private field: take the number out
OUT = "-"
#: which stored number a row means: what a form sends back instead of the reference
MARK = "tu"
#: (kind, number) -> the reference under which it is kept
Keep = Callable[[str, str], str]


def shown(section: Section, entry: Mapping[str, Any]) -> State:
    """The entry as its form shows it; what it does not say stands with its default."""
    model = section.model.model_fields
    return {field.key: _shown(field, entry.get(field.key, model[field.key].default))
            for field in section.fields}


def _shown(field: Field, value: Any) -> Any:
    if value is PydanticUndefined or value is None:
        value = () if field.kind in ("many", "lines", "rows") else ""
    if field.kind in PRIVATE:
        return ""
    if field.kind in ("many", "lines"):
        return tuple(str(x) for x in value)
    if field.kind == "rows":
        return tuple(_row(field, row) for row in value)
    if field.kind == "yesno":
        return "1" if value else ""
    return _text(value)


def _row(field: Field, row: Mapping[str, Any]) -> State:
    found = {inner.key: _shown(inner, row.get(inner.key)) for inner in field.rows}
    private = [row.get(inner.key, "") for inner in field.rows if inner.kind in PRIVATE]
    return found | {MARK: mark(private[0])} if private else found


def _text(value: Any) -> str:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, timedelta):
        return f"{int(value.total_seconds()) // 60}m"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def mark(reference: str) -> str:
    """Names a stored number without saying where it is kept, and cannot be made up."""
    return hashlib.sha256(reference.encode()).hexdigest()[:16] if reference else ""


def typed(section: Section, values: Mapping[str, list[str]], before: State) -> State:
    """What a form brought; `before` says in which order a list stood."""
    return {field.key: _typed(field, values, field.key, before.get(field.key))
            for field in section.fields}


def _typed(field: Field, values: Mapping[str, list[str]], name: str, before: Any) -> Any:
    given = [value.strip() for value in values.get(name, ())]
    if field.kind == "many":
        order = {value: n for n, value in enumerate(before or ())}
        kept = list(dict.fromkeys(value for value in given if value))
        return tuple(sorted(kept, key=lambda value: order.get(value, len(order))))
    if field.kind == "lines":
        lines = "\n".join(given).splitlines()
        return tuple(line.strip() for line in lines if line.strip())
    if field.kind == "rows":
        return tuple(_rows(field, values))
    if field.kind in PRIVATE and values.get(f"{name}.bo"):
        return OUT
    text = given[-1] if given else ""
    return (guess_clock(text) or text) if field.kind == "time" else text


def _rows(field: Field, values: Mapping[str, list[str]]) -> Iterable[State]:
    numbers = sorted({int(parts[1]) for parts in (name.split(".") for name in values)
                      if len(parts) == 3 and parts[0] == field.key and parts[1].isdecimal()
                      and len(parts[1]) < 4})
    for number in numbers:
        row = {inner.key: _typed(inner, values, f"{field.key}.{number}.{inner.key}", None)
               for inner in field.rows}
        if any(row.values()):
            if any(inner.kind in PRIVATE for inner in field.rows):
                row[MARK] = (values.get(f"{field.key}.{number}.{MARK}") or [""])[-1]
            yield row


def missing(section: Section, state: State) -> list[str]:
    """Required fields that were left empty."""
    return [field.key for field in section.fields if field.required and not state[field.key]]


def lacking_number(field: Field, rows: Sequence[State], known: Mapping[str, str]) -> bool:
    """Whether a row has neither a new number nor one that is stored for it."""
    private = [inner.key for inner in field.rows if inner.kind in PRIVATE]
    return any(not row[key] and row.get(MARK, "") not in known for row in rows for key in private)


def known_numbers(field: Field, entry: Mapping[str, Any]) -> dict[str, str]:
    """Mark -> reference of every number that stands in this field of the entry."""
    private = [inner.key for inner in field.rows if inner.kind in PRIVATE]
    return {mark(str(row[key])): str(row[key]) for row in entry.get(field.key, ())
            for key in private if row.get(key)}


def changes(
    section: Section, before: State, state: State, entry: Mapping[str, Any], keep: Keep
) -> dict[str, Any]:
    """The keys that the form changes in `entry`, with their new values."""
    return {field.key: _value(field, state[field.key], entry, keep) for field in section.fields
            if state[field.key] != before[field.key]}


def _value(field: Field, state: Any, entry: Mapping[str, Any], keep: Keep) -> Any:
    if field.kind in ("many", "lines"):
        return list(state)
    if field.kind == "yesno":
        return bool(state)
    if field.kind == "rows":
        known = known_numbers(field, entry)
        return [_row_value(field, row, known, keep) for row in state]
    if not state or state == OUT:
        return GONE
    if field.kind in PRIVATE:
        return keep(field.kind, state)
    return _read(field, state)


def _row_value(
    field: Field, row: State, known: Mapping[str, str], keep: Keep
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for inner in field.rows:
        typed_ = row[inner.key]
        if inner.kind in PRIVATE:
            found[inner.key] = keep(inner.kind, typed_) if typed_ else known[row[MARK]]
        elif inner.kind == "yesno":
            found |= {inner.key: True} if typed_ else {}
        elif typed_:
            found[inner.key] = _read(inner, typed_)
    return found


def _read(field: Field, text: str) -> Any:
    """The value; what cannot be read stays text, for the loader to explain."""
    try:
        if field.kind == "number":
            return int(text)
        if field.kind == "decimal":
            number = float(text.replace(",", "."))
            return int(number) if number.is_integer() else number
        if field.kind == "day":
            return calendar_day(text)
    except (ValueError, PydanticCustomError):
        pass
    return text


def sent(section: Section, state: State) -> list[tuple[str, str]]:
    """The state as the names and values of a form, to be sent on."""
    pairs: list[tuple[str, str]] = []
    for field in section.fields:
        value = state[field.key]
        if field.kind == "rows":
            pairs += [(f"{field.key}.{n}.{key}", text) for n, row in enumerate(value)
                      for key, text in row.items() if text]
        elif field.kind == "many":
            pairs += [(field.key, text) for text in value]
        elif field.kind == "lines":
            pairs.append((field.key, "\n".join(value)))
        elif field.kind in PRIVATE and value == OUT:
            pairs.append((f"{field.key}.bo", "1"))
        elif value:
            pairs.append((field.key, value))
    return pairs
