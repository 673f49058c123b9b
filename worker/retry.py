"""
When to try again: policies as wait objects of tenacity, called as pure functions.

The outbox keeps the schedule, not a sleeping thread, so a restart forgets nothing. Jitter
comes from the delivery's key: thirty stations do not all call again in one second, and two
rehearsals are equal to the byte.
"""

import hashlib
from datetime import datetime, timedelta
from typing import NamedTuple

from tenacity import RetryCallState, wait_exponential
from tenacity.wait import wait_base

from channels.values import Retry
from worker.programme.model import Priority


class Policy(NamedTuple):
    """How long to wait after the n-th counted try, and how many tries there are."""

    wait: wait_base
    tries: int


#: danger to life is tried again within seconds; the rest gives a gateway time to recover
POLICIES: dict[Priority, Policy] = {
    "khan_cap": Policy(wait_exponential(multiplier=5, max=60), 30),
    "uu_tien": Policy(wait_exponential(multiplier=15, max=300), 10),
    "thong_thuong": Policy(wait_exponential(multiplier=30, max=900), 6),
}

#: a try that costs no attempt is repeated no sooner than this, seconds
SNOOZE = 15.0
#: nothing was sent, for nobody was there: an outage may last as long as the slot, and no text is
#: lost by having been tried; asked again after this at the latest, seconds
AWAY = frozenset({"connect", "connect-timeout", "dns"})
AWAY_WAIT = 120.0
#: to take back or put right what is public is tried until it closes; this often in the long run
KEPT_UP = frozenset({"recall", "correct"})
KEPT_UP_WAIT = 900.0
#: an account that was refused is asked again after this, seconds: 1 min, 2, 4 … 15
ACCOUNT_WAIT = wait_exponential(multiplier=60, max=900)
#: what is done to a text that is public already may wait: 1 min, 2, 4 … an hour
AFTERCARE_WAIT = wait_exponential(multiplier=60, max=3600)


def _seconds(wait: wait_base, tried: int) -> float:
    state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
    state.attempt_number = max(1, tried)
    return float(wait(state))


def jitter(key: str, tried: int) -> float:
    """0.0 to 0.25, always the same for this key and try."""
    digest = hashlib.sha256(f"{key}/{tried}".encode()).digest()
    return digest[0] / 255 * 0.25


def next_try(
    now: datetime, outcome: Retry, *, priority: Priority, counted: int, key: str,
    kind: str = "publish",
) -> datetime | None:
    """When to try again, or None when the tries are used up. `kind`: of the delivery."""
    policy = POLICIES[priority]
    used_up = outcome.counts and counted >= policy.tries
    if used_up and kind not in KEPT_UP and outcome.code not in AWAY:
        return None
    if outcome.counts:
        seconds = _seconds(policy.wait, counted) * (1 + jitter(key, counted))
        if outcome.code in AWAY:
            seconds = min(seconds, AWAY_WAIT)
        elif used_up:
            seconds = KEPT_UP_WAIT
        seconds = max(seconds, outcome.retry_after or 0.0)
    else:
        seconds = outcome.retry_after or SNOOZE
    return now + timedelta(seconds=seconds)


def aftercare_wait(tries: int, retry_after: float | None, key: str) -> timedelta:
    """How long until a pin, an unpin or a figure is tried again after its n-th try."""
    seconds = _seconds(AFTERCARE_WAIT, tries) * (1 + jitter(key, tries))
    return timedelta(seconds=max(seconds, retry_after or 0.0))


def account_wait(failures: int, retry_after: float | None) -> timedelta:
    """How long an account rests after its n-th refusal in a row."""
    return timedelta(seconds=max(_seconds(ACCOUNT_WAIT, failures), retry_after or 0.0))
