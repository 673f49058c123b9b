"""SMS over SMPP 3.4: `open` gives the window that a campaign drives, `send` is a window of one."""

import contextlib
import ssl
import threading
import weakref
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from channels.options import BadChannel, ChannelSpec, Context
from channels.smpp import shared
from channels.smpp.access import Access
from channels.smpp.connect import tls_context
from channels.smpp.options import SmppAccount, SmppOptions
from channels.smpp.session import Session
from channels.smpp.shared import Login
from channels.smpp.statuses import CODES, Table
from channels.smpp.submit import Writer, reference, validity_period
from channels.smpp.traffic import Brought
from channels.smpp.window import Window
from channels.sms_text import refusals, written
from channels.values import (
    Advice,
    Health,
    Message,
    Outcome,
    Problem,
    Rejected,
    RenderSpec,
    Retry,
)
from channels.verdict import CODES as WIRE_CODES
from vietnamese import sms
from vietnamese.i18n import t

_CONNECT: Final = 10.0  #: seconds to connect, and again to bind, at most
_SPARE: Final = 5.0  #: seconds beyond its own deadline after which a silent session is a bug


class SmsSmpp:
    """One gateway; `account` = one login there, with its binds."""

    idempotent = False
    key_lifetime = 0.0

    def __init__(
        self,
        spec: ChannelSpec,
        options: SmppOptions,
        secrets: Mapping[str, Mapping[str, str]],
        context: Context,
    ) -> None:
        self.name = spec.id
        self.spec = RenderSpec(
            "text",
            max_parts=options.max_parts,
            plain=options.plain,
            forbidden="".join(sorted(sms.REFUSED)),
        )
        self.max_parallel = spec.max_parallel or min(8, options.window * options.binds)
        self.timeout = spec.timeout or 15.0
        self.secrets = tuple(value for names in secrets.values() for value in names.values())
        self.codes: Mapping[str, Advice] = {**CODES, **options.table()}
        self._options = options
        self._of = secrets
        self._accounts = dict(spec.targets)
        self._first = spec.accounts[0].id
        self._senders = {
            a.id: SmppAccount.model_validate(dict(a.options)).sender for a in spec.accounts
        }
        self._allowed = spec.allowed_domains
        self._context = context
        self._writers = {name: Writer(options.style(s)) for name, s in self._senders.items()}
        self._tls = _tls(spec, options, context) if options.tls else None
        self._sessions: dict[str, tuple[Login, Session]] = {}
        self._lock = threading.Lock()
        # A programme taken up anew drops its channels: their binds must not stay.
        weakref.finalize(self, _close_soon, self._sessions)

    def account(self, target: str) -> str:
        return self._accounts.get(target, self._first)

    def validate(self, message: Message) -> list[Problem]:
        """The characters, length, links and number a gateway would refuse, before it does."""
        parts = self._writers[self.account(message.target)].parts(message.text)
        return refusals(message, parts, self.spec, self._allowed)

    def send(self, message: Message, *, deadline: float) -> Outcome:
        """One try: connects when there is no bind, then waits for the gateway's answer."""
        elapsed = self._context.clock.elapsed
        started = elapsed()
        if started >= deadline:
            return _retry("deadline")
        account = self.account(message.target)
        made = self._bodies(account, message)
        if not isinstance(made, tuple):
            return made
        window = self.open(account, size=1)
        end = started + self.timeout
        trouble = window.ready(min(deadline, end) - started)
        if trouble is not None:
            return trouble
        if not window.offer(message, deadline=deadline, end=end):
            return _retry("smpp-down")
        while not (found := window.poll(self.timeout)):
            if elapsed() > end + _SPARE:
                raise RuntimeError("the session gives no outcome")
        return found[0][1]

    def check(self, account: str) -> Health:
        """Binds, and asks the gateway whether it is there."""
        return self.open(account).check(self.timeout)

    def open(self, account: str, *, size: int | None = None) -> Window:
        """A window of this account, for one thread; see `Window`. Begins to connect."""
        session, prepare = self._session(account), partial(self._bodies, account)
        return Window(session, prepare, self._context.clock.elapsed, size)

    def receipts(self, account: str, limit: int = 500) -> list[Brought]:
        """What the gateway brought to the binds there are; `confirm` it once it is stored."""
        held = self._sessions.get(account)
        return [] if held is None else held[1].receipts(limit)

    def reference(self, key: str) -> int:
        """What a receipt repeats as user_message_reference, from gateways that do."""
        return reference(key)

    def confirm(self, account: str, receipts: Sequence[Brought], *, stored: bool = True) -> None:
        """Answer the gateway: stored, or bring it again later."""
        self._session(account).confirm(receipts, stored=stored)

    def close(self) -> None:
        """Unbind in order, from what no other channel of this process uses."""
        with self._lock:
            last = _given_back(self._sessions)
        for session in last:
            session.close()

    def _bodies(self, account: str, message: Message) -> tuple[bytes, ...] | Outcome:
        """The message as submit_sm bodies, or why it is not even tried."""
        number = written(message.target, self._options.phone)
        if number is None:
            return Rejected("sms-phone", CODES["sms-phone"].meaning)
        if not message.text or message.text.isspace():
            return Rejected("sms-empty", CODES["sms-empty"].meaning)
        writer, validity = self._writers[account], b"\0"
        if message.expires_at is not None:
            now = self._context.clock.now()
            if now >= message.expires_at:
                return Rejected("sms-expired", CODES["sms-expired"].meaning)
            validity = validity_period(writer.style, now, message.expires_at)
        return writer.bodies(message.key, number, message.text, validity)

    def _session(self, account: str) -> Session:
        with self._lock:
            if account not in self._sessions:
                access = self._access(account)
                of = shared.login(access, self._options.ca, repr(sorted(self.codes.items())))
                self._sessions[account] = of, shared.take(
                    of, lambda: Session(access, Table(self.codes)))
            session = self._sessions[account][1]
        session.start()
        return session

    def _access(self, account: str) -> Access:
        options, secrets = self._options, self._of[account]
        return Access(
            host=options.host,
            port=options.port,
            system_id=secrets["system_id"],
            password=secrets["password"],
            system_type=options.system_type,
            tls=self._tls,
            tls_name=options.tls_name,
            separate=options.bind == "separate",
            binds=options.binds,
            window=options.window,
            connect_timeout=min(self.timeout, _CONNECT),
            response_timeout=options.response_timeout,
            enquire_link=options.enquire_link,
            receipt_ids=options.receipt_ids,
            loopback_only=self._context.training,
        )


