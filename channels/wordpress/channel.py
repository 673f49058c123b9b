"""
A WordPress site as a channel: one public article per item, whatever is lost on the way.

Every try looks first for what stands under the slug, in every status, and then writes into it. A
recalled item that is approved anew gets an article of its own: the one in the trash stays there
as what was recalled, and a late repetition of its recall cannot take down the new one. There is
no `measure`: WordPress itself counts no visitors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from html import escape
from typing import Any

from channels.fitting import unfit
from channels.options import ChannelSpec, Context
from channels.values import (
    Absent,
    Accepted,
    Advice,
    Delivered,
    Found,
    Health,
    Message,
    Outcome,
    Problem,
    Rejected,
    RenderSpec,
    Retry,
    Uncertain,
)
from channels.verdict import as_outcome
from channels.wordpress import blocks
from channels.wordpress.articles import (
    Standing,
    delivered,
    look,
    moment,
    raw,
    reads_like,
    slug_of,
    trash,
)
from channels.wordpress.categories import Categories, resolve
from channels.wordpress.codes import CODES
from channels.wordpress.health import health
from channels.wordpress.media import Picture, upload
from channels.wordpress.options import WordPressOptions
from channels.wordpress.rest import LONGEST, Rest, Thing

_FOREVER = 10 * 365 * 24 * 3600.0  #: seconds; a slug stays taken as long as the article stands


class WordPress:
    """`account` = a user with an application password; secrets `user` and `password`."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _FOREVER

    def __init__(
        self,
        spec: ChannelSpec,
        options: WordPressOptions,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("html")
        self.max_parallel = spec.max_parallel or 2
        self.timeout = spec.timeout or 30.0
        self.options = options
        logins = {a: (names["user"], names["password"]) for a, names in secrets.items()}
        self._rest = Rest(options.url, logins, self.timeout, context)
        self.secrets = self._rest.secrets()
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._clock = context.clock
        self._home = context.home

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        return unfit(message, self._allowed, titled=True)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        """Create, or update in place what stands under the slug and reads differently."""
        return _paced(self._publish(message, deadline), message)

    def _publish(self, message: Message, deadline: float) -> Outcome:
        account = self.account(message.target)
        found = look(self._rest, message, account, deadline)
        if not isinstance(found, Standing):
            return found
        if found.keeper is None and _removed_by_hand(found, message):
            return Rejected("wp-trashed", CODES["wp-trashed"].meaning)
        written = self._write(message, found, account, deadline)
        if not isinstance(written, tuple):
            return written
        return _written(self._keep_one(message, found, written, account, deadline))

    def _keep_one(
        self, message: Message, found: Standing, written: tuple[Thing, str], account: str,
        deadline: float,
    ) -> Outcome:
        """What was written stands alone, and is public."""
        if found.keeper is None and (
            written[0].get("slug") != slug_of(message) or message.attempt > 1
        ):
            # Another was first, or an earlier try came through late: one of the two stays.
            again = look(self._rest, message, account, deadline)
            if not isinstance(again, Standing):
                return again
            found = again
            if found.keeper is not None and found.keeper["id"] != written[0]["id"]:
                rewritten = self._write(message, found, account, deadline)
                if not isinstance(rewritten, tuple):
                    return rewritten
                written = rewritten
        article, detail = written
        trouble = self._trash(found.doubles, account, deadline)
        if trouble is not None:
            return trouble
        if article.get("status") != "publish":
            return as_outcome("wp-not-public", CODES["wp-not-public"],
                              str(article.get("status")), idempotent=True)
        return delivered(article, detail)

    def find(self, message: Message) -> Found:
        """Public and in these words, or public and edited since the first try."""
        account = self.account(message.target)
        found = look(self._rest, message, account, self._deadline())
        if not isinstance(found, Standing):
            # a Retry here only says that nobody knows
            return Uncertain(getattr(found, "code", ""), found.detail)
        article = next((a for a in found.all() if a.get("status") == "publish"), None)
        if article is None:
            return Absent("Bài chỉ là bản nháp" if found.keeper else "Trang chưa có bài này")
        changed = moment(article, "modified_gmt")
        since = message.first_try_at
        if changed is not None and since is not None and changed < since.replace(microsecond=0):
            whole = self._at(str(article["id"]), account, self._deadline())
            if not isinstance(whole, dict):
                return Uncertain(getattr(whole, "code", "bad-answer"), "Không đọc được bài")
            # Pictures are left aside: they are known to the site only once they are uploaded.
            if not reads_like(whole, _wanted(message, [])):
                return Absent("Bài trên trang còn lời cũ")
        return delivered(article, "Bài đã có trên trang")

    def recall(self, message: Message, ref: str) -> Outcome:
        """Into the trash, doubles too; what is there already, or nowhere, is recalled."""
        return _paced(self._take_back(message, ref), message)

    def _take_back(self, message: Message, ref: str) -> Outcome:
        deadline, account = self._deadline(), self.account(message.target)
        found = look(self._rest, message, account, deadline)
        if not isinstance(found, Standing):
            return found
        public = [a for a in found.all() if a.get("status") != "draft"]
        own = next((a for a in public if str(a["id"]) == ref), None)
        if own is None and ref.isdecimal():
            at_ref = self._at(ref, account, deadline)
            if not isinstance(at_ref, dict | None):
                return at_ref
            if at_ref is None or at_ref.get("status") in ("trash", "draft"):
                # Gone before: what came after that is another publication.
                public = [a for a in public if _was_there_before(a, at_ref)]
            else:
                own = at_ref
        # The one we know by its ref last: once it is gone, so are the others.
        others = [a for a in public if str(a["id"]) != ref]
        trouble = self._trash([*others, *([own] if own else [])], account, deadline)
        return trouble or Delivered(ref, detail="Bài đã gỡ khỏi trang")

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """The same article in the new words, under a line that says so."""
        account = self.account(message.target)
        article = self._at(ref, account, deadline)
        if not isinstance(article, dict | None):
            return article
        if article is None or article.get("status") != "publish":
            return Rejected("wp-gone", CODES["wp-gone"].meaning)
        pictures = upload(self._rest, message, self._home, account, deadline)
        if not isinstance(pictures, list):
            return pictures
        wanted = _wanted(message, pictures, _correction(message))
        if reads_like(article, wanted) and blocks.notice_in(raw(article, "content")):
            return delivered(article, "Bài đã đính chính")
        got = self._rest.thing("POST", f"posts/{ref}", account, deadline, json=wanted)
        return delivered(got, "Bài đã đính chính") if isinstance(got, dict) else got

    def pin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """On top of the site's front page, as "sticky"."""
        return self._stick(message, ref, deadline, on=True)

    def unpin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """No longer on top; the trash unpins by itself."""
        return self._stick(message, ref, deadline, on=False)

    def check(self, account: str) -> Health:
        """The login, its rights, the categories."""
        return health(self._rest, self.options, account, self._deadline())

    def _deadline(self) -> float:
        return self._clock.elapsed() + self.timeout

    def _write(
        self, message: Message, found: Standing, account: str, deadline: float
    ) -> tuple[Thing, str] | Outcome:
        """The article as it stands then, and what to say of it."""
        pictures = upload(self._rest, message, self._home, account, deadline)
        if not isinstance(pictures, list):
            return pictures
        # Whole, to be compared; one deleted since the look is made anew.
        standing = self._at(str(found.keeper["id"]), account, deadline) if found.keeper else None
        if not isinstance(standing, dict | None):
            return standing
        wanted = _wanted(message, pictures)
        again = standing is not None and _aired_before(standing, message)
        if standing is not None and reads_like(standing, wanted):
            if not again:
                return standing, "Bài đã có sẵn, giữ nguyên"
            if line := blocks.notice_in(raw(standing, "content")):
                wanted = _wanted(message, pictures, line)
        wanted["status"] = "publish"
        if standing is None:
            wanted["slug"] = slug_of(message)
        elif again and self.options.refresh_date and found.now is not None:
            # By the site's own clock: a moment ahead of it would be scheduled, not published.
            wanted["date_gmt"] = found.now.strftime("%Y-%m-%dT%H:%M:%S")
        return self._post(wanted, standing, account, deadline)

    def _post(
        self, wanted: dict[str, Any], standing: Thing | None, account: str, deadline: float
    ) -> tuple[Thing, str] | Outcome:
        """Into its categories; those that an editor gave it stay."""
        categories = resolve(self._rest, self.options, account, deadline, create=True)
        if not isinstance(categories, Categories):
            return categories
        numbers = [*(standing or {}).get("categories", []), *categories.numbers]
        if categories.numbers:
            wanted["categories"] = list(dict.fromkeys(numbers))
        path = "posts" if standing is None else f"posts/{standing['id']}"
        got = self._rest.thing("POST", path, account, deadline, json=wanted)
        if not isinstance(got, dict):
            return got
        # The warning matters more than where it is filed; `check` tells of the category.
        missing = ", ".join(categories.missing)
        lacks = f", trang không có chuyên mục {missing}" if missing else ""
        return got, f"Bài đã đăng{lacks}"

    def _at(self, ref: str, account: str, deadline: float) -> Thing | Outcome | None:
        """What stands at this number; None when nothing does."""
        got = self._rest.thing(
            "GET", f"posts/{ref}", account, deadline, params={"context": "edit"})
        gone = not isinstance(got, dict | Accepted | Delivered) and (
            got.code == "wp-rest_post_invalid_id")
        return None if gone else got

    def _stick(self, message: Message, ref: str, deadline: float, *, on: bool) -> Outcome:
        account = self.account(message.target)
        article = self._at(ref, account, deadline)
        if not isinstance(article, dict | None):
            return article
        if article is None or article.get("status") != "publish":
            if on:
                return Rejected("wp-gone", CODES["wp-gone"].meaning)
            return Delivered(ref, detail="Bài không còn trên trang")
        if article.get("sticky") is not on:
            got = self._rest.thing(
                "POST", f"posts/{ref}", account, deadline, json={"sticky": on})
            if not isinstance(got, dict):
                return got
        return delivered(article, "Bài đã ghim" if on else "Bài đã bỏ ghim")

    def _trash(self, articles: Sequence[Thing], account: str, deadline: float) -> Outcome | None:
        for article in articles:
            trouble = trash(self._rest, article["id"], account, deadline)
            if trouble is not None:
                return trouble
        return None


def _paced(outcome: Outcome, message: Message) -> Outcome:
    """A site that is away is asked again soon, then every two minutes: 5 s, 10, 20 …"""
    if isinstance(outcome, Retry) and outcome.code == "wp-away":
        seconds = 5.0 * 2 ** min(max(message.attempt - 1, 0), 8)
        return replace(outcome, retry_after=min(seconds, LONGEST))
    return outcome


def _written(outcome: Outcome) -> Outcome:
    """The article stands, so whatever failed after that does not prove that nothing is out."""
    if isinstance(outcome, Delivered) or getattr(outcome, "code", "") == "wp-not-public":
        return outcome
    return as_outcome("wp-unseen", CODES["wp-unseen"], outcome.detail, idempotent=True,
                      retry_after=getattr(outcome, "retry_after", None))


def _wanted(message: Message, pictures: list[Picture], notice: str = "") -> dict[str, Any]:
    """The fields of the article; title and summary are HTML to WordPress, plain text to us."""
    wanted: dict[str, Any] = {
        "title": escape(message.title, quote=False),
        "content": _content(message, pictures, notice),
        "excerpt": escape(message.extra.get("summary", ""), quote=False),
    }
    if pictures:
        wanted["featured_media"] = pictures[0].number
    return wanted


def _content(message: Message, pictures: list[Picture], notice: str = "") -> str:
    figures = [blocks.figure(p.number, p.url, p.alt) for p in pictures[1:]]
    return blocks.article(message.text, slug_of(message), figures, notice)


def _correction(message: Message) -> str:
    """The visible line; the same at every try, so that twice is as good as once."""
    try:
        day = f" ngày {date.fromisoformat(message.extra.get('date', '')):%d/%m/%Y}"
    except ValueError:
        day = ""
    return f"Đính chính{day}: bài này thay cho nội dung đã đăng trước đó."


def _aired_before(article: Thing, message: Message) -> bool:
    """Last written before this airing opened: it is aired again, not tried again."""
    changed = moment(article, "modified_gmt")
    return changed is not None and message.opens_at is not None and changed < message.opens_at


def _removed_by_hand(found: Standing, message: Message) -> bool:
    """
    What an earlier try of this very delivery published lies in the trash: somebody at the site
    put it there, and another try would put it back.
    """
    first = message.first_try_at
    return message.attempt > 1 and first is not None and any(
        (when := moment(a, "date_gmt")) is not None and when >= first for a in found.trashed)


def _was_there_before(article: Thing, gone: Thing | None) -> bool:
    """Published before `gone` went; where that is deleted for good, nobody can say: yes."""
    when = moment(gone, "modified_gmt") if gone is not None else None
    published = moment(article, "date_gmt")
    return when is None or published is None or published < when
