"""What a worker says of its addresses when it has started."""

import pytest

from console.places import show_console, show_station
from console.server import Servers
from tests.postgres import free_port
from worker.db import Store
from worker.home import Home


def test_a_database_that_goes_after_the_start_ends_nobody(
    home: Home, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = Home(home.settings, Store(f"postgresql+psycopg://x@127.0.0.1:{free_port()}/x"),
                home.clock)

    show_console(gone, servers)
    show_station(gone, servers)

    said = capsys.readouterr().err
    assert f"Trang điều hành: {servers.inner_url}/" in said
    assert said.count("vừa mất kết nối") == 2


def test_a_newcomer_is_told_the_way_in_and_a_station_s_page(
    home: Home, servers: Servers, capsys: pytest.CaptureFixture[str]
) -> None:
    show_console(home, servers)
    show_station(home, servers)

    said = capsys.readouterr().err
    assert "Vào lần đầu" in said
    assert "/stations/" in said
