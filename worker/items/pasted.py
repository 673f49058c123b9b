"""What was copied out of Word or a web page to the words alone: paragraphs and lists stay."""

import re
from html import unescape

import nh3

#: a tag that Word or a browser writes; "nhiệt độ < 5" and "<tên>" are words
_TAG = re.compile(
    r"</?(?:p|div|span|br|b|i|u|strong|em|ul|ol|li|table|tbody|thead|tr|td|th|h[1-6]|a|font|"
    r"style|script|meta|html|head|body|img|o:p|w:\w+|m:\w+)"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|[^\s<>\"']+))*\s*/?>", re.IGNORECASE)
_ITEM = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_CELL = re.compile(r"</t[dh]>", re.IGNORECASE)
_END = re.compile(r"</(?:p|div|h[1-6]|table|ul|ol)>", re.IGNORECASE)
_LINE = re.compile(r"<br\s*/?>|</(?:li|tr)>", re.IGNORECASE)


def holds_markup(text: str) -> bool:
    """Whether the text is somebody's HTML rather than words."""
    return "<" in text and bool(_TAG.search(text))


def words_of(text: str) -> str:
    """The words of a text that holds markup; any other text as it stands."""
    if not holds_markup(text):
        return text
    # line breaks of the source are white space; those that are meant come from the tags
    said = re.sub(r"\s+", " ", text)
    said = _LINE.sub("\n", _END.sub("\n\n", _CELL.sub(" ", _ITEM.sub("- ", said))))
    said = unescape(nh3.clean(said, tags=set(), clean_content_tags={"script", "style"}))
    lines = (" ".join(line.split()) for line in said.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
