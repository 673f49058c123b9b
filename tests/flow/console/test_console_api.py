"""The JSON API over its real listener: who may call, how often an act acts, what is answered."""

import re
import threading

import pytest
import requests

from console.api.app import api_app, openapi
from console.server import Servers, listen_on, serve
from tests.accounts import Visitor, an_account
from tests.api import (
    ITEM,
    KEY,
    MEDIA,
    OCCURRENCE,
    Program,
    a_campaign,
    a_key,
    a_list,
    approved,
    count,
    something,
    submitted,
)
from worker.home import Home
from worker.models import ApiKey, Batch, Campaign, Occurrence, RecipientList, StopOrder

# ------------------------------------------------------------------------------ who may


@pytest.mark.parametrize("header", [
    None, "", "Bearer", "Bearer gv_sai", "Basic YTpi", "Bearer gv_" + "x" * 43])
def test_nothing_is_answered_without_a_key(servers: Servers, header: str | None) -> None:
    """Not even what there is."""
    program = Program(servers.inner_url, None)
    for path in ("/items", "/openapi.json", "/khong-co"):
        answer = program.get(path, headers={"Authorization": header} if header else {})
        assert (answer.status_code, answer.headers["content-type"]) == (401, MEDIA)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("path", "status"), [
    ("/khong-co", 404), ("/items/a%0Ab", 400), ("/campaigns/%0A", 400)])
def test_what_is_not_there_is_a_problem_and_no_page(
    call: Program, path: str, status: int
) -> None:
    answer = call.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA)


def test_a_session_of_the_pages_opens_nothing_here(
    home: Home, servers: Servers, person: Visitor
) -> None:
    """So no page of another site can make a browser call: CSRF does not arise."""
    an_account(home, "an", "quan_tri", "nguoi_soan")
    person.log_in()

    assert person.get("/api/v1/items").status_code == 401
    assert person.post("/api/v1/emergency-stop").status_code == 401


def test_a_program_needs_no_origin_and_pages_still_do(
    call: Program, home: Home, person: Visitor
) -> None:
    an_account(home, "an", "quan_tri")
    person.log_in()

    assert call.put("/items/td-09", ITEM, headers={"Origin": "http://ke-gian.invalid"}
                    ).status_code == 200
    assert person.post("/tai-khoan/thoat-het", origin="http://ke-gian.invalid").status_code == 403


def test_a_key_does_what_its_scopes_and_its_persons_roles_both_allow(
    home: Home, servers: Servers
) -> None:
    reader = Program(servers.inner_url, a_key(home, "doc", ["read"]))
    auditor = Program(servers.inner_url, a_key(home, "kiem", roles=["kiem_tra"]))
    approved(home)

    assert reader.get("/items/td-02").status_code == 200
    for program in (reader, auditor):
        for path, body in (("/items/td-02/submit", None), ("/items/td-02/recall", {"reason": "x"}),
                           ("/channels/sms/pause", {"reason": "x"})):
            refused = program.post(path, body)
            assert (refused.status_code, refused.json()["type"]) == (
                403, "urn:giovang:problem:not-allowed")
    assert Program(servers.inner_url, a_key(home, "viet", ["items"])).get(
        "/items").status_code == 403


def test_no_key_approves_or_starts_again_or_makes_keys() -> None:
    """A person does that, on the page, with a code: a key would go round it."""
    acts = {path for path, ways in openapi()["paths"].items() if set(ways) - {"get"}}

    assert not [path for path in acts if re.search(r"/(approve|start|users?|keys?)(/|$)", path)]


def test_what_is_not_theirs_is_like_what_is_not_there(home: Home, servers: Servers) -> None:
    something(home)
    theirs = Program(servers.inner_url, a_key(home, "xa", organisation="luc-ngan"))
    for path in ("/items/{}", "/items/{}/texts", "/items/{}/preview"):
        other, none = theirs.get(path.format("td-02")), theirs.get(path.format("td-99"))
        assert (other.status_code, none.status_code) == (404, 404)
        assert other.text.replace("td-02", "td-99") == none.text
    assert theirs.get("/campaigns/1").status_code == 404
    assert theirs.get("/lists/1").status_code == 404
    assert theirs.get("/status").status_code == 404
    assert theirs.post("/emergency-stop", {"reason": "x"}).status_code == 404
    assert theirs.post("/items/td-02/recall", {"reason": "x"}).status_code == 404
    for path in ("/items", "/campaigns", "/lists", "/approvals"):
        assert theirs.get(path).json()["items"] == []

    assert theirs.put("/items/td-xa", ITEM).json()["change"] == "new"
    assert [i["owner"] for i in theirs.get("/items").json()["items"]] == ["luc-ngan"]
    assert [d["target"] for d in theirs.get("/deliveries").json()["items"]] == ["to-1"]
    assert theirs.get(f"/deliveries/{KEY}").status_code == 200


