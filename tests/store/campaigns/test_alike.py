"""Results are written together by kind; each message still has its own words and ids."""

import pytest
from sqlalchemy import select, update

from channels.values import Accepted, Message, Outcome, Rejected, Uncertain
from tests.store.campaigns.bed import Bed, a_bed
from tests.store.conftest import MakeWorld
from worker.campaigns import moves
from worker.campaigns.keys import place_of
from worker.campaigns.settle import FEW
from worker.models import CampaignMessage, CampaignRef

#: of one kind so many come back together, that the rarer kinds go by the other statement
MANY = 4 * FEW


def _said(row: int) -> Outcome:
    """Many that are alike, two with words of their own, some of several parts, some refused."""
    if row <= MANY:
        return Accepted(f"m-{row}")
    if row <= MANY + 2:
        return Accepted(f"m-{row}", f"hàng đợi {row}")
    if row <= MANY + 4:
        return Accepted(f"m-{row}-1", parts=(f"m-{row}-1", f"m-{row}-2"))
    if row <= MANY + 4 + FEW:
        return Rejected("sai-so", "số không có")
    return Uncertain("cut", f"đứt sau {row}") if row % 2 else Rejected("x" * 50, "d" * 600)


@pytest.fixture
def bed(make_world: MakeWorld) -> Bed:
    made = a_bed(make_world(), room=1_000)  # all of it comes back in one turn
    made.gateway.answer = _answer
    return made


def _answer(message: Message) -> Outcome:
    place = place_of(message.key)
    assert place is not None
    return _said(place.row)


def test_each_message_has_the_words_of_its_own_answer(bed: Bed) -> None:
    count = MANY + FEW + 10
    bed.campaign(count)

    bed.run()

    found = {row: bed.message(row) for row in range(1, count + 1)}
    for row, message in found.items():
        said = _said(row)
        assert (message.ref, message.code, message.detail, message.attempts) == (
            getattr(said, "ref", ""), getattr(said, "code", "")[:40], said.detail[:500], 1), row
    taken = {row for row, m in found.items() if m.state == "accepted"}
    assert taken == set(range(1, MANY + 5))
    bed.states()  # the counts kept beside the rows say the same


def test_each_id_of_the_gateway_leads_back_to_its_message(bed: Bed) -> None:
    bed.campaign(MANY + FEW + 10)

    bed.run()

    with bed.world.store.read() as session:
        refs = {ref: (row, part, of) for ref, row, part, of in session.execute(
            select(CampaignRef.ref, CampaignRef.row, CampaignRef.part, CampaignRef.of))}
    single = {f"m-{row}": (row, 1, 1) for row in range(1, MANY + 3)}
    several = {f"m-{row}-{part}": (row, part, 2)
               for row in (MANY + 3, MANY + 4) for part in (1, 2)}
    assert refs == single | several


def test_a_try_that_was_given_up_meanwhile_ends_apart_from_those_beside_it(bed: Bed) -> None:
    """Of many alike two were settled as uncertain by the death of their lease; both are told."""
    bed.campaign(MANY)
    runner = bed.runner()
    assert runner.write()
    with bed.world.store.write() as session:
        doubted = session.execute(
            update(CampaignMessage).where(CampaignMessage.row.in_([1, 3]))
            .values(state="uncertain", code="lease")
            .returning(CampaignMessage.row, CampaignMessage.carrier)).all()
        moves.count(session, "may-2", 1, [
            moves.Moved(row, "sending", "uncertain", carrier, "lease") for row, carrier in doubted])

    bed.run(runner)

    assert bed.states() == {"accepted": MANY}
    assert [bed.message(row).ref for row in range(1, MANY + 1)] == [
        f"m-{row}" for row in range(1, MANY + 1)]
