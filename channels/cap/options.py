"""What a CAP channel is described by: who warns, of what, how grave, where."""

from collections.abc import Mapping
from typing import Final, Literal

from pydantic import Field

from channels.options import Options

Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra",
    "CBRNE", "Other",
]


class Level(Options):
    """How grave a priority class is, in CAP's words."""

    urgency: Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
    severity: Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
    certainty: Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]


class Area(Options):
    """Where a target's people live: in words, and by codes (name of the code list -> code)."""

    desc: str
    geocode: dict[str, str] = Field(default_factory=dict)


#: by our three classes (Circular 39/2020/TT-BTTTT); `options.levels` replaces a row
LEVELS: Final[Mapping[str, Level]] = {
    "khan_cap": Level(urgency="Immediate", severity="Severe", certainty="Likely"),
    "uu_tien": Level(urgency="Expected", severity="Moderate", certainty="Likely"),
    "thong_thuong": Level(urgency="Expected", severity="Minor", certainty="Possible"),
}
#: where the class is not told
NO_LEVEL: Final = Level(urgency="Unknown", severity="Unknown", certainty="Unknown")


class CapOptions(Options):
    """`[[channels]] type = "cap"`, options."""

    #: who warns, as one word the world over: usually a domain or a mail address of the body
    sender: str = Field(pattern=r"^[^\s,<&]+$")
    sender_name: str = ""  #: in words
    folder: str = "cap"  #: below the installation's own folder, or absolute
    base_url: str = Field(default="", pattern=r"^$|^https?://.+/$")  #: where the folder is seen
    category: Category = "Security"
    event: str = Field(default="Cảnh báo lừa đảo", min_length=1)
    contact: str = ""
    valid_hours: int = Field(default=24, ge=1, le=744)  #: how long a warning holds
    levels: dict[Literal["khan_cap", "uu_tien", "thong_thuong"], Level] = Field(
        default_factory=dict)
    #: target's address -> area; else the address itself
    areas: dict[str, Area] = Field(default_factory=dict)
