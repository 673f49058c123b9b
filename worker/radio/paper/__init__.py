"""
A bulletin on paper and in files: sheet (DOCX, PDF), one HTML file, bundle, USB stick. The
libraries for them are loaded when the first is asked for: a worker at rest stays small.
"""

from pathlib import Path

FONTS = Path(__file__).with_name("fonts")
