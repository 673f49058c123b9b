"""The command `text spoken`: a line in, the same line as it is read aloud out."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from vietnamese.spoken import speak
from vietnamese.spoken.dictionary import DictionaryError, load
from vietnamese.spoken.findings import Lang

#: The home when GIOVANG_HOME is not set: the checkout, as everywhere.
_CHECKOUT = Path(__file__).resolve().parents[2]


def spoken(lines: Iterable[str], *, person: bool, lint: bool, lang: Lang) -> tuple[str, int]:
    """
    What to print and the exit code: 0, or 1 when *lint* found something to mend.

    With *lint* each line is one JSON object: spoken, and findings with start, end, text, why.
    Raises `DictionaryError`; the home's own dictionary is read when there is one.
    """
    home = Path(os.environ.get("GIOVANG_HOME") or _CHECKOUT)
    dictionary = load(home / "dictionary.toml")
    out, found = [], 0
    for written in lines:
        heard = speak(written, dictionary, lang)
        text = heard.person if person else heard.voice
        if lint:
            findings = [{"start": f.start, "end": f.end, "text": f.text, "why": f.why}
                        for f in heard.findings]
            text = json.dumps({"spoken": text, "findings": findings}, ensure_ascii=False)
            found += len(findings)
        out.append(text + "\n")
    return "".join(out), 1 if found else 0


def explain(error: DictionaryError, lang: Lang) -> str:
    """The mistakes of a dictionary, one a line, for the person who wrote it."""
    return "".join((m.vi if lang == "vi" else m.en) + "\n" for m in error.mistakes)
