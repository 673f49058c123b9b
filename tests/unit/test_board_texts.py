"""What an item becomes on an electronic board, and what is refused when it is submitted."""

from pathlib import Path

import pytest

from channels.build import build_channel
from channels.options import AccountSpec, ChannelSpec, Context
from channels.wire import Wire
from tests.builders import a_channel, a_programme, an_item
from tests.channels.conftest import RealClock
from worker.programme.values import longest_values
from worker.renderer import fill_texts, measure_texts, render
from worker.settings import PRODUCT
from worker.specs import render_spec

SHIPPED = (PRODUCT / "templates",)
BOARD = a_channel("sms", type="board", template="").model_copy(update={"options": {}})


def problems(text: str, **options: object) -> list[str]:
    rendered = render(an_item(texts={"board": text}), BOARD, SHIPPED)
    filled = fill_texts(rendered.texts, longest_values(a_programme()), "text")
    return [p.code for p in measure_texts(filled, "board", options).problems]


def test_its_own_text_is_one_line() -> None:
    """Line breaks and doubled spaces go, fields stay open until they are filled."""
    item = an_item(texts={"board": "Giả danh\ncông an:  gọi {{ cong_an }}\n"})

    assert render(item, BOARD, SHIPPED).texts == {
        "text": "Giả danh công an: gọi {{ cong_an }}"}


@pytest.mark.parametrize(("text", "options", "code"), [
    ("Gọi 113", {}, []),
    ("x" * 121, {}, ["too-long"]),
    ("x" * 41, {"max_chars": 40}, ["too-long"]),
    ("Cẩn thận 🚨", {}, ["charset"]),
    ("Cẩn thận", {"charset": "ascii"}, ["charset"]),
    ("Can than", {"charset": "ascii"}, []),
])
def test_what_the_board_has_not_is_told_beforehand(
    text: str, options: dict[str, object], code: list[str]
) -> None:
    """When it is submitted, not when it should be on the board."""
    assert problems(text, **options) == code


@pytest.mark.parametrize("options", [{}, {"charset": "ascii", "plain": True, "max_chars": 60}])
def test_limits_are_those_the_board_itself_declares(
    tmp_path: Path, options: dict[str, object]
) -> None:
    spec = ChannelSpec("bang", "board", (AccountSpec("chinh"),), options=options)
    built = build_channel(spec, Context(Wire(training=True), RealClock(), lambda _: "x",
                                        tmp_path, tmp_path))

    assert built.spec == render_spec("board", options)
