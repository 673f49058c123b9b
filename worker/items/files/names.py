"""Things people name by id or by the name they know: themes, audiences, areas, classes."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Protocol

from vietnamese.plain import slug
from worker.i18n import t

from .places import Found, Place


class Read(Protocol):
    """What is needed of an entry here."""

    def at(self, key: str) -> Place: ...
    def text(self, key: str) -> str: ...
    def list(self, key: str) -> list[str]: ...


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """'có phải «…»? ' when one of them is close, else nothing; accents do not matter."""
    by_slug = {slug(name): name for name in known}
    near = get_close_matches(slug(word), by_slug, n=1, cutoff=0.7)
    if not near:
        return ""
    name = by_slug[near[0]]
    return t(f"có phải «{name}»? ", f"did you mean «{name}»? ")


class Names:
    """Ids that are accepted as they are or by their names, case and accents apart."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        # An id wins over another's name that happens to look the same.
        self._ids = {slug(name): key for key, name in names.items()}
        self._ids |= {slug(key): key for key in names}

    def one(self, entry: Read, key: str, found: Found, *, required: bool = False) -> str:
        """The id meant; '' when nothing is given or it is a mistake."""
        given = entry.text(key)
        if not given:
            if required:
                what = t("còn trống", "is empty")
                found.mistakes.append(entry.at(key).mistake(what, self._all()))
            return ""
        return self._id(given, entry.at(key), found)

    def many(self, entry: Read, key: str, found: Found) -> tuple[str, ...]:
        """The ids meant, in order."""
        return tuple(self._id(given, entry.at(key), found) for given in entry.list(key))

    def _id(self, given: str, place: Place, found: Found) -> str:
        if given in self._names:
            return given
        meant = self._ids.get(slug(given), "")
        if not meant:
            what = t(f"không có «{given}»", f"«{given}» is not known")
            fix = did_you_mean(given, (*self._names, *self._names.values())) + self._all()
            found.mistakes.append(place.mistake(what, fix))
        return meant

    def _all(self) -> str:
        if not self._names:
            return t("khai trong schedules.toml trước", "declare it in schedules.toml first")
        shown = [f"{name} ({key})" for key, name in list(self._names.items())[:12]]
        more = " …" if len(self._names) > len(shown) else ""
        return t("chọn một trong: ", "choose one of: ") + "; ".join(shown) + more
