"""Which carrier takes which text on which day."""

from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.builders import a_channel, a_programme, an_item, settings_for
from vietnamese import mobile
from worker.items.renditions import freeze
from worker.programme.model import Account, Carrier, Programme, SmsTemplate, Target
from worker.smstemplates import Forecast, forecast, refusal
from worker.smstemplates.ahead import ending
from worker.smstemplates.judge import carrier_of, judge
from worker.smstemplates.request import example, slots

TODAY = date(2026, 11, 24)
TEXT = "Bao Cong an xa Luc Ngan, goi 113."
WORDS = "Bao {cong_an:30}, goi {so:6}."
#: read only, never stored or called: prefixes of Viettel and MobiFone
VIETTEL, MOBIFONE = "0961234567", "0901234567"


def a_template(name: str = "bao-tin", **changes: Any) -> SmsTemplate:
    values: dict[str, Any] = {
        "id": name, "channel": "sms", "carriers": ["Viettel"], "sender": "XA LUC NGAN",
        "text": WORDS, "state": "hieu_luc", "valid_until": date(2026, 12, 31), **changes}
    return SmsTemplate.model_validate(values)


def programme(*templates: SmsTemplate, **changes: Any) -> Programme:
    return a_programme(sms_templates=templates, **changes)


@pytest.mark.parametrize(("changes", "text", "said"), [
    ({}, TEXT, ""),
    ({"valid_until": TODAY}, TEXT, ""),  # its last day counts
    ({}, "Bao ong Cong an xa Luc Ngan. Goi 113.",
     "khác mẫu gần nhất «bao-tin» từ chỗ “ong Cong an xa Luc Ngan."),
    ({}, "Bao Cong an xa, goi", "mẫu còn chữ ở cuối"),
    ({"valid_until": date(2026, 11, 23)}, TEXT, "hết hạn 23/11/2026, trước ngày 24/11/2026"),
    ({"state": "dang_ky", "valid_until": None}, TEXT, "còn chờ nhà mạng duyệt"),
    ({"state": "tu_choi"}, TEXT, "bị nhà mạng từ chối"),
    ({"state": "het_han"}, TEXT, "đã hết hạn"),
    ({"sender": "CA LUC NGAN"}, TEXT, "tên CA LUC NGAN, tài khoản gửi bằng XA LUC NGAN"),
    ({"account": "phu"}, "Tin khac", ""),  # of another account: this one is asked for nothing
    ({"carriers": ["VinaPhone"]}, "Tin khac", ""),  # of another carrier
])
def test_a_carrier_takes_what_fits_a_template_in_force(
    changes: dict[str, Any], text: str, said: str
) -> None:
    """Words, day, state and sender name must all be right; the reason says which is not."""
    account = Account(id="chinh", secrets={"key": "env:KEY"}, options={"sender": "XA LUC NGAN"})
    plan = programme(a_template(**changes), channels=(a_channel("sms", accounts=(account,)),))

    found = refusal(plan, "sms", "chinh", "Viettel", text, TODAY)

    assert (found is None) is (said == "")
    assert found is None or (found.code == "sms-template" and "Viettel: " in found.what
                             and said in found.what and found.fix)


def test_one_template_that_serves_is_enough() -> None:
    plan = programme(a_template("cu", state="het_han"), a_template("khac", text="Tin khac."),
                     a_template("moi"))
    assert refusal(plan, "sms", "chinh", "Viettel", TEXT, TODAY) is None


def test_of_a_number_whose_carrier_nobody_knows() -> None:
    """Refused only where every carrier that asks for templates refuses."""
    one, both = (programme(a_template(), a_template("mobi", carriers=["MobiFone"], **changes))
                 for changes in ({"text": "Tin khac."}, {}))

    def said(plan: Programme, text: str) -> bool:
        return refusal(plan, "sms", "chinh", "", text, TODAY) is not None

    assert [said(one, TEXT), said(one, "Sai mau"), said(both, TEXT)] == [False, True, False]
    assert not said(programme(), "Sai mau")  # nobody asks


def test_a_target_is_judged_by_the_prefix_where_its_number_stands() -> None:
    """A number of a reference is nobody's: the text goes, and the carriers that drop it are
    named."""
    plan = programme(a_template(), a_template("mobi", carriers=["MobiFone"], text="Tin khac."))

    found = {a: judge(plan, "sms", "chinh", a, TEXT, TODAY) for a in
             (VIETTEL, MOBIFONE, "env:SO", "0950000101")}

    assert (found[VIETTEL].refused, found[VIETTEL].warned) == ("", "")
    assert found[MOBIFONE].refused.startswith("MobiFone: ")
    for address in ("env:SO", "0950000101"):
        assert found[address].refused == ""
        assert found[address].warned.startswith("MobiFone: ")


