"""A Facebook Page through the Graph API."""

from channels.facebook.channel import Facebook
from channels.facebook.options import FacebookOptions

__all__ = ["Facebook", "FacebookOptions"]
