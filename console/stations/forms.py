"""What a station sends: accepted, aired, received, put off, a recording."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from starlette.datastructures import FormData, UploadFile

from console.stations.view import Entry, View
from worker.errors import UserError
from worker.home import Home
from worker.i18n import t
from worker.radio import acceptance, aired, changes, notices
from worker.radio.speech import recordings
from worker.radio.speech.parts import text_sha256

#: who did it, in the audit: the station's page has no login, its address is the key
PAGE = "trang-dai"


@dataclass(frozen=True)
class Sent:
    """A form as it came: single values, values given several times, one file."""

    one: Mapping[str, str]
    many: Mapping[str, tuple[str, ...]]
    data: bytes = b""

    def get(self, name: str) -> str:
        return self.one.get(name, "").strip()[:300]


async def read(given: FormData) -> Sent:
    """The form's fields and its file, in memory: the size was judged before."""
    one: dict[str, str] = {}
    many: dict[str, tuple[str, ...]] = {}
    data = b""
    for name, value in given.multi_items():
        if isinstance(value, UploadFile):
            data = await value.read()
        else:
            one[name] = value
            many[name] = (*many.get(name, ()), value)
    return Sent(one, many, data)


def accept(home: Home, view: View, sent: Sent) -> None:
    """«Duyệt phát» of one number."""
    entry = _entry(view, sent)
    if entry.row is None:
        raise UserError(t("bản tin", "bulletin"), t("còn là dự kiến", "is only planned"),
                        t("duyệt khi đã giao", "accept it once it is handed over"))
    with home.store.write() as session:
        acceptance.accept(session, home.clock.now(), entry.row, acceptance.Yes(
            sent.get("by"), "page", f"{PAGE}/{view.station}", sent.get("document")))


def report(home: Home, view: View, sent: Sent) -> None:
    """«Đã phát»: one airing, or several in one tick (each `place`: DATE|TIME)."""
    source = "offline" if sent.get("source") == "offline" else "page"
    silent = tuple(c for c in sent.many.get("cluster", ()) if c in view.clusters)
    answers = [
        aired.Answer(
            view.station, date.fromisoformat(day), airing,
            cast("aired.Extent", sent.get("extent") or "full"), sent.get("by")[:150],
            cast("aired.Source", source), number=_number(sent.get("number")), clusters=silent,
            times=_number(sent.get("times")), reason=sent.get("reason"), note=sent.get("note"))
        for day, airing in (_place(p) for p in sent.many.get("place", ()))]
    if not answers:
        raise UserError(t("Đã phát", "Aired"), t("chưa chọn buổi phát nào", "no airing was ticked"),
                        t("đánh dấu buổi đã phát", "tick what aired"))
    with home.store.write() as session:
        aired.report_many(session, home.clock.now(), answers)


def received(home: Home, view: View, sent: Sent) -> None:
    """«Đã nhận» of a notice of this station; it answers all older ones as well."""
    number = _number(sent.get("notice"))
    if number is None or number not in {n.id for n in view.notices}:
        return  # answered already: pressing it twice is no mistake
    with home.store.write() as session:
        notices.answer(session, home.clock.now(), number, sent.get("by"),
                       f"{PAGE}/{view.station}")


def put_off(home: Home, view: View, sent: Sent) -> None:
    """An ordinary item to a later airing, or another approved one in its place."""
    day, airing = _place(sent.get("place"))
    to_date, to_airing = None, ""
    if sent.get("to") and not sent.get("item"):
        to_day, to_airing = _place(sent.get("to"))
        to_date = date.fromisoformat(to_day)
    with home.store.write() as session:
        changes.change(session, home.clock.now(), changes.Wish(
            view.station, date.fromisoformat(day), airing, sent.get("delivery"),
            sent.get("reason"), sent.get("by")[:150], to_date, to_airing, sent.get("item")))


def recording(home: Home, view: View, sent: Sent) -> None:
    """The announcer's own voice for exactly the words of this number."""
    entry = _entry(view, sent)
    if not sent.get("by"):
        raise UserError(t("người thu", "who reads"), t("chưa ghi họ tên", "no name"),
                        t("ghi họ tên người đọc", "write the reader's name"))
    recordings.add(home, home.clock.now(), recordings.Take(
        view.station, text_sha256(entry.bulletin.voice), sent.get("by")[:150], sent.data))


#: the last part of the address a form is sent to -> what it does
ACTS: Mapping[str, Callable[[Home, View, Sent], None]] = {
    "accept": accept, "aired": report, "received": received, "change": put_off,
    "recording": recording,
}
#: and what the page says after it
DONE: Mapping[str, tuple[str, str]] = {
    "accept": ("Đã duyệt phát.", "Accepted for airing."),
    "aired": ("Đã ghi «Đã phát». Cảm ơn.", "Written down as aired. Thank you."),
    "received": ("Đã ghi: đài đã nhận. Nhớ tải hoặc in lại bản mới.",
                 "Written down as received. Download or print the new one."),
    "change": ("Đã ghi. Bản tin mới sẽ có sau ít giây.",
               "Written down. The new bulletin is there in a few seconds."),
    "recording": ("Đã nhận bản thu. Cần một người khác nghe rồi mới dùng.",
                  "The recording is here. Somebody else has to hear it before it is used."),
}


def _entry(view: View, sent: Sent) -> Entry:
    found = view.find(sent.get("slug"), _number(sent.get("number")))
    if found is None:
        raise UserError(t("bản tin", "bulletin"),
                        t("không còn bản này, có thể đã có bản mới",
                          "is gone, there may be a newer one"),
                        t("tải lại trang rồi làm lại", "load the page again and repeat it"))
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 9 else None


def _place(text: str) -> tuple[str, str]:
    """2026-11-25|05:30 as the forms write it."""
    day, _, airing = text.partition("|")
    try:
        date.fromisoformat(day)
    except ValueError:
        raise UserError(t("buổi phát", "airing"),
                        t(f"không hiểu «{text[:40]}»", f"“{text[:40]}” is none"),
                        t("tải lại trang", "load the page again")) from None
    return day, airing
