"""
A person asks to be erased (Law 91/2025/QH15; within 15 days): ciphertext, fields and look-up value
go from every list, what waits for it is not sent, what was sent and how it ended stays with three
digits, and the number's look-up value is kept as a wish: the next list does not bring it back.
"""

from worker import audit
from worker.db import lock_lists
from worker.home import Home
from worker.i18n import t

from . import journal, optout
from .secret import Ring


def forget(home: Home, ring: Ring, nine: str, by: str) -> int:
    """Erase a number (nine digits after the 0); gives how many lists it was on."""
    now = home.clock.now()
    with home.store.write() as session:
        # a list that becomes ready at this moment sees the wish, or its rows are here already
        lock_lists(session)
        wish = optout.Wish("forgotten", t("yêu cầu xóa", "a request to be erased"), by)
        fresh = optout.put(session, home, ring, nine, wish)
        places, unsent = journal.erase(session, now, ring.lookup(nine.encode()))
        if places or fresh:
            audit.record(session, now, by, "forget", "number",
                         {"last3": nine[-3:], "lists": places, "unsent": unsent})
    return len(places)
