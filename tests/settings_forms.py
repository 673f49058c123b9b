"""Forms of the settings as a browser sends them: read from the page, changed, sent."""

import re
from html import unescape
from pathlib import Path

from tests.accounts import Visitor
from tests.builders import PROGRAMME
from worker.home import Home, in_force
from worker.programme.model import Programme
from worker.programme.saving import newest
from worker.programme.versions import accept

TEXT = PROGRAMME.replace(
    '[[slots]]\nid = "trua"', '# giờ của xã\n[[slots]]  # trưa\nid = "trua"') + """
[[stations]]
id = "dai-xa-khac"
name = "Đài xã khác"
organisation = "xa-khac"
contacts = [{ name = "Trực đài", phone = "env:PHONE_DAI" }]

[[organisations]]
id = "xa-khac"
name = "Xã khác"
"""


def in_words(text: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def form_of(page: str) -> dict[str, str | list[str]]:
    """What the first form that names a version would send as it stands."""
    (form,) = re.findall(r'<form method="post" action="[^"]*" class="[^"]*config">(.*?)</form>',
                         page, re.DOTALL)[:1] or [""]
    found: dict[str, str | list[str]] = {}

    def put(name: str, value: str) -> None:
        if name in found:
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[name] = value

    for tag in re.findall(r"<input [^>]*>", form):
        kind, name = (re.search(rf'{k}="([^"]*)"', tag) for k in ("type", "name"))
        value = re.search(r'value="([^"]*)"', tag)
        assert kind
        assert name
        if kind[1] not in ("checkbox", "radio") or " checked" in tag:
            put(unescape(name[1]), unescape(value[1]) if value else "")
    for name_, options in re.findall(r'<select name="([^"]*)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        put(name_, unescape(chosen[1]) if chosen else "")
    for name_, body in re.findall(r'<textarea name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form,
                                  re.DOTALL):
        put(name_, unescape(body))
    return found


class Admin(Visitor):
    """A visitor who fills forms as they stand, with changes."""

    def send(self, path: str, **changes: str | list[str]):
        filled = form_of(self.get(path).text) | {"viec": "xem"} | changes
        return self.post(path, **filled)

    def save(self, path: str, **changes: str | list[str]):
        """Send, agree to what it would do, and save."""
        shown = self.send(path, **changes)
        assert shown.status_code == 200, in_words(shown.text)
        return self.post(path, **form_of(shown.text), viec="luu")


def file_of(home: Home) -> Path:
    return home.settings.schedules


def text_of(home: Home) -> str:
    return file_of(home).read_text(encoding="utf-8")


def base(home: Home) -> str:
    """The version in force, as forms name it."""
    with home.store.read() as session:
        return str(newest(session).id)


def programme_of(home: Home) -> Programme:
    with home.store.read() as session:
        return in_force(session).programme


def prepared(home: Home) -> Home:
    """The text above on the disk and in force."""
    home.settings.schedules.write_text(TEXT, encoding="utf-8")
    with home.store.write() as session:
        accept(session, home.clock.now(), TEXT, "he-thong")
    return home
