"""One article as its sidecar file `tin/SLUG.json` keeps it, and the site it stands on."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from channels.static_site.text import attribute


class Picture(BaseModel):
    """A file in `anh/`; width and height in pixels where the file says them."""

    model_config = ConfigDict(frozen=True)

    name: str
    alt: str
    width: int = 0
    height: int = 0

    @property
    def path(self) -> str:
        return f"anh/{quote(self.name)}"


class Entry(BaseModel):
    """
    What is said, and what became of it. Files of older versions are read, too: they have fewer
    keys, and their pictures stand in `html`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    slug: str
    title: str
    summary: str
    html: str  #: sanitised by the renderer
    published: AwareDatetime
    updated: AwareDatetime
    recalled: bool = False
    tag: str = ""  #: the visible code of the message
    pictures: tuple[Picture, ...] = ()
    corrected: AwareDatetime | None = None
    pinned_until: AwareDatetime | None = None
    keys: tuple[str, ...] = ()  #: of the messages that brought it, the newest last
    replaced: tuple[str, ...] = ()  #: keys whose text was corrected since, never to come back
    withdrawn: tuple[str, ...] = ()  #: keys of messages that were recalled, never to come back

    def says(self) -> tuple[object, ...]:
        """What a reader sees of it, without dates."""
        return self.title, self.summary, self.html, self.pictures, self.recalled

    def body(self) -> str:
        """The text and its pictures, with addresses below the site's root."""
        figures = [
            f'\n<p><img src="{p.path}" alt="{attribute(p.alt)}"{_size(p)}></p>'
            for p in self.pictures
        ]
        return self.html + "".join(figures)

    def picture_names(self) -> set[str]:
        """Its files in `anh/`."""
        return {unquote(name) for name in re.findall(r'src="anh/([^"/]+)"', self.body())}


def read_entry(data: bytes, slug: str = "") -> Entry | None:
    """
    None for what a hand has broken. `slug`: the file's own name, which holds whatever its text
    says; no text ever decides where we write.
    """
    try:
        entry = Entry.model_validate_json(data)
    except ValidationError:
        return None
    entry = entry.model_copy(update={"slug": slug or entry.slug})
    return entry if re.fullmatch(r"[a-z0-9-]+", entry.slug) else None


@dataclass(frozen=True)
class Site:
    """Who publishes, and where the folder is seen by readers."""

    title: str
    author: str
    base_url: str  #: ends with "/"
    tag_date: str

    def url(self, slug: str) -> str:
        return f"{self.base_url}{slug}.html"

    def tag(self, name: str) -> str:
        """A tag URI (RFC 4151): the id of a feed or an article, for ever."""
        host = urlsplit(self.base_url).hostname or "localhost"
        return f"tag:{host},{self.tag_date}:{name}"

    def id(self, entry: Entry) -> str:
        return self.tag(f"tin/{entry.slug}")


def _size(picture: Picture) -> str:
    if not picture.width or not picture.height:
        return ""
    return f' width="{picture.width}" height="{picture.height}"'
