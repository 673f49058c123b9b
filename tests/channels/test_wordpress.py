"""WordPress: one article per slug, whatever is lost on the way."""

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from channels.options import BadChannel
from channels.values import Absent, Attachment, Delivered, Rejected, Retry
from channels.verdict import proves_nothing
from channels.wordpress import CODES
from tests.channels.conftest import Bench, Far, Soon, a_message

MESSAGE = a_message("wordpress")


#: ours, not WordPress'
OWN = ("wp-away", "wp-unseen")


@pytest.mark.parametrize("code", sorted(c for c in CODES if c.startswith("wp-") and c not in OWN))
def test_a_code_proves_what_the_table_says(bench: Bench, far: Far, soon: Soon, code: str) -> None:
    """WordPress' own code decides; an account's trouble spends no attempt."""
    order = code.removeprefix("wp-")

    outcome = bench.build("wordpress").send(
        replace(MESSAGE, title=f"[wp:{order}]"), deadline=soon()
    )

    wanted = {"rejected": Rejected, "account": Retry, "retry": Retry}[CODES[code].outcome]
    assert isinstance(outcome, wanted)
    assert outcome.code == code
    if isinstance(outcome, Retry):
        account = CODES[code].outcome == "account"
        assert (outcome.scope == "account", outcome.counts) == (account, not account)
    assert far.taken() == 0


@pytest.mark.parametrize("fault", ["empty200", "401", "301", "429", "html200"])
def test_trouble_after_the_article_was_written_does_not_deny_it(
    bench: Bench, far: Far, soon: Soon, fault: str
) -> None:
    """Found nothing, written, not to be looked at again: it may be out, and the log must say so."""
    far.order("/wp-json/wp/v2/posts", "pass", "pass", "pass", fault)
    channel = bench.build("wordpress")

    outcome = channel.send(replace(MESSAGE, attempt=2), deadline=soon())

    assert far.taken() == 1
    assert isinstance(outcome, Retry)
    assert proves_nothing(outcome.code, channel.codes)
    assert isinstance(channel.send(replace(MESSAGE, attempt=3), deadline=soon()), Delivered)
    assert far.taken() == 1


def test_a_changed_text_replaces_the_article_in_place(bench: Bench, far: Far, soon: Soon) -> None:
    """Aired again with other words: the same address, no second article, no "-2"."""
    channel = bench.build("wordpress")
    first = channel.send(MESSAGE, deadline=soon())

    second = channel.send(replace(MESSAGE, key="khac", text="<p>Lời mới</p>"), deadline=soon())

    assert isinstance(first, Delivered)
    assert isinstance(second, Delivered)
    assert (first.ref, first.url) == (second.ref, second.url)
    articles = list(far.sandbox.store.articles.values())
    assert len(articles) == 1
    assert "<p>Lời mới</p>" in articles[0]["content"]["raw"]


def test_an_unchanged_text_is_left_alone(bench: Bench, far: Far, soon: Soon) -> None:
    """Nothing is written when the article already reads so."""
    channel = bench.build("wordpress")
    channel.send(MESSAGE, deadline=soon())
    far.order("/wp-json", "pass", "pass", "pass", "500")  # a fourth would fail

    outcome = channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Delivered)


def test_after_a_recall_the_article_can_be_published_again(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """The trash renames the slug, so the new article gets the good address."""
    channel: Any = bench.build("wordpress")
    sent = channel.send(MESSAGE, deadline=soon())
    channel.recall(MESSAGE, sent.ref)

    again = channel.send(MESSAGE, deadline=soon())

    assert isinstance(again, Delivered)
    assert again.url == sent.url
    slugs = sorted(a["slug"] for a in far.sandbox.store.articles.values())
    assert slugs == ["canh-bao", "canh-bao__trashed"]


def test_a_draft_under_the_slug_is_published_not_doubled(
    bench: Bench, far: Far, soon: Soon
) -> None:
    """Somebody unpublished it by hand: it is absent, and sending publishes that one."""
    channel: Any = bench.build("wordpress")
    channel.send(MESSAGE, deadline=soon())
    next(iter(far.sandbox.store.articles.values()))["status"] = "draft"

    assert isinstance(channel.find(MESSAGE), Absent)
    assert isinstance(channel.send(MESSAGE, deadline=soon()), Delivered)
    assert [a["status"] for a in far.sandbox.store.articles.values()] == ["publish"]


def test_the_first_picture_is_the_articles_own(bench: Bench, far: Far, soon: Soon) -> None:
    """Uploaded before the article, named by its hash."""
    (bench.folder / "a.png").write_bytes(b"anh")
    picture = Attachment("a.png", hashlib.sha256(b"anh").hexdigest(), "Ảnh")

    outcome = bench.build("wordpress").send(
        replace(MESSAGE, attachments=(picture,)), deadline=soon()
    )

    assert isinstance(outcome, Delivered)
    assert next(iter(far.sandbox.store.articles.values()))["featured_media"]


@pytest.mark.parametrize("body", ["{}", "[1]", '[{"slug": "a"}]', "null", "<html>"])
def test_an_unclear_search_creates_nothing(
    bench: Bench, httpserver: HTTPServer, soon: Soon, body: str
) -> None:
    """Created only after a whole answer that says the slug is free."""
    httpserver.expect_request("/wp-json/wp/v2/posts", method="GET").respond_with_data(body)
    channel = bench.build("wordpress", url=httpserver.url_for("/").rstrip("/"))

    outcome = channel.send(MESSAGE, deadline=soon())

    assert isinstance(outcome, Retry)
    assert {request.method for request, _ in httpserver.log} == {"GET"}


@pytest.mark.parametrize("url", ["http://vi-du.vn", "vi-du.vn", "http://127.0.0.1.vi-du.vn"])
def test_a_password_never_crosses_the_net_in_clear(bench: Bench, url: str) -> None:
    """Application passwords need https."""
    with pytest.raises(BadChannel, match=r"options\.url"):
        bench.build("wordpress", url=url)


def test_the_login_in_its_coded_form_is_secret_too(bench: Bench) -> None:
    """Basic authentication is the password in base64: as readable as the password."""
    channel = bench.build("wordpress")
    coded = base64.b64encode(b"nguoi-dang-bai:khoa-bi-mat-0123").decode()

    assert "khoa" not in bench.wire.redact(f"Basic {coded} khoa-bi-mat-0123")
    assert coded not in bench.wire.redact(f"Basic {coded}")
    assert channel.secrets
