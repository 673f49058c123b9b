"""
Whether a carrier would take a text on a day. Pure.

A carrier asks for templates of an account once one of them is declared for it there; of a
carrier without any, nothing is asked. Only texts of public interest are judged: an
advertisement is looked at by the carrier's own people, each of them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from channels.values import Problem
from vietnamese import mobile
from vietnamese.plain import nfc
from worker.i18n import t
from worker.programme.model import ChannelConfig, Programme, SmsTemplate

from .pattern import differs_at, fits

CODE = "sms-template"
#: states in which a text may be written for a template: it is valid, or may become so
USABLE = ("dang_ky", "hieu_luc")
_NEAR = 24  #: characters shown of the place where a text leaves its template


class Forecast(NamedTuple):
    """So many numbers of this carrier would get nothing from this account."""

    channel: str
    account: str
    carrier: str  #: "" where no carrier is known
    numbers: int
    problem: Problem


class Verdict(NamedTuple):
    """Of one target: why it would get nothing, or which carriers would drop the text."""

    refused: str = ""
    warned: str = ""


def refusal(
    programme: Programme, channel: str, account: str, carrier: str, text: str, day: date
) -> Problem | None:
    """
    Why this carrier would drop this text of public interest on this local day; None when it
    takes it. `carrier`: a name of vietnamese/mobile.py, or "" where it is not known: then the
    text is refused when every carrier that asks for templates refuses it. `text`: as it goes
    out, without the training mark; a field still open in it is taken at its longest.
    """
    if carrier:
        why = _why(programme, channel, account, carrier, text, day)
    else:
        why = _why_all(programme, channel, account, text, day)
    return Problem(CODE, why, _fix()) if why else None


def forecast(
    programme: Programme, text: str, day: date, numbers_by_carrier: Mapping[str, int], *,
    channel: str = "", accounts: Collection[str] = (),
) -> list[Forecast]:
    """
    Which carriers would drop the text on this day, and how many numbers that are. Without a
    channel every SMS channel in use that has templates, without accounts all of the channel's.
    """
    found = []
    for config in programme.channels:
        if not config.enabled or channel not in ("", config.id):
            continue
        for account in config.accounts:
            if accounts and account.id not in accounts:
                continue
            for carrier, numbers in numbers_by_carrier.items():
                problem = refusal(programme, config.id, account.id, carrier, text, day)
                if problem and numbers:
                    found.append(Forecast(config.id, account.id, carrier, numbers, problem))
    return found


def judge(
    programme: Programme, channel: str, account: str, address: str, text: str, day: date
) -> Verdict:
    """
    What a planned text meets at one target. The carrier is that of the prefix, where the
    number stands in the programme; numbers are portable, but it is the best guess there is.
    """
    carrier = carrier_of(address)
    problem = refusal(programme, channel, account, carrier, text, day)
    if problem is not None:
        return Verdict(refused=problem.what)
    if carrier:
        return Verdict()
    return Verdict(warned="; ".join(_each(programme, channel, account, text, day)))


def wording(
    programme: Programme, channel: ChannelConfig, texts: Iterable[tuple[str, str, str]]
) -> Problem | None:
    """
    Why no template is worded like any of the texts, state and days aside: what is approved now
    may be registered tomorrow. `texts`: account, address, text.
    """
    reasons: dict[str, None] = {}
    for account, address, text in texts:
        carrier = carrier_of(address)
        if carrier:
            why = _why(programme, channel.id, account, carrier, text, None)
        else:
            why = _why_all(programme, channel.id, account, text, None)
        if not why:
            return None
        reasons[why] = None
    return Problem(CODE, "; ".join(reasons), _fix()) if reasons else None


def declared(programme: Programme, channel: str, account: str) -> tuple[SmsTemplate, ...]:
    """The templates of an account, of every carrier and in every state."""
    return tuple(one for one in programme.sms_templates
                 if (one.channel, one.account) == (channel, account))


def asking(programme: Programme, channel: str, account: str) -> tuple[str, ...]:
    """The carriers that ask for templates of this account, in the programme's order."""
    return tuple(dict.fromkeys(
        carrier for one in declared(programme, channel, account) for carrier in one.carriers))


