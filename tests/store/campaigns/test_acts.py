"""What persons and time do to a campaign: one wins, and nothing goes beyond what was let go."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from tests.conftest import START
from tests.store.campaigns.world import APPROVER, MAKER, Campaigns, campaigns
from tests.store.conftest import MakeWorld
from tests.store.world import HOUR, a_text
from worker.campaigns import acts, ends
from worker.errors import Refused
from worker.home import establish
from worker.models import CampaignMessage, Installation, Item, RecipientList
from worker.outbox.acts import cancel_occurrence

NUMBERS = [f"09500{n:05d}" for n in range(20)]


@pytest.fixture
def made(make_world: MakeWorld) -> Campaigns:
    return campaigns(make_world())


def do(made: Campaigns, act: Callable[..., Any], number: int, *more: Any) -> Any:
    with made.home.store.write() as s:
        return act(s, made.home.clock.now(), number, *more)


def test_nobody_approves_what_they_made(made: Campaigns) -> None:
    number = made.draft(made.a_list(NUMBERS))

    with pytest.raises(Refused, match="không tự duyệt"):
        do(made, acts.approve, number, MAKER)
    with pytest.raises(Refused, match="chờ duyệt"):
        do(made, acts.run, number, MAKER)
    do(made, acts.approve, number, APPROVER)

    assert made.row(number).state == "approved"


def test_it_goes_by_phases_and_no_further(make_world: MakeWorld) -> None:
    made = campaigns(make_world(a_text().replace(
        "max_parts = 1 }", 'max_parts = 1, seeds = { Viettel = "0950000001" } }')))
    number = made.approved(made.a_list(NUMBERS), trial=5)

    reached = [do(made, acts.run, number, MAKER), *(
        do(made, acts.go_on, number, MAKER) for _ in range(2))]

    assert reached == [1, 6, 21]
    with pytest.raises(Refused, match="đã cho gửi hết"):
        do(made, acts.go_on, number, MAKER)


def test_without_handsets_and_trial_all_of_it_goes(made: Campaigns) -> None:
    number = made.running(made.a_list(NUMBERS))

    assert made.row(number).until_row == 20


def test_of_two_persons_at_one_instant_one_wins(made: Campaigns) -> None:
    number = made.approved(made.a_list(NUMBERS))
    both, said = threading.Barrier(2), list[str]()

    def run() -> None:
        with made.home.store.write() as s:
            if not made.home.store.sqlite:  # there writers queue before they read
                acts.find(s, number)
                both.wait(60)
            try:
                acts.run(s, made.home.clock.now(), number, MAKER)
                said.append("won")
            except Refused as error:
                said.append(str(error))

    people = [threading.Thread(target=run) for _ in range(2)]
    for person in people:
        person.start()
    for person in people:
        person.join(300)

    assert sorted(said) == sorted(["won", next(x for x in said if "đang gửi" in x)])


def test_pause_keeps_its_place_and_stop_ends_it(made: Campaigns) -> None:
    number = made.running(made.a_list(NUMBERS))
    do(made, acts.pause, number, MAKER, "chờ hỏi lại")
    assert made.row(number).reason == "chờ hỏi lại"
    assert not do(made, acts.pause_by_itself, number, "rejected", "5 % bị từ chối")

    do(made, acts.resume, number, MAKER)
    assert (made.row(number).state, made.row(number).reason) == ("running", "")
    assert do(made, acts.pause_by_itself, number, "rejected", "5 % bị từ chối")
    assert made.row(number).pause_code == "rejected"

    do(made, acts.stop, number, MAKER, "sai lời")
    with pytest.raises(Refused, match="DỪNG HẲN"):
        do(made, acts.resume, number, MAKER)


def test_a_campaign_is_stopped_and_not_cancelled(made: Campaigns) -> None:
    """`giovang cancel` of what the log calls it would end nothing: it points to what does."""
    number = made.draft(made.a_list(NUMBERS))
    name = made.row(number).occurrence_id
    assert name is not None

    with (made.home.store.write() as s,
          pytest.raises(Refused, match=rf"giovang campaign stop {number}")):
        cancel_occurrence(s, made.home.clock.now(), MAKER, name, "nhầm")


def test_what_waits_is_cancelled_but_never_denied(made: Campaigns) -> None:
    number = made.running(made.a_list(NUMBERS[:3]))
    made.reached(number, "accepted", 1)
    with made.home.store.write() as s:
        s.execute(update(CampaignMessage).where(CampaignMessage.row == 2).values(
            maybe_out=True, account="chinh", attempts=1, code="connect"))
    do(made, acts.stop, number, MAKER, "sai lời")

    ends.tick(made.home, made.home.clock.now())  # whoever stopped it died before the rest

    assert made.states(number) == ["accepted", "uncertain connect", "cancelled"]


def test_the_rest_follows_at_its_moment(made: Campaigns) -> None:
    now = made.home.clock.now()
    number = made.approved(made.a_list(NUMBERS), trial=5, go_on_at=now + HOUR)
    do(made, acts.run, number, MAKER)

    ends.tick(made.home, now + HOUR - timedelta(seconds=1))
    assert made.row(number).until_row == 5
    ends.tick(made.home, now + HOUR)
    assert made.row(number).until_row == 20


def test_nothing_follows_by_itself_while_it_is_paused(made: Campaigns) -> None:
    now = made.home.clock.now()
    number = made.approved(made.a_list(NUMBERS), trial=5, go_on_at=now + HOUR)
    do(made, acts.run, number, MAKER)
    do(made, acts.pause, number, MAKER, "số thử báo sai")

    ends.tick(made.home, now + 2 * HOUR)

    assert made.row(number).until_row == 5


def test_beyond_its_end_what_waits_expires(made: Campaigns) -> None:
    now = made.home.clock.now()
    number = made.running(made.a_list(NUMBERS[:2]), closes=now + HOUR)
    made.reached(number, "accepted", 1)

    ends.tick(made.home, now + HOUR)

    assert made.row(number).state == "expired"
    assert made.states(number) == ["accepted", "expired"]


def test_it_is_finished_when_nothing_waits_or_flies(made: Campaigns) -> None:
    number = made.running(made.a_list(NUMBERS[:2]))
    made.reached(number, "accepted", 1)
    ends.tick(made.home, made.home.clock.now())
    assert made.row(number).state == "running"

    made.reached(number, "rejected", 2)
    ends.tick(made.home, made.home.clock.now())

    assert made.row(number).state == "finished"
    story = made.row(number).occurrence_id
    assert story is not None
    assert made.world.events(story) == ["queued", "approve", "run", "finish"]


def _unapprove(s: Session) -> None:
    s.execute(update(Item).values(state="returned"))


def _end_list(s: Session) -> None:
    s.execute(update(RecipientList).values(state="ended", ended_at=START))


def _not_live(s: Session) -> None:
    s.execute(delete(Installation))  # its being in training cannot be changed
    establish(s, START, training=False)


@pytest.mark.parametrize(("forbid", "words"), [
    (_unapprove, "không còn được duyệt"), (_end_list, "không dùng được"),
    (_not_live, "chưa chuyển sang phát thật")])
def test_no_campaign_starts_whose_reason_is_gone(
    made: Campaigns, forbid: Callable[[Session], None], words: str
) -> None:
    number = made.approved(made.a_list(NUMBERS))
    with made.home.store.write() as s:
        forbid(s)

    with pytest.raises(Refused, match=words):
        do(made, acts.run, number, MAKER)
