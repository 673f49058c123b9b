"""Whole sentences as communes broadcast them, and every text that is shipped."""

import csv
import tomllib
from pathlib import Path

import pytest

from vietnamese.spoken import speak

ROOT = Path(__file__).parents[3]
SHIPPED = ("content/content.toml", "examples/luc-ngan-2024/content/content.toml")

with (Path(__file__).parent / "bulletins.tsv").open(encoding="utf-8", newline="") as file:
    SENTENCES = [(row["written"], row["spoken"])
                 for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


def items():
    for name in SHIPPED:
        for item in tomllib.loads((ROOT / name).read_text(encoding="utf-8"))["item"]:
            yield pytest.param(item, id=item["id"])


def test_there_are_enough_sentences():
    """Warnings, storms, vaccination, elections, taxes, land, school, health insurance."""
    assert len(SENTENCES) > 380


@pytest.mark.parametrize(("written", "spoken"), SENTENCES, ids=lambda s: s[:40])
def test_sentences_are_said_as_an_announcer_says_them(written, spoken):
    """Each was read aloud before it was put here; nothing is left to mend."""
    said = speak(written)

    assert said.voice == spoken
    assert not said.findings


@pytest.mark.parametrize("item", [*items()])
def test_every_shipped_text_is_clean(item):
    """What goes to the loudspeaker: title, body, what to do, numbers to call."""
    parts = [item["title"], item["loudspeaker"], item["what_to_do"],
             f"Số điện thoại cần gọi: {', '.join(item['hotline'])}."]

    for part in parts:
        assert not speak(part).findings
        assert not speak(part.replace("{{ cong_an }}", "Công an xã Biên Sơn")).findings
