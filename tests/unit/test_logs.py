"""What reaches the machine's log: everything an operator needs, no number and no secret."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from worker import logs
from worker.clock import VirtualClock
from worker.settings import Secret


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = before, level


def written(clock: VirtualClock, *, as_json: bool = True, **event: Any) -> str:
    out = io.StringIO()
    logs.configure(clock, as_json=as_json, secrets=("s3cret-value",), stream=out)
    structlog.get_logger("giovang").info("delivery.attempt", **event)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("detail", "gọi 0950005678 không được", "gọi ***678 không được"),
        ("detail", "+84 950 005 678", "***678"),
        ("detail", "84950005678", "***678"),
        ("number", 84950005678, "***"),
        ("detail", "khóa s3cret-value bị từ chối", "khóa *** bị từ chối"),
        ("detail", "a?key=s3cret-value&b=1", "a?key=***&b=1"),
        ("anything", Secret("whatever"), "***"),
        ("Authorization", "Basic dXNlcg==", "***"),
        ("access_token", "EAAB", "***"),
        ("detail", "Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("detail", "GET /me?access_token=EAABx&fields=id", "GET /me?access_token=***&fields=id"),
        ("detail", "smtp://user:pa55@host:587", "smtp://***@host:587"),
        ("detail", "POST /receipts/sms/chinh/abcdef123?x=1", "POST /receipts/sms/chinh/***?x=1"),
        ("nested", {"to": "0950005678", "password": "p"}, {"to": "***678", "password": "***"}),
        ("list", ["0950005678", 7], ["***678", 7]),
        ("error", OSError("0950005678"), "***678"),
        # what must stay readable
        ("key", "01234567-89ab-5123-8123-123456789012", "01234567-89ab-5123-8123-123456789012"),
        ("occurrence", "thu_doan/sang/2026-11-24/1", "thu_doan/sang/2026-11-24/1"),
        ("ms", 12345, 12345),
        ("late", False, False),
        ("code", "http-404", "http-404"),
    ],
)
def test_numbers_and_secrets_are_masked_and_nothing_else(
    clock: VirtualClock, name: str, value: Any, shown: Any
) -> None:
    assert json.loads(written(clock, **{name: value}))[name] == shown


def test_a_traceback_is_masked_too(clock: VirtualClock) -> None:
    out = io.StringIO()
    logs.configure(clock, as_json=True, stream=out)
    try:
        raise ValueError("số 0950005678")
    except ValueError:
        structlog.get_logger().exception("bug")

    line = json.loads(out.getvalue())
    assert "ValueError: số ***678" in line["exception"]


def test_the_time_is_the_clocks(clock: VirtualClock) -> None:
    """A rehearsal's log carries the rehearsed hours."""
    line = json.loads(written(clock))

    assert line["timestamp"] == "2026-11-24T01:00:00.000+00:00"
    assert (line["event"], line["level"]) == ("delivery.attempt", "info")


def test_pretty_lines_are_masked_too(clock: VirtualClock) -> None:
    text = written(clock, as_json=False, detail="0950005678 s3cret-value")

    assert "***678 ***" in text


def test_libraries_go_the_same_way_from_warning_on(clock: VirtualClock) -> None:
    """APScheduler and uvicorn log through us: same form, same mask, no chatter."""
    out = io.StringIO()
    logs.configure(clock, as_json=True, stream=out)
    logging.getLogger("apscheduler.scheduler").info("chatter")
    logging.getLogger("uvicorn.error").warning("bad %s", "0950005678")
    logging.getLogger("uvicorn.access").warning("GET /receipts/sms/chinh/abc")

    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [(e["event"], e["logger"], e["level"]) for e in lines] == [
        ("bad ***678", "uvicorn.error", "warning")]


def test_a_secret_learnt_later_is_masked_from_then_on(clock: VirtualClock) -> None:
    out = io.StringIO()
    masker = logs.configure(clock, as_json=True, stream=out)
    structlog.get_logger().info("x", detail="t0ken")  # it may be any word
    masker.hide(["t0ken"])
    structlog.get_logger().info("x", detail="t0ken")

    shown = [json.loads(line)["detail"] for line in out.getvalue().splitlines()]
    assert shown == ["t0ken", "***"]