@lru_cache(maxsize=4096)
def carrier_of(address: str) -> str:
    """By the prefix of a number that stands in the programme; "" where none is known."""
    digits = mobile.plain(address)
    return mobile.PREFIXES.get(digits[:3], "") if digits else ""


def in_force(template: SmsTemplate, day: date) -> bool:
    """Whether it may be used on this day."""
    until = template.valid_until
    return template.state == "hieu_luc" and (until is None or day <= until)


def _each(
    programme: Programme, channel: str, account: str, text: str, day: date | None
) -> Iterator[str]:
    for carrier in asking(programme, channel, account):
        if why := _why(programme, channel, account, carrier, text, day):
            yield why


def _why_all(
    programme: Programme, channel: str, account: str, text: str, day: date | None
) -> str:
    """What every carrier that asks says, when none takes the text; else ""."""
    reasons = [*_each(programme, channel, account, text, day)]
    asked = asking(programme, channel, account)
    return "; ".join(reasons) if asked and len(reasons) == len(asked) else ""


def _why(
    programme: Programme, channel: str, account: str, carrier: str, text: str, day: date | None
) -> str:
    """Why this carrier drops the text, or "". `day` None: only its words are judged."""
    mine = [one for one in declared(programme, channel, account) if carrier in one.carriers]
    if not mine:
        return ""
    worded = [one for one in mine if fits(one.text, text)]
    if not worded:
        return f"{carrier}: {_differs(mine, text)}"
    sender = _sender(programme, channel, account)
    reasons = [_obstacle(one, sender, day) for one in worded]
    return "" if "" in reasons else f"{carrier}: {'; '.join(dict.fromkeys(reasons))}"


def _obstacle(template: SmsTemplate, sender: str, day: date | None) -> str:
    """Why a template of the right words does not serve, or ""."""
    name, until = template.id, template.valid_until
    if template.state not in USABLE:
        return (t(f"mẫu «{name}» bị nhà mạng từ chối", f"template “{name}” was refused")
                if template.state == "tu_choi" else
                t(f"mẫu «{name}» đã hết hạn", f"template “{name}” has ended"))
    if day is None:
        return ""
    if template.state == "dang_ky":
        return t(f"mẫu «{name}» còn chờ nhà mạng duyệt", f"template “{name}” is not approved yet")
    if until is not None and until < day:
        return t(f"mẫu «{name}» hết hạn {until:%d/%m/%Y}, trước ngày {day:%d/%m/%Y}",
                 f"template “{name}” ends on {until}, before {day}")
    if sender and sender != template.sender:
        return t(f"mẫu «{name}» của tên {template.sender}, tài khoản gửi bằng {sender}",
                 f"template “{name}” is of {template.sender}, the account sends as {sender}")
    return ""


def _differs(templates: list[SmsTemplate], text: str) -> str:
    """No template has these words: where the text leaves the one that is nearest to it."""
    text = nfc(text)
    places = {one.id: differs_at(one.text, text) or 0 for one in templates}
    nearest = max(places, key=places.__getitem__)
    there = text[places[nearest]:][:_NEAR]
    if not there:
        return t(f"không mẫu nào hợp; gần nhất là «{nearest}», mẫu còn chữ ở cuối",
                 f"no template fits; the nearest, “{nearest}”, has more words at its end")
    return t(f"không mẫu nào hợp; khác mẫu gần nhất «{nearest}» từ chỗ “{there}”",
             f'no template fits; the nearest, “{nearest}”, differs from "{there}" on')


def _sender(programme: Programme, channel: str, account: str) -> str:
    """The account's sender name; "" where it gives none."""
    for config in programme.channels:
        for one in config.accounts:
            if (config.id, one.id) == (channel, account):
                return str(one.options.get("sender", ""))
    return ""


def _fix() -> str:
    return t("sửa lời theo mẫu (giovang sms templates), hoặc đăng ký mẫu (giovang sms register)",
             "word it like a template (giovang sms templates), or register one "
             "(giovang sms register)")
