"""The dispatcher: what goes on the wire, in which order, and what survives a bad turn."""

from datetime import timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from channels.values import Message, Retry, Uncertain
from tests.builders import an_item
from tests.fakes import Held, SlowStore
from tests.store.conftest import MakeWorld
from tests.store.world import HERE, MINUTE, NOON, TODAY, World, a_text
from worker.dispatcher import Dispatcher
from worker.engines.embedded import Inline
from worker.models import AccountRow, Attempt, Batch, Delivery, Event, Occurrence, TargetState
from worker.outbox.orders import stop
from worker.pace import SLICE


def test_at_due_it_goes_out_and_the_log_tells(world: World) -> None:
    """From due, to each target: begun, sent, settled, told after the commit."""
    world.to(NOON - MINUTE)
    world.run()
    assert world.fakes["sms"].sent == []

    world.to(NOON)
    world.run()

    [message] = world.fakes["sms"].sent
    delivery = world.one()
    assert (delivery.state, delivery.first_try_at, delivery.attempts) == ("delivered", NOON, 1)
    assert (message.key, message.target) == (delivery.id, "0950000101")
    assert world.seen.attempts == [(delivery.id, "delivered")]
    assert world.events() == ["planned", "begun", "settled"]
    assert [b.state for b in world.batches()] == ["done"]


def test_the_attempt_is_written_before_the_wire(world: World) -> None:
    """While it is on the wire the database already says so: sending, with an open attempt."""
    seen: list[tuple[str, int]] = []

    def look(message: Message) -> None:
        with world.store.read() as s:
            state = s.scalars(select(Delivery.state).where(Delivery.id == message.key)).one()
            attempts = s.scalars(select(Attempt).where(Attempt.ended_at.is_(None))).all()
            kinds = s.scalars(select(Event.kind).where(Event.delivery_id == message.key)).all()
            seen.append((state, len(attempts)))
            assert kinds == ["begun"]

    world.fakes["sms"].on_send = look
    world.to(NOON)
    world.run()

    assert seen == [("sending", 1)]


def test_urgent_overtakes(make_world: MakeWorld) -> None:
    """With hands full of ordinary letters, an urgent one is the next to begin."""
    # given twenty ordinary letters, one at a time
    world = make_world(a_text(targets=20))
    sms = world.fakes["sms"]
    sms.max_parallel = 1
    order: list[str] = []

    def urgent_arrives(message: Message) -> None:
        order.append(message.extra["occurrence"])
        world.clock.advance(0.6)
        if len(order) == 3:
            with world.store.write() as s:
                _copy_as_urgent(s)

    # when an urgent one comes while the third is on the wire
    sms.on_send = urgent_arrives
    world.to(NOON)
    world.run()

    # then it is the fourth
    assert order[:5] == [HERE, HERE, HERE, "khan", HERE]
    assert set(world.states()) == {"delivered"}


def _copy_as_urgent(s: Session) -> None:
    """The first SMS once more, as an occurrence of its own that is khan_cap."""
    def row(thing: object) -> dict[str, object]:
        return {c.key: getattr(thing, c.key) for c in thing.__table__.columns}  # type: ignore[attr-defined]

    first = s.scalars(select(Delivery).where(Delivery.channel == "sms")).first()
    assert first is not None
    batch = s.get_one(Batch, first.batch_id)
    s.execute(insert(Occurrence), [{
        **row(s.get_one(Occurrence, HERE)), "id": "khan", "entry": "khan", "event_seq": 0,
        "event_head": "", "priority": "khan_cap"}])
    number = s.scalars(insert(Batch).returning(Batch.id), [{
        **{k: v for k, v in row(batch).items() if k != "id"}, "occurrence_id": "khan",
        "priority_rank": 0, "state": "ready", "lease_token": None}]).one()
    s.execute(insert(Delivery), [{
        **row(first), "id": "k" * 36, "occurrence_id": "khan", "batch_id": number,
        "state": "queued", "attempts": 0, "first_try_at": None}])


