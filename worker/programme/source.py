"""What the checks look at: the file's data, the models that could be built, and the lines."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from worker.errors import Mistake
from worker.programme.lines import Lines, Path
from worker.programme.model import Programme

LINE = re.compile(r":(\d+)(?:: |$)")


@dataclass(frozen=True)
class Source:
    """One file. `kept` says which elements of an array were sound enough to be built."""

    file: str
    raw: dict[str, Any]
    lines: Lines
    programme: Programme
    kept: dict[str, tuple[int, ...]]

    def each(self, section: str) -> Iterator[tuple[Path, Any]]:
        """The sound elements of an array of tables, each with its path in the file."""
        elements: Sequence[Any] = getattr(self.programme, section)
        numbers = self.kept.get(section, tuple(range(len(elements))))
        for number, element in zip(numbers, elements, strict=True):
            yield (section, number), element

    def mistake(self, path: Path, what: str, fix: str) -> Mistake:
        return mistake_at(self.file, self.raw, self.lines, path, what, fix)


def mistake_at(
    file: str, raw: dict[str, Any], lines: Lines, path: Path, what: str, fix: str
) -> Mistake:
    """A mistake as `file:line: where: what; fix`."""
    return Mistake(f"{file}:{lines.of(path)}: {label(raw, path)}", what, fix)


def line_of(mistake: Mistake) -> int:
    """The line a mistake names, to put them in the file's order."""
    found = LINE.search(mistake.where)
    return int(found[1]) if found else 0


def label(raw: Any, path: Path) -> str:
    """A path as people read it: `slots[sang].start`, by id where there is one."""
    words = ""
    for step in path:
        if isinstance(step, str):
            raw = raw.get(step) if isinstance(raw, dict) else None
            words += f".{step}" if words else step
            continue
        raw = raw[step] if isinstance(raw, list) and step < len(raw) else None
        name = None
        if isinstance(raw, dict):
            name = next((raw[k] for k in ("id", "person", "slot", "name") if k in raw), None)
        words += f"[{name if isinstance(name, str) else f'#{step + 1}'}]"
    return words
