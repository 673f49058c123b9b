"""
Numbers of documents: "13/2023/NĐ-CP" is "mười ba năm hai nghìn không trăm hai mươi ba của Chính
phủ".

The symbol is not said; who issued the document is, once in a sentence, unless the text says it.
"""

import re
from dataclasses import dataclass

from vietnamese.spoken import dates
from vietnamese.spoken.numerals import integer, number
from vietnamese.spoken.spans import Reading, words

_PART = r"[A-ZĐ][A-Za-zĐđ]*\d*"
_YEAR = r"(?:19|20)\d{2}"
_SYMBOL = re.compile(
    rf"(?<![\w/.,])(?P<number>\d{{1,5}})(?:/(?P<year>{_YEAR}))?/(?P<symbol>{_PART}(?:[-&/]{_PART})*)"
    r"(?![\w/])"
)
#: Documents of the Party: "18-NQ/TW".
_PARTY = re.compile(rf"(?<![\w/.,])(?P<number>\d{{1,4}})-(?P<symbol>{_PART}/{_PART})(?![\w/])")
_PLAIN = re.compile(rf"(?<![\w/.,-])(?P<number>\d{{1,5}})/(?P<year>{_YEAR})(?![\w/]|[.,]\d)")
#: A kind and who issues it, without a number: "QĐ-TTg", "TT-BTTTT".
_BARE = re.compile(rf"(?<![\w/.,&-])(?P<symbol>{_PART}-{_PART})(?![\w/&-])")
_ASSEMBLY = re.compile(r"(QH|UBTVQH)(\d{1,2})")

_KIND_WORDS = (
    r"nghị định|thông tư liên tịch|thông tư|bộ luật|luật|nghị quyết liên tịch|nghị quyết|"
    r"quyết định|chỉ thị|pháp lệnh|công văn|kế hoạch|công điện|thông báo|hướng dẫn|văn bản|"
    r"tờ trình|báo cáo|chương trình|quy định|kết luận|quy chế|đề án|giấy mời|thông tri|lệnh|"
    r"quy chuẩn|giấy phép|hợp đồng|biên bản|bản án"
)
_NAMED = re.compile(words(_KIND_WORDS) + r"(?:\s+số)?\s*:?\s*$")
_NUMBERED = re.compile(r"(?<!\w)số\s*:?\s*$")
_DATED = re.compile(
    rf"\s*,?\s*(?:ký\s+)?ngày\s+(?:(\d{{1,2}})/(\d{{1,2}})/({_YEAR})"
    rf"|\d{{1,2}}\s+tháng\s+\d{{1,2}}\s+năm\s+({_YEAR}))(?![\w/])"
)
_STATED = re.compile(r"\s*,?\s*(?:của|do)(?!\w)")
#: "ba trăm năm hai nghìn …" would be heard as 305: a pause parts number and year.
_ROUND = ("mươi", "trăm", "nghìn", "năm")


@dataclass(frozen=True)
class _Document:
    """What a symbol says."""

    kind: str | None
    issuer: str | None


def read(line: Reading) -> None:
    """Claim every document number, with its date where one follows."""
    said: set[tuple[int, str]] = set()
    for pattern in (_SYMBOL, _PARTY):
        for match in line.matches(pattern):
            document = _parse(line, match["symbol"])
            if document:
                year = match.groupdict().get("year")
                _claim(line, match, document, year, said)
    for match in line.matches(_PLAIN):
        before = line.before(match.start())
        if _NAMED.search(before) or (_NUMBERED.search(before) and int(match["number"])):
            line.claim(match.start(), match.end(), _numbered(match["number"], match["year"]),
                       "document")


def read_bare(line: Reading) -> None:
    """Claim a kind and who issues it where no number stands with them."""
    for match in line.matches(_BARE):
        kind, _, issuer = match["symbol"].partition("-")
        if kind in line.dictionary.kinds and issuer in line.dictionary.issuers:
            said_kind = "" if _kind_stands_before(line, match.start()) \
                else f"{line.dictionary.kinds[kind]} "
            line.claim(match.start(), match.end(),
                       f"{said_kind}của {line.dictionary.issuers[issuer]}", "document")