def test_a_refused_account_rests_and_spends_no_message(make_world: MakeWorld) -> None:
    """Token, balance, suspension: the account stops for a minute, no attempt is spent."""
    # given a gateway that refuses the account once
    world = make_world(a_text(targets=3))
    sms = world.fakes["sms"]
    sms.max_parallel = 1
    sms.script = [Retry("auth", "khóa sai", counts=False, scope="account")]
    world.to(NOON)

    # when
    world.run()
    # then nobody else is tried on it
    assert len(sms.sent) == 1
    assert world.states() == ["ready", "queued", "queued"]
    assert [d.counted for d in world.deliveries()] == [0, 0, 0]
    with world.store.read() as s:
        row = s.get_one(AccountRow, ("sms", "chinh"))
        assert (row.blocked_until, row.blocked_code) == (NOON + MINUTE, "auth")

    # when the minute is over and it works again
    world.clock.advance(61)
    world.run()
    # then all go out and nothing is held against the account
    assert set(world.states()) == {"delivered"}
    with world.store.read() as s:
        assert s.get_one(AccountRow, ("sms", "chinh")).failures == 0


def test_tries_already_on_the_wire_do_not_lengthen_the_rest(make_world: MakeWorld) -> None:
    """Refusals of tries begun together are one refusal: the rest doubles only the next time."""
    world = make_world(a_text(targets=4))
    pool = Held()
    dispatcher = world.dispatcher(pool=pool)
    world.to(NOON)
    for failures in (1, 2):
        # when four tries are under way and are refused one after the other
        world.fakes["sms"].script = [
            Retry("auth", "khóa sai", counts=False, scope="account")] * 4
        dispatcher.turn()
        for _ in range(4):
            pool.release(1)
            dispatcher.turn()
        # then the account rests for one step, longer only the second time
        with world.store.read() as s:
            row = s.get_one(AccountRow, ("sms", "chinh"))
            assert row.failures == failures
            assert row.blocked_until == world.clock.now() + failures * MINUTE
        world.clock.advance(61)
    assert len(world.fakes["sms"].sent) == 8


def test_an_exception_of_a_channel_is_uncertain_and_told(world: World) -> None:
    """A bug: it may have gone out. Told, uncertain, and never sent again by itself."""
    world.fakes["sms"].script = [RuntimeError("oops")]
    world.to(NOON)
    world.run()
    house = world.house()
    for _ in range(5):
        world.clock.advance(60)
        house.sweep()
        world.run()

    assert world.states() == ["uncertain"]
    assert len(world.fakes["sms"].sent) == 1
    assert world.seen.bugs == ["sms.send: RuntimeError('oops')"]


def test_not_even_an_idempotent_channel_repeats_a_bug(world: World) -> None:
    """The same error would come every five seconds until the slot closes."""
    world.fakes["website"].script = [RuntimeError("oops")] * 9
    world.to(NOON)
    world.run("website")
    for _ in range(5):
        world.clock.advance(60)
        world.house().sweep()
        world.run("website")

    assert len(world.fakes["website"].sent) == 1


def test_suspects_share_a_quarter_of_the_window(make_world: MakeWorld) -> None:
    """Targets that timed out last time come last, and at most a quarter at a time."""
    # given eight slow targets among sixteen
    world = make_world(a_text(targets=16))
    sms = world.fakes["sms"]
    sms.max_parallel = 8
    slow = {f"to-{n}" for n in range(1, 9)}
    with world.store.write() as s:
        s.execute(insert(TargetState), [
            {"channel": "sms", "target": t, "suspect_since": NOON} for t in slow])
    pool = Held()
    dispatcher = world.dispatcher(pool=pool)
    world.to(NOON)

    # when the window fills, and fills again
    dispatcher.turn()
    assert dispatcher.flying == 8
    assert not slow & pool.targets()
    pool.release()
    dispatcher.turn()

    # then two slow ones are under way, a quarter of eight
    assert dispatcher.flying == 2
    assert pool.targets() <= slow
    # and once they answered in time they are suspects no longer
    while dispatcher.flying:
        pool.release()
        dispatcher.turn()
    with world.store.read() as s:
        assert s.scalars(select(TargetState.target)).all() == []
    assert set(world.states()) == {"delivered"}


def test_a_time_out_makes_a_suspect(world: World) -> None:
    """Who did not answer in time waits behind the others the next time."""
    world.fakes["sms"].script = [Uncertain("read-timeout", "")]
    world.to(NOON)
    world.run()
    with world.store.read() as s:
        assert s.scalars(select(TargetState.target)).all() == ["to-1"]


def test_a_black_out_declared_now_holds_at_once(world: World) -> None:
    """A new programme version with a black-out from now: nothing more begins, no replan asked."""
    world.to(NOON)
    dispatcher = world.dispatcher()
    world.programme(a_text() + f"""
[[blackouts]]
name = "Quốc tang"
first = {TODAY}
last = {TODAY}
from_time = "11:00"
""")
    world.run(dispatcher=dispatcher)
    assert world.fakes["sms"].sent == []
    assert world.states() == ["queued"]


