"""A gateway described in a file of its own: every mistake with the file's name and line."""

from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from channels import gateway_check, gateway_files
from channels.gateway import Described, Gateway
from channels.http_json.service import Service
from channels.values import Problem
from worker.errors import Mistake
from worker.programme.lines import Lines, Path
from worker.programme.shape import explain
from worker.programme.source import mistake_at
from worker.programme.syntax import parse

_MODELS: dict[str, type[Described]] = {
    gateway_files.GATEWAYS: Gateway, gateway_files.SERVICES: Service,
}  # fmt: skip


def gateway_mistakes(
    name: str, home: FilePath, kind: str = gateway_files.GATEWAYS
) -> list[Mistake]:
    """Of the description named in the programme; none when it is not there or is shipped."""
    parts = gateway_files.parts(name, home, kind)
    if isinstance(parts, Problem) or gateway_files.is_shipped(name, kind):
        return []
    whole: dict[str, Any] = {}
    files: dict[str, tuple[str, dict[str, Any], Lines]] = {}  #: table -> name, data, lines
    mistakes: list[Mistake] = []
    for part in parts:
        data, read, slips = parse(part.text, part.name)
        mistakes += slips
        if data is None:
            return mistakes
        files[part.table] = (part.name, data, Lines(read))
        whole |= {part.table: {**whole.get(part.table, {}), **data}} if part.table else data
    for path, what, fix in _found(whole, _MODELS[kind]):
        table = str(path[0]) if path else ""
        inside = table in files and (len(path) < 2 or path[1] in files[table][1])
        file, raw, lines = files[table if inside else ""]
        mistakes.append(mistake_at(file, raw, lines, path[1:] if inside else path, what, fix))
    return mistakes


def _found(whole: dict[str, Any], model: type[Described]) -> Iterator[tuple[Path, str, str]]:
    try:
        gateway = model.model_validate(whole)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            said = detail.get("ctx", {}).get("error")  # of a rule of our own
            yield (detail["loc"], *((str(said), "") if said else explain(detail, model)))
        return
    yield from gateway_check.slips(gateway)
