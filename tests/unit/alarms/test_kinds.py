"""One table of kinds: whatever raises an alarm uses one of them, and the runbook explains all."""

import ast
from collections.abc import Iterator
from pathlib import Path

from worker.alarms.kinds import KINDS
from worker.settings import PRODUCT


def raised() -> Iterator[tuple[str, str]]:
    """Every kind named in a call that raises an alarm, with its file."""
    for folder in ("worker", "console"):
        for path in (PRODUCT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call):
                    yield from ((kind, path.name) for kind in _kinds(node))


def _kinds(call: ast.Call) -> list[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    place = {"raise_alarm": 3, "_raise": 1}.get(name)
    if place is None or len(call.args) <= place:
        return []
    given = call.args[place]
    given_values = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
    return [v.value for v in given_values if isinstance(v, ast.Constant)]


def test_every_alarm_is_of_a_known_kind() -> None:
    found = list(raised())

    assert len(found) >= 10  # or this test looks for the wrong call
    assert [f for f in found if f[0] not in KINDS] == []


def test_the_runbook_has_a_section_for_every_kind() -> None:
    text = Path(PRODUCT / "docs" / "runbook.md").read_text("utf-8")
    sections = {line.split("`")[1] for line in text.splitlines()
                if line.startswith("### `")}

    assert sections == set(KINDS)
    assert [k for k, kind in KINDS.items() if kind.vi not in text or kind.en not in text] == []
