"""What `[channels.options]` of a WordPress channel may say."""

from pydantic import Field

from channels.online import PinOptions


class WordPressOptions(PinOptions):
    """`[[channels]] type = "wordpress"`, options."""

    #: a password must not cross the net in clear; loopback is for trials
    url: str = Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost)([:/]|$))")
    categories: tuple[int | str, ...] = ()  #: by number or by name
    create_categories: bool = False  #: make those that the site lacks; needs an editor's account
    refresh_date: bool = False  #: aired again: the article's date moves, and it is on top again