def test_the_carrier_of_an_address() -> None:
    assert [carrier_of(a) for a in (VIETTEL, "+84 90 123 4567", "env:SO", "file:so.txt", "1022",
                                    "0950000101")] == ["Viettel", "MobiFone", "", "", "", ""]


def test_a_forecast_counts_the_numbers_that_would_get_nothing() -> None:
    """By carrier and account; those nobody asks anything of are not in it."""
    plan = programme(a_template(), a_template("mobi", carriers=["MobiFone"], text="Tin khac."))
    numbers = {"Viettel": 700, "MobiFone": 200, "Gmobile": 9, "": 5}

    after = forecast(plan, TEXT, date(2027, 1, 1), numbers, channel="sms")

    def counted(found: list[Forecast]) -> list[tuple[str, str, str, int]]:
        return [f[:4] for f in found]

    assert counted(forecast(plan, TEXT, TODAY, numbers)) == [("sms", "chinh", "MobiFone", 200)]
    assert counted(after) == [("sms", "chinh", "Viettel", 700), ("sms", "chinh", "MobiFone", 200),
                              ("sms", "chinh", "", 5)]
    assert forecast(plan, TEXT, TODAY, numbers, channel="facebook") == []
    assert forecast(plan, TEXT, TODAY, numbers, accounts=["phu"]) == []


ITEM = "Cong an khong lam viec qua dien thoai. Bao {cong_an:30}, goi 113."


@pytest.mark.parametrize(("templates", "changes", "fits"), [
    ((), {}, True),
    ((a_template(text=ITEM),), {}, True),
    ((a_template(text=ITEM, state="dang_ky"),), {}, True),  # may be in force by its day
    ((a_template(text=ITEM, state="tu_choi"),), {}, False),
    ((a_template(),), {}, False),
    ((a_template(), a_template("mobi", carriers=["MobiFone"], text=ITEM)), {}, True),
    ((a_template(),), {"purpose": "quang_cao"}, True),  # looked at by people, each of them
    ((a_template(text="Cong an khong lam viec qua dien thoai. Bao Cong an xa Luc Ngan, goi 113."),),
     {}, True),  # with the name the receiver's body has
])
def test_a_text_that_no_template_is_worded_like_does_not_fit_the_channel(
    tmp_path: Path, templates: tuple[SmsTemplate, ...], changes: dict[str, Any], fits: bool
) -> None:
    """Known when it is submitted: nobody approves what no carrier would deliver."""
    frozen = freeze(an_item(**changes), programme(*templates), settings_for(tmp_path))

    assert {f.channel: [p.code for p in f.problems] for f in frozen} == {
        "sms": [] if fits else ["sms-template"], "facebook": [], "website": [], "loa": []}


def test_one_receiver_who_may_be_sent_to_is_enough_for_the_channel(tmp_path: Path) -> None:
    """The calendar judges each receiver; an approval is for all of them."""
    targets = tuple(Target(id=f"t{n}", name="T", address=a)
                    for n, a in enumerate((VIETTEL, MOBIFONE)))

    def problems(*reached: Target) -> int:
        plan = programme(a_template(), channels=(a_channel("sms", targets=reached),))
        [frozen] = freeze(an_item(), plan, settings_for(tmp_path))
        return len(frozen.problems)

    assert [problems(*targets), problems(targets[0]), problems()] == [0, 1, 1]


@pytest.mark.parametrize(("until", "others", "told"), [
    (date(2026, 12, 9), (), False),
    (date(2026, 12, 8), (), True),
    (date(2026, 11, 1), (), True),
    (date(2026, 12, 8), (a_template("moi"),), False),
    (date(2026, 12, 8), (a_template("moi", text="Tin khac."),), True),
    (date(2026, 12, 8), (a_template("moi", state="dang_ky"),), True),
])
def test_a_template_that_ends_is_told_two_weeks_ahead(
    until: date, others: tuple[SmsTemplate, ...], told: bool
) -> None:
    """Unless another of the same words takes its place by then."""
    found = [*ending(programme(a_template(valid_until=until), *others), TODAY)]

    assert [lack.cause for lack in found] == ["sms-template:bao-tin"] * told


def test_an_example_fits_its_own_template() -> None:
    """As the carrier reads it: the publishing body's name, figures, x's."""
    accented = a_template(text="Báo {cong_an:30}, gọi {so:12}. {ten:4}")
    plan = programme()

    assert example(plan, a_template(), TODAY) == "Bao Cong an xa Luc Ngan, goi 123456."
    assert example(plan, accented, TODAY) == "Báo Công an xã Lục Ngạn, gọi 123456789012. xxxx"
    assert slots(WORDS) == "{cong_an:30}: ký tự, tối đa 30\n{so:6}: chữ số, tối đa 6"


def test_carriers_are_those_of_the_prefixes() -> None:
    """A carrier of the programme is one that a number can have."""
    assert {*get_args(Carrier)} == {*mobile.PREFIXES.values()} - {""}
