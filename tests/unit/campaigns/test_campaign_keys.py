"""The key of a campaign's message: the same for ever, for receipts of years name it."""

import hashlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from channels.values import Message
from worker.campaigns.keys import MOST_CAMPAIGNS, MOST_ROWS, key_of, place_of

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


def test_a_key_is_what_it_was_in_every_version() -> None:
    assert key_of(bytes(16), 7, 123) == "00000700-0007-8b6d-9c9e-62e20b48bec3"


@given(st.binary(min_size=16, max_size=16), st.integers(0, MOST_CAMPAIGNS),
       st.integers(0, MOST_ROWS))
def test_a_key_holds_its_place_and_a_hash_under_the_nonce(
    nonce: bytes, campaign: int, row: int
) -> None:
    key = key_of(nonce, campaign, row)

    digest = hashlib.blake2b(f"{campaign}/{row}".encode(), key=nonce, digest_size=9).digest()
    assert place_of(key) == (campaign, row)
    octets = int(key.replace("-", ""), 16)
    assert octets & (1 << 62) - 1 == int.from_bytes(digest, "big") >> 2 & (1 << 62) - 1


def test_a_message_made_from_a_pattern_is_as_if_made_by_itself() -> None:
    pattern = Message("", "", "other", tag="GV-A", expires_at=NOW)

    made = pattern.to("+84950001001", "k", "Lời", attempt=2, first_try_at=NOW)

    assert made == Message("k", "+84950001001", "Lời", tag="GV-A", attempt=2, first_try_at=NOW,
                           expires_at=NOW)
    assert pattern == Message("", "", "other", tag="GV-A", expires_at=NOW)
