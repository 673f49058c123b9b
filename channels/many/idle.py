"""
Whether the far side has hung up on a connection that is about to be used again.

libcurl looks once a second at most, and writes a request to a connection that has ended in
between: nobody reads it, but that is not known.
"""

import select

End = tuple[str, int]  #: our own end of a connection: address and port

_KNOWN = 1024  #: ends remembered at most; those of connections long gone are among them


class Idle:
    """The connections of one window."""

    def __init__(self) -> None:
        self._polls: dict[End, select.poll] = {}

    def __contains__(self, end: End) -> bool:
        return end in self._polls

    def stands(self, end: End, socket: int) -> None:
        """It is kept; -1: it is not. The same end may have been another connection's."""
        if len(self._polls) >= _KNOWN:
            self._polls.clear()
        self._polls.pop(end, None)
        if socket >= 0:
            poll = self._polls[end] = select.poll()
            poll.register(socket, select.POLLIN)

    def has_ended(self, end: End) -> bool:
        """
        True when there is something to read where nothing was asked, an end above all.

        A socket closed meanwhile counts, too: a new connection is never wrong.
        """
        poll = self._polls.get(end)
        return poll is not None and bool(poll.poll(0))
