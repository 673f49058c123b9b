"""0005 on a database with data: ids of gateways are kept, each as the one part there was."""

from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.postgres import Cluster
from worker import migrate
from worker.db import Store
from worker.models import WireRef


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_ids_of_before_are_those_of_a_single_part(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.url(cluster.create())
    store = Store(url)
    migrate.upgrade_to(store, "0004")
    with store.write() as s:
        s.execute(text("INSERT INTO wire_ref (channel, account, ref, delivery_id, number, at) "
                       "VALUES ('sms', 'chinh', 'r1', 'd', 1, '2026-11-24 01:00:00')"))

    migrate.upgrade(store)

    with store.read() as s:
        [ref] = s.scalars(select(WireRef)).all()
    assert (ref.ref, ref.part, ref.of, ref.outcome) == ("r1", 1, 1, None)
    store.close()
