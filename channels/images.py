"""The pictures of a message, exactly those that were approved."""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from channels.values import Attachment, Message, Rejected

CODE = "image"


@dataclass(frozen=True)
class Image:
    """A picture's bytes and how it is named on the wire: by its hash."""

    name: str
    data: bytes
    kind: str  #: MIME type
    alt: str


def load_images(message: Message, home: Path) -> list[Image] | Rejected:
    """Every picture; Rejected when one is missing or is not the one that was approved."""
    images = []
    for attachment in message.attachments:
        try:
            data = (home / attachment.path).read_bytes()
        except OSError:
            return Rejected(CODE, f"Không đọc được ảnh {Path(attachment.path).name}")
        if hashlib.sha256(data).hexdigest() != attachment.sha256:
            return Rejected(CODE, f"Ảnh {Path(attachment.path).name} đã khác ảnh được duyệt")
        images.append(Image(_name(attachment), data, _kind(attachment), attachment.alt))
    return images


def _name(attachment: Attachment) -> str:
    return attachment.sha256[:16] + Path(attachment.path).suffix.lower()


def _kind(attachment: Attachment) -> str:
    return mimetypes.guess_type(attachment.path)[0] or "application/octet-stream"
