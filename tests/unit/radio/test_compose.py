"""A bulletin put together: what is read first, what twice, what never, and for how long."""

import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.builders import a_channel, a_programme, an_item
from worker.items.fields import names_in
from worker.programme.values import own_hotline
from worker.radio.bulletin import Bulletin, airing_slug, from_json, to_json
from worker.radio.compose import Frame, Said, compose, follows, pieces, reading_seconds, same_words
from worker.radio.script import filled, pauses, write_script
from worker.renderer import render
from worker.settings import PRODUCT

SHIPPED = (PRODUCT / "templates",)
AT = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)
FRAME = Frame("dai-luc-ngan", "Đài truyền thanh xã Lục Ngạn", "UBND xã Lục Ngạn",
              date(2026, 11, 25), "11:30", AT, AT + timedelta(minutes=90), 5400, training=False)
FIELDS = {"dai": "Đài truyền thanh xã Lục Ngạn", "cong_an": "Công an xã Lục Ngạn",
          "ubnd": "UBND xã Lục Ngạn", "ngay": "25/11/2026", "gio": "11:30"}


def a_script(**changes: Any) -> Any:
    item = an_item(**changes)
    text = render(item, a_channel("loa"), SHIPPED).texts["text"]
    return write_script(item, a_channel("loa"), SHIPPED, names_in(text))


def said(item: str = "td-01", priority: str = "thong_thuong", **more: Any) -> Said:
    script = more.pop("script", None) or a_script(priority=priority).lines
    values: dict[str, Any] = {
        "delivery": f"d-{item}", "item": item, "version": 1, "title": f"Tin {item}",
        "priority": priority, "editor": "A", "approver": "B", "script": script, "fields": FIELDS,
        "order": (item,), **more}
    return Said(**values)


def a_bulletin(*given: Said, **more: Any) -> Bulletin:
    found = [p for one in given for p in pieces(one, more.pop("languages", ("vi",)))]
    return compose(FRAME, found, number=1, made_at=AT, **more)


def test_a_bulletin_reads_in_the_order_an_announcer_does() -> None:
    """Opening and greeting once, the item, its body again, what to do, the number, the closing."""
    bulletin = a_bulletin(said())
    assert [(x.kind, x.voice) for x in bulletin.lines] == [
        ("opening", "Đây là Đài truyền thanh xã Lục Ngạn."),
        ("greeting", "Kính chào toàn thể bà con."),
        ("body", "Sau đây là bản tin: Giả danh công an."),
        ("body", body := "Công an không làm việc qua điện thoại. Báo Công an xã Lục Ngạn, "
                         "gọi một một ba."),
        ("again", "Xin nhắc lại."),
        ("body", body),
        ("todo", "Bà con cần nhớ: Tắt máy."),
        ("hotline", "Số điện thoại cần gọi: một một ba."),
        ("closing", "Bản tin đến đây là hết. Cảm ơn bà con đã lắng nghe."),
    ]


def test_what_is_urgent_is_read_first_and_what_does_not_air_stands_last() -> None:
    """Circular 39/2020: khẩn cấp, ưu tiên, thông thường; among equals in order of time."""
    bulletin = a_bulletin(
        said("td-01", standing="postponed"), said("td-02"), said("td-03", "uu_tien"),
        said("td-04", "khan_cap"), said("td-05", correction=True))
    assert [s.item for s in bulletin.sections] == ["td-04", "td-03", "td-05", "td-02", "td-01"]
    assert [s.item for s in bulletin.airing_sections][-1] == "td-02"
    assert bulletin.airing_sections[0].lines[0].written.startswith("Sau đây là tin khẩn cấp")
    assert bulletin.priority == "khan_cap"


def test_the_opening_and_closing_are_said_once() -> None:
    bulletin = a_bulletin(said("td-01"), said("td-02"))
    kinds = [line.kind for line in bulletin.lines]
    assert [kinds.count(k) for k in ("opening", "greeting", "closing", "again")] == [1, 1, 1, 2]


