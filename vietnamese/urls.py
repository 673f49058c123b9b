"""
Find web addresses in a text, also those typed without "http".

Warnings by SMS carry none: false base stations send texts under a real sender name, so people
are taught to trust no link in an SMS.
"""

import re

#: Endings that are no Vietnamese word: an address in any case of letters.
_SURE = (
    "com net org vn gov edu info biz xyz online site shop store app link page web live icu click "
    "club vip asia website space pro io mobi name life world cloud dev cyou buzz onion"
)

#: Endings that read as a Vietnamese word without accents ("nay.Co" is a missing space) or as an
#: abbreviation ("P.CC"): an address only when written small, or before a path.
_DOUBTFUL = (
    "me co to ai so in la my ly cc id de top loan it ph th tk ml ga cf be im ws tv gl gg us uk eu "
    "cn ru jp kr sg hk tw fun bank work win bet"
)

_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_CANDIDATE = re.compile(
    rf"""
    (?i:[a-z][a-z0-9+.-]{{0,20}}://\S+)  # bounded: else quadratic on a long word
    | (?<![\w.-]) (?i:www\.\S+)
    | (?<![\w.-]) \d{{1,3}}(?:\.\d{{1,3}}){{3}}(?::\d+|/)\S*
    | (?<![\w.-]) (?:{_LABEL}\.)+ (?:
        (?i:{_SURE.replace(" ", "|")}) (?![\w-]) (?:(?::\d+)?/\S*)?
      | (?:{_DOUBTFUL.replace(" ", "|")}) (?![\w-]) (?:(?::\d+)?/\S*)?
      | (?i:{_DOUBTFUL.replace(" ", "|")}) (?::\d+)?/\S*
    )
    """,
    re.VERBOSE,
)


def contains_url(text: str) -> list[str]:
    """
    The web addresses in the text, in order: with a scheme, "www.…", or a bare domain.

    A bare domain is one with a known ending: "vneid.gov.vn" and "bit.ly/x" are, "TP.HCM",
    "1.500.000", "v.v." and a full stop without a space ("hôm nay.Bạn") are not.
    """
    return [text[start:end] for start, end in url_spans(text)]


def url_spans(text: str) -> list[tuple[int, int]]:
    """Where the addresses of `contains_url` begin and end."""
    return [
        (m.start(), m.start() + len(m.group().rstrip(".,;:!?)]}>\"'”’»…")))
        for m in _CANDIDATE.finditer(text)
    ]
