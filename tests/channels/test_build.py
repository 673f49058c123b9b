"""From the programme's words to a channel; while training nothing real can be reached."""

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels.base import BringsReceipts, Channel, Recalls, ReportsDelivery, Windowed
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
    "sms_smpp": {"host": "smpp.nha-mang-that.vn", "tls": True, "tls_name": "smpp.nha-mang-that.vn"},
    "facebook": {"version": "v26.0"},
    "wordpress": {"url": "https://xa-that.gov.vn"},
    "static_site": {"folder": "/srv/www"},
    "webhook": {},
    "http_json": {"service": {
        "name": "thật", "url": "https://push.that.vn/send", "body": {"t": "{text}"}, "id": "id",
        "headers": {"X-Key": "{secret:api}"}, "success": {"path": "ok", "equals": ["true"]},
    }},
    "zalo_oa": {"cover_url": "https://that.gov.vn/bia.jpg"},
    "cap": {"sender": "that.gov.vn", "folder": "/srv/cap"},
    "board": {"folder": "/srv/bang"},
    "loudspeaker": {"folder": "../../dai"},
    "box": {"way": "webdav", "url": "https://may-phat.hang-that.vn/"},
}
SECRETS = {
    "sms_http": {"api": "env:API"},
    "sms_smpp": {"system_id": "env:ID", "password": "env:PASSWORD"},
    "facebook": {"token": "env:TOKEN"},
    "wordpress": {"user": "env:USER", "password": "env:PASSWORD"},
    "webhook": {"secret": "env:SECRET"},
    "http_json": {"api": "env:API"},
    "zalo_oa": {n: f"env:{n.upper()}" for n in ("app_id", "app_secret", "refresh_token")},
    "cap": {"key": "env:KEY"},
    "box": {"user": "env:USER", "password": "env:PASSWORD"},
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


@pytest.mark.parametrize("kind", ["sms_http", "sms_smpp", "facebook", "wordpress"])
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
    can = {"sms_http": ReportsDelivery, "sms_smpp": BringsReceipts}.get(kind, Recalls)
    assert isinstance(channel, can)
    assert isinstance(channel, Windowed) == (kind in ("sms_http", "sms_smpp"))


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
    ("sms_smpp", {"options": {}}, "options.host"),
    ("sms_smpp", {"options": {"host": "x", "long": "udh"}}, "options.long"),
    ("sms_smpp", {"options": {"host": "x", "tls": True, "ca": "khong-co.pem"}}, "options.ca"),
    ("sms_smpp", {"options": {"host": "x", "tls_name": "y"}}, "options.tls"),
    ("sms_smpp", {"options": {"host": "x", "window": 4}, "max_parallel": 5}, "options.window"),
    ("sms_smpp", {"options": {"host": "x", "codes": {"bay": {
        "outcome": "retry", "meaning": "x", "todo": "y"}}}}, "options"),
    ("sms_smpp", {"accounts": (AccountSpec("a", {"system_id": "env:A"}),)},
     "accounts.a.secrets.password"),
    ("sms_smpp", {"accounts": (AccountSpec("a", {}, {"sender": "x" * 12}),)},
     "accounts.a.options"),
    ("sms_smpp", {"accounts": (AccountSpec("a", {}, {"sender": "Xã"}),)},
     "accounts.a.options.sender"),
    ("loudspeaker", {"options": {"max_seconds": 1}}, "options.max_seconds"),
    ("static_site", {"options": {"base_url": "khong"}}, "options.base_url"),
    ("box", {"options": {"way": "ftp"}}, "options.way"),
    ("box", {"options": {"way": "folder"}}, "options.folder"),
    ("box", {"options": {"way": "webdav"}}, "options.url"),
    ("box", {"options": {"way": "webdav", "url": "http://may-phat.vn/"}}, "options.url"),
    ("box", {"options": {"way": "sftp", "host": "x"}}, "options.fingerprint"),
    ("box", {"options": {"way": "sftp", "host": "x", "fingerprint": "MD5:aa"}},
     "options.fingerprint"),
    ("box", {"accounts": (AccountSpec("a", {"user": "env:U"}),)}, "accounts.a.secrets.password"),
    ("box", {"accounts": (AccountSpec("a", {}, {"hosts": "x"}),)}, "accounts.a.options.hosts"),
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


@pytest.mark.parametrize(("kind", "change", "place"), MISTAKES)
def test_a_mistake_is_told_in_english_where_that_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, change: dict[str, Any], place: str
) -> None:
    """GIOVANG_LANG=en: what is wrong and what to write, without a word of Vietnamese."""
    monkeypatch.setenv("GIOVANG_LANG", "en")

    [told] = [p for p in check_spec(spec(kind, **change), tmp_path) if p.code == place]

    accented = [c for c in told.what + told.fix if unicodedata.decomposition(c) or c in "đĐ"]
    assert not accented
