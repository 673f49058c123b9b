"""A campaign of an installation in training, whose worker and far side are processes."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from tests.builders import settings_for
from tests.process.campaigns import MAY_BE_MISSING
from tests.process.installation import Installation
from tests.store.lists import ORIGIN, Lists
from worker.campaigns import moves
from worker.campaigns.keys import key_of
from worker.campaigns.sizes import paced
from worker.clock import SystemClock
from worker.home import Home
from worker.lists.store import accept
from worker.models import Campaign, CampaignMessage


def a_list(made: Installation, folder: Path, count: int, *, first: int = 0) -> int:
    """A list of so many numbers, from the `first` on, that is ready; its own number is given."""
    settings = replace(settings_for(made.home), home=made.home, var=made.home / "var")
    lists = Lists(Home(settings, made.store, SystemClock()), folder)
    # lower numbers order faults of the sandbox, those that end in 9 cannot be reached there
    path = lists.file([f"095{1_000 + n // 9 * 10 + n % 9:07d}"
                       for n in range(first, first + count)])
    origin = replace(ORIGIN, document_date=datetime.now(UTC).date(), expires=date(2099, 1, 1))
    staged = lists.staged(path, origin, chunk=2000)
    accept(lists.home, lists.ring(), staged, "bien-tap")
    return staged.list_id


def rest(made: Installation, campaign: int) -> int:
    """How many have no outcome yet."""
    with made.store.read() as session:
        found = moves.counts(session, campaign)
        return found.waiting + found.flying


def flying(rate: float) -> int:
    """
    How many messages of a campaign may be begun and not settled when a worker dies: two slices
    ahead, one on the wire, one answered.
    """
    return 4 * paced(rate, 1)


def states(made: Installation, campaign: int) -> dict[str, str]:
    """Key -> state of every message."""
    with made.store.read() as session:
        nonce = bytes.fromhex(session.get_one(Campaign, campaign).nonce)
        return {key_of(nonce, campaign, row): state for row, state in session.execute(
            select(CampaignMessage.row, CampaignMessage.state)
            .where(CampaignMessage.campaign_id == campaign))}


def hold(made: Installation, campaign: int, *, most_uncertain: int) -> dict[str, int]:
    """The invariant, by the far side's count (over HTTP or SMPP); gives the figures."""
    far = Counter(row["key"] for row in made.taken() if row["channel"] in ("sms", "smpp"))
    rows = states(made, campaign)
    with made.store.read() as session:
        kept = moves.counts(session, campaign)
    ours = {key: far[key] for key in rows if far[key]}
    doubled = {key: n for key, n in ours.items() if n > 1}
    assert not doubled, f"sent more than once: {doubled}"
    missing = [k for k, state in rows.items() if state not in MAY_BE_MISSING and not far[k]]
    assert not missing, f"neither sent nor accounted for: {len(missing)}"
    uncertain = [k for k, state in rows.items() if state == "uncertain"]
    assert len(uncertain) <= most_uncertain
    by_state = Counter(rows.values())
    assert sum(kept.messages.values()) == len(rows)
    assert {s: kept.of(s) for s in by_state} == dict(by_state)
    return {"messages": len(rows), "taken": sum(ours.values()), "uncertain": len(uncertain),
            "uncertain_taken": sum(far[k] for k in uncertain)}
