"""
One session a login in this process, however many channels are built for it: the dispatcher's, the
one that is asked before a slot, the one that tells whoever is on duty. Gateways permit so many
binds and no more, and bring a receipt to any one of them: to a bind that nobody takes it from, it
would be lost until the gateway tries again.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

from channels.smpp.access import Access
from channels.smpp.session import Session

Login = tuple[Access, str, str]

_lock = threading.Lock()
_held: dict[Login, tuple[Session, int]] = {}


def login(access: Access, ca: str, codes: str) -> Login:
    """What makes two sessions the same: everything of the programme, but no object of TLS."""
    return replace(access, tls=None), ca, codes


def take(of: Login, make: Callable[[], Session]) -> Session:
    """The session of this login, made by the first who asks; each gives it back once."""
    with _lock:
        session, count = _held.get(of) or (make(), 0)
        _held[of] = session, count + 1
        return session


def give_back(of: Login) -> Session | None:
    """The session, for the last to close; None while others use it."""
    with _lock:
        session, count = _held.pop(of)
        if count > 1:
            _held[of] = session, count - 1
            return None
        return session
