"""Zalo's single-use refresh token: no crash, race or lost answer loses the account unseen."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from channels.values import Delivered, Retry, Uncertain
from channels.zalo.state import MemoryState, Row
from components.tcp_fault_proxy import FaultProxy
from tests.channels.conftest import Far, patience
from tests.channels.test_zalo import MESSAGE, MORNING, Place, other, place, send, soon

__all__ = ["place"]
REFRESH = "/zalo/v4/oa/access_token"


class Died(Exception):
    """The process is killed here."""


@dataclass
class MortalState:
    """Dies at the n-th write, just before or just after it is committed."""

    dies_at: int
    committed: bool
    inner: MemoryState = field(default_factory=MemoryState)
    writes: int = 0

    def read(self, account: str) -> tuple[int, str]:
        return self.inner.read(account)

    def write(self, account: str, version: int, value: str) -> bool:
        self.writes += 1
        if self.writes == self.dies_at and not self.committed:
            raise Died
        done = self.inner.write(account, version, value)
        if self.writes == self.dies_at:
            raise Died
        return done


#: writes of a first send: intent, pair, the article in the making and done, broadcast and done
WRITES = 6


def test_a_first_send_writes_so_often(place: Place) -> None:
    """Else the test below misses a step."""
    place.state = MortalState(0, committed=False)

    send(place.channel())

    assert place.state.writes == WRITES


@pytest.mark.parametrize("committed", [False, True])
@pytest.mark.parametrize("step", range(1, WRITES + 1))
def test_a_crash_at_any_step_ends_well_or_with_the_step_that_mends_it(
    place: Place, step: int, *, committed: bool
) -> None:
    """Killed at each write: one article, at most one broadcast, and the account is never mute."""
    place.state = MortalState(step, committed)
    with pytest.raises(Died):
        send(place.channel())
    place.state = place.state.inner
    place.clock.at = MORNING.replace(hour=3)  # whoever refreshed is given up

    outcomes = [send(place.channel()) for _ in range(3)]

    pair_lost = step == 2 and not committed
    if pair_lost:
        assert outcomes[-1].code == "zalo-refresh-lost"
        assert outcomes[-1].scope == "account"
        place.secret = "dong-y-2"
        outcomes = [send(place.channel())]
    asked = (step == 5 and committed) or step == 6
    # after the sixth, committed write the broadcast is known to be done
    unknown = asked and not (step == 6 and committed)
    assert isinstance(outcomes[-1], Uncertain if unknown else Delivered)
    assert len(place.shown()) == 1
    assert len(place.broadcasts()) == (not (step == 5 and committed))


@pytest.mark.parametrize("mode", ["500_posted", "bad_json", "empty200", "reset_after", "cut"])
def test_a_lost_answer_to_a_refresh_is_tried_once_and_then_said(
    place: Place, far: Far, mode: str
) -> None:
    """Spent, and the new pair is lost: a person consents again, and is told so."""
    place.timeout = patience(mode, ordered=True)
    far.order(REFRESH, mode)

    outcomes = [send(place.channel()) for _ in range(4)]

    assert [o.scope for o in outcomes] == ["account"] * 4
    assert outcomes[0].code in ("zalo-refresh-doubt", "http-500")
    assert outcomes[-1].code == "zalo-refresh-lost"
    health = place.channel().check("chinh")
    assert (health.ok, health.code) == (False, "zalo-refresh-lost")
    place.secret = "dong-y-2"
    assert isinstance(send(place.channel()), Delivered)


@pytest.mark.parametrize("mode", ["500", "503", "html200", "429", "reset_before"])
def test_a_refresh_that_zalo_never_took_is_made_up_for(place: Place, far: Far, mode: str) -> None:
    """The old token is still good: tried once more, and all is well."""
    far.order(REFRESH, mode)

    assert isinstance(send(place.channel()), Retry)
    assert isinstance(send(place.channel()), Delivered)


def test_a_refresh_that_did_not_leave_waits_for_nobody(place: Place, proxy: FaultProxy) -> None:
    """Refused before the first byte: the token is whole."""
    proxy.mode = "refuse"
    outcome = send(place.channel())
    proxy.mode = "pass"

    assert (outcome.code, isinstance(send(place.channel()), Delivered)) == ("connect", True)


def test_only_one_of_many_processes_refreshes(place: Place) -> None:
    """Eight at once: one spends the token, the others wait, nobody loses it."""
    channels = [place.channel(broadcast=False) for _ in range(8)]
    start, outcomes = threading.Barrier(8), []

    def run(number: int) -> None:
        start.wait()
        outcomes.append(send(channels[number], other(number)))

    threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(place.zalo["used"]) == 1
    assert {getattr(o, "code", "sent") for o in outcomes} <= {"sent", "zalo-refreshing"}
    again = [send(channels[n], other(n)) for n in range(8)]
    assert [o for o in again if not isinstance(o, Delivered)] == []


def test_another_processs_refresh_is_waited_for(place: Place) -> None:
    """Its intent stands; after its time it is taken over."""
    place.state = MortalState(1, committed=True)
    with pytest.raises(Died):
        send(place.channel())
    place.state = place.state.inner

    waiting = send(place.channel())
    place.clock.at = MORNING.replace(minute=2)

    assert (waiting.code, waiting.counts, waiting.scope) == ("zalo-refreshing", False, "message")
    assert isinstance(send(place.channel()), Delivered)


def test_a_pair_that_could_not_be_stored_is_kept_and_stored_first(place: Place) -> None:
    """The database was away for a moment, the process lived."""
    place.state = MortalState(2, committed=False)
    channel = place.channel()
    with pytest.raises(Died):
        send(channel)

    assert isinstance(send(channel), Delivered)
    assert len(place.zalo["used"]) == 1


def test_a_pair_kept_too_long_does_not_push_out_a_newer_secrets(place: Place) -> None:
    """A person consented again meanwhile: what came of that stands."""
    place.state = MortalState(2, committed=False)
    older = place.channel(broadcast=False)
    with pytest.raises(Died):
        send(older)
    place.secret = "dong-y-2"
    send(place.channel(broadcast=False), other(1))
    _, stored = Row(place.state, "chinh", "mat-khau-app").read()

    assert isinstance(send(older, other(2)), Delivered)
    assert Row(place.state, "chinh", "mat-khau-app").read()[1].tokens == stored.tokens


def test_a_process_with_the_older_secret_does_not_win_back(place: Place) -> None:
    """It has not read the new file yet: it uses what the new secret brought."""
    older = place.channel(broadcast=False)
    send(older)
    place.secret = "dong-y-2"
    send(place.channel(broadcast=False), other(1))
    _, after_new = Row(place.state, "chinh", "mat-khau-app").read()

    assert isinstance(send(older, other(2)), Delivered)
    assert Row(place.state, "chinh", "mat-khau-app").read()[1].tokens == after_new.tokens


def test_a_token_that_ends_in_the_slot_is_renewed_within_the_try(place: Place) -> None:
    """Refused for its token, nothing was done: the same try goes on."""
    prepared: Any = place.channel().prepare(MESSAGE, deadline=soon())
    place.zalo["access"].clear()

    assert isinstance(send(place.channel()), Delivered)
    assert place.shown() == [prepared.ref]
    assert len(place.zalo["used"]) == 2


def test_it_is_renewed_hours_before_its_end_and_a_failure_then_harms_nobody(
    place: Place, far: Far
) -> None:
    """25 hours: after 20 it is renewed; while that fails the old one serves, and check tells."""
    send(place.channel(broadcast=False))
    place.clock.at = MORNING.replace(day=25, hour=0)
    far.order(REFRESH, "empty200", "empty200")

    outcomes = [send(place.channel(broadcast=False), other(n)) for n in range(2)]
    health = place.channel().check("chinh")

    assert [type(o) for o in outcomes] == [Delivered, Delivered]
    assert (health.ok, health.code) == (False, "zalo-refresh-lost")


def test_tokens_are_sealed_at_rest_and_in_no_word_of_ours(place: Place) -> None:
    """A backup gives nobody the account; the record of broadcasts outlives a new app secret."""
    channel = place.channel()
    send(channel)
    _, text = place.state.read("chinh")
    _, stored = Row(place.state, "chinh", "mat-khau-app").read()
    tokens = stored.tokens

    assert tokens.access.startswith("at-")
    assert tokens.refresh.startswith("rt-")
    assert not [t for t in (tokens.access, tokens.refresh, place.secret) if t in text]
    assert tokens.access not in repr(tokens)
    assert tokens.refresh not in repr(tokens)
    assert len(json.loads(text)["sent"]) == 1
    _, other_secret = Row(place.state, "chinh", "mat-khau-khac").read()
    assert (other_secret.tokens.access, other_secret.sent) == ("", stored.sent)
    hidden = channel._keeper._wire.redact(f"{tokens.access} {tokens.refresh}")
    assert tokens.access not in hidden
    assert tokens.refresh not in hidden
