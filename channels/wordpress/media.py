"""Pictures of an article: uploaded once, found again by their SHA-256, with their words."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from channels.images import Image, load_images
from channels.values import Message, Outcome
from channels.wordpress.rest import Rest, Thing


class Picture(NamedTuple):
    """A picture in the site's library."""

    number: int
    url: str
    alt: str


def upload(
    rest: Rest, message: Message, home: Path, account: str, deadline: float
) -> list[Picture] | Outcome:
    """All of the message, in order; the library gets only those that it lacks."""
    images = load_images(message, home)
    if not isinstance(images, list):
        return images
    pictures: list[Picture] = []
    for image in images:
        thing = _in_library(rest, image, account, deadline)
        if not isinstance(thing, dict):
            return thing
        pictures.append(Picture(thing["id"], str(thing.get("source_url", "")), image.alt))
    return pictures


def _in_library(rest: Rest, image: Image, account: str, deadline: float) -> Thing | Outcome:
    slug = f"gv-{hashlib.sha256(image.data).hexdigest()[:32]}"
    found = rest.things("media", account, deadline, slug=slug,
                        _fields="id,source_url,alt_text")
    if not isinstance(found, tuple):
        return found
    if not found[0]:
        fields = {"slug": slug, "title": image.alt or image.name, "alt_text": image.alt}
        return rest.thing("POST", "media", account, deadline,
                          files={"file": (image.name, image.data, image.kind)}, data=fields)
    standing = found[0][0]
    if standing.get("alt_text") == image.alt:
        return standing
    changed = rest.thing("POST", f"media/{standing['id']}", account, deadline,
                         json={"alt_text": image.alt})
    if getattr(changed, "code", "") == "wp-rest_cannot_edit":
        return standing  # another's picture; the article's own words stand in the article
    return changed
