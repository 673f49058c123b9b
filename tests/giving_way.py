"""
Who computes first. `make test` runs one test more at a time than it has cores, for those of
processes and of browsers mostly wait; but these keep to a clock, so what only computes gives way.
"""

import os
from contextlib import suppress
from pathlib import Path

_TESTS = Path(__file__).parent
_COMPUTES = ("store", "unit")
#: a third of the time of those who do not; ten left a twentieth, and what has a time limit of its
#: own (a voice, a connection) fell to it
_NICE = 5


def give_way(test: Path) -> None:
    """Of the thread that runs this test, and of what it starts."""
    folder = test.relative_to(_TESTS).parts[0]
    with suppress(PermissionError):  # only root may come back: then all go alike
        os.setpriority(os.PRIO_PROCESS, 0, _NICE if folder in _COMPUTES else 0)
