"""The worker with a real WordPress over one slot: what is public, by WordPress' own database."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from components.tcp_fault_proxy import FaultProxy
from tests.conftest import START
from tests.process.conftest import Install
from tests.process.flow import PROGRAMME, Flow
from tests.wordpress import WordPressSite
from worker.outbox.recall import recall_item

OPENS = START + timedelta(hours=3, minutes=30)
CLOSES = OPENS + timedelta(minutes=90)
MIDDLE = OPENS + (CLOSES - OPENS) / 2


def programme(url: str) -> str:
    """The flow's programme with the website and nothing else."""
    head, website = PROGRAMME.split('[[channels]]\nid = "facebook"')
    website = website[website.index('[[channels]]\nid = "website"'):]
    website = website[:website.index('[[channels]]\nid = "trang_tinh"')]
    head = re.sub(r"^channels = .*$", 'channels = ["website"]', head, flags=re.MULTILINE)
    station = head[head.index("[[stations]]"):head.index("[[segments]]")]
    return head.replace(station, "") + website.format(sandbox=url, timeout=10)



#: what the first half of the slot is like
HALVES: dict[str, Callable[[WordPressSite, FaultProxy], object]] = {
    "gone": lambda _, proxy: setattr(proxy, "mode", "refuse"),
    "gone behind its host's proxy": lambda site, _: site.down(),
    "updating": lambda site, _: site.maintenance(),
    "error page 500": lambda site, _: site.before("http_response_code(500); exit('<html>');"),
    "error page 503": lambda site, _: site.before("http_response_code(503); exit('<html>');"),
    "error page 200": lambda site, _: site.before("exit('<html><title>Bảo trì</title>');"),
    "firewall": lambda site, _: site.before("http_response_code(403); exit('<html>');"),
    "answers lost": lambda _, proxy: setattr(proxy, "mode", "reset_after_request"),
}


@pytest.fixture
def proxy(wordpress: WordPressSite) -> Iterator[FaultProxy]:
    with FaultProxy(wordpress.port) as proxy:
        yield proxy


@pytest.fixture
def flow(
    wordpress: WordPressSite, proxy: FaultProxy, tmp_path: Path, sqlite_url: str, install: Install
) -> Flow:
    """A worker whose website is this WordPress, at the opening of its only slot."""
    flow = install(tmp_path, sqlite_url, programme(proxy.url))
    for name, value in (("wp-user", "author"), ("wp-pass", wordpress.passwords["author"])):
        (tmp_path / name).write_text(value, encoding="utf-8")
    flow = flow.again()
    flow.to(OPENS)
    return flow


def state_of(flow: Flow) -> str:
    return flow.of_day(OPENS)["website"].state


@pytest.mark.parametrize("half", HALVES)
def test_a_site_that_is_away_half_the_slot_has_the_article_within_it_and_once(
    flow: Flow, wordpress: WordPressSite, proxy: FaultProxy, half: str
) -> None:
    """By WordPress' own count: none doubled, none in the trash that ever was public."""
    HALVES[half](wordpress, proxy)
    flow.work_until(MIDDLE)
    proxy.mode = "pass"
    wordpress.mend()

    flow.work_until(CLOSES)

    (post,) = wordpress.posts()
    assert post["status"] == "publish"
    assert "không làm việc qua điện thoại" in wordpress.page(f"/{post['slug']}/")[1]
    assert state_of(flow) == "delivered"


def test_a_create_whose_answer_is_lost_is_found_and_not_made_again(
    flow: Flow, wordpress: WordPressSite, proxy: FaultProxy
) -> None:
    """WordPress has it and we did not hear; the next life of the worker goes on from there."""
    proxy.mode = "reset_after_request"
    flow.turn()
    proxy.mode = "pass"

    flow.again().work_until(CLOSES)

    assert [p["status"] for p in wordpress.posts()] == ["publish"]
    assert state_of(flow) == "delivered"


def test_recalled_while_the_site_is_down_it_goes_once_the_site_is_back(
    flow: Flow, wordpress: WordPressSite
) -> None:
    """Public until then, and the worker knows; afterwards by WordPress' count nothing is."""
    flow.work_until(OPENS + timedelta(minutes=5))
    wordpress.down()
    with flow.home.store.write() as session:
        recall_item(session, flow.clock.now(), "duyet", "td-01", "sai", flow.office.recallable())
    flow.work_until(MIDDLE)
    assert state_of(flow) == "delivered"
    wordpress.mend()

    flow.work_until(MIDDLE + timedelta(hours=1))

    assert [p["status"] for p in wordpress.posts()] == ["trash"]
    assert state_of(flow) == "recalled"
