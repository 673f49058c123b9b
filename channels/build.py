"""
From the programme's words to a channel: one row per type, the only list of channels there is.

While training, every HTTP channel speaks to the sandbox with invented secrets, and the file
channels write below `tap-huan`: whatever schedules.toml says, nothing real can be reached.
"""

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Final

from channels import files
from channels.base import Channel
from channels.facebook import Facebook, FacebookOptions
from channels.gateway import Gateway
from channels.loudspeaker import Loudspeaker, LoudspeakerOptions
from channels.options import (
    TRAINING_SECRET,
    BadChannel,
    ChannelSpec,
    Context,
    Options,
    read_options,
)
from channels.sms_http import SmsAccount, SmsHttp, SmsOptions
from channels.static_site import StaticSite, StaticSiteOptions
from channels.values import Problem
from channels.wordpress import WordPress, WordPressOptions

#: type -> its options
TYPES: Final[Mapping[str, type[Options]]] = {
    "sms_http": SmsOptions,
    "facebook": FacebookOptions,
    "wordpress": WordPressOptions,
    "static_site": StaticSiteOptions,
    "loudspeaker": LoudspeakerOptions,
}

#: type -> its class, to ask what it can do without building one
CLASSES: Final[Mapping[str, type]] = {
    "sms_http": SmsHttp,
    "facebook": Facebook,
    "wordpress": WordPress,
    "static_site": StaticSite,
    "loudspeaker": Loudspeaker,
}

_SECRETS: Final[Mapping[str, frozenset[str]]] = {
    "facebook": frozenset({"token"}),
    "wordpress": frozenset({"user", "password"}),
}


def check_spec(spec: ChannelSpec, home: Path) -> list[Problem]:
    """Every mistake in a channel's description; no secret is read, nothing is called."""
    if spec.type not in TYPES:
        return [Problem("type", f"không có loại kênh {spec.type!r}", ", ".join(TYPES))]
    if not spec.accounts:
        return [Problem("accounts", "kênh chưa có tài khoản", "Thêm [[channels.accounts]]")]
    problems: list[Problem] = []
    options = read_options(TYPES[spec.type], spec.options, "options")
    if isinstance(options, list):
        problems += options
    wanted = _SECRETS.get(spec.type, frozenset())
    account_options = SmsAccount if spec.type == "sms_http" else Options
    if isinstance(options, SmsOptions):
        gateway = _gateway(options, home)
        if isinstance(gateway, list):
            problems += gateway
        else:
            wanted = frozenset(gateway.secret_names())
    for account in spec.accounts:
        where = f"accounts.{account.id}"
        read = read_options(account_options, account.options, f"{where}.options")
        problems += read if isinstance(read, list) else []
        problems += [
            Problem(f"{where}.secrets.{name}", "thiếu khóa này", f'{name} = "env:TÊN_BIẾN"')
            for name in sorted(wanted - set(account.secrets))
        ]
    known = {account.id for account in spec.accounts}
    problems += [
        Problem("targets", f"nơi nhận dùng tài khoản {name!r} không có", ", ".join(sorted(known)))
        for name in sorted(set(spec.targets.values()) - known)
    ]
    return problems


def build_channel(spec: ChannelSpec, context: Context) -> Channel:
    """The channel, ready to send; `BadChannel` with every mistake when it cannot be."""
    problems = check_spec(spec, context.home)
    if problems:
        raise BadChannel(spec.id, problems)
    options = TYPES[spec.type].model_validate(dict(spec.options))
    if context.training:
        options = _for_training(options, context)
    secrets = _secrets(spec, context)
    write = files.write_whole if context.durable else files.write_quick
    channel: Channel
    if isinstance(options, SmsOptions):
        channel = SmsHttp(spec, options, _known_gateway(options, context), secrets, context)
    elif isinstance(options, FacebookOptions):
        channel = Facebook(spec, options, secrets, context)
    elif isinstance(options, WordPressOptions):
        channel = WordPress(spec, options, secrets, context)
    elif isinstance(options, StaticSiteOptions):
        channel = StaticSite(spec, options, _folder(options.folder, context), context, write)
    else:
        assert isinstance(options, LoudspeakerOptions)  # noqa: S101 - TYPES has five
        channel = Loudspeaker(spec, options, _folder(options.folder, context), context, write)
    context.wire.hide(channel.secrets)
    return channel


def _for_training(options: Options, context: Context) -> Options:
    """The same channel, pointed at the sandbox."""
    if isinstance(options, SmsOptions):
        return options.model_copy(update={"gateway": "sandbox"})
    if isinstance(options, FacebookOptions):
        return options.model_copy(update={"url": f"{_sandbox(context)}/graph"})
    if isinstance(options, WordPressOptions):
        return options.model_copy(update={"url": _sandbox(context)})
    return options


def _sandbox(context: Context) -> str:
    return context.sandbox_url or "http://127.0.0.1:9"  # none runs: a port where nobody listens


def _secrets(spec: ChannelSpec, context: Context) -> dict[str, dict[str, str]]:
    """Account -> secret's name -> value; invented ones while training."""
    if not context.training:
        return {
            a.id: {n: context.secrets(at) for n, at in a.secrets.items()} for a in spec.accounts
        }
    names = {"key", *_SECRETS.get(spec.type, ())}  # what the sandbox's description asks for
    return {a.id: dict.fromkeys(names, TRAINING_SECRET) for a in spec.accounts}


def _known_gateway(options: SmsOptions, context: Context) -> Gateway:
    gateway = _gateway(options, context.home)
    assert isinstance(gateway, Gateway)  # noqa: S101 - check_spec has read it
    if options.gateway != "sandbox":
        return gateway
    # The sandbox's port is only known when it runs.
    base = _sandbox(context)
    return gateway.model_copy(
        update={"url": f"{base}/sms/send", "check_url": f"{base}/sms/balance"}
    )


def _gateway(options: SmsOptions, home: Path) -> Gateway | list[Problem]:
    given = options.gateway
    if isinstance(given, dict):
        return read_options(Gateway, given, "options.gateway")
    shipped = resources.files("channels") / "gateways" / f"{given}.toml"
    source = shipped if shipped.is_file() else home / given
    try:
        described = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError:
        return [Problem("options.gateway", f"không có tệp {given}", "Ghi đường dẫn tệp mô tả cổng")]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        return [Problem("options.gateway", f"{given}: {error}", "Sửa tệp mô tả cổng")]
    return read_options(Gateway, described, str(given))


def _folder(name: str, context: Context) -> Path:
    if context.training:
        # Below our own folder even when the programme names one elsewhere.
        parts = [part for part in Path(name).parts if part not in ("/", "..")]
        return context.folder.joinpath("tap-huan", *parts)
    return context.folder / name
