"""From the programme's words to a channel; while training nothing real can be reached."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import Channel, Recalls, ReportsDelivery
from channels.build import TYPES, build_channel, check_spec
from channels.options import TRAINING_SECRET, AccountSpec, ChannelSpec, Context
from channels.values import Accepted, Delivered, Retry
from channels.wire import Wire
from sandbox import Sandbox
from tests.channels.conftest import KINDS, RealClock, Soon, a_message

#: as real programmes write them: real addresses, real secrets
REAL: dict[str, dict[str, Any]] = {
    "sms_http": {
        "gateway": {
            "name": "thật",
            "url": "https://rest.esms.vn/send",
            "body": {"k": "{secret:api}", "t": "{text}"},
            "success": {"path": "CodeResult", "equals": ["100"]},
            "id": "SMSID",
        }
    },
    "facebook": {"version": "v26.0"},
    "wordpress": {"url": "https://xa-that.gov.vn"},
    "static_site": {"folder": "/srv/www"},
    "loudspeaker": {"folder": "../../dai"},
}
SECRETS = {
    "sms_http": {"api": "env:API"},
    "facebook": {"token": "env:TOKEN"},
    "wordpress": {"user": "env:USER", "password": "env:PASSWORD"},
}


def spec(kind: str, **changes: Any) -> ChannelSpec:
    account = AccountSpec("chinh", SECRETS.get(kind, {}))
    return replace(ChannelSpec(kind, kind, (account,), options=REAL[kind]), **changes)


def no_secret(name: str) -> str:
    raise AssertionError(f"{name} was read while training")


def training(folder: Path, sandbox_url: str | None) -> Context:
    return Context(
        wire=Wire(training=True),
        clock=RealClock(),
        secrets=no_secret,
        folder=folder,
        home=folder,
        training=True,
        sandbox_url=sandbox_url,
    )


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_in_training_a_real_programme_reaches_the_sandbox_alone(
    sandbox: Sandbox, tmp_path: Path, soon: Soon, kind: str
) -> None:
    """Same programme, same code, no real address, secret or folder."""
    channel = build_channel(spec(kind), training(tmp_path, sandbox.base_url))

    outcome = channel.send(a_message(kind, target=KINDS[kind][2]), deadline=soon())

    assert isinstance(outcome, Accepted | Delivered)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(sandbox.store.taken) + bool(written) == 1
    assert all(path.is_relative_to(tmp_path / "tap-huan") for path in written)
    assert set(channel.secrets) <= {TRAINING_SECRET} or kind == "wordpress"


@pytest.mark.parametrize("kind", ["sms_http", "facebook", "wordpress"])
def test_in_training_without_a_sandbox_nothing_is_sent(
    tmp_path: Path, soon: Soon, kind: str
) -> None:
    """No sandbox, no way out."""
    channel = build_channel(spec(kind), training(tmp_path, None))

    outcome = channel.send(a_message(kind), deadline=soon())

    assert isinstance(outcome, Retry)


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_a_good_description_has_no_mistakes(tmp_path: Path, kind: str) -> None:
    """And a channel has all that the contract names."""
    assert check_spec(spec(kind), tmp_path) == []
    channel: Channel = build_channel(spec(kind), training(tmp_path, None))

    assert channel.name == kind
    assert channel.max_parallel >= 1
    assert channel.timeout > 0
    assert isinstance(channel, ReportsDelivery if kind == "sms_http" else Recalls)


MISTAKES = [
    ("facebook", {"type": "zalo"}, "type"),
    ("facebook", {"accounts": ()}, "accounts"),
    ("facebook", {"options": {}}, "options.version"),
    ("facebook", {"options": {"version": "26"}}, "options.version"),
    ("facebook", {"options": {"version": "v26.0", "ur": "x"}}, "options.ur"),
    ("facebook", {"accounts": (AccountSpec("a"),)}, "accounts.a.secrets.token"),
    ("facebook", {"targets": {"1": "khac"}}, "targets"),
    ("wordpress", {"accounts": (AccountSpec("a", {"user": "env:U"}),)},
     "accounts.a.secrets.password"),
    ("sms_http", {"options": {"gateway": "khong-co.toml"}}, "options.gateway"),
    ("sms_http", {"accounts": (AccountSpec("a", {"api": "env:A"}, {"sender": "x" * 12}),)},
     "accounts.a.options.sender"),
    ("loudspeaker", {"options": {"max_seconds": 1}}, "options.max_seconds"),
    ("static_site", {"options": {"base_url": "khong"}}, "options.base_url"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "change", "place"), MISTAKES)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, kind: str, change: dict[str, Any], place: str
) -> None:
    """No secret is read for it, and the clerk learns which key to mend."""
    problems = check_spec(spec(kind, **change), tmp_path)

    assert place in [p.code for p in problems]
    assert all(p.what for p in problems)


def test_a_description_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    """`gateway = "cong.toml"`, beside schedules.toml; a broken one is a mistake, not a crash."""
    (tmp_path / "cong.toml").write_text('name = "x"\nurl = "http://127.0.0.1"\nid = "id"\n'
                                        '[success]\npath = "s"\nequals = ["0"]\n')  # fmt: skip
    (tmp_path / "hong.toml").write_text("name = ")
    account = (AccountSpec("a"),)

    good = spec("sms_http", options={"gateway": "cong.toml"}, accounts=account)
    bad = spec("sms_http", options={"gateway": "hong.toml"}, accounts=account)

    assert check_spec(good, tmp_path) == []
    assert [p.code for p in check_spec(bad, tmp_path)] == ["options.gateway"]
