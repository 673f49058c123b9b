"""Electronic boards: one line, from when until when, and gone at once when it is recalled."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels import files
from channels.base import Recalls, Reconciles
from channels.board import wrong_boards
from channels.online import Corrects
from channels.options import AccountSpec, ChannelSpec
from channels.values import Absent, Accepted, Delivered, Message, Rejected, Retry
from tests.channels.conftest import NOW, Bench, Soon, a_message

LINE = a_message("board", text="Công an không làm việc qua điện thoại", opens_at=NOW,
                 expires_at=NOW + timedelta(minutes=30))


class Later:
    """The bench's clock, some minutes on."""

    def __init__(self, minutes: float) -> None:
        self.at = NOW + timedelta(minutes=minutes)

    def now(self) -> Any:
        return self.at

    def elapsed(self) -> float:
        return 0.0


def shown(bench: Bench, board: str = "nga-tu") -> list[str]:
    return (bench.folder / "bang-dien-tu" / f"{board}.txt").read_text("utf-8").splitlines()


def test_a_line_is_one_line(bench: Bench, soon: Soon) -> None:
    """Line breaks and doubled spaces would be shown, or cut, as the board likes."""
    bench.build("board").send(replace(LINE, text=" Công an\r\n\tkhông  gọi \n"), deadline=soon())

    assert shown(bench) == ["Công an không gọi"]


def test_each_board_has_its_own_file(bench: Bench, soon: Soon) -> None:
    channel = bench.build("board")
    channel.send(LINE, deadline=soon())
    channel.send(replace(LINE, key="k2", target="cho-xa", text="Tin khác"), deadline=soon())

    assert (shown(bench), shown(bench, "cho-xa")) == ([LINE.text], ["Tin khác"])


REFUSED = [("Cảnh báo 🚨", "charset"), ("警告", "charset"), ("a\u202eb", "charset"),
           ("\x00", "charset"), ("x" * 121, "long"), ("\n ", "empty")]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_a_board_cannot_show_is_refused_whole(
    bench: Bench, soon: Soon, text: str, code: str
) -> None:
    """Never cut, never a box in place of a sign."""
    channel = bench.build("board")
    message = replace(LINE, text=text)

    assert code in [p.code for p in channel.validate(message)]
    assert isinstance(channel.send(message, deadline=soon()), Rejected)
    assert not (bench.folder / "bang-dien-tu").exists()


def test_a_board_without_accents_gets_none(bench: Bench, soon: Soon) -> None:
    bench.build("board", plain=True, charset="ascii").send(LINE, deadline=soon())

    assert shown(bench) == ["Cong an khong lam viec qua dien thoai"]
    assert [p.code for p in bench.build("board", charset="ascii").validate(LINE)] == ["charset"]


def test_an_ended_line_leaves_at_the_next_write_and_at_a_check(bench: Bench, soon: Soon) -> None:
    """An old warning that stays on a board is a false one."""
    channel: Any = bench.build("board")
    channel.send(LINE, deadline=soon())
    channel._clock = Later(20)
    channel.send(replace(LINE, key="k2", text="Tin hai", opens_at=NOW + timedelta(minutes=20),
                         expires_at=NOW + timedelta(minutes=50)), deadline=soon())
    assert shown(bench) == [LINE.text, "Tin hai"]

    channel._clock = Later(40)
    assert channel.check("chinh").ok
    assert shown(bench) == ["Tin hai"]

    channel._clock = Later(60)
    channel.recall(replace(LINE, key="k3"), "k3")
    assert shown(bench) == []


def test_an_end_of_its_own_replaces_the_slots(bench: Bench, soon: Soon) -> None:
    channel: Any = bench.build("board", show_minutes=5)
    channel.send(LINE, deadline=soon())

    channel._clock = Later(6)
    channel.check("chinh")

    assert shown(bench) == []
    late = replace(LINE, key="k2")
    assert channel.send(late, deadline=soon()) == Rejected("ended", "Đã hết giờ hiện trên bảng")


