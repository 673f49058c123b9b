"""The key given to gateways: the same for ever, whoever computes it."""

import uuid
from datetime import date
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from worker.outbox.keys import delivery_key, visible_tag

HOME = "6f9619ff-8b86-d011-b42d-00c04fc964ff"
AIRING = SimpleNamespace(entry="canh_giac", slot="trua", local_date=date(2026, 11, 24), run=1)


@given(st.text(max_size=20))
def test_a_key_is_the_uuid5_of_what_tells_deliveries_apart(target: str) -> None:
    """As the standard library computes it (RFC 9562, 5.5)."""
    name = f"canh_giac\x1ftrua\x1f2026-11-24\x1f1\x1fpublish\x1f2\x1fsms\x1f{target}"

    key = delivery_key(HOME, AIRING, "publish", 2, "sms", target)

    assert key == str(uuid.uuid5(uuid.UUID(HOME), name))


def test_the_tag_a_reader_sees_comes_from_the_key() -> None:
    assert visible_tag("00443214-c71d-55b5-8000-000000000000") == "GV-ABCDEFGH"
