"""The long-running worker: reads the content calendar, plans, publishes, and keeps the proof."""

import os

# openpyxl would read sheets with lxml where that is installed (python-docx brings it), and past
# defusedxml: a workbook from outside must not expand entities. Set before openpyxl is loaded.
os.environ["OPENPYXL_LXML"] = "False"
