"""What an Official Account is described by, and Zalo's own limits."""

from typing import Final, Literal

from pydantic import Field

from channels.options import Options

#: a token must not cross the net in clear; loopback is for trials
_ADDRESS = r"^(https://|http://(127\.0\.0\.1|localhost)([:/]|$))"

#: Published: 150 and 300 characters. A text of exactly that length was seen to be refused.
TITLE: Final = 149
DESCRIPTION: Final = 299

#: broadcasts a follower may get in a month, by package (zalooa.freshdesk, 2023: ask the price list)
PER_MONTH: Final = {"co_ban": 1, "nang_cao": 4, "premium": 6}

#: an account must name these
SECRETS: Final = frozenset({"app_id", "app_secret", "refresh_token"})


class ZaloOptions(Options):
    """`[[channels]] type = "zalo_oa"`, options."""

    url: str = Field(default="https://openapi.zalo.me", pattern=_ADDRESS)
    oauth_url: str = Field(default="https://oauth.zaloapp.com", pattern=_ADDRESS)
    cover_url: str = Field(pattern=r"^https://[!-~]+$")
    author: str = Field(default="Ban biên tập", min_length=1, max_length=50)
    comments: bool = False
    broadcast: bool = True
    package: Literal["co_ban", "nang_cao", "premium"] = "co_ban"
    #: Zalo's codes of whom a broadcast goes to; empty: everybody. Provinces as before the merger
    cities: tuple[int, ...] = ()
    ages: tuple[int, ...] = ()
    gender: int | None = None
    max_chars: int = Field(default=10_000, ge=1, le=10_000)