def _tls(spec: ChannelSpec, options: SmppOptions, context: Context) -> ssl.SSLContext:
    try:
        return tls_context(str(context.home / options.ca) if options.ca else "")
    except OSError as error:  # ssl.SSLError is one
        problem = Problem(
            "options.ca", t(f"không đọc được {options.ca}", f"{options.ca} cannot be read"),
            t("Ghi tệp PEM của cổng", "Give the gateway's PEM file"),
        )  # fmt: skip
        raise BadChannel(spec.id, [problem]) from error


def _given_back(sessions: dict[str, tuple[Login, Session]]) -> list[Session]:
    """Those that nobody uses any more."""
    last = [shared.give_back(sessions.pop(account)[0]) for account in list(sessions)]
    return [session for session in last if session is not None]


def _close_soon(sessions: dict[str, tuple[Login, Session]]) -> None:
    """In a thread of its own: the collector may call at any moment, even within `take`."""
    def close() -> None:
        for session in _given_back(sessions):
            session.close_soon()

    with contextlib.suppress(RuntimeError):  # the process ends: sessions unbind by themselves
        threading.Thread(target=close, daemon=True).start()


def _retry(code: str) -> Retry:
    row = CODES.get(code) or WIRE_CODES[code]
    return Retry(code, row.meaning, counts=False)
