"""Rules of registered SMS templates: whose they are, and that a text can match them."""

import re
from collections.abc import Iterator

from vietnamese.plain import nfc, plain
from vietnamese.sms import refused_characters
from worker.errors import Mistake
from worker.guess import nearest
from worker.i18n import t
from worker.programme.lines import Path
from worker.programme.model import ChannelConfig, Programme, SmsTemplate
from worker.programme.source import Source
from worker.smstemplates.pattern import SLOT
from worker.specs import SMS, render_spec

#: what carriers register as a sender name
SENDER = re.compile(r"[A-Za-z0-9 ._-]{1,11}")


def template_rules(source: Source) -> Iterator[Mistake]:
    """Every mistake in the sound templates, in no order."""
    channels = {channel.id: channel for _, channel in source.each("channels")}
    for path, template in source.each("sms_templates"):
        yield from _whose(source, path, template, channels.get(template.channel))
        yield from _words(source, path, template, channels.get(template.channel))
        if template.state == "hieu_luc" and template.valid_until is None:
            yield source.mistake(
                (*path, "state"),
                t("có hiệu lực mà chưa ghi đến ngày nào", "in force, but until when is not said"),
                t("hãy thêm valid_until: ngày hết hạn của mẫu, hoặc của tên định danh (3 năm)",
                  "add valid_until: the template's last day, or the sender name's (3 years)"))


def _whose(
    source: Source, path: Path, template: SmsTemplate, channel: ChannelConfig | None
) -> Iterator[Mistake]:
    """A template belongs to an account of an SMS channel, and to a carrier."""
    if not template.carriers:
        yield source.mistake(
            (*path, "carriers"), t("danh sách trống", "the list is empty"),
            t('hãy ghi nhà mạng, ví dụ ["Viettel"]', 'write carriers, such as ["Viettel"]'))
    if not SENDER.fullmatch(template.sender):
        yield source.mistake(
            (*path, "sender"),
            t(f"“{template.sender}” không phải tên định danh",
              f'"{template.sender}" is no sender name'),
            t("hãy viết tối đa 11 chữ không dấu, số, dấu cách, . _ -",
              "write 11 letters without accents, digits, spaces, . _ - at most"))
    if channel is None:
        return  # references.py tells of it
    if channel.type not in SMS:
        yield source.mistake(
            (*path, "channel"),
            t(f"“{channel.id}” không phải kênh SMS", f'"{channel.id}" is no SMS channel'),
            t("hãy ghi mã một kênh sms_http hoặc sms_smpp", "write the id of an SMS channel"))
        return
    known = [account.id for account in channel.accounts]
    if known and template.account not in known:
        meant = nearest(template.account, known)
        yield source.mistake(
            (*path, "account"),
            t(f"kênh “{channel.id}” không có tài khoản “{template.account}”",
              f'the channel "{channel.id}" has no account "{template.account}"'),
            t(f"ý là “{meant}”?", f'did you mean "{meant}"?') if meant
            else t(f"đang có: {', '.join(known)}", f"there are: {', '.join(known)}"))


def _words(
    source: Source, path: Path, template: SmsTemplate, channel: ChannelConfig | None
) -> Iterator[Mistake]:
    """Slots are written rightly, and what stands between them can go out."""
    here = (*path, "text")
    words = SLOT.sub("", template.text)
    if "{" in words or "}" in words:
        yield source.mistake(
            here, t("ô trống viết sai", "a slot is written wrongly"),
            t("hãy viết {ten:20} (tối đa 20 ký tự) hoặc {so:6} (tối đa 6 chữ số)",
              "write {ten:20} (20 characters at most) or {so:6} (6 digits at most)"))
        return
    if not any(sign.isalnum() for sign in words):
        yield source.mistake(
            here, t("mẫu không có chữ nào cố định", "the template has no words of its own"),
            t("hãy chép đúng lời đã đăng ký", "copy the text as it was registered"))
    hidden = [repr(sign)[1:-1] for sign in words if not sign.isprintable() and sign != "\n"]
    if signs := dict.fromkeys([*refused_characters(words), *hidden]):
        yield source.mistake(
            here,
            t(f"cổng SMS không nhận: {' '.join(signs)}", f"gateways refuse: {' '.join(signs)}"),
            t("hãy chép đúng lời đã đăng ký", "copy the text as it was registered"))
    if (channel is not None and channel.type in SMS and not words.isascii()
            and render_spec(channel.type, channel.options).plain):
        yield source.mistake(
            here,
            t("mẫu có dấu mà kênh gửi không dấu: không tin nào hợp",
              "it has accents, the channel sends without them: nothing would fit"),
            t(f'nếu đã đăng ký không dấu, hãy viết "{plain(nfc(template.text))}"',
              f'if it is registered without accents, write "{plain(nfc(template.text))}"'))


def template_warnings(programme: Programme) -> list[Mistake]:
    """Of a sender name that the account does not use: allowed while a name is being changed."""
    senders = {(channel.id, account.id): str(account.options.get("sender", ""))
               for channel in programme.channels for account in channel.accounts}
    return [
        Mistake(f"sms_templates[{one.id}].sender",
                t(f"tài khoản gửi bằng “{sender}”, mẫu của “{one.sender}”",
                  f'the account sends as "{sender}", the template is of "{one.sender}"'),
                t("hãy sửa một trong hai, nếu không phải đang đổi tên định danh",
                  "change one of them, unless the name is just being changed"))
        for one in programme.sms_templates
        if one.state in ("dang_ky", "hieu_luc")
        and (sender := senders.get((one.channel, one.account), "")) not in ("", one.sender)
    ]
