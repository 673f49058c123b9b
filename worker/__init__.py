"""The long-running worker: reads the content calendar, plans, publishes, and keeps the proof."""

import os
import sys
from typing import Any, cast

# openpyxl would read sheets with lxml where that is installed (python-docx brings it), and past
# defusedxml: a workbook from outside must not expand entities. Set before openpyxl is loaded.
os.environ["OPENPYXL_LXML"] = "False"

# Alembic loads Mako, and Mako every lexer of Pygments for a page of errors that nobody sees
# here: 4 MB of a worker that runs for months. None: that import fails, which Mako expects.
cast("dict[str, Any]", sys.modules).setdefault("mako.ext.pygmentplugin", None)