def _parse(line: Reading, symbol: str) -> _Document | None:
    """None for what is no symbol of a document that the dictionary knows."""
    kinds, issuers = line.dictionary.kinds, line.dictionary.issuers
    parts = re.split(r"[-/&]", symbol)
    kind = kinds.get(parts[0])
    names = []
    for part in parts[1:] if kind else parts:
        if assembly := _ASSEMBLY.fullmatch(part):
            body = issuers.get(assembly[1], "Quốc hội")
            names.append(f"{body} khóa {integer(int(assembly[2]))}")
        elif part in issuers:
            names.append(issuers[part])
    if kind is None and not names:
        return None
    if parts[0] in ("TTLT", "NQLT", "QCPH", "CTPH") and len(names) > 1:
        return _Document(kind, f"{', '.join(names[:-1])} và {names[-1]}")
    return _Document(kind, names[0] if names else None)


def _claim(
    line: Reading, match: re.Match[str], document: _Document, year: str | None,
    said: set[tuple[int, str]],
) -> None:
    voice = _numbered(match["number"], year)
    if document.kind and not _kind_stands_before(line, match.start()):
        voice = f"{document.kind} {'' if year else 'số '}{voice}"
    dated = _DATED.match(line.text, match.end())
    end = dated.end() if dated else match.end()
    issuer = _unless_stated(line, match, end, document.issuer, said)
    if dated and line.free(match.end(), dated.end()):
        line.claim(match.start(), match.end(), voice + ",", "document")
        _claim_date(line, dated, issuer)
    else:
        line.claim(match.start(), match.end(), voice + issuer, "document")


def _claim_date(line: Reading, dated: re.Match[str], issuer: str) -> None:
    if dated[1]:
        day, month, year = (int(dated[i]) for i in (1, 2, 3))
        dates.check(line, dated.start(1), dated.end(3), (day, month, year))
        line.claim(dated.start(1), dated.end(3), dates.full(day, month, year) + issuer, "date")
    else:
        line.claim(dated.start(4), dated.end(4), integer(int(dated[4])) + issuer, "date")


def _numbered(written: str, year: str | None) -> str:
    said = number(written)
    if year is None:
        return said
    pause = "," if said.endswith(_ROUND) else ""
    return f"{said}{pause} năm {integer(int(year))}"


def _kind_stands_before(line: Reading, place: int) -> bool:
    before = line.before(place)
    if _NAMED.search(before) or _NUMBERED.search(before):
        return True
    last = re.search(r"(\S+?)(?:\s+số)?\s*:?\s*$", line.text[max(0, place - 40) : place])
    return bool(last and last[1] in line.dictionary.kinds)


def _unless_stated(
    line: Reading, match: re.Match[str], end: int, issuer: str | None, said: set[tuple[int, str]]
) -> str:
    """What to add for the issuer: nothing when the sentence names it, before or behind."""
    if issuer is None or _STATED.match(line.lower, end):
        return ""
    start, stop = line.sentence(match.start())
    around = line.lower[start : match.start()] + " | " + line.lower[end:stop]
    if (start, issuer) in said or _names(line, around, issuer):
        return ""
    said.add((start, issuer))
    return f" của {issuer}"


def _names(line: Reading, around: str, issuer: str) -> bool:
    body = issuer.lower().partition(" khóa ")[0]
    if body == "quốc hội":  # "đại biểu Quốc hội" issues nothing
        return bool(re.search(r"quốc hội\s+(?:khóa|khoá|ban hành|thông qua|đã)", around))
    if body == "chính phủ":
        return bool(re.search(r"(?<!thủ tướng )(?<!phó thủ tướng )chính phủ", around))
    short = [key.lower() for key, name in line.dictionary.issuers.items() if name.lower() == body]
    return body in around or any(re.search(rf"(?<!\w){re.escape(s)}(?!\w)", around) for s in short)
