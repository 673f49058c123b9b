"""A WordPress site through its REST interface, with an application password."""

from channels.wordpress.channel import WordPress
from channels.wordpress.codes import CODES
from channels.wordpress.options import WordPressOptions

__all__ = ["CODES", "WordPress", "WordPressOptions"]
