"""
What fits into a channel, known without opening it: no secret, no network.

A test holds that each channel says the same of itself.
"""

from collections.abc import Mapping
from typing import Any

from channels.board import charset
from channels.build import KINDS, TYPES
from channels.online import Prepares
from channels.values import RenderSpec
from vietnamese import sms
from worker.programme.model import ChannelConfig

HTML = frozenset({"wordpress", "static_site"})
#: take whole bulletins of a station: no item is written for them, no segment names them
BULLETINS = frozenset({"box"})
#: send campaigns to the numbers of lists, too
SMS = frozenset({"sms_http", "sms_smpp"})

#: channel type -> its folder below templates/, and the key of an item's own text for it
FOLDERS: Mapping[str, str] = {
    "sms_http": "sms",
    "sms_smpp": "sms",
    "facebook": "facebook",
    "wordpress": "website",
    "static_site": "website",
    "loudspeaker": "loudspeaker",
    "board": "board",
    "webhook": "webhook",
    "http_json": "webhook",
    "cap": "cap",
    "zalo_oa": "zalo",
}


def render_spec(channel_type: str, options: Mapping[str, Any]) -> RenderSpec:
    """Limits of a channel of this type with these `[channels.options]`."""

    def option(name: str) -> Any:
        known = TYPES[channel_type].model_fields.get(name)
        return options.get(name, known.default) if known else None

    parts = option("max_parts")
    return RenderSpec(
        media="html" if channel_type in HTML else "text",
        max_chars=option("max_chars"),
        max_parts=parts,
        max_seconds=option("max_seconds"),
        plain=bool(option("plain")),
        forbidden="".join(sorted(sms.REFUSED)) if parts else "",
        charset=charset(option("charset")) if channel_type == "board" else "",
    )


def template_folder(channel: ChannelConfig) -> str:
    """The folder below templates/ that this channel is written with."""
    return channel.template or FOLDERS[channel.type]


def prepares(channel_type: str) -> bool:
    """Such a channel may be given a `lead`: what it gets ahead of the slot nobody sees."""
    return issubclass(KINDS[channel_type].cls, Prepares)
