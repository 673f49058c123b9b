"""What `run`, `worker` and `console` say when they have started: where people go."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from console.server import Servers
from worker.db import is_full_or_locked
from worker.home import SYSTEM, Home
from worker.i18n import t
from worker.output import say
from worker.radio.links import token_for
from worker.users.commands import PATH
from worker.users.first import first_link


def show_console(home: Home, servers: Servers) -> None:
    """Where people log in; in training a one-time link as well, until somebody has used it."""
    say(t(f"Trang điều hành: {servers.inner_url}/", f"The console: {servers.inner_url}/"))
    with _lost_is_told():
        token = first_link(home)
        if token is not None:
            say(t(f"Vào lần đầu, dùng một lần trong 24 giờ: {servers.inner_url}{PATH}{token}",
                  f"To get in, once within 24 hours: {servers.inner_url}{PATH}{token}"))


def show_station(home: Home, servers: Servers) -> None:
    """One station's page, so that a newcomer sees what its operator sees."""
    with _lost_is_told():
        stations = home.programme().programme.stations
        if stations:
            token = token_for(home, home.clock.now(), stations[0].id, SYSTEM)
            say(t(f"Trang của {stations[0].name}: {servers.public_url}/stations/{token}/",
                  f"The page of {stations[0].name}: {servers.public_url}/stations/{token}/"))


@contextmanager
def _lost_is_told() -> Iterator[None]:
    """Whoever works already does not end because the database went away meanwhile."""
    try:
        yield
    except DBAPIError as error:
        if not is_full_or_locked(error):
            raise
        say(t("Cơ sở dữ liệu vừa mất kết nối, chưa lấy được đường dẫn; trạm vẫn chạy. Lấy sau bằng "
              "`giovang user link` và `giovang station link`.",
              "The database has just gone, so no link is shown; this goes on working. Get one "
              "later by `giovang user link` and `giovang station link`."))
