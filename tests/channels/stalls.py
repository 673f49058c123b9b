"""How long this machine stood still: by so much may whatever is timed meanwhile be late."""

import threading
import time
from typing import Self

_STEP = 0.02  #: seconds between two looks at the clock


class Stalls:
    """
    Measures in a `with` block by a thread that does nothing but sleep; `seconds`: how much longer
    its sleeps took than they should. A bound on time so tests our code and not the machine.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.is_set():
            before = time.monotonic()
            self._over.wait(_STEP)
            self.seconds += max(0.0, time.monotonic() - before - _STEP)
