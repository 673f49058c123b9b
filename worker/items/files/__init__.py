"""
Items as files: read, written, handed out as a form, handed back with mistakes marked.

Each part is loaded when asked for: the Excel library takes 12 MB that a running worker never needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_PARTS = {
    "CellMistake": "places", "Imported": "read", "export_items": "write", "read_items": "read",
    "write_form": "form", "write_marked": "marked",
}


def __getattr__(name: str) -> Any:
    if name not in _PARTS:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PARTS[name]}"), name)
