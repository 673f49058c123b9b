"""
All online channels in one slot, and what the far sides of the sandbox show: each text is known
by a word of its own, so that nothing the product says of itself is needed to count it.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sandbox import Sandbox, facebook_posts
from tests.builders import an_item
from tests.process.flow import PROGRAMME
from worker.items.model import ItemContent
from worker.settings import PRODUCT

#: item -> the word by which its text is known wherever it stands
WORDS = {"td-01": "GOCTIN", "td-02": "HAITIN", "dc-01": "SUATIN"}
_ITEMS = {word: item for item, word in WORDS.items()}
_WORD = re.compile("|".join(WORDS.values()))

SECRETS = {"fb-chinh": "khoa-fb-1", "fb-phu": "khoa-fb-2", "wp-user": "nguoi-dang",
           "wp-pass": "khoa-wp", "zalo-app": "1234", "zalo-khoa": "khoa-app-zalo",
           "zalo-refresh": "rt-dau-tien", "hook-1": "khoa-bi-mat-0123",
           "hook-2": "khoa-tap-huan", "hook-3": "khoa-cu-bi-mat-9", "push-key": "khoa-push"}
#: page -> target, of the two Facebook channels
PAGES = {"100000000000001": ("facebook", "trang"), "100000000000002": ("facebook", "trang-hai"),
         "100000000000003": ("facebook_thuong", "trang-ba")}
FILES = {"trang_tinh": "trang-tin", "cap": "cap", "bang": "bang", "bang_json": "bang-json"}

_CHANNELS = """
[[channels]]
id = "facebook"
type = "facebook"
name = "Facebook"
lead = "30m"
timeout = {timeout}
options = {{ version = "v26.0", url = "{base}/graph", schedule_ahead = true }}
accounts = [{{ id = "chinh", secrets = {{ token = "file:fb-chinh" }} }},
            {{ id = "phu", secrets = {{ token = "file:fb-phu" }} }}]
targets = [{{ id = "trang", name = "Trang", address = "100000000000001", account = "chinh" }},
           {{ id = "trang-hai", name = "Hai", address = "100000000000002", account = "phu" }}]

[[channels]]
id = "facebook_thuong"
type = "facebook"
name = "Facebook, không hẹn giờ"
timeout = {timeout}
options = {{ version = "v26.0", url = "{base}/graph" }}
accounts = [{{ id = "chinh", secrets = {{ token = "file:fb-chinh" }} }}]
targets = [{{ id = "trang-ba", name = "Ba", address = "100000000000003" }}]

[[channels]]
id = "website"
type = "wordpress"
name = "Cổng thông tin"
timeout = {timeout}
options = {{ url = "{base}" }}
accounts = [{{ id = "chinh", secrets = {{ user = "file:wp-user", password = "file:wp-pass" }} }}]
targets = [{{ id = "cong", name = "Cổng", address = "{base}" }}]

[[channels]]
id = "zalo"
type = "zalo_oa"
name = "Zalo"
lead = "60m"
timeout = {timeout}
[channels.options]
url = "{base}/zalo"
oauth_url = "{base}/zalo"
cover_url = "https://tin.vi-du.invalid/bia.jpg"
package = "premium"
broadcast = {broadcast}
[[channels.accounts]]
id = "chinh"
secrets = {{ app_id = "file:zalo-app", app_secret = "file:zalo-khoa", \
refresh_token = "file:zalo-refresh" }}
[[channels.targets]]
id = "oa"
name = "OA"
address = "oa"

[[channels]]
id = "hook"
type = "webhook"
name = "Webhook"
timeout = {timeout}
options = {{ url = "{base}/hooks", allow_private = true, answer = "id" }}
accounts = [{{ id = "a1", secrets = {{ secret = "file:hook-1" }} }},
            {{ id = "a2", secrets = {{ secret = "file:hook-2" }} }},
            {{ id = "a3", secrets = {{ secret = "file:hook-3" }} }}]
targets = [{{ id = "app-1", name = "Một", address = "app-1", account = "a1" }},
           {{ id = "app-2", name = "Hai", address = "app-2", account = "a2" }},
           {{ id = "app-3", name = "Ba", address = "app-3", account = "a3" }}]

[[channels]]
id = "push"
type = "http_json"
name = "Dịch vụ"
timeout = {timeout}
accounts = [{{ id = "chinh", secrets = {{ key = "file:push-key" }} }}]
targets = [{{ id = "kenh-1", name = "Một", address = "kenh-1" }},
           {{ id = "kenh-2", name = "Hai", address = "kenh-2" }}]
[channels.options]
url = "{base}/push"
{service}

[[channels]]
id = "trang_tinh"
type = "static_site"
name = "Trang tĩnh"
accounts = [{{ id = "chinh" }}]
targets = [{{ id = "trang-tin", name = "Trang tin", address = "trang-tin" }}]

[[channels]]
id = "cap"
type = "cap"
name = "CAP"
options = {{ sender = "canh-bao@vi-du.invalid" }}
accounts = [{{ id = "chinh" }}]
targets = [{{ id = "xa", name = "Xã", address = "xa" }},
           {{ id = "huyen", name = "Huyện", address = "huyen" }}]

[[channels]]
id = "bang"
type = "board"
name = "Bảng"
options = {{ folder = "bang", max_chars = 500 }}
accounts = [{{ id = "chinh" }}]
targets = [{{ id = "nga-tu", name = "Ngã tư", address = "nga-tu" }},
           {{ id = "cho", name = "Chợ", address = "cho" }}]

