"""Memory of a process that runs for months on a small machine."""

import contextlib
import ctypes
import gc

#: mallopt(3): how many arenas glibc may open
_M_ARENA_MAX = -8


def few_arenas() -> None:
    """
    The C library opens an arena for every few threads and keeps what is freed in each: with a
    thread a connection that is tens of MB of nothing. To be called before threads are started.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def keep() -> None:
    """
    What stands after the start stays: the collector need not go through all of it again, which
    is a tenth of a second, now and then, in which nothing goes out.
    """
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """What start and planning freed goes back to the system."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
