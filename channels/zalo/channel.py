"""
A Zalo Official Account: an article, made hidden before its slot, shown at it, and broadcast.

An article may be made twice without harm, for it is made hidden and found again by its tag. A
broadcast cannot be asked for nor taken back: it is written down before the call, and what was
written down is never sent again by itself. ZNS is no way for warnings: its templates must refer
to a transaction of the person written to.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

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
    Prepared,
    Problem,
    Rejected,
    RenderSpec,
    Retry,
    Uncertain,
)
from channels.zalo import article, broadcasts
from channels.zalo.calls import Body, Calls, pending
from channels.zalo.codes import CODES, NO_BROADCAST
from channels.zalo.options import TITLE, ZaloOptions
from channels.zalo.state import Entry, short
from channels.zalo.tokens import TokenKeeper

_KNOWN: Final = 30 * 24 * 3600.0  #: seconds; a hundred articles and sixty broadcasts are looked at


class ZaloOa:
    """`target` is a name only; `account` = the Official Account, one channel for each."""

    codes: Mapping[str, Advice] = CODES
    idempotent = True
    key_lifetime = _KNOWN

    def __init__(
        self, spec: ChannelSpec, options: ZaloOptions,
        secrets: Mapping[str, Mapping[str, str]], context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_chars=options.max_chars)
        self.max_parallel = spec.max_parallel or 1
        self.timeout = spec.timeout or 30.0
        self.secrets = tuple(
            names[name] for names in secrets.values() for name in ("app_secret", "refresh_token"))
        self._options = options
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._clock = context.clock
        self._keeper = TokenKeeper(secrets, options.oauth_url, self.timeout, context)
        self._calls = Calls(options.url, self._keeper, self.timeout, context)

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = unfit(message, self._allowed, limit=self._options.max_chars, titled=True)
        if article.too_long(message.title):
            what = f"Tiêu đề dài {len(message.title)} ký tự, Zalo nhận {TITLE}"
            problems.append(Problem("title-long", what, "Rút ngắn tiêu đề"))
        return problems

    def prepares(self, message: Message) -> bool:
        del message
        return True

    def prepare(self, message: Message, *, deadline: float) -> Prepared | Outcome:
        """The article, hidden; what stands already is found by its tag."""
        found = self._standing(message, deadline)
        if not isinstance(found, tuple):
            return found
        ref, standing = found
        if standing.get("status") == "show":
            return Delivered(ref, str(standing.get("link_view", "")), "Bài đã hiện từ trước")
        return Prepared(ref, "Bài đã có trên OA, còn ẩn")

    def send(self, message: Message, *, deadline: float) -> Outcome:
        """Show the article, and broadcast it once."""
        account, now = self.account(message.target), self._clock.now()
        left = deadline - self._clock.elapsed()
        if left <= 0:
            return Retry("deadline", "Quá hạn chót, chưa gửi gì", counts=False)
        sent = self._keeper.rows[account].read()[1].sent
        asked = broadcasts.entry(sent, message.key)
        wanted = self._options.broadcast
        if wanted and asked is None and (seconds := broadcasts.wait(now)):
            return Retry("zalo-hours", CODES["zalo-hours"].meaning, seconds, counts=False)
        found = self._standing(message, deadline)
        if not isinstance(found, tuple):
            return found
        ref, standing = found
        if standing.get("status") != "show":
            shown = self._put(account, ref, article.write(message, self._options, show=True),
                              deadline)
            if not isinstance(shown, Mapping):
                return shown
        url = str(standing.get("link_view") or self._link(account, ref, deadline))
        done = Delivered(ref, url, "Bài đã hiện trên OA")
        return self._broadcast(message, account, done, deadline) if wanted else done

    def find(self, message: Message) -> Found:
        """`Prepared` while it is hidden; a broadcast nobody can be asked about stays a doubt."""
        account = self.account(message.target)
        found = self._matching(message, self._soon())
        if isinstance(found, Outcome):
            told = found if isinstance(found, Retry | Uncertain | Rejected) else None
            return Uncertain(told.code if told else "zalo-other", told.detail if told else "?")
        matching, all_seen = found
        if not matching:
            return Absent("OA chưa có bài này") if all_seen else _doubt("zalo-many")
        ref, standing = matching[0]
        if standing.get("status") != "show":
            return Prepared(ref, "Bài còn ẩn")
        sent = self._keeper.rows[account].read()[1].sent
        asked = broadcasts.entry(sent, message.key)
        if self._options.broadcast and (asked is None or not asked.ref):
            return _doubt("zalo-shown" if asked is None else "zalo-broadcast")
        return Delivered(ref, str(standing.get("link_view", "")), "Bài đã hiện trên OA")

    def recall(self, message: Message, ref: str) -> Outcome:
        """Hidden and without its text, every double too; a broadcast cannot be taken back."""
        account, deadline = self.account(message.target), self._soon()
        found = self._matching(message, deadline)
        if isinstance(found, Outcome):
            return found
        refs = dict.fromkeys([*filter(None, [ref]), *(each for each, _ in found[0])])
        for each in refs:
            gone = self._put(account, each, article.blank(self._options), deadline)
            if isinstance(gone, Rejected) and gone.code == "zalo-201":
                continue  # no such article any more
            if not isinstance(gone, Mapping):
                return gone
        sent = self._keeper.rows[account].read()[1].sent
        late = "; broadcast đã gửi thì không rút lại được" if broadcasts.entry(
            sent, message.key) else ""
        return Delivered(ref or next(iter(refs), "-"), detail=f"Bài đã ẩn và bỏ nội dung{late}")

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        """In place: whoever opens the card again reads the new text."""
        account = self.account(message.target)
        wanted = article.write(message, self._options, show=True)
        done = self._put(account, ref, wanted, deadline)
        if not isinstance(done, Mapping):
            return done
        return Delivered(ref, self._link(account, ref, deadline), "Bài đã sửa tại chỗ")

    def check(self, account: str) -> Health:
        """Token, verification, and what is left of the month's broadcasts."""
        got = self._calls.ask(account, "oa/getoa", self._soon())
        tokens = self._keeper.tokens(account)
        ends = datetime.fromtimestamp(tokens.refresh_until, UTC) if tokens.refresh_until else None
        if not isinstance(got, Mapping):
            code = "" if isinstance(got, Accepted | Delivered) else got.code
            return Health(ok=False, code=code, detail=got.detail, expires_at=ends)
        if tokens.lost:  # the access token still holds for some hours
            row = CODES["zalo-refresh-lost"]
            return Health(ok=False, code="zalo-refresh-lost", detail=row.meaning, expires_at=ends)
        if got.get("is_verified") is False:
            return Health(ok=False, code="zalo-221", detail=CODES["zalo-221"].meaning)
        if not self._options.broadcast:
            return Health(ok=True, expires_at=ends)
        sent = self._keeper.rows[account].read()[1].sent
        left = broadcasts.left(sent, self._options.package, self._clock.now())
        told = f"Còn {left} lượt broadcast trong tháng; gói của OA: {got.get('package_name', '?')}"
        return Health(ok=left > 0, code="ok" if left else "zalo-quota", detail=told,
                      expires_at=ends)

    def _soon(self) -> float:
        return self._clock.elapsed() + self.timeout

    def _standing(self, message: Message, deadline: float) -> tuple[str, Body] | Outcome:
        """The one article of this message, made hidden where there is none."""
        account = self.account(message.target)
        if message.ref:
            got = self._calls.detail(account, message.ref, deadline)
            if isinstance(got, Mapping):
                return message.ref, got
            if not (isinstance(got, Rejected) and got.code == "zalo-201"):
                return got  # else somebody deleted it on Zalo: made anew
        found = self._matching(message, deadline)
        if isinstance(found, Outcome):
            return found
        if found[0]:
            (ref, standing), *doubles = found[0]
            for double, _ in doubles:
                hidden = self._put(account, double, article.blank(self._options), deadline)
                if not isinstance(hidden, Mapping):
                    return hidden
            return ref, standing
        ref_or = self._make(message, account, deadline)
        return (ref_or, {"status": "hide"}) if isinstance(ref_or, str) else ref_or

    def _make(self, message: Message, account: str, deadline: float) -> str | Outcome:
        row, mine = self._keeper.rows[account], short(message.key)
        token: str | Outcome | None = row.read()[1].making.get(mine)
        if token is None:
            wanted = article.write(message, self._options, show=False)
            token = self._calls.create(account, wanted, deadline)
            if not isinstance(token, str):
                return token
            made = token
            row.change(lambda s: replace(s, making={**s.making, mine: made}))
        ref = self._calls.verify(account, str(token), deadline)
        if isinstance(ref, str | Rejected):
            row.change(lambda s: replace(
                s, making={k: v for k, v in s.making.items() if k != mine}))
        return _unseen(ref) if isinstance(ref, Retry) else ref

    def _matching(
        self, message: Message, deadline: float
    ) -> tuple[list[tuple[str, Body]], bool] | Outcome:
        """Ours among the listed: what is shown first, then the oldest."""
        account = self.account(message.target)
        since = message.first_try_at or self._clock.now()
        listed = self._calls.listed(account, since, deadline)
        if not isinstance(listed, tuple):
            return listed
        found: list[tuple[str, Body]] = []
        for row in reversed(listed[0]):
            if not article.has_title(message, row):
                continue
            got = self._calls.detail(account, str(row.get("id", "")), deadline)
            if not isinstance(got, Mapping):
                return got
            if article.is_same(message, got):
                found.append((str(row["id"]), {**row, **got}))
        found.sort(key=lambda each: each[1].get("status") != "show")
        return found, listed[1]

    def _put(self, account: str, ref: str, wanted: Body, deadline: float) -> Body | Outcome:
        """Let the article read so, and read it back: Zalo works at an update after its answer."""
        standing = self._calls.detail(account, ref, deadline)
        if not isinstance(standing, Mapping) or article.reads_like(standing, wanted):
            return standing
        done = self._calls.update(account, ref, wanted, deadline)
        if not isinstance(done, Mapping):
            return done
        standing = self._calls.detail(account, ref, deadline)
        if isinstance(standing, Mapping) and not article.reads_like(standing, wanted):
            return pending()
        return standing

    def _link(self, account: str, ref: str, deadline: float) -> str:
        """The address to prove it by; "" when Zalo tells none."""
        listed = self._calls.listed(account, self._clock.now(), deadline)
        rows = listed[0] if isinstance(listed, tuple) else []
        return next((str(r.get("link_view", "")) for r in rows if r.get("id") == ref), "")

    def _broadcast(
        self, message: Message, account: str, done: Delivered, deadline: float
    ) -> Outcome:
        row = self._keeper.rows[account]
        was = broadcasts.claim(row, message.key, self._options.package, self._clock.now())
        if was is False:
            row_says = CODES["zalo-state"].meaning
            return Retry("zalo-shown", row_says, 5.0, counts=False)
        if isinstance(was, str):
            return replace(done, detail=f"{done.detail}; KHÔNG broadcast: {was}")
        if isinstance(was, Entry):
            return done if was.ref else _doubt("zalo-broadcast")
        body = {
            "recipient": {"target": self._target()},
            "message": {"attachment": {"type": "template", "payload": {
                "template_type": "media",
                "elements": [{"media_type": "article", "attachment_id": done.ref}]}}},
        }
        got = self._calls.ask(account, "oa/message", deadline, json=body, idempotent=False)
        if isinstance(got, Mapping):
            ref = str(got.get("message_id") or done.ref)
            broadcasts.settle(row, message.key, ref)
            return replace(done, detail=f"{done.detail}; broadcast {ref} chờ Zalo duyệt ~30 phút")
        if isinstance(got, Uncertain):
            return _doubt("zalo-broadcast", f"{got.code}: {got.detail}")
        broadcasts.settle(row, message.key, "")
        told = got.detail
        if not isinstance(got, Accepted | Delivered) and got.code in NO_BROADCAST:
            return replace(done, detail=f"{done.detail}; KHÔNG broadcast: {told}")
        # What is public stays so: never "refused", or a recall would pass it by.
        after = got.retry_after if isinstance(got, Retry) else None
        scope = got.scope if isinstance(got, Retry) else "message"
        return Retry("zalo-shown", f"{CODES['zalo-shown'].meaning} ({told})", after,
                     counts=not isinstance(got, Retry) or got.counts, scope=scope)

    def _target(self) -> dict[str, Any]:
        told = {
            "cities": ",".join(map(str, self._options.cities)),
            "ages": ",".join(map(str, self._options.ages)),
            "gender": "" if self._options.gender is None else str(self._options.gender),
        }
        return {name: value for name, value in told.items() if value}


def _unseen(trouble: Retry) -> Retry:
    """The article was made, so whatever failed after that does not prove that none is there."""
    if trouble.code == "zalo-pending":
        return trouble
    said = f"{CODES['zalo-unseen'].meaning} ({trouble.detail})"
    return Retry("zalo-unseen", said, trouble.retry_after, counts=trouble.counts)


def _doubt(code: str, detail: str = "") -> Uncertain:
    said = CODES[code].meaning
    return Uncertain(code, f"{said} ({detail})" if detail else said)