# ---------------------------------------------------------------------------- act once


def test_published_once_however_often_it_is_sent(home: Home, call: Program) -> None:
    approved(home)
    home.clock.advance(3.6 * 3600)  # type: ignore[attr-defined]  (noon's golden hour)
    body = {"item": "td-02", "channels": ["sms"]}
    assert call.post("/publications", body).status_code == 400  # the key is required here

    first, again = (call.post("/publications", body, once="phat-1") for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotent-replayed"] == "true"
    occurrence = first.json()["occurrence"]
    assert count(home, Batch, Batch.occurrence_id == occurrence) == 1
    other = call.post("/publications", {"item": "td-02"}, once="phat-1")
    assert (other.status_code, other.json()["type"]) == (422, "urn:giovang:problem:other-request")
    assert call.post("/publications", body, once="phat-2").status_code == 409


def test_twins_at_one_instant_publish_once(home: Home, call: Program, servers: Servers) -> None:
    approved(home)
    home.clock.advance(3.6 * 3600)  # type: ignore[attr-defined]
    key, got = call.web.headers["Authorization"], list[requests.Response]()

    def twin() -> None:
        program = Program(servers.inner_url, str(key).removeprefix("Bearer "))
        got.append(program.post("/publications", {"item": "td-02"}, once="mot"))
        program.web.close()

    twins = [threading.Thread(target=twin) for _ in range(4)]
    for one in twins:
        one.start()
    for one in twins:
        one.join(60)

    assert {r.status_code for r in got} == {201}
    assert len({r.content for r in got}) == 1
    assert count(home, Occurrence, Occurrence.entry == "now:td-02") == 1


def test_one_program_does_not_get_the_answers_of_another(
    home: Home, call: Program, servers: Servers
) -> None:
    other = Program(servers.inner_url, a_key(home, "khac"))
    assert call.post("/emergency-stop", {"reason": "a"}, once="k").status_code == 200

    assert "idempotent-replayed" not in other.post(
        "/emergency-stop", {"reason": "a"}, once="k").headers
    assert count(home, StopOrder) == 2


FORM = {"purpose": "cong_ich", "basis": "public_task", "ordered_by": "UBND xã",
        "document": "12/UBND", "document_date": "2026-11-01", "source": "dân cư",
        "expires": "2026-12-20"}
NUMBERS = "SĐT,Họ tên\n0950000101,Nguyễn Văn A\n0950000102,Trần Thị B\nkhông,C\n".encode()


def bring(call: Program, once: str = "nhap", file: bytes = NUMBERS, **form: str
          ) -> requests.Response:
    return call.web.post(f"{call.url}/lists", data={**FORM, **form}, timeout=30,
                         files={"file": ("dan.csv", file)}, headers={"Idempotency-Key": once})


def test_a_list_broken_off_at_its_last_step_is_brought_in_once(home: Home, call: Program) -> None:
    """The flip and the answer are one transaction: the same call afterwards finds neither."""
    with home.store.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TRIGGER hong BEFORE UPDATE OF state ON recipient_list "
            "WHEN NEW.state = 'ready' BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    broken = bring(call)
    assert (broken.status_code, broken.headers["retry-after"]) == (503, "10")
    assert "disk" not in broken.text
    assert count(home, RecipientList) == 0
    with home.store.write() as session:
        session.connection().exec_driver_sql("DROP TRIGGER hong")

    done, again, other = bring(call), bring(call), bring(call, document="13")

    assert (done.status_code, again.content, other.status_code) == (201, done.content, 422)
    assert done.json()["figures"]["accepted"] == 2
    assert count(home, RecipientList) == 1
    assert "0950000101" not in call.get("/lists/1").text


def test_a_campaign_is_made_once_approved_by_a_person_and_run(home: Home, call: Program) -> None:
    approved(home)
    number = a_list(home)
    body = {"item": "td-02", "lists": [number]}

    made, again = (call.post("/campaigns", body, once="dot") for _ in range(2))

    assert (made.status_code, again.content) == (201, made.content)
    assert count(home, Campaign) == 1
    path = f"/campaigns/{made.json()['campaign']}"
    assert call.post(f"{path}/run").status_code == 409  # nobody has approved it
    assert call.get(f"{path}/figures").json()["waiting"] == 2
    results = call.get(f"{path}/results.csv")
    assert results.headers["content-type"].startswith("text/csv")
    assert "•••••••101" in results.content.decode("utf-8-sig")
    stopped = call.post(f"{path}/stop", {"reason": "sai lời"})
    assert stopped.json()["state"] == "stopped"


# ------------------------------------------------------------------------------- reading


def test_a_list_is_read_page_by_page_each_row_once(home: Home, call: Program) -> None:
    for n in range(7):
        call.put(f"/items/td-{n:02}", {**ITEM, "title": f"Tin {n}"})
    seen, path = [], "/items?limit=3"
    for _ in range(3):
        page = call.get(path).json()
        seen += [i["item"] for i in page["items"]]
        path = f"/items?limit=3&cursor={page['next']}"

    assert seen == [f"td-{n:02}" for n in range(7)]
    assert page["next"] is None
    assert call.get("/lists?cursor=" + call.get("/items?limit=3").json()["next"]
                    ).status_code == 422


def test_the_log_tells_one_deliverys_story_and_a_person_ends_its_doubt(
    home: Home, call: Program
) -> None:
    something(home)
    rows = call.get("/deliveries?state=uncertain").json()["items"]
    assert [r["key"] for r in rows] == [KEY]
    assert rows[0]["occurrence"] == OCCURRENCE

    done = call.post(f"/deliveries/{KEY}/resolve", {"how": "went-out", "reason": "đã thấy"})

    assert done.json() == {"key": KEY, "state": "accepted"}
    assert "resolved" in {e["what"] for e in call.get(f"/deliveries/{KEY}").json()["events"]}
    assert call.get("/deliveries/" + KEY.replace("1", "2")).status_code == 404


def test_pauses_alarms_and_the_stop_act_under_the_persons_name(home: Home, call: Program) -> None:
    something(home)
    assert call.post("/channels/sms/pause", {"reason": "bảo trì"}).json()["paused"] == ["sms"]
    assert call.post("/channels/sms/resume", {}).json()["paused"] == []
    assert call.post("/channels/khong/pause", {"reason": "x"}).status_code == 404
    alarm = call.get("/alarms").json()[0]["alarm"]
    assert call.post(f"/alarms/{alarm}/take").json()["taken_by"] == "may"
    assert call.post(f"/alarms/{alarm}/take").status_code == 409
    call.post("/emergency-stop", {"reason": "sai tin"})

    assert [s["by"] for s in call.get("/emergency-stop").json()] == ["may"]
    assert call.get("/status").json()["programme"] == 1


def test_a_message_somebody_got_is_compared(call: Program) -> None:
    assert call.post("/verify", {"text": "GV-ABCD2345"}).json()["found"] == "none"


def test_a_bug_of_ours_is_a_problem_without_a_traceback(home: Home) -> None:
    def broken() -> None:
        raise KeyError("bí mật bên trong")

    app = api_app(home, dict)
    app.add_api_route("/hong", broken)
    listening = listen_on("127.0.0.1", 0, "GIOVANG_PORT")
    running = serve(app, listening, "thu")
    program = Program(f"http://127.0.0.1:{listening.getsockname()[1]}", a_key(home))
    failed = program.web.get(program.url.replace("/api/v1", "/hong"), timeout=20)
    running.server.should_exit = True
    running.thread.join(10)

    assert (failed.status_code, failed.headers["content-type"]) == (500, MEDIA)
    assert "bí mật" not in failed.text


# ---------------------------------------------------------------------------- the page


def test_a_key_is_shown_once_works_at_once_and_ends_at_once(
    home: Home, servers: Servers, person: Visitor
) -> None:
    an_account(home, "an", "quan_tri")
    an_account(home, "bi", "nguoi_soan")
    person.log_in()
    wrong = person.post("/khoa-api", name="Cổng tin", person="", days="90")
    assert wrong.status_code == 400
    assert 'value="Cổng tin"' in wrong.text

    shown = person.post("/khoa-api", name="Cổng tin", person="bi", days="90", scopes="read")

    (token,) = set(re.findall(r"gv_[A-Za-z0-9_-]{43}", shown.text))
    listed = person.get("/khoa-api")
    assert (listed.status_code, token in listed.text) == (200, False)
    assert token[:9] in listed.text
    assert Program(servers.inner_url, token).get("/items").status_code == 200
    gone = person.post("/khoa-api/1/thu-hoi")
    assert gone.headers["location"] == "/khoa-api?xong=thu-hoi-khoa"
    assert Program(servers.inner_url, token).get("/items").status_code == 401
    assert count(home, ApiKey) == 1


def test_the_campaign_of_another_organisation_is_not_corrected(
    home: Home, servers: Servers
) -> None:
    approved(home)
    number = a_campaign(home)
    theirs = Program(servers.inner_url, a_key(home, "xa", organisation="luc-ngan"))
    submitted(home, "td-05")

    answer = theirs.post("/campaigns", {"item": "td-05", "corrects": number}, once="d")

    assert answer.status_code == 404
