"""
From the programme's words to a channel: one row per type, the only list of channels there is.

While training, every channel of the network speaks to the sandbox with invented secrets, and the
file channels write below `tap-huan`: whatever schedules.toml says, nothing real can be reached.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from channels import files, gateway_check, gateway_files
from channels.base import Channel
from channels.board import Board, BoardOptions, wrong_boards
from channels.box import options as box_options
from channels.box.channel import VendorBox
from channels.box.options import BoxAccount, BoxOptions
from channels.cap.channel import Cap
from channels.cap.options import CapOptions
from channels.facebook import Facebook, FacebookOptions
from channels.gateway import Described, Gateway
from channels.http_json.channel import HttpJson, JsonAccount, JsonOptions, class_for
from channels.http_json.service import Service
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
from channels.static_site.channel import StaticSite
from channels.static_site.options import StaticSiteOptions
from channels.values import Problem
from channels.webhook import channel as webhook
from channels.webhook.channel import Webhook, WebhookOptions
from channels.wordpress import WordPress, WordPressOptions
from channels.zalo.channel import ZaloOa
from channels.zalo.options import SECRETS as ZALO_SECRETS
from channels.zalo.options import ZaloOptions
from vietnamese.i18n import t

Logins = Mapping[str, Mapping[str, str]]  #: account -> secret's name -> value
Make = Callable[[ChannelSpec, Any, Logins, Context], Channel]


def _sms(spec: ChannelSpec, options: SmsOptions, logins: Logins, context: Context) -> Channel:
    gateway = _known_gateway(options, context)
    sms_class = SmsHttp if gateway.find is None else SmsHttpFinds
    return sms_class(spec, options, gateway, logins, context)


def _site(
    spec: ChannelSpec, options: StaticSiteOptions, _logins: Logins, context: Context
) -> Channel:
    return StaticSite(spec, options, _folder(options.folder, context), context, _writer(context))


def _json(spec: ChannelSpec, options: JsonOptions, logins: Logins, context: Context) -> Channel:
    service = _service(options, context.home)
    assert isinstance(service, Service)  # noqa: S101 - check_spec has read it
    at = f"{_sandbox(context)}/push" if options.service == "sandbox" else options.url
    service = service.at(at)
    return class_for(service)(spec, options, service, logins, context)


def _cap(spec: ChannelSpec, options: CapOptions, logins: Logins, context: Context) -> Channel:
    return Cap(spec, options, logins, _folder(options.folder, context), context, _writer(context))


def _board(
    spec: ChannelSpec, options: BoardOptions, _logins: Logins, context: Context
) -> Channel:
    return Board(spec, options, _folder(options.folder, context), context, _writer(context))


def _loudspeaker(
    spec: ChannelSpec, options: LoudspeakerOptions, _logins: Logins, context: Context
) -> Channel:
    folder = _folder(options.folder, context)
    return Loudspeaker(spec, options, folder, context, _writer(context))


def _box(spec: ChannelSpec, options: BoxOptions, logins: Logins, context: Context) -> Channel:
    ways = box_options.ways(spec, options, logins, context, _writer(context))
    return VendorBox(spec, ways, logins, context)


def _at_sandbox(path: str) -> Callable[[Any, Context], Options]:
    """The same channel with its `url` below the sandbox's."""
    def pointed(options: Any, context: Context) -> Options:
        read: Options = options.model_copy(update={"url": f"{_sandbox(context)}{path}"})
        return read
    return pointed


@dataclass(frozen=True)
class Kind:
    """One type of channel: what it is described by, and how it is made."""

    options: type[Options]
    cls: type  #: to ask what it can do without building one
    make: Make
    account: type[Options] = Options
    secrets: frozenset[str] = frozenset()  #: every account must name these
    #: more to say of the description than the options do; nothing is called, no secret read
    unfit: Callable[[ChannelSpec, Any, Path], list[Problem]] = lambda _spec, _options, _home: []
    training: Callable[[Any, Context], Options] = lambda options, _context: options


