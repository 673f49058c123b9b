"""
Reads `schedules.toml`: text -> data -> frozen models, and every mistake at once.

    text ─ syntax.py ─> data ─ pydantic, shape.py ─> models ─ references.py, check*.py ─> Programme

A broken element is told of and left out, so that the rest of the file is checked all the same.
"""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from worker.errors import Mistake, UserError
from worker.programme.check import check
from worker.programme.check_channels import channel_rules
from worker.programme.lines import Lines
from worker.programme.model import Programme
from worker.programme.references import check_references
from worker.programme.shape import explain
from worker.programme.source import Source, line_of, mistake_at
from worker.programme.syntax import parse


def load_text(text: str, file: str, home: Path = Path()) -> Programme:
    """
    The programme a file describes. `file` is its name as it is shown to people.

    A gateway described in a file of its own is read below `home`.

    Raises UserError with all mistakes, each as `file:line: where: what; what to write`.
    """
    raw, read, mistakes = parse(text, file)
    if raw is None:
        raise UserError.many(tuple(mistakes))
    lines = Lines(read)
    slips = {line_of(m) for m in mistakes}

    found, programme, kept = _build(raw, lines, file)
    found += check_references(file, raw, lines)
    if programme is not None:
        source = Source(file, raw, lines, programme, kept)
        found += [*check(source), *channel_rules(source, home)]

    # A value mended to go on reading is wrong once, not twice. Other files have other lines.
    here = f"{file}:"
    mistakes += [m for m in found if not m.where.startswith(here) or line_of(m) not in slips]
    if mistakes or programme is None:
        def place(m: Mistake) -> tuple[bool, str, int]:
            return not m.where.startswith(here), m.where.partition(":")[0], line_of(m)

        raise UserError.many(tuple(sorted(dict.fromkeys(mistakes), key=place)))
    return programme


def _build(
    raw: dict[str, Any], lines: Lines, file: str
) -> tuple[list[Mistake], Programme | None, dict[str, tuple[int, ...]]]:
    """Mistakes of shape, and the programme without the elements that have one."""
    try:
        return [], Programme.model_validate(raw), {}
    except ValidationError as error:
        details = error.errors(include_url=False)
    mistakes = []
    broken: dict[str, set[int]] = {}
    for detail in details:
        path = tuple(step for step in detail["loc"] if step != "[key]")
        mistakes.append(mistake_at(file, raw, lines, path, *explain(detail)))
        if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int):
            broken.setdefault(path[0], set()).add(path[1])
    sound, kept = dict(raw), {}
    for section, numbers in broken.items():
        kept[section] = tuple(n for n in range(len(raw[section])) if n not in numbers)
        sound[section] = [raw[section][n] for n in kept[section]]
    for key in {str(d["loc"][0]) for d in details} - broken.keys():
        sound.pop(key, None)
    try:
        return mistakes, Programme.model_validate(STAND_INS | sound), kept
    except ValidationError:
        return mistakes, None, {}


#: what a programme cannot be built without, so that the rest of a broken file is checked
STAND_INS: dict[str, Any] = {
    "name": "?",
    "timezone": "Asia/Ho_Chi_Minh",
    "organisation": "chua-ro",
    "themes": {},
    "organisations": [],
    "slots": [],
    "channels": [],
    "segments": [],
}