def test_json_tells_the_board_when(bench: Bench, soon: Soon) -> None:
    """A board that reads times may have its line beforehand; a text file may not."""
    ahead = replace(LINE, opens_at=NOW + timedelta(minutes=10))

    bench.build("board", form="json").send(ahead, deadline=soon())

    read = json.loads((bench.folder / "bang-dien-tu" / "nga-tu.json").read_text("utf-8"))
    assert read == [{"id": LINE.key, "text": LINE.text, "from": "2026-11-24T01:10:00Z",
                     "to": "2026-11-24T01:30:00Z"}]
    early = bench.build("board").send(ahead, deadline=soon())
    assert early == Retry("early", "Chưa đến giờ hiện trên bảng", retry_after=600, counts=False)


def test_a_recalled_line_is_gone_and_does_not_come_back(bench: Bench, soon: Soon) -> None:
    """A try that was late, or a correction, brings nothing back."""
    channel = bench.build("board")
    assert isinstance(channel, Recalls)
    assert isinstance(channel, Reconciles)
    assert isinstance(channel, Corrects)
    channel.send(LINE, deadline=soon())

    assert isinstance(channel.recall(LINE, LINE.key), Delivered)

    assert shown(bench) == []
    assert "Công an" not in "".join(p.read_text("utf-8")
                                    for p in (bench.folder / "bang-dien-tu").iterdir())
    assert isinstance(channel.send(LINE, deadline=soon()), Rejected)
    assert isinstance(channel.correct(LINE, LINE.key, deadline=soon()), Rejected)
    assert isinstance(channel.find(LINE), Absent)


def test_a_line_is_corrected_in_its_place(bench: Bench, soon: Soon) -> None:
    channel: Any = bench.build("board")
    channel.send(LINE, deadline=soon())
    right = replace(LINE, key="k2", text="Gọi 113")

    for _ in range(2):
        assert isinstance(channel.correct(right, LINE.key, deadline=soon()), Accepted)

    assert shown(bench) == ["Gọi 113"]


def test_a_recall_interrupted_by_the_disk_is_done_on_the_board_first(
    bench: Bench, soon: Soon
) -> None:
    """What the public reads goes before what we remember."""
    channel: Any = bench.build("board")
    channel.send(LINE, deadline=soon())

    def dies_at_state(path: Path, data: bytes) -> None:
        if path.suffix == ".dong":
            raise OSError(28, "full")
        files.write_whole(path, data)

    channel._write = dies_at_state
    assert isinstance(channel.recall(LINE, LINE.key), Retry)
    assert shown(bench) == []


def test_a_board_cannot_name_another_folder(bench: Bench, soon: Soon) -> None:
    spec = ChannelSpec("bang", "board", (AccountSpec("chinh"),), {"../x": "chinh", "a-1": "chinh"})

    assert [p.code for p in wrong_boards(spec)] == ["targets"]
    assert isinstance(bench.build("board").send(replace(LINE, target="../x"), deadline=soon()),
                      Rejected)
    assert not isinstance(bench.build("board").find(replace(LINE, target="../x")), Accepted)


@given(text=st.text(alphabet=st.characters(), max_size=400))
@example(text="Xem http://a.vn")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150,
          deadline=None)
def test_no_text_breaks_the_file(bench: Bench, text: str) -> None:
    """Whatever is written: one line of what the board has, or a refusal."""
    channel = bench.build("board")
    for path in (bench.folder / "bang-dien-tu").glob("*"):
        path.unlink()
    for path in (bench.folder / "bang-dien-tu").glob(".*"):
        path.unlink()
    message: Message = replace(LINE, text=text)

    outcome = channel.send(message, deadline=float("inf"))

    # whether a link may be told is judged when it is planned, and not again by the board
    fine = {p.code for p in channel.validate(message)} <= {"url"}
    assert isinstance(outcome, Accepted) == fine
    if fine:
        assert len(shown(bench)) == 1
        assert shown(bench)[0].isprintable()
        assert len(shown(bench)[0]) <= 120