def test_what_is_handed_over_ahead_is_judged_by_its_airing(make_world: MakeWorld) -> None:
    """Loudspeakers get it the evening before: quiet hours then do not hold it, a black-out
    over the airing does."""
    quiet = '\n[[quiet_hours]]\nstart = "16:00"\nend = "20:00"\n'
    tomorrow = TODAY + timedelta(days=1)
    world = make_world(a_text() + quiet)
    world.to(NOON + timedelta(hours=5, minutes=30))
    dispatcher = world.dispatcher("loa")
    world.programme(a_text() + quiet + f"""
[[blackouts]]
name = "Quốc tang"
first = {tomorrow}
last = {tomorrow}
""")
    world.run(dispatcher=dispatcher)
    assert world.fakes["loa"].sent == []

    world.programme(a_text() + quiet)
    with world.store.write() as s:
        s.execute(update(Batch).where(Batch.state == "ready", Batch.channel == "loa",
                                      Batch.day == tomorrow)
                  .values(next_attempt_at=world.clock.now()))
    world.run(dispatcher=dispatcher)
    assert world.states("loa", day=tomorrow) == ["delivered"]


def test_a_segment_that_skips_when_late_expires_and_is_told_after_the_commit(
    make_world: MakeWorld,
) -> None:
    """`late = "skip"`: begun later than allowed it does not air; an observer may write then."""
    world = make_world(a_text(when='id = "canh_giac"\nlate = "skip"\n'))
    world.to(NOON + 6 * MINUTE)
    world.run()
    assert world.states() == ["expired"]
    assert world.seen.lost == [(HERE, "sms", 1)]
    assert world.fakes["sms"].sent == []


def test_a_stop_ends_the_beginnings_within_a_turn(make_world: MakeWorld) -> None:
    """Stopped in the midst: what is on the wire is settled, nothing more begins."""
    world = make_world(a_text(targets=10))
    sms = world.fakes["sms"]

    def stop_at_third(message: Message) -> None:
        if len(sms.sent) == 3:
            with world.store.write() as s:
                stop(s, world.clock.now(), "soan", "*", "sai")

    sms.max_parallel = 1
    sms.on_send = stop_at_third
    world.to(NOON)
    world.run()
    assert len(sms.sent) == 3
    assert world.states().count("delivered") == 3
    assert world.states().count("queued") == 7


def test_the_item_is_the_batchs_own(world: World) -> None:
    """What the log line says is what was sent, whatever the occurrence went on to."""
    world.approved(an_item("td-02"))
    world.to(NOON)
    with world.store.write() as s:
        s.execute(update(Occurrence).where(Occurrence.id == HERE).values(item_id="td-02"))
    seen: list[str] = []
    world.seen.attempted = lambda result, _: seen.append(  # type: ignore[method-assign]
        result.begun.lease.item_id)
    world.run()
    assert seen == ["td-01"]



def test_a_high_rate_is_used_whole_and_never_passed(make_world: MakeWorld) -> None:
    """300 parts a second: a turn begins all that may go, no second sees more than it may."""
    # given turns so long that one letter each would be a third of the rate
    rate, count = 300, 240
    world = make_world(a_text(targets=count, rate=rate))
    sms = world.fakes["sms"]
    sms.max_parallel = 64
    begun: list[float] = []
    sms.on_send = lambda _: begun.append(world.clock.elapsed())
    office = world.office()
    office.store = SlowStore(world.store.url, world.clock, seconds=0.01)
    world.to(NOON)

    # when
    world.run(dispatcher=Dispatcher(office, "sms", world.worker(), Inline(), world.seen))
    office.store.close()

    # then
    assert len(begun) == count
    assert begun[-1] - begun[0] <= count / rate / 0.98
    for n, start in enumerate(begun):
        within = sum(at < start + 0.1 for at in begun[n:])
        assert within <= rate * (0.1 + SLICE) + 1


def test_a_bug_after_the_try_gives_a_result_too(world: World) -> None:
    """A lifetime of the key beyond all calendars: uncertain and told, not waited for for ever."""
    sms = world.fakes["sms"]
    sms.key_lifetime, sms.script = 1e15, [Retry("read-timeout", "không rõ")]
    world.to(NOON)
    world.run()

    assert world.states() == ["uncertain"]
    assert [bug.split(":")[0] for bug in world.seen.bugs] == ["sms.send"]
