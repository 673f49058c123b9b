"""`giovang correct`: an approved item for whoever got the wrong one, by one act everywhere."""

from typing import Annotated

import typer
from sqlalchemy import select

from worker import corrections
from worker.alarms.store import close_alarm, raise_alarm
from worker.campaigns.area.acts import call_carrier, still_with_carriers
from worker.campaigns.recalling import Made, correct_all, stop_all, stopped_lines
from worker.errors import Refused
from worker.home import acting, in_force, open_home
from worker.i18n import t
from worker.models import Batch
from worker.outbox.commands import As, Reason, needs_reason
from worker.outbox.correct import Corrected, correct_item
from worker.output import say
from worker.planner.store import replan

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
    needs_reason(reason)
    home = open_home()
    now = home.clock.now()
    with home.store.write() as session:
        person = acting(session, as_)
        force = in_force(session)
        said_on = session.scalars(
            select(Batch.channel).where(Batch.item_id == item).distinct()).all()
        done = correct_item(
            session, now, person.id, item, with_, reason, corrections.ways(session, said_on),
            corrections.Filler(session, force, now, with_))
        stopped = stop_all(session, now, person.id, item, reason)
        calls = list(map(call_carrier, still_with_carriers(session, now, item)))
        close_alarm(session, now, f"approved-alone/{item}")
        raise_alarm(session, now, f"recall:{item}", "recall", "serious",
                    t(f"tin {item} bị thu hồi, đính chính bằng {with_}: {reason}",
                      f"item {item} was recalled and is corrected by {with_}: {reason}"),
                    "; ".join([*calls, t("`giovang status` cho biết nơi nào còn",
                                         "see `giovang status`")]))
    replan(home.store, now, person.id)
    made = correct_all(home, item, with_, person.id)
    home.close()
    _tell(item, with_, done, made)
    for line in (*stopped_lines(stopped), *calls):
        say(line)
    if not done.anything and not stopped and not any(m.correction for m in made):
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