def test_the_reading_time_is_that_of_every_syllable_said() -> None:
    """130 syllables are 44 seconds; figures count as they are spoken."""
    bulletin = a_bulletin(said())
    assert bulletin.seconds == reading_seconds(bulletin.lines)
    line = replace(bulletin.lines[0], written="113", voice="một một ba " * 43 + "một")
    assert reading_seconds([line]) == 44


def test_only_its_own_hotline_is_called_the_communes() -> None:
    """A neighbour's number is not this commune's, and the item's own number is not said twice."""
    with_one = a_bulletin(said(hotline="0204 3885 113"))
    [line] = [x for x in with_one.lines if "Đường dây nóng" in x.written]
    assert line.written == "Đường dây nóng của địa phương: số 0204 3885 113."
    assert line.voice == ("Đường dây nóng của địa phương: số không hai không bốn, ba tám tám năm, "
                          "một một ba.")
    assert not [x for x in a_bulletin(said()).lines if "Đường dây nóng" in x.written]

    programme, day = a_programme(), date(2026, 11, 25)
    assert own_hotline(programme, "luc-ngan", day) == "113"
    assert own_hotline(programme, "luc-ngan", day, ("113",)) == ""
    assert own_hotline(programme, "bien-dong", day) == ""


def test_a_station_hears_the_languages_it_reads() -> None:
    """The translation follows the item at who reads it, and nobody else; no voice respells it."""
    script = a_script(texts={"loudspeaker_tay": "Pi noọng chứ lai."}).lines
    both = a_bulletin(said(script=script), languages=("vi", "tay"))
    assert [(s.language, s.delivery) for s in both.airing_sections] == [
        ("vi", "d-td-01"), ("tay", "d-td-01")]
    assert both.airing_sections[1].lines[0].voice == "Pi noọng chứ lai."
    assert [s.language for s in a_bulletin(said(script=script)).airing_sections] == ["vi"]


def test_a_hole_is_never_read() -> None:
    """A value is missing for one line: the whole script as it was handed over is read instead."""
    fields = {k: v for k, v in FIELDS.items() if k != "cong_an"}
    bulletin = a_bulletin(said(fields=fields, text="TẬP HUẤN, KHÔNG PHÁT\nMột đoạn.\n\nGọi 113."))
    assert [x.voice for x in bulletin.lines] == ["Một đoạn.", "Gọi một một ba."]


def test_a_correction_reads_none_of_the_recalled_words() -> None:
    [section] = a_bulletin(said(correction=True)).airing_sections
    assert [x.written.split(".")[0] for x in section.lines] == [
        "Đính chính", "Xin nhắc lại", "Đính chính"]
    # approved before corrections were: nothing is read rather than the item itself
    old = tuple(x for x in a_script().lines if x.part != "correction")
    assert not a_bulletin(said(script=old, correction=True, text="Lời cũ.")).lines


def test_other_names_are_no_other_words() -> None:
    """What an announcer reads decides, not who edited it nor what the commune is called now."""
    old = a_bulletin(said())
    renamed = replace(old, station_name="Đài mới", committee="UBND", limit=1,
                      made_at=AT + timedelta(hours=1))
    assert same_words(old, replace(renamed, sections=tuple(
        replace(s, approver="C", editor="D") for s in renamed.sections)))
    assert not same_words(old, a_bulletin(said(), said("td-02")))
    assert not same_words(old, a_bulletin(said(standing="recalled", script=())))


def test_the_next_number_says_what_changed() -> None:
    """Recalled first and in capitals; then what is gone, then what is new."""
    old = a_bulletin(said("td-01"), said("td-02"))
    new = follows(old, a_bulletin(
        said("td-01", standing="recalled", reason="sai số liệu"), said("td-03", "khan_cap")))
    assert (new.number, new.replaces) == (2, 1)
    assert new.notice == (
        "Bản số 2 thay bản số 1. ĐÃ THU HỒI, KHÔNG ĐỌC: «Tin td-01» (sai số liệu). "
        "Bỏ, không đọc: «Tin td-02». KHẨN CẤP, thêm: «Tin td-03».")


