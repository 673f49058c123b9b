"""What a migration may do beside workers that do not know it, read off the files."""

import ast
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from worker.migrate import FOLDER, number

#: the first from which on workers of two versions may run side by side
SINCE = "0018"
FILES = sorted(f for f in (FOLDER / "versions").glob("0*.py") if f.name[:4] >= SINCE)
#: calls after which software that does not know of them fails, and SQL that does the same
_CALLS = re.compile(r"^(drop_\w+|rename_\w+|alter_column|create_(unique|check)_constraint|"
                    r"create_foreign_key|create_exclude_constraint)$")
_SQL = re.compile(r"\b(DROP|RENAME|SET NOT NULL|ADD CONSTRAINT|ADD (UNIQUE|CHECK|FOREIGN)|"
                  r"ALTER COLUMN)\b")


def takes_away(source: str) -> list[str]:
    """What in it an older worker would miss or stumble over; its way back does not count."""
    found = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.FunctionDef) or node.name == "downgrade":
            continue
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
                name = part.func.attr
                if _CALLS.match(name) or (name == "add_column" and _needs_a_value(part)):
                    found.append(name)
            elif isinstance(part, ast.Constant) and isinstance(part.value, str):
                found += [hit[0] for hit in _SQL.finditer(part.value)]
    return found


def _needs_a_value(call: ast.Call) -> bool:
    """A column that may not be empty and has no default: older software inserts without it."""
    [column] = [a for a in call.args if isinstance(a, ast.Call)] or [call]
    said = {k.arg: ast.unparse(k.value) for k in column.keywords}
    return said.get("nullable") == "False" and "server_default" not in said


def contract(source: str) -> str | None:
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id == "CONTRACT":
            return str(ast.literal_eval(node.value))  # type: ignore[attr-defined]
    return None


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_what_takes_away_says_which_version_does_without(file: Path) -> None:
    """Else a worker that still needs it goes on into errors, in the middle of a slot."""
    source = file.read_text(encoding="utf-8")
    needed = contract(source)

    if takes_away(source):
        assert needed is not None, f"CONTRACT is missing: {takes_away(source)}"
    if needed is not None:  # or this very version would be refused
        assert number(needed) <= number(version("giovang"))


@pytest.mark.parametrize(("step", "found"), [
    ('op.add_column("node", sa.Column("x", sa.String(20), nullable=True))', []),
    ('op.add_column("node", sa.Column("x", sa.Integer(), nullable=False, server_default="0"))', []),
    ('op.create_table("x", sa.Column("id", sa.Integer(), nullable=False))', []),
    ('op.create_index("ix", "node", ["x"])', []),
    ('op.add_column("node", sa.Column("x", sa.Integer(), nullable=False))', ["add_column"]),
    ('op.drop_column("node", "version")', ["drop_column"]),
    ('op.rename_table("node", "nodes")', ["rename_table"]),
    ('op.alter_column("node", "version", nullable=False)', ["alter_column"]),
    ('op.create_unique_constraint("uq", "node", ["version"])', ["create_unique_constraint"]),
    ('op.execute("ALTER TABLE node RENAME TO nodes")', ["RENAME"]),
    ('run(f"DROP TABLE {old} CASCADE")', ["DROP"]),
])
def test_what_is_looked_for(step: str, found: list[str]) -> None:
    source = f"def upgrade():\n    {step}\n\ndef downgrade():\n    op.drop_table('x')\n"

    assert takes_away(source) == found


def test_versions_are_compared_by_their_numbers() -> None:
    assert number("0.10.0") > number("0.9.9")
    assert number("1.5.0rc1") == number("1.5.0") == (1, 5, 0)
