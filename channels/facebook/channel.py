"""
A Facebook Page. There is no idempotency key: a lost answer is looked up on the page, and before
every further try the page is looked at, too.
"""

from collections.abc import Mapping
from typing import Final

from channels.facebook import after, ahead, feed, health, posting
from channels.facebook.codes import CODES
from channels.facebook.graph import Graph
from channels.facebook.options import FacebookOptions
from channels.fitting import unfit
from channels.online import Figures, Prepared
from channels.options import ChannelSpec, Context
from channels.values import (
    Absent,
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

URGENT: Final = "khan_cap"  #: goes out however much of the limit is used


class Facebook:
    """`target` = page id, `account` = that page's own token."""

    codes: Mapping[str, Advice] = CODES
    idempotent = False
    key_lifetime = 0.0

    def __init__(
        self,
        spec: ChannelSpec,
        options: FacebookOptions,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec("text", max_chars=options.max_chars)
        self.max_parallel = spec.max_parallel or 4
        self.timeout = spec.timeout or 30.0
        self.secrets = tuple(names["token"] for names in secrets.values())
        self._tokens = {account: names["token"] for account, names in secrets.items()}
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._allowed = spec.allowed_domains
        self._options = options
        self._clock = context.clock
        self._home = context.home
        base = f"{options.url.rstrip('/')}/{options.version}"
        self._graph = Graph(base, self._tokens, context.wire, context.clock, self.timeout)

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        problems = unfit(message, self._allowed, limit=self.spec.max_chars)
        link = message.extra.get("link", "")
        if link and message.attachments and link not in message.text:
            problems.append(Problem("link", "Bài có ảnh thì không kèm được đường dẫn xem trước",
                                    "Viết đường dẫn vào bài"))
        return problems

    def send(self, message: Message, *, deadline: float) -> Outcome:
        """
        Post it, or make public what was prepared (`message.ref`). Where an earlier try may have
        left something, the page is looked at first; danger to life does not wait for that.
        """
        account = self.account(message.target)
        if slow := self._slow(message, account):
            return slow
        if message.ref:
            return ahead.make_public(self._graph, message, account, message.ref, deadline)
        if message.attempt > 1 or self._options.schedule_ahead:
            there = self._there(message, account, deadline)
            if there is not None and not (_is_urgent(message) and isinstance(there, Retry)):
                return there
        outcome = posting.publish(self._graph, message, account, self._home, deadline, {})
        if isinstance(outcome, Delivered):
            return posting.with_permalink(self._graph, outcome.ref, account, deadline)
        if isinstance(outcome, Uncertain) and outcome.code == "fb-506":
            there = self._there(message, account, deadline)
            return there if isinstance(there, Delivered) else outcome
        return outcome

    def find(self, message: Message) -> Found | Prepared:
        """Reads the scheduled posts and the feed since the first try, to the last of them."""
        account = self.account(message.target)
        found = feed.look(self._graph, message, account, self._graph.by_now() + self.timeout)
        return Uncertain(found.code, found.detail) if isinstance(found, Retry) else found

    def prepares(self, message: Message) -> bool:
        """With `schedule_ahead`, for an hour 15 minutes to 28 days from now."""
        return self._options.schedule_ahead and ahead.fits(message, self._clock.now())

    def prepare(self, message: Message, *, deadline: float) -> Prepared | Outcome:
        """Scheduled once, however often this is tried: looked for before and afterwards."""
        graph, account = self._graph, self.account(message.target)
        if not ahead.fits(message, self._clock.now()):
            return Retry("fb-late", CODES["fb-late"].meaning, counts=False)
        if slow := self._slow(message, account):
            return slow
        before = ahead.already(graph, message, account, deadline)
        if not isinstance(before, list):  # nothing was sent, so nothing is in doubt
            return before if isinstance(before, Retry) else Retry(before.code, before.detail)
        if before:
            return ahead.keep_one(graph, message, account, before, deadline)
        outcome = posting.publish(
            graph, message, account, self._home, deadline, ahead.when(message))
        if isinstance(outcome, Rejected | Retry):
            return outcome
        ref = outcome.ref if isinstance(outcome, Delivered) else ""
        now_there = ahead.already(graph, message, account, deadline)
        refs = [*(now_there if isinstance(now_there, list) else []), *([ref] if ref else [])]
        return ahead.keep_one(graph, message, account, refs, deadline) if refs else outcome

    def recall(self, message: Message, ref: str) -> Outcome:
        """Off the page, with every copy of the same tag, whether public or only scheduled."""
        return after.recall(self._graph, message, self.account(message.target), ref)

    def correct(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        account = self.account(message.target)
        return after.correct(self._graph, message, account, ref, deadline)

    def pin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        return after.pin(self._graph, self.account(message.target), ref, deadline, pinned=True)

    def unpin(self, message: Message, ref: str, *, deadline: float) -> Outcome:
        return after.pin(self._graph, self.account(message.target), ref, deadline, pinned=False)

    def measure(
        self, message: Message, ref: str, *, deadline: float
    ) -> Figures | Rejected | Retry | Uncertain:
        return after.measure(self._graph, self.account(message.target), ref, deadline)

    def check(self, account: str) -> Health:
        pages = [page for page, by in self._accounts.items() if by == account]
        return health.check(self._graph, account, self._tokens[account], pages, self._options)

    def _there(self, message: Message, account: str, deadline: float) -> Outcome | None:
        """What an earlier try left, public from now on; None: nothing."""
        found = feed.look(self._graph, message, account, deadline)
        if isinstance(found, Absent):
            return None
        if isinstance(found, Prepared):
            return ahead.make_public(self._graph, message, account, found.ref, deadline)
        # Not seen is not absent; but this try has sent nothing.
        return Retry(found.code, found.detail) if isinstance(found, Uncertain) else found

    def _slow(self, message: Message, account: str) -> Retry | None:
        """
        At 75 % of a limit an account posts once in five minutes, so that there is room left for
        what is urgent; nothing waits beyond the end of its slot.
        """
        wait = self._graph.usage.rest(account, self._clock.elapsed())
        if not wait or _is_urgent(message):
            return None
        closes = message.expires_at
        if closes is not None and (closes - self._clock.now()).total_seconds() <= wait:
            return None
        return Retry("fb-slow", CODES["fb-slow"].meaning, wait, counts=False)


def _is_urgent(message: Message) -> bool:
    return message.extra.get("priority") == URGENT
