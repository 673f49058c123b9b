"""A campaign's text and the templates that carriers have registered."""



import pytest

from tests.builders import an_item
from tests.store.campaigns.world import Campaigns, campaigns
from tests.store.conftest import MakeWorld
from tests.store.world import a_text
from worker.campaigns import plan, registered
from worker.campaigns.hindrances import hindrances
from worker.errors import Refused

TEMPLATE = """
[[sms_templates]]
id = "canh-bao"
channel = "sms"
carriers = ["{carrier}"]
sender = "CA LUC NGAN"
state = "hieu_luc"
valid_until = 2027-12-31
text = "Kinh gui {{ten:20}}: goi 113."
"""




IN_FORCE = 'state = "hieu_luc"\nvalid_until = 2027-12-31'


def _made(
    make_world: MakeWorld, text: str, *carriers: str, state: str = IN_FORCE
) -> Campaigns:
    templates = "".join(
        TEMPLATE.format(carrier=c).replace("canh-bao", f"canh-bao-{n}").replace(IN_FORCE, state)
        for n, c in enumerate(carriers))
    made = campaigns(make_world(a_text() + templates))
    made.world.approved(an_item("td-02", texts={"sms": text}))
    return made


@pytest.mark.parametrize(("state", "words"), [
    ('state = "dang_ky"', r"canh-bao-0.*còn chờ nhà mạng duyệt"),
    ('state = "hieu_luc"\nvalid_until = 2026-11-01', r"canh-bao-0.*hết hạn 01/11/2026"),
])
def test_a_text_that_no_carrier_takes_is_refused(
    make_world: MakeWorld, state: str, words: str
) -> None:
    """Worded like its template, which nobody may use yet, or any more: nothing is queued."""
    made = _made(make_world, "Kinh gui ba con: goi 113.", "Viettel", state=state)

    with pytest.raises(Refused, match=words):
        made.draft(made.a_list(["0950000101"]), item="td-02")


def test_a_text_worded_like_its_template_is_taken(make_world: MakeWorld) -> None:
    """The training mark before it is not held against it."""
    made = _made(make_world, "Kinh gui ba con: goi 113.", "Viettel")

    campaign = made.draft(made.a_list(["0950000101"]), item="td-02")

    assert made.row(campaign).text.endswith("Kinh gui ba con: goi 113.")


def test_who_would_drop_it_is_said_with_how_many_numbers(make_world: MakeWorld) -> None:
    """One carrier has such a template, the other's is of other words: a line for the other."""
    other = TEMPLATE.format(carrier="MobiFone").replace("canh-bao", "loi-khac").replace(
        "goi 113", "goi cong an")
    made = campaigns(make_world(a_text() + TEMPLATE.format(carrier="Viettel") + other))
    made.world.approved(an_item("td-02", texts={"sms": "Kinh gui ba con: goi 113."}))
    queued = made.queued(made.a_list(["0950000101"]), item="td-02")
    programme, now = made.home.programme().programme, made.home.clock.now()
    row = made.row(queued.id)
    counts = {"Viettel": 7, "MobiFone": 5}

    [told] = registered.warnings(programme, row, counts, now.date())

    assert "MobiFone" in told
    assert "(5 số)" in told
    assert not [line for line in plan.lines(programme, now, queued) if "MobiFone" in line]


def test_status_says_it_while_it_runs(make_world: MakeWorld) -> None:
    """A template that ended since is told to whoever looks at the running campaign."""
    other = TEMPLATE.format(carrier="MobiFone").replace("canh-bao", "loi-khac").replace(
        "goi 113", "goi cong an")
    made = campaigns(make_world(a_text() + TEMPLATE.format(carrier="Viettel") + other))
    made.world.approved(an_item("td-02", texts={"sms": "Kinh gui ba con: goi 113."}))
    row = made.row(made.draft(made.a_list(["0950000101"]), item="td-02"))
    row.state, row.counts = "running", {"carriers": {"MobiFone": 5}}

    with made.home.store.read() as session:
        told = hindrances(session, made.home.clock.now(), made.home.programme(), row)

    assert [line for line in told if "MobiFone sẽ không nhận" in line]
