"""Texts that break what writes or reads them: markup, control characters, halves, marks."""

from hypothesis import strategies as st

_NASTY = st.sampled_from([
    "]]>", "<!--", "&amp;", "</text>", "\x00", "\x0b", "\x1b[31m", "\x85", "\u2028", "\ufeff",
    "\ufffe", "\uffff", "\ud800", "\udfff", "\u202e", "\u200f", "\U0001f4a3", "\U00020000",
    "\r\n", "\r", "\t", '"', "'", "{text}", "{{ x }}", "%s", "Cảnh báo", "e\u0323\u0302",
])  # fmt: skip
#: any text at all, with what is known to hurt among it
HOSTILE = st.lists(
    st.one_of(_NASTY, st.text(st.characters(), max_size=8)), min_size=1, max_size=8
).map("".join).filter(str.strip)
