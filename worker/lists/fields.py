"""
What a column of a list may put into an approved text: a short value on one line, nothing else.

Approval binds a text with its places open. A value with a line break, an address or markup could
make another message of it, so a row that holds one is refused; it is never cut or cleaned.
"""

import re
from typing import Literal

from vietnamese import legacy
from vietnamese.urls import contains_url
from worker.items.files.csvfile import unguard
from worker.items.files.text import reads_well, tidy

#: Characters, as for the organisation's own fields.
MAX_VALUE = 60

Fault = Literal["field_long", "field_lines", "field_url", "field_signs"]

#: Marks of templates, pages and formulas, what stands for a torn letter, and what no eye sees.
_SIGNS = re.compile("[{}<>\ufffd]|[^\\S ]")


def value(text: str, code: legacy.Code | None) -> tuple[str, Fault | None]:
    """
    The cell as it would stand in a message, and why it must not.

    *code* is the old font code the file is typed in, if it is.
    """
    if not text:
        return "", None
    if code and not reads_well(text):
        unicode = legacy.to_unicode(text, code)
        text = unicode if reads_well(unicode) else text
    text = tidy(unguard(text))
    if "\n" in text:
        return text, "field_lines"
    text = " ".join(text.split())
    if len(text) > MAX_VALUE:
        return text, "field_long"
    if _SIGNS.search(text) or not text.isprintable():
        return text, "field_signs"
    # Without one of these signs there is no address, and the search for one costs most.
    if ("." in text or "/" in text) and contains_url(text):
        return text, "field_url"
    return text, None
