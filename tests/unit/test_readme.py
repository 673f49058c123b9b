"""The README says what the machine will be asked for, in both languages."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def packages() -> set[str]:
    """Every Debian package that a script of the tests may install."""
    listed = (ROOT / ".ci" / "packages").read_text(encoding="utf-8")
    found = set(re.findall(r'^ {4}"[^":]+:([a-z0-9-]+)"$', listed, re.MULTILINE))
    for name in ("smpp-node", "smpp-jasmin"):
        text = (ROOT / ".ci" / name).read_text(encoding="utf-8")
        found |= set(re.findall(r"missing\+=\(([a-z0-9-]+)\)", text))
    return found | {"nodejs", "npm"}  # smpp-node names them by their commands


@pytest.mark.parametrize("language", [0, 1], ids=["vi", "en"])
def test_every_package_the_tests_may_install_is_named(language: int) -> None:
    part = (ROOT / "README.md").read_text(encoding="utf-8").split("\n---\n")[language]
    asked = next(p for p in part.splitlines() if "make test-long" in p)
    assert {p for p in packages() if not re.search(rf"\b{re.escape(p)}\b", asked)} == set()


@pytest.mark.parametrize("language", [0, 1], ids=["vi", "en"])
def test_the_stations_page_is_named(language: int) -> None:
    part = (ROOT / "README.md").read_text(encoding="utf-8").split("\n---\n")[language]
    assert "(docs/stations.md)" in part
    assert "giovang station link" in part
