"""
What a person did wrong, in words that person can act on.

Expected mistakes (a bad file, a wrong name, an act that is not allowed) are raised as
`UserError` and become one clear line on stderr and exit code 2. `Refused` is the same for
an act that was understood but did not succeed: exit code 1. Everything else is a bug.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One mistake: where it stands, what is wrong, what to write or do instead."""

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        tail = f"; {self.fix}" if self.fix else ""
        return f"{self.where}: {self.what}{tail}"


class UserError(Exception):
    """Wrong use or bad input: exit code 2, nothing was changed."""

    exit_code = 2

    def __init__(self, where: str, what: str, fix: str = "") -> None:
        self.mistakes: tuple[Mistake, ...] = (Mistake(where, what, fix),)
        super().__init__(str(self.mistakes[0]))

    @classmethod
    def many(cls, mistakes: tuple[Mistake, ...]) -> "UserError":
        """All mistakes of one file at once: staff mend a file once, not ten times."""
        error = cls(mistakes[0].where, mistakes[0].what, mistakes[0].fix)
        error.mistakes = mistakes
        error.args = ("\n".join(str(m) for m in mistakes),)
        return error


class Refused(UserError):
    """Understood, but not done (a rule forbids it): exit code 1, nothing was changed."""

    exit_code = 1
