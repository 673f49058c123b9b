"""
Texts of SMS that carriers have registered for a sender name: what matches none is dropped.

`pattern` reads a template and says whether a text fits it, `judge` whether a carrier would take
a text on a day, `ahead` what the coming days lack, `request` writes what is to be registered.
"""

from .judge import Forecast, forecast, refusal
from .pattern import fits

__all__ = ["Forecast", "fits", "forecast", "refusal"]
