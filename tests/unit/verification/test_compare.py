"""A scammer changes a link or a number: what is the same, and what only looks so."""

import pytest

from vietnamese.plain import plain
from worker.verification.compare import differences, likeness
from worker.verification.normal import codes_in, letters, marks_asked, marks_kept

GENUINE = ("Công an KHÔNG làm việc qua điện thoại. Không cài ứng dụng lạ, chỉ cài từ "
           "dichvucong.gov.vn. Nghi lừa đảo, gọi 113 hoặc 0950 000 123. Mã tin: GV-ABCD2345")
INVITES = ", UBND xã Lục Ngạn mời bà con nhận giấy mời, mang theo căn cước. Hỏi 0950 000 123."
CAMPAIGN = ("Kính gửi ", INVITES)

#: pasted, genuine pieces, what it is; the page's script is held to the same table
CASES = {
    "as it went out": (GENUINE, (GENUINE,), "same"),
    "without accents": (plain(GENUINE), (GENUINE,), "same"),
    "case, spaces, lines": (GENUINE.upper().replace(". ", ".\n\n  "), (GENUINE,), "same"),
    "decomposed": ("Cho\u0302\u0301ng lu\u031b\u0300a đảo qua mạng", ("Chống lừa đảo qua mạng",),
                   "same"),
    "a space is missing": (plain("Bị gấp.Hãy bình tĩnh, gọi 113 ngay hôm nay"),
                           ("Bị gấp.Hãy bình tĩnh, gọi 113 ngay hôm nay",), "same"),
    "money as an SMS writes it": ("phat 500.000d", ("Phạt 500.000₫",), "same"),
    "emoji": (f"⚠️📣 {GENUINE} 👍", (GENUINE,), "same"),
    "a part": (GENUINE[:80], (GENUINE,), "part"),
    "a part with another link": ("chỉ cài từ dichvucong-gov.vn. Nghi lừa đảo, gọi 113 hoặc",
                                 (GENUINE,), "near"),
    "another number": (GENUINE.replace("123", "132"), (GENUINE,), "near"),
    "another link": (GENUINE.replace(".gov.vn", ".gov.vn.xyz.top"), (GENUINE,), "near"),
    "a hyphen in the link": (GENUINE.replace("dichvucong.", "dich-vucong."), (GENUINE,), "near"),
    "an accent in the link": (GENUINE.replace("dichvucong", "dịchvucong"), (GENUINE,), "near"),
    "another alphabet's a": (GENUINE.replace("vn.", "vn.").replace("dichvucong", "dіchvucong"),
                             (GENUINE,), "near"),
    "a link added": (f"{GENUINE} bit.ly/x1", (GENUINE,), "near"),
    "a link left out": (GENUINE.replace("dichvucong.gov.vn", "dichvucong gov vn"), (GENUINE,),
                        "near"),
    "too short for a part": ("làm việc qua điện", (GENUINE,), "near"),
    "another text": ("Chúc mừng bạn trúng thưởng xe máy, bấm vào đây để nhận quà", (GENUINE,),
                     "other"),
    "nothing": ("?!", (GENUINE,), "other"),
    "a person's own": (f"Kính gửi Nguyễn Văn A{INVITES}", CAMPAIGN, "same"),
    "a number in the field": (f"Kính gửi bà con gọi 0950000999{INVITES}", CAMPAIGN, "near"),
    "a link in the field": (f"Kính gửi quatang.top{INVITES}", CAMPAIGN, "near"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_pasted_text_is(name: str) -> None:
    given, pieces, what = CASES[name]
    assert likeness(given, pieces) == what


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if case[2] != "other"])
def test_what_is_like_a_text_is_found_by_its_marks(name: str) -> None:
    """Same, part or near: what is looked up meets what is kept."""
    given, pieces, _ = CASES[name]
    if len(letters(given)) > 12:
        assert set(marks_asked(given)) & marks_kept(pieces)


def test_the_differences_name_what_was_changed() -> None:
    found = differences(GENUINE.replace("0950 000 123", "0950 000 999"), GENUINE)
    assert [(d.given, d.genuine) for d in found] == [("999.", "123.")]
    [link] = differences(GENUINE.replace("dichvucong.gov.vn", "dichvucong-gov.vn"), GENUINE)
    assert (link.given, link.genuine) == ("dichvucong-gov.vn.", "dichvucong.gov.vn.")


@pytest.mark.parametrize(("typed", "code"), [
    ("GV-ABCD2345", "GV-ABCD2345"), ("gv abcd2345", "GV-ABCD2345"), ("gvabcd2345", "GV-ABCD2345"),
    ("Mã tin: GV–ABCD2345.", "GV-ABCD2345"), ("GV-0BCD1348", "GV-OBCDI34B"),
    ("ＧＶ-ABCD2345", "GV-ABCD2345"),
])
def test_a_code_is_understood_as_people_type_it(typed: str, code: str) -> None:
    assert codes_in(typed) == (code,)


def test_what_is_no_code_is_none() -> None:
    assert codes_in("AGV-ABCD2345 GV-ABCD23456 GV-ABC") == ()
