"""Where something stands in a file, and what was found wrong or put right there."""

from dataclasses import dataclass, field

from worker.errors import Mistake


@dataclass(frozen=True)
class CellMistake(Mistake):
    """A mistake in one cell, so that the cell can be marked in the file that goes back."""

    sheet: str = ""  #: name of the sheet; empty in a CSV, which has one
    row: int = 0  #: counted from 1, as Excel shows it
    column: int = 0  #: counted from 1


@dataclass(frozen=True)
class Place:
    """A file, a line or a cell: words for people, and numbers where there is a cell."""

    words: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    def mistake(self, what: str, fix: str = "") -> Mistake:
        """What is wrong here and what to write instead."""
        if not self.row:
            return Mistake(self.words, what, fix)
        return CellMistake(self.words, what, fix, self.sheet, self.row, self.column)


@dataclass
class Found:
    """What reading a file brought to light."""

    mistakes: list[Mistake] = field(default_factory=list)  #: one is enough to refuse the file
    notes: list[Mistake] = field(default_factory=list)  #: put right by us; people should look
