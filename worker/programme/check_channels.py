"""Options and secrets of each channel, judged by the channel type itself."""

from collections.abc import Iterator
from pathlib import Path as FilePath

from channels import gateway_files
from channels.build import check_spec
from channels.options import AccountSpec, ChannelSpec
from worker.errors import Mistake
from worker.programme.check_gateways import gateway_mistakes
from worker.programme.lines import Path
from worker.programme.model import ChannelConfig, Settings
from worker.programme.source import Source


def channel_spec(channel: ChannelConfig, settings: Settings) -> ChannelSpec:
    """A channel of the programme as `channels.build` takes it."""
    return ChannelSpec(
        id=channel.id,
        type=channel.type,
        accounts=tuple(AccountSpec(a.id, a.secrets, a.options) for a in channel.accounts),
        targets={target.address: target.account for target in channel.targets},
        options=channel.options,
        allowed_domains=settings.allowed_domains,
        max_parallel=channel.max_parallel,
        timeout=channel.timeout,
    )


#: channel type -> the option that names its description, and what kind of one that is
_DESCRIBED = {
    "sms_http": ("gateway", gateway_files.GATEWAYS),
    "http_json": ("service", gateway_files.SERVICES),
}  # fmt: skip


def channel_rules(source: Source, home: FilePath) -> Iterator[Mistake]:
    """Unknown, missing and wrong options; a gateway's description is read below `home`."""
    for path, channel in source.each("channels"):
        if not channel.accounts:
            continue
        option, kind = _DESCRIBED.get(channel.type, ("", ""))
        name = channel.options.get(option)
        in_file = gateway_mistakes(name, home, kind) if isinstance(name, str) else []
        yield from in_file
        for problem in check_spec(channel_spec(channel, source.programme.settings), home):
            if in_file and problem.code.startswith((f"{name}.", f"options.{option}")):
                continue  # told with its own file and line
            if problem.code != "targets":  # references.py names the target and its line
                here = (*path, *_place(channel, problem.code))
                yield source.mistake(here, problem.what, problem.fix)


def _place(channel: ChannelConfig, code: str) -> Path:
    """`accounts.chinh.secrets.token` as a path of the file."""
    steps: list[str | int] = [*code.split(".")]
    if steps[0] == "accounts" and len(steps) > 1:
        ids = [account.id for account in channel.accounts]
        steps[1] = ids.index(str(steps[1]))
    return tuple(steps)
