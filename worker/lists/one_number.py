"""
One person's number, typed whole: read strictly, found with all that was sent to it, erased. Who
asked is written down; the number itself stands in no log, no address, no answer.
"""

from collections.abc import Mapping
from typing import Any

from channels.values import Advice
from vietnamese import phone
from worker import audit, output
from worker.campaigns.history import Sent
from worker.campaigns.words import reason
from worker.errors import UserError
from worker.home import Home
from worker.i18n import english, t
from worker.programme.model import Programme
from worker.scope import WHOLE, Scope

from .find import Found, find
from .secret import open_ring


def nine_of(where: str, text: str) -> str:
    """
    The nine digits after the 0.

    Raises:
        UserError: it is no mobile number of Vietnam.
    """
    found = phone.national(text.strip())
    if isinstance(found, phone.Refusal):
        # what stood there is not repeated: perhaps a number with a slip in it
        shown = found if found.code != "letters" else phone.Refusal("letters", "…")
        raise UserError(where, shown.sentence("en" if english() else "vi"),
                        t("gõ lại đủ 10 chữ số", "type all 10 digits again"))
    return found


def asked_for(home: Home, nine: str, by: str, scope: Scope = WHOLE) -> Found:
    """All that is known of a number on the lists somebody holds; that they asked is audited."""
    with home.store.read() as session:
        found = find(session, open_ring(session, home.settings.var), nine)
    held = Found(
        tuple(p for p in found.places if scope.holds(p.owner)), found.wishes,
        tuple(m for m in found.messages if scope.holds(m.owner)))
    with home.store.write() as session:
        audit.record(session, home.clock.now(), by, "find", "number",
                     {"last3": nine[-3:], "lists": [p.list_id for p in held.places]})
    return held


def told(
    nine: str, sent: Sent, codes: Mapping[str, Advice], programme: Programme
) -> dict[str, Any]:
    """A message of a campaign to the number, with the gateway's words."""
    zone = programme.zone()
    return {
        "number": phone.masked(nine), "campaign": sent.campaign, "name": sent.name,
        "row": sent.row, "list": sent.list_id, "at": output.local_iso(sent.begun_at, zone),
        "settled_at": output.local_iso(sent.settled_at, zone), "state": sent.state,
        "code": sent.code, "reason": reason(sent.code, codes) if sent.code else "",
        "words": sent.words, "account": sent.account, "parts": sent.parts, "ref": sent.ref}
