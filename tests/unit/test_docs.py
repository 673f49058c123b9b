"""The documentation lags nothing: whatever can be typed, set or read is named in docs/."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from channels.build import TYPES
from channels.cap.options import Area, Level
from channels.gateway import Check, Find, Gateway, Match, Receipt, Row
from channels.gateway_rules import Rule
from channels.http_json.channel import JsonAccount
from channels.http_json.service import Act, Service
from channels.smpp.options import SmppAccount
from channels.sms_http import SmsAccount
from console.main import _TEXT, load
from worker.alarms.kinds import KINDS
from worker.cli import MOUNTS
from worker.items.approval import STATES
from worker.items.fields import FIELDS
from worker.people import ROLES
from worker.programme import model
from worker.states import LABELS, to_markdown

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def doc(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def as_code(text: str) -> set[str]:
    """The words that stand between backticks: `so`."""
    return {word for code in re.findall(r"`([^`\n]+)`", text)
            for word in (code, *re.findall(r"[\w-]+", code))}


def models() -> Iterator[type[BaseModel]]:
    for value in vars(model).values():
        if isinstance(value, type) and issubclass(value, model.Model) and value is not model.Model:
            yield value
    yield from (*TYPES.values(), Gateway, Match, Row, Receipt, Check, Find, Rule, SmsAccount,
                SmppAccount, Service, Act, JsonAccount, Level, Area)


@pytest.mark.parametrize("kind", [*models()], ids=lambda m: m.__name__)
def test_every_setting_is_described(kind: type[BaseModel]) -> None:
    """Every key of schedules.toml and of every channel's options stands in schedules.md."""
    missing = set(kind.model_fields) - as_code(doc("schedules.md"))

    assert not missing


@pytest.mark.parametrize("mount", [*MOUNTS, *_TEXT], ids=lambda m: m.name)
def test_every_command_has_its_section(mount: object) -> None:
    """Every command has a heading of its own in commands.md."""
    assert f"\n### {mount.name}\n" in doc("commands.md")  # type: ignore[attr-defined]


@pytest.mark.parametrize("mount", MOUNTS, ids=lambda m: m.name)
def test_every_option_is_named(mount: object) -> None:
    """Every option of a command stands in that command's section."""
    section = doc("commands.md").partition(f"\n### {mount.name}\n")[2].partition("\n##")[0]  # type: ignore[attr-defined]
    options = {name for p in load(mount).params for name in p.opts  # type: ignore[arg-type]
               if name.startswith("--") and name != "--help"}

    assert not {o for o in options if not re.search(rf"{re.escape(o)}(?![\w-])", section)}


def test_every_variable_of_the_environment_is_described() -> None:
    """Every GIOVANG_… that the code reads stands in commands.md."""
    used = {name
            for folder in ("worker", "console", "channels", "vietnamese", "sandbox")
            for file in (ROOT / folder).rglob("*.py")
            for name in re.findall(r"environ(?:\.get\(|\[)\s*\"(GIOVANG_\w+)\"",
                                   file.read_text(encoding="utf-8"))}

    assert "GIOVANG_HOME" in used
    assert not used - as_code(doc("commands.md"))


def test_every_state_is_described() -> None:
    """States of deliveries, of items and of the calendar's cells stand in states.md."""
    cells = set(re.findall(r"\"(planned|blocked|empty)\"",
                           (ROOT / "worker/planner/view.py").read_text(encoding="utf-8")))

    assert cells == {"planned", "blocked", "empty"}
    assert not {*LABELS, *STATES, *cells} - as_code(doc("states.md"))


def test_the_tables_of_states_are_the_generated_ones() -> None:
    """docs/states.md says what worker/states.py says: `python -m worker.states`."""
    found = re.search(r"<!-- generated: python -m worker.states -->\n(.*)<!-- end -->",
                      doc("states.md"), re.DOTALL)

    assert found is not None
    assert found[1] == to_markdown()


@pytest.mark.parametrize(("names", "where"), [
    (set(TYPES), "schedules.md"),
    (set(TYPES), "add-a-channel.md"),
    (set(KINDS), "runbook.md"),
    (set(ROLES), "commands.md"),
    (set(FIELDS), "schedules.md"),
    ({*model.PRIORITIES}, "glossary.md"),
], ids=["types", "types for developers", "alarms", "roles", "fields", "priorities"])
def test_every_name_is_described(names: set[str], where: str) -> None:
    """Channel types, alarm kinds, roles, fields and priorities stand where staff look."""
    assert not names - as_code(doc(where))


def test_every_dependency_has_its_reason() -> None:
    """Each direct dependency of pyproject.toml has a row in dependencies.md, and no other has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [
        *project["project"]["dependencies"],
        *(r for extra in project["project"]["optional-dependencies"].values() for r in extra),
        *(r for group in project["dependency-groups"].values() for r in group),
    ]
    names = {re.match(r"[\w-]+", requirement)[0] for requirement in wanted}  # type: ignore[index]
    rows = {name.strip()
            for row in re.findall(r"^\| ([a-z][\w, -]*) \|", doc("dependencies.md"), re.MULTILINE)
            for name in row.split(",")} - {"package"}

    assert rows == names


def test_every_table_is_described() -> None:
    """Each table of the database stands in architecture.md."""
    from worker.models import Base  # noqa: PLC0415  (only here)

    assert not set(Base.metadata.tables) - as_code(doc("architecture.md"))


def test_links_between_documents_lead_somewhere() -> None:
    """A relative link in README or docs/ names a file that exists."""
    broken = [
        (file.name, link)
        for file in (ROOT / "README.md", *DOCS.rglob("*.md"))
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8"))
        if not (file.parent / link).exists()
    ]

    assert not broken
