"""`giovang correct`: an approved item for whoever got the wrong one, by one act everywhere."""

from typing import Annotated

import typer

from worker.campaigns.recalling import Made
from worker.errors import Refused
from worker.home import open_home
from worker.i18n import t
from worker.outbox import desk
from worker.outbox.commands import As, Reason
from worker.outbox.correct import Corrected
from worker.output import say

#: places named one by one
NAMED = 10


def correct(
    item: Annotated[str, typer.Argument(help=t("Mã tin sai", "The wrong item"))],
    with_: Annotated[str, typer.Option("--with", help=t(
        "Mã tin đính chính đã duyệt", "The approved correction"))],
    reason: Reason = "",
    as_: As = None,
) -> None:
    """Recall an item, and correct it wherever it was got."""
    home = open_home()
    righted = desk.correct(home, home.person(as_).id, item, with_, reason)
    home.close()
    _tell(item, with_, righted.done, righted.made)
    for line in righted.lines:
        say(line)
    if not righted.anything:
        raise Refused(item, t("không có nơi nào mới để đính chính",
                              "there is nothing new to be corrected"),
                      t(f"xem `giovang status`; sửa chính bản đính chính: giovang correct {with_}",
                        f"see `giovang status`; to correct the correction: giovang correct "
                        f"{with_}"))


def _tell(item: str, correction: str, done: Corrected, made: list[Made]) -> None:
    if done.anything:
        say(t(f"đính chính {item} bằng {correction}: sửa tại chỗ {done.edits} nơi, gửi "
              f"{done.messages} tin, đang gỡ {done.taken_back} nơi, hủy {done.cancelled} lượt chưa "
              "gửi", f"{item} is corrected by {correction}: {done.edits} edited in place, "
                     f"{done.messages} messages, {done.taken_back} being taken back, "
                     f"{done.cancelled} cancelled"))
    for place in done.unable[:NAMED]:
        say(t(f"không đính chính được {place.channel}/{place.target}: {place.why}",
              f"{place.channel}/{place.target} cannot be corrected: {place.why}"))
    if len(done.unable) > NAMED:
        say(t(f"và {len(done.unable) - NAMED} nơi nữa", f"and {len(done.unable) - NAMED} more"))
    for one in made:
        if one.correction is None:
            say(t(f"đợt nhắn tin {one.wrong}: chưa lập được đợt đính chính: {one.why}",
                  f"campaign {one.wrong}: no correction could be made: {one.why}"))
        else:
            n = one.correction
            say(t(f"đợt đính chính {n} cho đợt {one.wrong}; người khác duyệt rồi chạy: giovang "
                  f"campaign approve {n}, giovang campaign run {n}",
                  f"campaign {n} corrects {one.wrong}; somebody else approves it, then it is "
                  f"run: giovang campaign approve {n}, giovang campaign run {n}"))
