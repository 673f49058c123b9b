"""Work that a page only begins: a busy machine is not done with it when it answers."""

import threading

import requests

from tests.accounts import Visitor

_PAUSE = threading.Event()
#: what a page that waits for its work has, and no other: it renews itself
_WAITS = 'hx-trigger="every 1s"'


def over(visitor: Visitor, where: str) -> requests.Response:
    """The page of some work once that is done; whoever begins it is answered after 1.5 s."""
    for _ in range(240):
        answer = visitor.get(where)
        if _WAITS not in answer.text:
            return answer
        _PAUSE.wait(0.25)
    raise AssertionError(f"{where} is never over")
