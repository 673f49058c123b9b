"""Soạn tin: the list, the form with every channel beside it, history, contributions."""

from console.web.nav import ACTORS
from console.web.pages.compose import contribute, files, form, history, listing, live
from console.web.route import Route
from worker.items.files.text import MAX_TEXT

AUTHORS = frozenset({"nguoi_soan"})
#: characters of a field: more than an item may have, so that its own rule says what is too long
LONGEST = 20_000
#: bytes of a form without files: a letter with accents takes nine in an address-like form
_TYPED = 12 * MAX_TEXT * 9
_FILES = 32 << 20
assert LONGEST > MAX_TEXT  # noqa: S101

ROUTES: tuple[Route, ...] = (
    Route("GET", "/soan-tin", listing.page),
    Route("GET", "/soan-tin/mau", listing.patterns_page, roles=AUTHORS),
    Route("GET", "/soan-tin/gop-y", contribute.page, roles=ACTORS),
    Route("POST", "/soan-tin/gop-y", contribute.send, roles=ACTORS, largest=_FILES, files=1,
          longest=LONGEST),
    Route("GET", "/soan-tin/moi", form.new, roles=AUTHORS),
    Route("POST", "/soan-tin/moi", form.act, roles=AUTHORS, largest=_FILES, files=2, fields=300,
          longest=LONGEST),
    Route("POST", "/soan-tin/xem", live.preview, roles=AUTHORS, passive=True, largest=_TYPED,
          fields=300, longest=LONGEST),
    Route("POST", "/soan-tin/nhap", live.keep, roles=AUTHORS, passive=True, largest=_TYPED,
          fields=300, longest=LONGEST),
    Route("POST", "/soan-tin/nhap/bo", live.drop, roles=AUTHORS),
    Route("POST", "/soan-tin/nghe", live.listen, roles=AUTHORS, largest=_TYPED, fields=300,
          longest=LONGEST),
    Route("GET", "/soan-tin/tieng/{name}", files.sound),
    Route("GET", "/soan-tin/anh/{name}", files.picture),
    Route("GET", "/soan-tin/bang-chung/{number}", files.evidence),
    Route("GET", "/soan-tin/{item}", form.page),
    Route("POST", "/soan-tin/{item}", form.act, roles=AUTHORS, largest=_FILES, files=2, fields=300,
          longest=LONGEST),
    Route("GET", "/soan-tin/{item}/anh/{number}", files.picture_of),
    Route("GET", "/soan-tin/{item}/lich-su", history.page),
    Route("GET", "/soan-tin/{item}/lich-su/{version}", history.one),
    Route("POST", "/soan-tin/{item}/lich-su/{version}/lay-lai", history.take_back, roles=AUTHORS),
)
