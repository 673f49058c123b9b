"""
What carriers that ask for registered templates will do with a campaign's text: one that none of
them takes is refused when it is made; of whom some would drop it, is said before and while it runs.
"""

from collections.abc import Collection, Mapping
from datetime import date

from vietnamese.plain import plain
from worker.errors import Refused
from worker.i18n import t
from worker.models import Campaign
from worker.programme.model import Programme
from worker.renderer import MARK
from worker.smstemplates import forecast, refusal

from .words import number

#: how a text begins in training: no carrier ever sees it
_MARKED = (f"{MARK}. ", f"{MARK}\n", f"{plain(MARK)}. ", f"{plain(MARK)}\n")


def refuse(
    programme: Programme, channel: str, accounts: Collection[str], text: str, day: date
) -> None:
    """
    Raises:
        Refused: no account that would send it has a carrier that takes the text on this day.
    """
    found = [refusal(programme, channel, account, "", _said(text), day) for account in accounts]
    if found and all(found):
        why = next(filter(None, found))
        raise Refused(t(f"kênh {channel}", f"channel {channel}"), why.what, why.fix)


def warnings(
    programme: Programme, campaign: Campaign, counts: Mapping[str, int], day: date
) -> list[str]:
    """A sentence for each account and carrier that would drop it. `counts`: numbers by carrier."""
    accounts = [a for a, share in campaign.weights.items() if share > 0]
    found = forecast(programme, _said(campaign.text), day, counts, channel=campaign.channel,
                     accounts=accounts)
    return [
        t(f"{f.carrier} sẽ không nhận lời này qua tài khoản {f.account} ({number(f.numbers)} số): "
          f"{f.problem.what}; {f.problem.fix}",
          f"{f.carrier} would drop this text of account {f.account} ({number(f.numbers)} numbers): "
          f"{f.problem.what}; {f.problem.fix}")
        for f in found
    ]


def _said(text: str) -> str:
    for mark in _MARKED:
        text = text.removeprefix(mark)
    return text
