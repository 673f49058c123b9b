"""A registered text with slots: what it allows fits, and nothing else does."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.smstemplates.pattern import Slot, differs_at, fits, pieces

#: words that stand, and what fills slots: no sign of one is in the other
WORDS = st.text("abcđ ,.", min_size=1, max_size=8)
SIGNS = {False: st.sampled_from("xyzƠ9"), True: st.sampled_from("0123456789")}


@st.composite
def filled_templates(draw: st.DrawFn) -> tuple[str, list[str], list[bool]]:
    """A template, the pieces of a text that fills it, and which of those are its own words."""
    kinds = draw(st.lists(st.sampled_from(["words", "ten", "so"]), min_size=1, max_size=7))
    pattern, text, own = "", [], []
    for kind in kinds:
        if kind == "words":
            words = draw(WORDS)
            pattern += words
            text.append(words)
        else:
            longest = draw(st.integers(1, 9))
            pattern += f"{{{kind}:{longest}}}"
            text.append("".join(draw(st.lists(SIGNS[kind == "so"], min_size=1,
                                              max_size=longest))))
        own.append(kind == "words")
    return pattern, text, own


@given(filled_templates())
def test_what_fills_a_template_fits_it(given: tuple[str, list[str], list[bool]]) -> None:
    pattern, text, _ = given

    assert fits(pattern, "".join(text))


@given(filled_templates(), st.data())
def test_one_changed_sign_of_its_own_words_does_not_fit(
    given: tuple[str, list[str], list[bool]], data: st.DataObject
) -> None:
    pattern, text, own = given
    if not any(own):
        return
    which = data.draw(st.sampled_from([n for n, one in enumerate(own) if one]))
    place = data.draw(st.integers(0, len(text[which]) - 1))
    changed = text[which][:place] + "?" + text[which][place + 1:]

    assert not fits(pattern, "".join([*text[:which], changed, *text[which + 1:]]))


@given(st.lists(st.one_of(st.text("ab", min_size=1, max_size=3), st.integers(1, 4)), max_size=6),
       st.text("ab", max_size=14))
def test_it_answers_as_a_regular_expression_would(parts: list[str | int], text: str) -> None:
    """Where words and slots hold the same signs, and a text can be read in many ways."""
    pattern = "".join(p if isinstance(p, str) else f"{{x:{p}}}" for p in parts)
    rule = "".join(re.escape(p) if isinstance(p, str) else f".{{1,{p}}}" for p in parts)

    assert fits(pattern, text) is (re.fullmatch(rule, text) is not None)


def test_a_text_that_can_be_read_in_very_many_ways_is_read_once() -> None:
    """Whoever tried reading after reading would never come to the end of this one."""
    assert not fits("{a:99}o" * 40 + "!", "o" * 600)
    assert fits("{a:99}o" * 40 + "!", "o" * 600 + "!")


@pytest.mark.parametrize(("pattern", "text", "does"), [
    ("Bao {cong_an:20}, goi {so:6}.", "Bao Cong an xa, goi 113.", True),
    ("Bao {cong_an:20}, goi {so:6}.", "Bao Cong an xa, goi 1a3.", False),  # digits only
    ("Bao {cong_an:20}, goi {so:6}.", "Bao Cong an xa, goi 1234567.", False),
    ("Bao {cong_an:20}, goi {so:6}.", "Bao , goi 113.", False),  # nothing is no filling
    ("Bao {cong_an:20}.", "Bao Cong an\nxa.", False),  # one line
    ("Goi {so_may:4}.", "Goi 113.", True),
    ("Bao Cong an.", "Bao cong an.", False),  # capitals
    ("Bao Cong an.", "Bao  Cong an.", False),  # spaces
    ("Bao Cong an.", "Báo Công an.", False),  # accents
    ("Ba\u0301o.", "B\u00e1o.", True),  # one letter, two ways to write it
    ("Chao {ten:60}.", "Chao {{ ten }}.", True),
    ("Chao {ten:59}.", "Chao {{ ten }}.", False),  # its longest value has 60
    ("Chao {ten:65}.", "Chao ong {{ ten }}.", True),
    ("Chao {so:60}.", "Chao {{ ten }}.", False),  # a name is no number
    ("Chao Lan.", "Chao {{ ten }}.", False),
    ("Chao {ten:999}.", "Chao {{ la }}.", False),  # no field that anybody knows
])
def test_words_slots_and_open_fields(pattern: str, text: str, does: bool) -> None:
    assert fits(pattern, text) is does


@pytest.mark.parametrize(("text", "place"), [
    ("Bao Cong an xa.", None), ("Bao cho Cong an xa.", "cho"), ("Bao Cong an xa. Goi 113.", " Goi"),
    ("Bao Cong an", ""), ("Bao Cong an phuong.", "phuong"), ("Báo Công an xã.", "áo"),
])
def test_the_place_where_a_text_leaves_its_template(text: str, place: str | None) -> None:
    found = differs_at("Bao Cong an xa.", text)

    assert found == (None if place is None else text.index(place) if place else len(text))


def test_a_template_is_words_and_slots() -> None:
    assert pieces("Goi {so:6}, {ten:20}") == ("Goi ", Slot("so", 6), ", ", Slot("ten", 20))
    assert [slot.digits for slot in (Slot("so", 1), Slot("so_may", 1), Slot("son", 1))] == [
        True, True, False]
