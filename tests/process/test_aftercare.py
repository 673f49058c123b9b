"""Pins and figures as the far sides of the sandbox see them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sandbox import Sandbox
from tests.process.conftest import Install
from tests.process.flow import Flow, programme
from tests.process.test_mending import OPENS
from worker.aftercare import figures, ticks
from worker.models import Aftercare
from worker.outbox.recall import recall_item

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def flow(tmp_path: Path, sqlite_url: str, sandbox: Sandbox, install: Install) -> Flow:
    """Three kinds of page that keep a text on top for two days, just published."""
    text = programme(sandbox)
    for before in ('{ version = "v26.0", ', f'{{ url = "{sandbox.base_url}"'):
        assert before in text
        text = text.replace(before, before.replace("{ ", "{ pin_days = 2, "))
    text = text.replace('type = "static_site"', 'type = "static_site"\noptions = { pin_days = 2 }')
    flow = install(tmp_path, sqlite_url, text)
    flow.to(OPENS)
    flow.turn()
    return flow


def on_top(flow: Flow, sandbox: Sandbox) -> tuple[bool, bool, bool]:
    """On the Facebook page, in WordPress, on the front page of the static site."""
    now = flow.of_day(OPENS)
    [site] = (flow.home.settings.var / "phat").rglob("index.html")
    return (sandbox.store.posts[now["facebook"].ref]["is_pinned"],
            sandbox.store.articles[int(now["website"].ref)]["sticky"],
            "Tin cần chú ý" in site.read_text(encoding="utf-8"))


def tick_at(flow: Flow, moment: datetime) -> None:
    flow.to(moment)
    ticks.tick(flow.office, flow.clock.now())


def test_each_kind_of_page_keeps_its_text_on_top_for_its_days(
    flow: Flow, sandbox: Sandbox
) -> None:
    assert on_top(flow, sandbox) == (False, False, False)
    tick_at(flow, OPENS + timedelta(minutes=1))
    assert on_top(flow, sandbox) == (True, True, True)
    tick_at(flow, OPENS + 2 * DAY)
    assert on_top(flow, sandbox) == (False, False, False)


def test_a_recalled_text_comes_down_everywhere(flow: Flow, sandbox: Sandbox) -> None:
    """Its recall and its unpin meet at the far side: both are content."""
    tick_at(flow, OPENS + timedelta(minutes=1))
    posts = flow.of_day(OPENS)
    with flow.home.store.write() as session:
        recall_item(session, flow.clock.now(), "duyet", "td-01", "sai",
                    flow.office.recallable())
    flow.turn()
    tick_at(flow, OPENS + HOUR)

    assert posts["facebook"].ref not in sandbox.store.posts
    assert not sandbox.store.articles[int(posts["website"].ref)]["sticky"]
    with flow.home.store.read() as session:
        states = session.execute(select(Aftercare.channel, Aftercare.kind, Aftercare.state)
                                 .where(Aftercare.kind == "unpin")).all()
    assert {s for _, _, s in states} == {"done"}
    assert len(states) == 3
    assert not [cause for cause in flow.alarms() if cause.startswith("unpin:")]


def test_facebook_tells_its_figures(flow: Flow) -> None:
    tick_at(flow, OPENS + HOUR)

    zone = flow.office.force.programme.zone()
    with flow.home.store.read() as session:
        found = {r["channel"]: r for r in figures.rows(session, zone)}
    assert found["facebook"]["mark"] == "1h"
    assert {"shares", "reactions", "comments"} <= set(found["facebook"]["counts"])