[[channels]]
id = "bang_json"
type = "board"
name = "Bảng JSON"
options = {{ folder = "bang-json", max_chars = 500, form = "json" }}
accounts = [{{ id = "chinh" }}]
targets = [{{ id = "ben-xe", name = "Bến xe", address = "ben-xe" }}]
"""


def programme(sandbox: Sandbox, timeout: float, *, broadcast: bool) -> str:
    """The slot of `flow.PROGRAMME` on every online channel."""
    head = PROGRAMME.partition("[[channels]]")[0]
    names = re.findall(r'^id = "(\w+)"\ntype', _CHANNELS, re.MULTILINE)
    listed = ", ".join(f'"{name}"' for name in names)
    head = re.sub(r"^channels = .*$", f"channels = [{listed}]", head, flags=re.MULTILINE)
    head = head.replace('thu_doan = "Thủ đoạn"', 'thu_doan = "Thủ đoạn"\nkhac = "Khác"')
    return head + _CHANNELS.format(
        base=sandbox.base_url, timeout=timeout, broadcast=str(broadcast).lower(),
        service=_service())


def _service() -> str:
    """The description of the sandbox's service, as a table of the programme."""
    text = (PRODUCT / "channels" / "services" / "sandbox.toml").read_text(encoding="utf-8")
    inner = re.sub(r"^\[([\w.]+)\]$", r"[channels.options.service.\1]", text, flags=re.MULTILINE)
    return f"[channels.options.service]\n{inner}"


def items(*, late: bool) -> list[ItemContent]:
    """
    What airs, what may take its place, and what corrects it. `late`: Facebook lists such a post
    only when it is read for the second time.
    """
    mark = " [fb:tre:1]" if late else ""
    return [an_item(item, theme="thu_doan" if item == "td-01" else "khac",
                    title=f"Tin {item}", body=f"{word}: báo {{{{ cong_an }}}}, gọi 113.{mark}",
                    what_to_do=f"Tắt máy, {word}.")
            for item, word in WORDS.items()]


class Doc(NamedTuple):
    """Something at a far side that shows the text of an item, or is prepared to."""

    channel: str
    target: str
    ident: str  #: "" for a list or a feed, which shows what stands elsewhere, too
    item: str
    public: bool


class Far:
    """What people can see, and everything they ever could."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.store, self.folder = sandbox.store, folder
        #: (channel, target, item) -> every id under which it ever was public
        self.ever: dict[tuple[str, str, str], set[str]] = defaultdict(set)

    def pass_time(self, now: datetime) -> None:
        """Facebook publishes by itself what was scheduled for this moment."""
        for post in list(self.store.posts.values()):
            at = post.get("scheduled_publish_time")
            if at and at <= now.timestamp():
                facebook_posts.publish(post, self.store)

    def look(self, now: datetime) -> list[Doc]:
        """Everything there, public or not; what is public is remembered."""
        found = [Doc(channel, target, ident, _ITEMS[match[0]], public)
                 for channel, target, ident, text, public in self._texts(now)
                 if (match := _WORD.search(text))]
        for doc in found:
            if doc.public and doc.ident:
                self.ever[doc.channel, doc.target, doc.item].add(doc.ident)
        return found

    def _texts(self, now: datetime) -> Iterator[tuple[str, str, str, str, bool]]:
        store = self.store
        for post in list(store.posts.values()):
            yield (*PAGES[post["from"]["id"]], post["id"], post["message"], post["is_published"])
        for article in list(store.articles.values()):
            if article["status"] != "trash":
                yield ("website", "cong", str(article["id"]), article["content"]["raw"],
                       article["status"] == "publish")
        for article in list(store.zalo.get("articles", {}).values()):
            yield "zalo", "oa", article["id"], str(article["body"]), article["status"] == "show"
        for (path, about), shown in list(store.hooks.items()):
            yield "hook", path.removeprefix("/hooks/"), about, shown["text"], True
        to = {row["key"]: row["target"] for row in store.taken if row["channel"] == "push"}
        for key, row in list(store.pushed.items()):
            if not row["gone"]:
                yield "push", to[key], key, row["text"], True
        yield from self._files(now)

    def _files(self, now: datetime) -> Iterator[tuple[str, str, str, str, bool]]:
        for path in sorted((self.folder / "trang-tin").rglob("*")):
            if path.is_file():
                page = path.suffix == ".html" and path.parent.name == "trang-tin" and not (
                    re.fullmatch(r"index|thang-.*", path.stem))
                yield ("trang_tinh", "trang-tin", path.stem if page else "",
                       path.read_text(encoding="utf-8"), True)
        for path in sorted((self.folder / "cap").glob("*.xml")):
            text = path.read_text(encoding="utf-8")
            area = re.search(r"areaDesc>(.*?)<", text)
            yield "cap", area[1] if area else "", path.stem, text, True
        for path in sorted((self.folder / "bang").glob("*.txt")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
                yield "bang", path.stem, f"{number}", line, True
        for path in sorted((self.folder / "bang-json").glob("*.json")):
            yield from self._board(path, now)

    def _board(self, path: Path, now: datetime) -> Iterator[tuple[str, str, str, str, bool]]:
        lines: list[dict[str, Any]] = json.loads(path.read_bytes())
        for line in lines:
            on = datetime.fromisoformat(line["from"]) <= now < datetime.fromisoformat(line["to"])
            if on:  # the board obeys the times
                yield "bang_json", path.stem, line["id"], line["text"], True


def doubled(docs: list[Doc]) -> dict[tuple[str, str, str], int]:
    """Texts that stand more than once at one place."""
    counts = Counter((d.channel, d.target, d.item) for d in docs if d.public and d.ident)
    return {place: count for place, count in counts.items() if count > 1}