def test_a_bulletin_is_read_back_as_it_was_written() -> None:
    bulletin = follows(a_bulletin(said()), a_bulletin(said(), said("td-02")))
    assert from_json(to_json(bulletin)) == bulletin
    assert from_json(to_json(bulletin)).sha256() == bulletin.sha256()


@pytest.mark.parametrize(("airing", "name"), [
    ("05:30", "0530"), ("sau tiếp sóng", "sau-tiep-song"), ("tiếp sóng 17:00", "tiep-song-1700")])
def test_an_airing_has_a_name_any_disk_can_hold(airing: str, name: str) -> None:
    assert airing_slug(airing) == name


# ---------------------------------------------------------------- the lines of an item


def test_every_line_has_its_three_writings() -> None:
    """As approved; for a reader with its pauses; for a voice with every sign as it sounds."""
    [line] = [x for x in a_script(body="Từ 01/7/2026, gọi 113.").lines if x.part == "body"]
    assert line.written == "Từ 01/7/2026, gọi 113."
    assert line.person == ("Từ mùng một tháng bảy năm hai nghìn không trăm hai mươi sáu, / "
                           "gọi 113 (một một ba). //")
    assert line.voice == ("Từ mùng một tháng bảy năm hai nghìn không trăm hai mươi sáu, "
                          "gọi một một ba.")


@pytest.mark.parametrize(("text", "marked"), [
    ("Một, hai; ba: bốn.", "Một, / hai; / ba: / bốn. //"),
    ("Ông Nguyễn V. A nói: “Đúng!” Bà con nghe ạ.",
     "Ông Nguyễn V. A nói: / “Đúng!” // Bà con nghe ạ. //"),
    ("Đây là {{ dai }}.", "Đây là {{ dai }}. //"),
    ("Số 1.500, rồi thôi", "Số 1.500, / rồi thôi"),
])
def test_pauses_stand_where_an_announcer_breathes(text: str, marked: str) -> None:
    """A short one at a comma, a long one at the end of a sentence, none inside a number or name."""
    assert pauses(text) == marked


def test_what_a_voice_would_guess_is_a_problem_until_it_is_waived() -> None:
    """The finding names the word; waived by name it passes, whatever case it was typed in."""
    [problem] = a_script(body="Tải ứng dụng XYZQ về máy.").problems
    assert problem.code == "spoken"
    assert "«XYZQ»" in problem.what
    assert "giovang waive" in problem.fix
    assert a_script(body="Tải ứng dụng XYZQ về máy.", waived={"xyzq": "soan"}).problems == ()


@pytest.mark.parametrize(("body", "codes"), [("Mã {{ ma_tin }}.", ["field"]),
                                             ("Gặp {{ ubnd }}.", [])])
def test_a_tag_is_not_read_aloud(body: str, codes: list[str]) -> None:
    assert [p.code for p in a_script(body=body).problems] == codes


def test_a_value_is_read_as_what_it_is() -> None:
    """1022 is no thousand and twenty-two, whatever stands around it in the text."""
    fields = {**FIELDS, "duong_day_nong": "1022", "gio": "17:00"}
    lines = a_script(body="Lúc {{ gio }} ngày {{ ngay }}, {{ ubnd }}: gọi {{ duong_day_nong }}.")
    [line] = [filled(x, fields) for x in lines.lines if x.part == "body"]
    assert line is not None
    assert line.voice == (
        "Lúc mười bảy giờ ngày hai mươi lăm tháng mười một năm hai nghìn không trăm hai mươi sáu, "
        "Ủy ban nhân dân xã Lục Ngạn: gọi một không hai hai.")


def test_all_shipped_items_may_be_read_aloud() -> None:
    """The sample's 24 items have no finding, in no line of their bulletins."""
    document = tomllib.loads((PRODUCT / "content" / "content.toml").read_text("utf-8"))
    found = {
        item["id"]: a_script(
            title=item["title"], body=item["loudspeaker"], what_to_do=item["what_to_do"],
            hotline=item["hotline"], requires=item.get("requires", ()),
            facts=dict.fromkeys(item.get("requires", ()), "12")).problems
        for item in document["item"]}
    assert len(found) == 24
    assert {name: p for name, p in found.items() if p} == {}
