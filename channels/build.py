"""
From the programme's words to a channel: one row per type, the only list of channels there is.

While training, every channel of the network speaks to the sandbox with invented secrets, and the
file channels write below `tap-huan`: whatever schedules.toml says, nothing real can be reached.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from channels import files, gateway_check, gateway_files
from channels.base import Channel
from channels.box import options as box_options
from channels.box.channel import VendorBox
from channels.box.options import BoxAccount, BoxOptions
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
from channels.smpp.channel import SmsSmpp
from channels.smpp.options import SECRETS as SMPP_SECRETS
from channels.smpp.options import SmppAccount, SmppOptions, in_training, problems_of
from channels.sms_find import SmsHttpFinds
from channels.sms_http import SmsAccount, SmsHttp, SmsOptions
from channels.static_site import StaticSite, StaticSiteOptions
from channels.values import Problem
from channels.wordpress import WordPress, WordPressOptions
from vietnamese.i18n import t

#: type -> its options
TYPES: Final[Mapping[str, type[Options]]] = {
    "sms_http": SmsOptions,
    "sms_smpp": SmppOptions,
    "facebook": FacebookOptions,
    "wordpress": WordPressOptions,
    "static_site": StaticSiteOptions,
    "loudspeaker": LoudspeakerOptions,
    "box": BoxOptions,
}

#: type -> its class, to ask what it can do without building one
CLASSES: Final[Mapping[str, type]] = {
    "sms_http": SmsHttp,
    "sms_smpp": SmsSmpp,
    "facebook": Facebook,
    "wordpress": WordPress,
    "static_site": StaticSite,
    "loudspeaker": Loudspeaker,
    "box": VendorBox,
}

_ACCOUNTS: Final[Mapping[str, type[Options]]] = {
    "sms_http": SmsAccount,
    "sms_smpp": SmppAccount,
    "box": BoxAccount,
}

_SECRETS: Final[Mapping[str, frozenset[str]]] = {
    "sms_smpp": SMPP_SECRETS,
    "facebook": frozenset({"token"}),
    "wordpress": frozenset({"user", "password"}),
}


def check_spec(spec: ChannelSpec, home: Path) -> list[Problem]:
    """Every mistake in a channel's description; no secret is read, nothing is called."""
    if spec.type not in TYPES:
        return [Problem("type", t(f"không có loại kênh {spec.type!r}",
                                  f"there is no channel type {spec.type!r}"), ", ".join(TYPES))]
    if not spec.accounts:
        return [Problem("accounts", t("kênh chưa có tài khoản", "the channel has no account"),
                        t("Thêm [[channels.accounts]]", "Add [[channels.accounts]]"))]
    problems: list[Problem] = []
    options = read_options(TYPES[spec.type], spec.options, "options")
    if isinstance(options, list):
        problems += options
    wanted = _SECRETS.get(spec.type, frozenset())
    account_options = _ACCOUNTS.get(spec.type, Options)
    if isinstance(options, SmsOptions):
        gateway = _gateway(options, home)
        if isinstance(gateway, list):
            problems += gateway
        else:
            wanted = frozenset(gateway.secret_names())
            problems += _unfit(options, spec, gateway)
    if isinstance(options, SmppOptions):
        problems += problems_of(spec, options, home)
    if isinstance(options, BoxOptions):
        problems += box_options.problems_of(spec, options)
    for account in spec.accounts:
        where = f"accounts.{account.id}"
        read = read_options(account_options, account.options, f"{where}.options")
        problems += read if isinstance(read, list) else []
        problems += [
            Problem(f"{where}.secrets.{name}", t("thiếu khóa này", "this secret is missing"),
                    t(f'{name} = "env:TÊN_BIẾN"', f'{name} = "env:VARIABLE"'))
            for name in sorted(wanted - set(account.secrets))
        ]
    known = {account.id for account in spec.accounts}
    problems += [
        Problem("targets", t(f"nơi nhận dùng tài khoản {name!r} không có",
                             f"a target uses account {name!r}, which is not there"),
                ", ".join(sorted(known)))
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
        gateway = _known_gateway(options, context)
        sms_class = SmsHttp if gateway.find is None else SmsHttpFinds
        channel = sms_class(spec, options, gateway, secrets, context)
    elif isinstance(options, SmppOptions):
        channel = SmsSmpp(spec, options, secrets, context)
    elif isinstance(options, FacebookOptions):
        channel = Facebook(spec, options, secrets, context)
    elif isinstance(options, WordPressOptions):
        channel = WordPress(spec, options, secrets, context)
    elif isinstance(options, StaticSiteOptions):
        channel = StaticSite(spec, options, _folder(options.folder, context), context, write)
    elif isinstance(options, BoxOptions):
        ways = box_options.ways(spec, options, secrets, context, write)
        channel = VendorBox(spec, ways, secrets, context)
    else:
        assert isinstance(options, LoudspeakerOptions)  # noqa: S101 - TYPES has seven
        channel = Loudspeaker(spec, options, _folder(options.folder, context), context, write)
    context.wire.hide(channel.secrets)
    return channel


def _for_training(options: Options, context: Context) -> Options:
    """The same channel, pointed at the sandbox."""
    if isinstance(options, SmsOptions):
        return options.model_copy(update={"gateway": "sandbox"})
    if isinstance(options, SmppOptions):
        return in_training(options, _sandbox(context))
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
        return gateway.at(options.url)
    # The sandbox's port is only known when it runs.
    base = _sandbox(context)
    return gateway.model_copy(
        update={"url": f"{base}/sms/send", "check_url": f"{base}/sms/balance"}
    )


def _gateway(options: SmsOptions, home: Path) -> Gateway | list[Problem]:
    given = options.gateway
    if isinstance(given, dict):
        return gateway_check.read(given, "options.gateway")
    described = gateway_files.described(given, home)
    if isinstance(described, Problem):
        return [described]
    return gateway_check.read(described, given)


def _unfit(options: SmsOptions, spec: ChannelSpec, gateway: Gateway) -> list[Problem]:
    """What the programme sets and the description has no place for."""
    problems = []
    if options.url and not gateway.base:
        problems.append(Problem(
            "options.url", t("mô tả cổng không có base, địa chỉ này không dùng vào đâu",
                             "the gateway's description has no base, so this address is unused"),
            t("Ghi url trong mô tả cổng", "Write the url into the description")))
    given = {"options": options.fields} | {
        f"accounts.{a.id}.options": a.options.get("fields", {}) for a in spec.accounts
    }
    known = ", ".join(gateway.fields) or t("cổng này không có mục nào", "this gateway has none")
    for where, fields in given.items():
        unknown = sorted(set(fields) - set(gateway.fields)) if isinstance(fields, Mapping) else []
        problems += [
            Problem(f"{where}.fields.{name}",
                    t("cổng không có mục này", "the gateway has no such field"),
                    t(f"Dùng một trong: {known}", f"Use one of: {known}"))
            for name in unknown
        ]
    return problems


def _folder(name: str, context: Context) -> Path:
    if context.training:
        # Below our own folder even when the programme names one elsewhere.
        parts = [part for part in Path(name).parts if part not in ("/", "..")]
        return context.folder.joinpath("tap-huan", *parts)
    return context.folder / name
