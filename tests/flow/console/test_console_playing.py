"""One person goes the whole way in training, and comes back as who they are."""

from tests.accounts import Visitor, an_account, who
from worker.home import Home
from worker.items.sample import LEADER, ensure_sample_persons


def _sample(home: Home, *roles: str) -> None:
    with home.store.write() as session:
        ensure_sample_persons(session, home.clock.now())
    an_account(home, "an", *roles)


def test_a_part_is_played_and_left_again(home: Home, person: Visitor) -> None:
    _sample(home, "quan_tri")
    person.log_in()
    mine = str(person.token)

    played = person.post("/dong-vai", next="/duyet")

    assert (played.status_code, played.headers["location"]) == (303, "/duyet")
    page = person.get("/").text
    assert "Bạn đang đóng vai" in page
    part = str(person.token)
    found = who(home, part)
    assert found is not None
    assert found.person == LEADER
    left = person.post("/thoi-dong-vai", next="//evil.example/")
    assert left.headers["location"] == "/"  # no other site
    assert person.token == mine
    assert who(home, part) is None  # the part is over with it
    assert "Bạn đang đóng vai" not in person.get("/").text


def test_leaving_for_good_while_playing_ends_both(home: Home, person: Visitor) -> None:
    _sample(home, "quan_tri")
    person.log_in()
    mine = str(person.token)
    person.post("/dong-vai", next="/")
    part = str(person.token)

    person.post("/dang-xuat")

    assert who(home, mine) is None
    assert who(home, part) is None


def test_without_a_part_there_is_nothing_to_leave(home: Home, person: Visitor) -> None:
    _sample(home, "nguoi_soan")
    person.log_in()

    assert person.post("/thoi-dong-vai").headers["location"] == "/"
    assert person.post("/dong-vai").status_code == 403
    assert person.get("/").status_code == 200
