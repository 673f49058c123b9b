"""Whatever is written to the audit chain can be read by staff."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from worker.audit_words import ACTS, detail_lines

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")

ROOT = Path(__file__).parents[2]
#: what cannot be read off the source
COMPUTED = {
    "planned.picked_by": {"now", "repeat"},
    "f'station_{kind}'": {"station_swap", "station_postpone"},
    "TAKEN": {"sample"},
}


@dataclass(frozen=True)
class Call:
    """A call, and the function it stands in."""

    file: Path
    function: ast.FunctionDef | None
    node: ast.Call

    def given(self, place: int, word: str) -> list[ast.expr]:
        named = [k.value for k in self.node.keywords if k.arg == word]
        return named or self.node.args[place:place + 1]


def every_call() -> dict[str, list[Call]]:
    """All calls by the name of what is called."""
    found: dict[str, list[Call]] = defaultdict(list)

    def walk(file: Path, node: ast.AST, function: ast.FunctionDef | None) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                name = ast.unparse(child.func) if isinstance(
                    child.func, ast.Attribute | ast.Name) else ""
                key = name if name == "audit.record" else name.rpartition(".")[2]
                found[key].append(Call(file, function, child))
            walk(file, child, child if isinstance(child, ast.FunctionDef) else function)

    for folder in ("worker", "console"):
        for file in (ROOT / folder).rglob("*.py"):
            source = file.read_text(encoding="utf-8")
            walk(file, ast.parse(source), None)
    return found


def values(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from values(node.body)
        yield from values(node.orelse)
    else:
        yield node


def near(caller: Call, callee: Call, name: str) -> bool:
    """Other packages have functions of the same name."""
    if name.startswith("_"):
        return caller.file == callee.file
    return (caller.file.relative_to(ROOT).parts[:2] == callee.file.relative_to(ROOT).parts[:2])


def test_every_act_that_is_written_has_its_words() -> None:
    """Constants where they stand; of a parameter, what its callers give."""
    known, found = every_call(), set[str]()
    todo: list[tuple[list[Call], int, str]] = [(known["audit.record"], 3, "act")]
    seen = set[tuple[str, Path]]()
    while todo:
        calls, place, word = todo.pop()
        for call in calls:
            open_ = [v for g in call.given(place, word) for v in values(g)]
            while open_:
                value, where = open_.pop(), f"{call.file}:{call.node.lineno}"
                text = ast.unparse(value)
                if isinstance(value, ast.Constant):
                    found.add(value.value)
                    continue
                if text in COMPUTED:
                    found |= COMPUTED[text]
                    continue
                assert isinstance(value, ast.Name), (where, text)
                assert call.function is not None, where
                names = [a.arg for a in call.function.args.args]
                if value.id in names:
                    name = call.function.name
                    if (name, call.file) not in seen:
                        seen.add((name, call.file))
                        todo.append(([c for c in known[name] if near(c, call, name)],
                                     names.index(value.id) - (names[0] == "self"), value.id))
                    continue
                set_to = [v for n in ast.walk(call.function) if isinstance(n, ast.Assign)
                          and any(getattr(x, "id", "") == value.id for x in n.targets)
                          for v in values(n.value)]
                assert set_to, (where, text)
                open_ += set_to

    assert found >= {"approve", "campaign_stop", "area-approved", "series-end", "login"}
    assert sorted(found - ACTS.keys()) == []


def test_details_are_read_without_hashes() -> None:
    lines = list(detail_lines({
        "reason": "sai tên", "sha256": "0" * 64, "roles": ["quan_tri"], "new_totp": False,
        "new": [f"td-{n}" for n in range(12)], "empty": "", "until": "2026-11-25",
        "first": "2026-11-24T17:30:00+00:00", "priority": "uu_tien"}, HANOI))

    assert lines[:2] == ["lý do: sai tên", "vai trò: Quản trị"]
    assert lines[2].endswith("td-9, …")
    assert lines[3:] == ["đến: 25/11/2026", "từ ngày: 25/11/2026 00:30", "ưu tiên: Ưu tiên"]
