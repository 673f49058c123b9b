"""What every SMS gateway asks of a text and a number, whatever it speaks."""

from typing import Literal

from channels.options import foreign_links
from channels.values import Message, Problem, RenderSpec
from vietnamese import mobile, phone, sms
from vietnamese.i18n import t
from vietnamese.urls import contains_url

NumberStyle = Literal["84", "0", "+84"]
_BEFORE: dict[NumberStyle, str] = {"84": "84", "0": "0", "+84": "+84"}


def refusals(
    message: Message, parts: int, spec: RenderSpec, allowed: tuple[str, ...]
) -> list[Problem]:
    """
    The characters, length, links and number a gateway would refuse, before it does.

    Args:
        parts: messages this text makes at that gateway.
        allowed: domains that links may lead to.
    """
    problems = []
    if refused := sms.refused_characters(message.text):
        signs = " ".join(refused)
        what = t(f"Cổng SMS không nhận: {signs}", f"SMS gateways refuse: {signs}")
        problems.append(Problem("chars", what, t("Viết bằng chữ", "Write it in words")))
    if parts > (spec.max_parts or parts):
        what = t(f"Dài {parts} phần, kênh cho {spec.max_parts}",
                 f"{parts} parts long, the channel allows {spec.max_parts}")  # fmt: skip
        problems.append(Problem("too-long", what, t("Rút ngắn bản SMS", "Shorten the SMS text")))
    if links := foreign_links(contains_url(message.text), allowed):
        named = ", ".join(links)
        what = t(f"SMS có đường dẫn: {named}", f"There is a link in the SMS: {named}")
        fix = t("Bỏ đường dẫn: viết “báo Công an xã”", "Leave the link out")
        problems.append(Problem("url", what, fix))
    if not message.text.strip():
        what = t("Bản SMS trống", "The SMS text is empty")
        problems.append(Problem("empty", what, t("Viết nội dung SMS", "Write the SMS text")))
    if phone.parse(message.target).e164 is None:
        what = t("Số nhận không phải số di động", "The receiver is no mobile number")
        problems.append(Problem("phone", what, t("Sửa số nhận", "Correct the number")))
    return problems


def written(target: str, style: NumberStyle) -> str | None:
    """The number as a gateway of this style writes it; None when it is no mobile number."""
    digits = mobile.plain(target)
    if digits is None:
        e164 = phone.parse(target).e164
        if e164 is None:
            return None
        digits = e164.removeprefix("+84")
    return _BEFORE[style] + digits
