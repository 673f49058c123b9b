"""
What a person did wrong, in words that person can act on.

Expected mistakes (a bad file, a wrong name, an act that is not allowed) are raised as
`UserError` and become one clear line on stderr and exit code 2. `Refused` is the same for
an act that was understood but did not succeed: exit code 1. Everything else is a bug.
"""

import re
from dataclasses import dataclass

#: what a command line has and a page has not
_COMMAND = re.compile(r"giovang |make run|(?<![\w-])--[a-z]|(?<![\w-])run `check`")
_CLAUSES = re.compile(r"(\s*;\s*|:\s+|,?\s+(?=(?:hoặc|or|rồi|then)\s))")
_LEAD = re.compile(r"(?:hai người|two persons)[:\s]+(?=`?giovang )")


def without_commands(text: str) -> str:
    """The clauses that tell no command: for pages, which have a button where it has a command."""
    if not _COMMAND.search(text):
        return text
    pieces = ["", *_CLAUSES.split(_LEAD.sub("", text))]
    kept = "".join(gap + clause for gap, clause in zip(pieces[::2], pieces[1::2], strict=True)
                   if not _COMMAND.search(clause))
    return re.sub(r"^(?:hoặc|or|rồi|then)\s+", "", kept.strip(" ;:,"))


@dataclass(frozen=True)
class Mistake:
    """One mistake: where it stands, what is wrong, what to write or do instead."""

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        tail = f"; {self.fix}" if self.fix else ""
        return f"{self.where}: {self.what}{tail}"

    def at_field(self) -> str:
        """What is wrong and what to do, for a form that shows it where it stands."""
        what = without_commands(self.what) if "giovang " in self.what else self.what
        return "; ".join(filter(None, (what, without_commands(self.fix))))

    def on_page(self) -> str:
        """The whole for a reader without a command line."""
        where, told = self.where, self.at_field()
        if where.startswith(("--", "giovang ")):
            where = ""
        return f"{where}: {told}" if where else told[:1].upper() + told[1:]


class UserError(Exception):
    """Wrong use or bad input: exit code 2, nothing was changed."""

    exit_code = 2

    def __init__(self, where: str, what: str, fix: str = "") -> None:
        self.mistakes: tuple[Mistake, ...] = (Mistake(where, what, fix),)
        super().__init__(str(self.mistakes[0]))

    def on_page(self) -> str:
        """Every mistake on a line, without commands."""
        return "\n".join(m.on_page() for m in self.mistakes)

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
