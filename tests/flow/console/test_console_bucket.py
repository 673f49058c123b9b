"""Two consoles, two machines: what one was sent the other shows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from console.server import Servers
from tests.accounts import Visitor, an_account
from tests.bucket import BucketServer, on_bucket
from worker.home import Home
from worker.models import Evidence
from worker.office import Office


@pytest.fixture
def consoles(home: Home, s3: BucketServer, tmp_path: Path) -> Iterator[list[Visitor]]:
    an_account(home, "an", "nguoi_soan")
    running, visitors = [], []
    for name in ("may-a", "may-b"):
        var = tmp_path / name
        var.mkdir()
        mine = replace(home, settings=on_bucket(home.settings, var))
        if (home.settings.var / "khoa").exists():  # carried by hand, as docs/scale.md says
            (var / "khoa").write_bytes((home.settings.var / "khoa").read_bytes())
        office = Office(mine.settings, mine.store, mine.clock, True, None, mine.programme()).open()
        running.append(Servers(mine, lambda office=office: office))
        running[-1].start()
        visitors.append(Visitor(running[-1].inner_url))
        visitors[-1].log_in("an")
    yield visitors
    for visitor in visitors:
        visitor.web.close()
    for servers in running:
        servers.stop()


def test_evidence_taken_by_one_console_is_shown_by_the_other(
    home: Home, s3: BucketServer, consoles: list[Visitor]
) -> None:
    """With the bucket away it says so, and does not say that the file is gone."""
    a, b = consoles
    sent = a.web.post(f"{a.url}/soan-tin/gop-y", headers={"Origin": a.url}, timeout=30, data={
        "title": "Có kẻ lừa", "theme": "thu_doan", "what": "Gọi điện đòi tiền",
        "where": "Thôn Làng", "source": "Bà con"},
        files={"evidence": ("anh chup.pdf", b"%PDF-1.4 x")}, allow_redirects=False)
    assert sent.status_code == 303
    with home.store.read() as session:
        page = f"/soan-tin/bang-chung/{session.scalars(select(Evidence.id)).one()}"
    shown = b.get(page)
    s3.stop()
    away = b.get("/soan-tin/anh/" + "a" * 64 + ".png")
    s3.start()

    assert (shown.status_code, shown.content) == (200, b"%PDF-1.4 x")
    assert (away.status_code, "kho tệp chung" in away.text) == (409, True)
