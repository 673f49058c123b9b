"""Items as files: read, written, handed out as a form, handed back with mistakes marked."""

from .form import write_form
from .marked import write_marked
from .places import CellMistake
from .read import Imported, read_items
from .write import export_items

__all__ = [
    "CellMistake",
    "Imported",
    "export_items",
    "read_items",
    "write_form",
    "write_marked",
]
