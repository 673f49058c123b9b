"""Words of an item that somebody answers for: how they are compared, and that they still stand."""

from vietnamese.plain import nfc
from worker.items.model import ItemContent


def word_of(text: str) -> str:
    """What a word is compared by: composed, one space, any case."""
    return " ".join(nfc(text).split()).casefold()


def says(content: ItemContent, word: str) -> bool:
    """The word stands somewhere in what is said of the item aloud."""
    said = (content.title, content.body, content.what_to_do, *content.texts.values(),
            *content.hotline, *content.facts.values())
    return bool(word.strip()) and word_of(word) in word_of("\n".join(said))
