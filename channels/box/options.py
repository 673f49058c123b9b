"""What a programme says of a box, and the way to it that follows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from channels import files
from channels.box.ways import FolderWay, Way
from channels.box.webdav import WebdavWay
from channels.options import AccountSpec, ChannelSpec, Context, Options
from channels.values import Problem
from vietnamese.i18n import t

_FOLDER = re.compile(r"\.|\w[\w .-]*(/\w[\w .-]*)*")
WayName = Literal["folder", "sftp", "webdav"]

TIMEOUT = 120.0  #: seconds; some minutes of sound over a village's uplink


class BoxPlace(Options):
    """Where the stations' folders are."""

    folder: str = ""  #: below the installation's own folder, or absolute where it is mounted
    host: str = ""
    port: int = Field(default=22, ge=1, le=65535)
    root: str = ""
    fingerprint: str = Field(default="", pattern=r"^(SHA256:[A-Za-z0-9+/]{43})?$")
    #: a password must not cross the net in clear; loopback is for trials
    url: str = Field(default="", pattern=r"^(https://|http://(127\.0\.0\.1|localhost)([:/]|$)|$)")


class BoxOptions(BoxPlace):
    """`[[channels]] type = "box"`, options."""

    way: WayName


class BoxAccount(BoxPlace):
    """The same for one account, where a vendor (or a box) has a place of its own."""

    way: WayName | None = None


def is_folder(address: str) -> bool:
    """A station's folder on the box: relative, within it."""
    return _FOLDER.fullmatch(address) is not None


def problems_of(spec: ChannelSpec, options: BoxOptions) -> Iterator[Problem]:
    """What an account's way needs and nobody gave."""
    for account in spec.accounts:
        place = _place(options, account)
        if place is None:
            continue  # told where its options are read
        where = f"accounts.{account.id}"
        wanted = {"folder": ["folder"], "sftp": ["host", "fingerprint"], "webdav": ["url"]}
        for name in wanted[place.way]:
            if not getattr(place, name):
                yield Problem(
                    f"options.{name}",
                    t(f"way = {place.way!r} cần thiết lập này", f"way = {place.way!r} needs it"),
                    t("Thêm vào, xem docs/schedules.md", "Add it, see docs/schedules.md"))
        given = set(account.secrets)
        login = {"folder": set[str](), "sftp": {"user"}, "webdav": {"user", "password"}}[place.way]
        if place.way == "sftp" and not given & {"password", "key"}:
            login |= {"password"}
        for name in sorted(login - given):
            yield Problem(f"{where}.secrets.{name}",
                          t("thiếu khóa này", "this secret is missing"),
                          t(f'{name} = "env:TÊN_BIẾN"', f'{name} = "env:VARIABLE"'))


def ways(
    spec: ChannelSpec, options: BoxOptions, secrets: Mapping[str, Mapping[str, str]],
    context: Context, write: files.Write,
) -> dict[str, Way]:
    """Account -> the way to its boxes; while training a folder of ours, whatever is given."""
    if context.training:
        own = context.folder / "tap-huan" / "hop-phat" / spec.id
        return {account.id: FolderWay(own / account.id, write) for account in spec.accounts}
    found: dict[str, Way] = {}
    for account in spec.accounts:
        place = _place(options, account)
        assert place is not None  # noqa: S101  (check_spec has read it)
        found[account.id] = _way(place, secrets[account.id], spec, context, write)
    return found


def _way(
    place: BoxOptions, login: Mapping[str, str], spec: ChannelSpec, context: Context,
    write: files.Write,
) -> Way:
    user, password = login.get("user", ""), login.get("password", "")
    if place.way == "folder":
        root = context.folder / place.folder
        return FolderWay(root, write, mounted=place.folder.startswith("/"))
    if place.way == "sftp":
        from channels.box.sftp import SftpWay  # noqa: PLC0415  (paramiko is 20 MB: for who uses it)

        return SftpWay(place.host, place.port, place.root, user, password, login.get("key", ""),
                       place.fingerprint, context.clock.elapsed, context.wire.redact)
    return WebdavWay(context.wire, place.url, user, password, spec.timeout or TIMEOUT)


def _place(options: BoxOptions, account: AccountSpec) -> BoxOptions | None:
    given: dict[str, Any] = {**options.model_dump(exclude_unset=True), **account.options}
    try:
        return BoxOptions.model_validate(given)
    except ValueError:
        return None
