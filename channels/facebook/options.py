"""What a programme sets of a Facebook channel, and when versions of the Graph API end."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from pydantic import Field

from channels.online import PinOptions

#: last days by Facebook's changelog; an end that is not known yet is told by `version_expires`
ENDS: Final[Mapping[str, date]] = {
    "v20.0": date(2026, 9, 24),
    "v21.0": date(2027, 1, 21),
}
OLDEST_KNOWN: Final = 20  #: this one and all before it are over


class FacebookOptions(PinOptions):
    """`[[channels]] type = "facebook"`, options."""

    version: str = Field(pattern=r"^v\d+\.\d+$")
    version_expires: date | None = None
    url: str = "https://graph.facebook.com"
    max_chars: int = Field(default=63206, ge=1, le=63206)
    schedule_ahead: bool = False

    def ends(self) -> date | None:
        """When the version ends; None where neither the programme nor the table knows."""
        if self.version_expires is not None:
            return self.version_expires
        major = int(self.version[1:].partition(".")[0])
        return ENDS.get(self.version if major > OLDEST_KNOWN else f"v{OLDEST_KNOWN}.0")
