"""
Recognise Vietnamese syllables, and guess how long a text takes to read aloud.

A syllable is checked by its build, onset + rhyme + tone, not in a dictionary: "lừa" is one,
"lừb" is not.
"""

import math
import re
import unicodedata

_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}  # huyền, sắc, ngã, hỏi, nặng
_SHARP_OR_HEAVY = {"\u0301", "\u0323"}

_LONG_ONSETS = "ngh ng nh gh gi kh ph qu th tr ch"
_ONSETS = (*_LONG_ONSETS.split(), *"bcdđghklmnprstvx")
_MOST_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăk ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
o oc oi om on ong op ot ooc oong oa oac oach oai oam oan oang oanh oao oap oat oay
oăc oăm oăn oăng oăt oe oem oen oeo oet ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua uc ui um un ung up ut uân uâng uât uây uê uêch uên uênh uêt uơ
uy uya uych uyên uyêt uyn uynh uyp uyt uyu uôc uôi uôm uôn uông uôt
ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu
"""
#: After "qu" the glide is in the onset already: "quyên" is qu + yên, "quốc" is qu + ốc.
_QU_RHYMES = """
a ac ach ai an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc ân âng ât ây e en eng eo et
ê ên ênh êt êch i in inh it ich ô ôc ơ ơn y yên yêt ynh ych yt yn yp
"""
_RHYMES = frozenset(_MOST_RHYMES.split())
_RHYMES_AFTER_QU = frozenset(_QU_RHYMES.split())
_FRONT = "eêiy"

_TOKEN = re.compile(r"\d+|[^\W\d_]+|[%&+/@:]")
_VOWEL_GROUP = re.compile(r"[aeiouy]+")
#: What a sign between or after figures is read as: "phần trăm" is two, "và", "cộng", "trên",
#: "a còng", "giờ" the rest.
_SIGNS = {"%": 2, "&": 1, "+": 1, "@": 2}


def is_syllable(word: str) -> bool:
    """Whether *word* is built like one Vietnamese syllable, in either tone style and any case."""
    letters, tones = _tone_apart(word)
    if len(tones) > 1:
        return False
    onset = next((o for o in _ONSETS if letters.startswith(o)), "")
    rhyme = letters[len(onset) :]
    if onset == "gi":
        # "gì", "gìn", "giếng": here the i is (also) the rhyme's.
        return (_fits("", rhyme, tones) if rhyme else True) or _fits("", "i" + rhyme, tones)
    return _fits(onset, rhyme, tones)


def syllable_count(text: str) -> int:
    """
    About how many syllables the text has when read aloud.

    A Vietnamese word is one, figures and abbreviations are spelt ("113" is three, "OTP" is
    three), other words go by their vowels. An estimate to plan with; the spoken form itself
    is exact.
    """
    total = 0
    previous = ""
    for token in _TOKEN.findall(unicodedata.normalize("NFC", text)):
        if token.isdigit():
            total += len(token)
        elif token in ("/", ":"):
            total += previous.isdigit()  # "24/24", "05:30"; not "thôn/xóm", "Số điện thoại:"
        elif token in _SIGNS:
            total += _SIGNS[token]
        else:
            total += _word(token)
        previous = token
    return total


def reading_seconds(text: str, per_second: float = 3.0) -> int:
    """The seconds it takes to read the text aloud, rounded up; speakers do 3 to 3.3 syllables."""
    return math.ceil(syllable_count(text) / per_second)


def _word(word: str) -> int:
    if is_syllable(word):
        return 1
    if len(word) > 1 and word[1:] != word[1:].lower():  # OTP, UBND, VNeID
        return len(word)
    bare = unicodedata.normalize("NFD", word.lower())
    return max(1, len(_VOWEL_GROUP.findall(bare)))


def _tone_apart(word: str) -> tuple[str, set[str]]:
    """The letters of the word without their tone, and the tones that were there."""
    marks = unicodedata.normalize("NFD", word.lower())
    letters = "".join(c for c in marks if c not in _TONES)
    tones = [c for c in marks if c in _TONES]
    return unicodedata.normalize("NFC", letters), set(tones)


def _fits(onset: str, rhyme: str, tones: set[str]) -> bool:
    if rhyme not in (_RHYMES_AFTER_QU if onset == "qu" else _RHYMES):
        return False
    # c, g and ng are written k, gh and ngh before e, ê, i and y, and only there.
    if onset in ("k", "gh", "ngh") and rhyme[0] not in _FRONT:
        return False
    if onset in ("c", "g", "ng") and rhyme[0] in _FRONT:
        return False
    # A syllable closed by c, ch, p or t has only the sắc or the nặng tone; one without a mark
    # passes, for that is how it looks when the accents were taken off.
    stopped = rhyme.endswith(("c", "ch", "p", "t", "k"))
    return not (stopped and tones and not tones & _SHARP_OR_HEAVY)
