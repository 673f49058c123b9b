"""An item's SMS text, fields open, against the templates of its channel."""

from collections.abc import Iterator
from datetime import date

from channels.values import Problem
from worker.programme.model import ChannelConfig, Programme
from worker.programme.targets import candidates
from worker.programme.values import field_values
from worker.renderer import fill_texts

from .judge import Verdict, asking, judge, wording

#: these fields have one shape whatever the day; the others stay open, at their longest
_SHAPES = {"ngay": "31/12/2026", "gio": "19:45"}


def template_problem(programme: Programme, channel: ChannelConfig, text: str) -> list[Problem]:
    """
    That nobody the channel reaches could be sent this text: no template is worded so. One
    receiver who could is enough, for the calendar judges each with its own values and its day.
    """
    found = wording(programme, channel, list(_filled(programme, channel, text)))
    return [found] if found else []


def verdicts(
    programme: Programme, channel: ChannelConfig, text: str, day: date
) -> tuple[Verdict, ...]:
    """What the carriers would say of it on this day, each different answer once."""
    return tuple(dict.fromkeys(
        judge(programme, channel.id, account, address, filled, day)
        for account, address, filled in _filled(programme, channel, text)
        if asking(programme, channel.id, account)))


def _filled(
    programme: Programme, channel: ChannelConfig, text: str
) -> Iterator[tuple[str, str, str]]:
    """(account, address, text) of each receiver; of each account, where only lists are sent to."""
    targets = candidates(programme, channel)
    receivers = [(one.account, one.address, one.organisation) for one in targets] or [
        (account.id, "", None) for account in channel.accounts]
    for account, address, organisation in receivers:
        values = _SHAPES | _values(programme, organisation)
        yield account, address, fill_texts({"text": text}, values, "text")["text"]


def _values(programme: Programme, organisation: str | None) -> dict[str, str]:
    """Names of the body's latest span: what is approved now is for days to come."""
    spans = [body for body in programme.organisations if body.id == organisation]
    last = max((body.valid_to or date.max for body in spans), default=date.max)
    return field_values(programme, organisation, None, last)