KINDS: Final[Mapping[str, Kind]] = {
    "sms_http": Kind(
        SmsOptions, SmsHttp, _sms, SmsAccount, unfit=lambda s, o, home: _unfit(o, s, home),
        training=lambda o, _c: o.model_copy(update={"gateway": "sandbox"})),
    "sms_smpp": Kind(
        SmppOptions, SmsSmpp, SmsSmpp, SmppAccount, SMPP_SECRETS, problems_of,
        training=lambda o, context: in_training(o, _sandbox(context))),
    "facebook": Kind(
        FacebookOptions, Facebook, Facebook, secrets=frozenset({"token"}),
        training=_at_sandbox("/graph")),
    "wordpress": Kind(
        WordPressOptions, WordPress, WordPress, secrets=frozenset({"user", "password"}),
        training=_at_sandbox("")),
    "static_site": Kind(StaticSiteOptions, StaticSite, _site),
    "webhook": Kind(
        WebhookOptions, Webhook, Webhook, secrets=frozenset({"secret"}),
        unfit=lambda s, o, home: list(webhook.problems_of(s, o, home))),
    "http_json": Kind(
        JsonOptions, HttpJson, _json, JsonAccount, unfit=lambda s, o, home: _unfit(o, s, home),
        training=lambda o, _c: o.model_copy(update={"service": "sandbox", "fields": {}})),
    "cap": Kind(CapOptions, Cap, _cap),
    "board": Kind(BoardOptions, Board, _board, unfit=lambda spec, _o, _home: wrong_boards(spec)),
    "zalo_oa": Kind(
        ZaloOptions, ZaloOa, ZaloOa, secrets=ZALO_SECRETS,
        training=lambda o, c: o.model_copy(update=dict.fromkeys(
            ("url", "oauth_url"), f"{_sandbox(c)}/zalo"))),
    "loudspeaker": Kind(LoudspeakerOptions, Loudspeaker, _loudspeaker),
    "box": Kind(BoxOptions, VendorBox, _box, BoxAccount,
                unfit=lambda spec, options, _home: list(box_options.problems_of(spec, options))),
}

#: type -> its options
TYPES: Final[Mapping[str, type[Options]]] = {name: kind.options for name, kind in KINDS.items()}


def check_spec(spec: ChannelSpec, home: Path) -> list[Problem]:
    """Every mistake in a channel's description; no secret is read, nothing is called."""
    kind = KINDS.get(spec.type)
    if kind is None:
        return [Problem("type", t(f"không có loại kênh {spec.type!r}",
                                  f"there is no channel type {spec.type!r}"), ", ".join(KINDS))]
    if not spec.accounts:
        return [Problem("accounts", t("kênh chưa có tài khoản", "the channel has no account"),
                        t("Thêm [[channels.accounts]]", "Add [[channels.accounts]]"))]
    problems: list[Problem] = []
    options = read_options(kind.options, spec.options, "options")
    wanted = kind.secrets
    if isinstance(options, list):
        problems += options
    else:
        if isinstance(options, SmsOptions | JsonOptions):  # which secrets, its description says
            described = _description(options, home)
            if isinstance(described, Described):
                wanted = frozenset(described.secret_names())
        problems += kind.unfit(spec, options, home)
    for account in spec.accounts:
        where = f"accounts.{account.id}"
        read = read_options(kind.account, account.options, f"{where}.options")
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
    kind = KINDS[spec.type]
    options = kind.options.model_validate(dict(spec.options))
    if context.training:
        options = kind.training(options, context)
    channel = kind.make(spec, options, _logins(spec, context), context)
    context.wire.hide(channel.secrets)
    return channel


def _sandbox(context: Context) -> str:
    return context.sandbox_url or "http://127.0.0.1:9"  # none runs: a port where nobody listens


def _writer(context: Context) -> files.Write:
    return files.write_whole if context.durable else files.write_quick


def _logins(spec: ChannelSpec, context: Context) -> Logins:
    """The secrets; invented ones while training."""
    if not context.training:
        return {
            a.id: {n: context.secrets(at) for n, at in a.secrets.items()} for a in spec.accounts
        }
    names = {"key", *KINDS[spec.type].secrets}  # what the sandbox's description asks for
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


def _service(options: JsonOptions, home: Path) -> Service | list[Problem]:
    given = options.service
    if isinstance(given, dict):
        return gateway_check.read_as(Service, given, "options.service")
    described = gateway_files.described(given, home, gateway_files.SERVICES)
    if isinstance(described, Problem):
        return [described]
    return gateway_check.read_as(Service, described, given)


def _description(options: SmsOptions | JsonOptions, home: Path) -> Described | list[Problem]:
    return _gateway(options, home) if isinstance(options, SmsOptions) else _service(options, home)


def _unfit(options: SmsOptions | JsonOptions, spec: ChannelSpec, home: Path) -> list[Problem]:
    """Mistakes of the gateway's description, or what the programme sets and it has no place for."""
    gateway = _description(options, home)
    if isinstance(gateway, list):
        return gateway
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


def folder_of(name: str, base: Path, *, training: bool) -> Path:
    """Where a channel that writes files has its folder; `base`: the installation's own."""
    if training:
        # Below our own folder even when the programme names one elsewhere.
        parts = [part for part in Path(name).parts if part not in ("/", "..")]
        return base.joinpath("tap-huan", *parts)
    return base / name


def _folder(name: str, context: Context) -> Path:
    return folder_of(name, context.folder, training=context.training)
