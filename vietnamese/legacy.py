"""
Text typed in the old codes TCVN3 (ABC fonts) and VNI (VNI-Windows fonts), made Unicode.

Such text reaches us as an Excel or CSV file shows it: "C¶nh b¸o" (TCVN3), "Caûnh baùo" (VNI).
Both tables are those of the fonts; every code lies in Latin-1, so Latin-1 and cp1252 show alike.
"""

import re
from typing import Literal

from vietnamese.plain import nfc
from vietnamese.syllables import is_syllable

Code = Literal["tcvn3", "vni"]

# TCVN 5712:1993, set VN3: one code a letter. The toned capitals are not in it: the capital
# fonts (.VnTimeH) draw the small codes large.
_TCVN3 = dict(
    zip(
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ¡¢£¤¥¦§",
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)
_TCVN3["μ"] = "à"  # Greek mu, into which some programs normalise the micro sign

# VNI-Windows: a letter, and mostly a mark behind it. The mark of a toned ă or â says both.
_VNI_TONES = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_VNI_HATS = {
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309",
    "ã": "\u0302\u0303", "ä": "\u0302\u0323",
}  # fmt: skip
_VNI_BREVES = {
    "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309",
    "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_SINGLE = {
    "ô": "ơ", "ö": "ư", "ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ",
}  # fmt: skip


def _vni_table() -> dict[str, str]:
    small = dict(_VNI_SINGLE)
    for letter in "aeouy":
        small |= {letter + mark: letter + tone for mark, tone in _VNI_TONES.items()}
    for letter in "ôö":
        small |= {letter + m: _VNI_SINGLE[letter] + tone for m, tone in _VNI_TONES.items()}
    for letter in "aeo":
        small |= {letter + mark: letter + hat for mark, hat in _VNI_HATS.items()}
    small |= {"a" + mark: "a" + breve for mark, breve in _VNI_BREVES.items()}
    table = {k: nfc(v) for k, v in small.items()}
    # A capital may carry a capital mark or, at the head of a word, a small one.
    table |= {k[0].upper() + k[1:]: v.upper() for k, v in table.items()}
    table |= {k.upper(): v for k, v in table.items() if k[0].isupper()}
    return table


_VNI = _vni_table()
_VNI_CODE = re.compile("|".join(sorted(_VNI, key=len, reverse=True)))

# In TCVN3 many letters look like signs (« is ô), so a word is all but ASCII signs and spaces.
_RUN = re.compile(r"[^\s\x00-\x40\x5b-\x60\x7b-\x7f“”‘’…–—]+")

#: A text is in an old code when at least this many different words say so …
_EVIDENCE = 2
#: … and at least this share of its accented words become Vietnamese syllables.
_SHARE = 0.85


def detect(text: str) -> Code | None:
    """
    The old code the text is typed in: "tcvn3", "vni" or, for any other text, None.

    It takes two different words that are no Vietnamese as they stand and become Vietnamese when
    read in the code, and nearly all the text's accented words must become so. A single short
    cell therefore gives None: ask with the text of the whole row or file.
    """
    runs = dict.fromkeys(_RUN.findall(nfc(text)))
    words = [w for w in runs if len(w) > 1 and not w.isascii()]
    best: Code | None = None
    best_share = 0.0
    codes: tuple[Code, ...] = ("tcvn3", "vni")
    for code in codes:
        read = [w for w in words if _is_coded(w, code) and is_syllable(to_unicode(w, code))]
        evidence = {to_unicode(w, code).lower() for w in read if not is_syllable(w)}
        share = len(read) / len(words) if words else 0.0
        if len(evidence) >= _EVIDENCE and share >= _SHARE and share > best_share:
            best, best_share = code, share
    return best


def to_unicode(text: str, code: Code) -> str:
    """
    The text in composed Unicode; what is not in the code's table stays as it is.

    A TCVN3 word whose plain letters are all capitals is made capitals throughout ("C¶NH" is
    "CẢNH"). One typed wholly in small codes for a capital font comes out small: only the font
    knew that it was large.
    """
    text = nfc(text)
    if code == "vni":
        return nfc(_VNI_CODE.sub(lambda m: _VNI[m.group()], text))
    return nfc(_RUN.sub(lambda m: _tcvn3_word(m.group()), text))


def accented_words(text: str) -> list[str]:
    """The words that have a letter outside ASCII, in order."""
    return [word for word in _RUN.findall(nfc(text)) if not word.isascii()]


def _is_coded(word: str, code: Code) -> bool:
    """Whether every accent in the word is one of the code's: the "à" of a French "là" is not."""
    rest = _VNI_CODE.sub("", word) if code == "vni" else "".join(set(word) - set(_TCVN3))
    return rest.isascii()


def _tcvn3_word(word: str) -> str:
    read = "".join(_TCVN3.get(c, c) for c in word)
    # One capital at the head ("C¶") is a name or the start of a sentence.
    ascii_letters = [c for c in word if c.isascii()]
    capitals = all(c.isupper() for c in ascii_letters) and any(c.isupper() for c in word[1:])
    return read.upper() if capitals and ascii_letters else read
