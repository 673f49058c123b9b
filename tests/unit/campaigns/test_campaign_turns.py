"""Whose turn it is: the urgent first, the others of their rank in turn."""

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.campaigns.turns import Turn, order

TURNS = st.lists(
    st.builds(Turn, id=st.integers(1, 50), rank=st.integers(0, 2), served=st.integers(0, 100),
              waiting=st.booleans(), open=st.booleans()),
    unique_by=lambda turn: turn.id, max_size=8)


@settings(deadline=None)
@given(TURNS)
def test_the_most_urgent_that_can_go_goes(turns: list[Turn]) -> None:
    able = [turn for turn in turns if turn.waiting and turn.open]

    chosen = next(iter(order(turns)), None)

    assert (chosen is None) is (not able)
    assert chosen is None or (chosen in able and chosen.rank == min(turn.rank for turn in able))
    assert {turn.id for turn in order(turns)} == {turn.id for turn in able}


@settings(deadline=None)
@given(TURNS, st.data())
def test_nobody_of_a_rank_waits_longer_than_the_others_take_one_turn_each(
    turns: list[Turn], data: st.DataObject
) -> None:
    """Others may come and go, open and close: who can go is served before anybody goes twice."""
    now = 100
    since_mine: list[int] = []
    alike = [Turn(turn.id, 1, turn.served) for turn in turns] or [Turn(1, 1, 0)]
    mine = alike[0].id
    for _ in range(30):
        able = [t._replace(open=t.id == mine or data.draw(st.booleans())) for t in alike]
        chosen = next(iter(order(able)), None)
        assert chosen is not None
        now += 1
        alike = [t._replace(served=now) if t.id == chosen.id else t for t in alike]
        if chosen.id == mine:
            since_mine = []
        else:
            since_mine.append(chosen.id)
        assert len(set(since_mine)) == len(since_mine)
