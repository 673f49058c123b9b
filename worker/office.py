"""
The office: the channels of the programme in force, built once and kept until it changes, and
the messages made for them.

In training every channel speaks to the sandbox (`channels/build.py`); an account whose secret
cannot be read does not stop the others: its channel is missing here, with the reason, and is
built as soon as it can be.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from channels.base import Channel, Recalls, Reconciles
from channels.build import build_channel
from channels.online import Prepares
from channels.options import AccountSpec, BadChannel, ChannelSpec, Context
from channels.values import Attachment, Message
from channels.wire import Wire
from worker.clock import Clock
from worker.db import Store
from worker.home import InForce
from worker.i18n import t
from worker.models import AccountRow
from worker.outbox.doubt import Traits
from worker.outbox.units import Lease, Letter
from worker.programme.model import ChannelConfig
from worker.programme.targets import candidates
from worker.settings import Secret, Settings
from worker.shared.here import shared_at
from worker.specs import BULLETINS

#: a secret's file is looked at this often at most, seconds; less than a command takes to start,
#: so that whoever mends a file and says `resume` has the new one used
LOOK = 0.25
#: a channel that could not be built is tried again this often, seconds
AGAIN = 60.0

Stamp = tuple[int, int, int] | None  #: of a file, another one when it was written; None: no file


class MissingSecretError(Exception):
    """A secret that the programme names is not there; says which, never its value."""


def resolve_secret(reference: str, home: Path) -> Secret:
    """`env:NAME` or `file:PATH` (below home, or absolute) -> the value."""
    kind, _, name = reference.partition(":")
    if kind == "env" and os.environ.get(name):
        return Secret(os.environ[name])
    if kind == "file":
        path = Path(name) if name.startswith("/") else home / name
        try:
            value = path.read_text(encoding="utf-8-sig").strip()  # Notepad writes a BOM
        except OSError as error:
            raise MissingSecretError(f"{reference}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise MissingSecretError(
                f"{reference}: " + t("không phải tệp chữ UTF-8", "is not UTF-8 text")) from error
        if value:
            return Secret(value)
    raise MissingSecretError(f"{reference}: " + t("chưa có giá trị", "has no value"))


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True)
class StoredState:
    """`AccountState` in the database: committed before it returns."""

    store: Store
    channel: str

    def read(self, account: str) -> tuple[int, str]:
        with self.store.read() as session:
            row = session.get(AccountRow, (self.channel, account))
            return (row.value_version, row.value) if row else (0, "")

    def write(self, account: str, version: int, value: str) -> bool:
        mine = (AccountRow.channel == self.channel, AccountRow.account == account)
        try:
            with self.store.write() as session:
                if version == 0 and session.get(AccountRow, (self.channel, account)) is None:
                    session.execute(insert(AccountRow), [{
                        "channel": self.channel, "account": account, "value": value,
                        "value_version": 1, "failures": 0, "blocked_code": "",
                        "paused_reason": "",
                    }])
                    return True
                done = session.execute(
                    update(AccountRow).where(*mine, AccountRow.value_version == version)
                    .values(value=value, value_version=version + 1)
                    .returning(AccountRow.value_version)
                ).first()
                return done is not None
        except IntegrityError:
            return False  # another process made the row first


@dataclass
class Office:
    """Channels ready to send, and why some are not."""

    settings: Settings
    store: Store
    clock: Clock
    training: bool
    sandbox_url: str | None
    force: InForce
    durable: bool = True  #: False in a rehearsal
    channels: dict[str, Channel] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)
    _addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    _files: dict[str, dict[Path, Stamp]] = field(default_factory=dict)  #: secrets, as they were
    _looked: float = float("-inf")
    _tried: float = float("-inf")

    def open(self) -> "Office":
        """Build every enabled channel; whoever asks meanwhile still finds those of before."""
        self._tried = self.clock.elapsed()
        self._place(Wire(training=self.training, elapsed=self.clock.elapsed), self._enabled(),
                    {}, {}, {}, {})
        return self

    def renew(self, force: InForce) -> None:
        """Take up a newer programme."""
        self.force = force
        self.open()

    def reread(self) -> bool:
        """
        Take up what was mended without an edit of the programme: a secret's file that changed,
        at once, and whatever else kept a channel from being built, within `AGAIN` seconds. What
        stands in `env:` cannot change while we run. Cheap; True when something was taken up.
        """
        elapsed = self.clock.elapsed()
        if elapsed - self._looked < LOOK:
            return False
        self._looked = elapsed
        again = bool(self.broken) and elapsed - self._tried >= AGAIN
        if again:
            self._tried = elapsed
        stale = [
            config for config in self._enabled()
            if (again and config.id in self.broken)
            or any(_stamp(path) != stamp for path, stamp in self._files.get(config.id, {}).items())
        ]
        if not stale:
            return False
        before = self.broken
        self._place(self.wire, stale, dict(self.channels), dict(before), dict(self._addresses),
                    dict(self._files))
        return self.broken != before or any(c.id not in self.broken for c in stale)

    def _enabled(self) -> list[ChannelConfig]:
        return [config for config in self.force.programme.channels if config.enabled]

    def _place(
        self, wire: Wire, configs: list[ChannelConfig], channels: dict[str, Channel],
        broken: dict[str, str], addresses: dict[tuple[str, str], str],
        files: dict[str, dict[Path, Stamp]],
    ) -> None:
        """
        Build these beside the given ones, then put all in place: other threads read meanwhile.
        One that worked and cannot be built any more goes on as it is, and stands as broken, too.
        """
        for config in configs:
            files[config.id] = self._secret_files(config)  # before they are read
            try:
                channels[config.id], found = self._build(config, wire)
            except (BadChannel, MissingSecretError) as error:
                broken[config.id] = str(error)
            else:
                broken.pop(config.id, None)
                addresses |= found
        # a new channel never with old addresses: its targets would seem to be gone
        self.wire, self._files, self._addresses, self.channels, self.broken = (
            wire, files, addresses, channels, broken)

    def _secret_files(self, config: ChannelConfig) -> dict[Path, Stamp]:
        references = [at for account in config.accounts for at in account.secrets.values()]
        references += [target.address for target in config.targets]
        paths = [self.settings.home / at.removeprefix("file:")  # an absolute one stays as it is
                 for at in references if at.startswith("file:")]
        return {path: _stamp(path) for path in paths}

    def _build(
        self, config: ChannelConfig, wire: Wire
    ) -> tuple[Channel, dict[tuple[str, str], str]]:
        programme = self.force.programme
        targets, addresses = {}, {}
        for target in candidates(programme, config):
            address = self._address(target.address)
            addresses[config.id, target.id] = address
            targets[address] = target.account
        spec = ChannelSpec(
            id=config.id, type=config.type,
            accounts=tuple(AccountSpec(a.id, a.secrets, a.options) for a in config.accounts),
            targets=targets, options=config.options,
            allowed_domains=programme.settings.allowed_domains,
            max_parallel=config.max_parallel, timeout=config.timeout,
        )
        return build_channel(spec, Context(
            wire=wire, clock=self.clock, secrets=self.secret,
            folder=self.settings.var / "phat", home=self.settings.home,
            state=StoredState(self.store, config.id), training=self.training,
            sandbox_url=self.sandbox_url, durable=self.durable,
        )), addresses

    def secret(self, reference: str) -> Secret:
        """The value behind env:NAME or file:PATH."""
        return resolve_secret(reference, self.settings.home)

    def _address(self, reference: str) -> str:
        personal = reference.startswith(("env:", "file:"))
        return self.secret(reference) if personal else reference

    def config(self, channel: str) -> ChannelConfig:
        return self.force.programme.channel(channel)

    def rate(self, channel: str, account: str) -> float | None:
        """Parts (SMS) or messages a second that the gateway permits."""
        return next((a.rate for a in self.config(channel).accounts if a.id == account), None)

    def leads(self, channel: str) -> bool:
        """The channel hands over before the slot."""
        config = self.config(channel)
        return (config.type in BULLETINS  # a box is given its files as soon as there are any
                or config.lead is not None or config.lead_time is not None)

    def recallable(self) -> frozenset[str]:
        """Channels that can take back what is public."""
        return frozenset(c for c, channel in self.channels.items() if isinstance(channel, Recalls))

    def reconcilable(self) -> frozenset[str]:
        """Channels that can be asked whether they have a message."""
        return frozenset(
            c for c, channel in self.channels.items() if isinstance(channel, Reconciles)
        )

    def traits(self) -> Mapping[str, Traits]:
        """What of each channel matters for ending a doubt."""
        return {c: Traits(x.idempotent, x.key_lifetime, isinstance(x, Prepares))
                for c, x in self.channels.items()}

    def message(self, letter: Letter, lease: Lease, attempt: int) -> Message | None:
        """The message, or None when the target is no longer in the programme."""
        address = self._addresses.get((lease.channel, letter.target))
        if address is None:
            return None
        content: dict[str, Any] = letter.content
        extra = {**content.get("extra", {}), "occurrence": lease.occurrence_id,
                 "version": str(lease.version), "priority": lease.priority}
        # a recall works on the original: its key and tag are what the far side knows
        key = letter.refers_to or letter.id
        return Message(
            key=key, target=address, text=content["text"], title=content.get("title", ""),
            tag=letter.tag, attempt=attempt, first_try_at=letter.first_try_at,
            opens_at=lease.opens_at, expires_at=lease.closes_at,
            attachments=tuple(
                Attachment(str(shared_at(self.settings, a["path"])), a["sha256"], a["alt"])
                for a in content.get("attachments", ())
            ),
            extra=extra, ref=letter.ref,
        )


