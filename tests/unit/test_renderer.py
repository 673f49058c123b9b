"""The renderer: what is approved stays open only in its fields, and nothing is ever cut."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.base import Channel
from channels.build import build_channel
from channels.options import Context
from channels.wire import Wire
from tests.builders import a_channel, a_programme, an_item
from vietnamese import sms
from vietnamese.urls import contains_url
from worker.clock import VirtualClock
from worker.errors import UserError
from worker.i18n import choose, written
from worker.items.files import read_items
from worker.programme.check_channels import channel_spec
from worker.programme.values import longest_values
from worker.renderer import (
    fill_texts,
    mark_training,
    measure_texts,
    render,
    value_problem,
)
from worker.settings import PRODUCT
from worker.specs import render_spec

SHIPPED = (PRODUCT / "templates",)
CHANNELS = ("sms", "facebook", "website", "loa")


def _home(tmp_path: Path, name: str, text: str) -> tuple[Path, ...]:
    """Folders with one template of the home's own."""
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return (tmp_path, *SHIPPED)


def _built(channel_id: str, clock: VirtualClock, tmp_path: Path) -> Channel:
    programme = a_programme()
    spec = channel_spec(programme.channel(channel_id), programme.settings)
    return build_channel(spec, Context(wire=Wire(training=True), clock=clock, training=True,
                                       secrets=lambda _: "x", folder=tmp_path, home=tmp_path))


@pytest.mark.parametrize("channel_id", CHANNELS)
def test_limits_are_those_the_channel_itself_declares(
    channel_id: str, clock: VirtualClock, tmp_path: Path
) -> None:
    """Two descriptions of one channel must not part."""
    config = a_channel(channel_id)

    assert render_spec(config.type, config.options) == _built(channel_id, clock, tmp_path).spec


@pytest.mark.parametrize("channel_id", CHANNELS)
def test_fields_stay_open_and_facts_are_filled_in(channel_id: str) -> None:
    """A rendition has its facts, and its fields by name."""
    item = an_item(body="Ngăn chặn {{ so_vu }} vụ. Báo {{ cong_an }}.", requires=["so_vu"],
                   facts={"so_vu": "12"})

    rendered = render(item, a_channel(channel_id), SHIPPED)

    assert rendered.problems == ()
    assert "12 v" in rendered.texts["text"]
    assert "{{ cong_an }}" in rendered.texts["text"]


@pytest.mark.parametrize("template", [
    "{% if ky_ten %}x{% endif %}",
    "{{ ky_ten | upper }}",
    "{{ ky_ten == 'a' }}",
    "{{ ky_ten ~ 'a' }}",
    "{{ 'a' if ky_ten else 'b' }}",
    "{% for c in ky_ten %}{{ c }}{% endfor %}",
    "{% set ky_ten = 'kẻ gian' %}{{ ky_ten }}",
    "{% set x = ky_ten %}{% if x %}y{% endif %}",
    "{% filter upper %}{{ ky_ten }}{% endfilter %}",
    "{% set x %}{{ ky_ten }}{% endset %}{{ x | length }}",
    "{{ ky_ten[0] }}",
    "{{ ky_ten.upper() }}",
])
def test_a_field_can_only_be_printed(tmp_path: Path, template: str) -> None:
    """No condition on a field: a value must not turn an approved text into another."""
    folders = _home(tmp_path, "sms/text.j2", f"{{# chú thích #}}\n{template}")

    with pytest.raises(UserError) as caught:
        render(an_item(), a_channel("sms"), folders)

    assert "ky_ten" in str(caught.value)
    assert "text.j2:2" in str(caught.value)


@pytest.mark.parametrize(("template", "where"), [
    ("a\n{% if %}", "text.j2:2"),
    ("a\n\n{{ khong_co }}", "text.j2:3"),
    ("a\n{{ 1 / 0 }}", "text.j2:2"),
    ("a\n{{ item.__class__.__mro__ }}", "text.j2:2"),
    ("{% include 'khong/co.j2' %}", "text.j2:1"),
])
def test_a_broken_template_names_its_file_and_line(
    tmp_path: Path, template: str, where: str
) -> None:
    """Staff may edit templates: a mistake is one clear line, not a traceback."""
    folders = _home(tmp_path, "sms/text.j2", template)

    with pytest.raises(UserError, match="mẫu trình bày hỏng") as caught:
        render(an_item(), a_channel("sms"), folders)

    assert where in str(caught.value)


def test_a_missing_template_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"templates/bang-la/text\.j2"):
        render(an_item(), a_channel("sms", template="bang-la"), (tmp_path,))


def test_the_homes_own_template_comes_first(tmp_path: Path) -> None:
    folders = _home(tmp_path, "sms/text.j2", "{{ item.text }} {{ ky_ten }}")

    assert render(an_item(), a_channel("sms"), folders).texts["text"].endswith("113. {{ ky_ten }}")


def test_plain_sms_is_ascii_with_fields_filled_too() -> None:
    """đ becomes d, the value goes without accents as well: never a mix, never a question mark."""
    rendered = render(an_item(), a_channel("sms"), SHIPPED)

    filled = fill_texts(rendered.texts, {"cong_an": "Công an xã Đèo Gia"}, "text")

    assert filled["text"] == (
        "Cong an khong lam viec qua dien thoai. Bao Cong an xa Deo Gia, goi 113."
    )


def test_what_has_no_plain_form_is_left_untouched_with_a_problem() -> None:
    """Pure ASCII or untouched: a letter that would be lost is a reason to refuse."""
    rendered = render(an_item(body="Gọi Иван"), a_channel("sms"), SHIPPED)

    assert rendered.texts["text"] == "Gọi Иван"
    assert [p.code for p in rendered.problems] == ["plain"]


def test_texts_are_composed_whatever_was_typed() -> None:
    """NFC everywhere: a macOS file is decomposed, and gateways count code points."""
    item = an_item(body=unicodedata.normalize("NFD", "Lừa đảo qua mạng"))

    text = render(item, a_channel("facebook"), SHIPPED).texts["text"]

    assert "Lừa đảo qua mạng" in text


def test_a_templates_own_words_are_composed_too(tmp_path: Path) -> None:
    """Staff edit templates on any machine; their words go out as the item's do."""
    words = unicodedata.normalize("NFD", "Cảnh báo lừa đảo")
    folders = _home(tmp_path, "facebook/text.j2", words)

    text = render(an_item(), a_channel("facebook"), folders).texts["text"]

    assert text == "Cảnh báo lừa đảo"


def test_item_text_and_values_are_escaped_in_html() -> None:
    """Nobody writes tags into the website through an item or an organisation's name."""
    item = an_item(body="<script>x</script>\n\nBáo {{ cong_an }}")

    rendered = render(item, a_channel("website"), SHIPPED)
    filled = fill_texts(rendered.texts, {"cong_an": "A & <b>"}, "html")

    assert rendered.problems == ()
    assert "<p>&lt;script&gt;x&lt;/script&gt;</p>" in filled["text"]
    assert "<p>Báo A &amp; &lt;b&gt;</p>" in filled["text"]
    assert filled["title"] == "Giả danh công an"


def test_a_template_with_foreign_tags_is_sanitised_and_told(tmp_path: Path) -> None:
    folders = _home(tmp_path, "website/text.j2",
                    '<p onclick="x">{{ item.text }}</p><script>x</script><iframe></iframe>')

    rendered = render(an_item(), a_channel("website"), folders)

    assert "script" not in rendered.texts["text"]
    assert "onclick" not in rendered.texts["text"]
    assert "iframe, script" in rendered.problems[0].what


@pytest.mark.parametrize(("channel_id", "body", "options", "code"), [
    ("sms", "a" * 161, {}, "too-long"),
    ("sms", "Giảm 50%", {}, "chars"),
    ("sms", "Vào vneid.gov.vn", {}, "url"),
    ("facebook", "Vào http://xau.example/a", {}, "url"),
    ("facebook", "a" * 200, {"max_chars": 100}, "too-long"),
    ("loa", "bà con " * 400, {}, "too-long"),
    ("website", "Vào http://xau.example/a", {}, "url"),
])
def test_what_does_not_fit_is_a_problem_and_is_never_cut(
    channel_id: str, body: str, options: dict[str, int], code: str
) -> None:
    channel = a_channel(channel_id, options)
    texts = render(an_item(body=body), channel, SHIPPED).texts
    filled = fill_texts(texts, longest_values(a_programme()), "text")

    measure = measure_texts(filled, channel.type, channel.options)

    assert [p.code for p in measure.problems] == [code]
    assert measure.chars == len(filled["text"]) >= len(body.strip())


def test_an_allowed_domain_may_be_linked_to() -> None:
    measure = measure_texts({"text": "Vao vneid.gov.vn"}, "sms_http", {}, ("gov.vn",))

    assert measure.problems == ()


@given(st.lists(st.sampled_from([
    "a", "đ", "1", "-", "/", ".", " ", "\n", "www.", "WwW.", "://", "vn", ".com", "bit.ly"])))
@example(["a", "://", "a"])
@example(["www.", "-"])
def test_no_address_escapes_the_quick_look_for_a_full_stop(pieces: list[str]) -> None:
    text = "".join(pieces)

    measure = measure_texts({"text": text}, "facebook", {})

    assert [p.code for p in measure.problems] == (["url"] if contains_url(text) else [])


def test_an_unfilled_field_is_a_problem() -> None:
    """A field without a value must never go out as {{ cong_an }}."""
    measure = measure_texts({"text": "Bao {{ cong_an }}"}, "sms_http", {})

    assert [p.code for p in measure.problems] == ["field"]


def test_who_reads_another_language_is_told_in_it() -> None:
    """A page in English has measured the same text before."""
    text = {"text": "Bao {{ cong_an }}"}
    with written():
        choose("en")
        (english,) = measure_texts(text, "sms_http", {}).problems
    (vietnamese,) = measure_texts(text, "sms_http", {}).problems

    assert (english.what, vietnamese.what) == (
        "no value for cong_an", "chưa có giá trị cho cong_an")


@pytest.mark.parametrize(("value", "good"), [
    ("Công an xã Lục Ngạn", True),
    ("Công an\nxã", False),
    ("Công an\u2028xã", False),
    ("xem xau.com", False),
    ("{{ dai }}", False),
    ("x" * 61, False),
])
def test_a_value_cannot_change_what_was_approved(value: str, good: bool) -> None:
    """No line break, no address, no field in a field, not too long."""
    assert (value_problem("cong_an", value) == "") is good
    assert (fill_texts({"text": "A {{ cong_an }}é"}, {"cong_an": value}, "text")["text"]
            == (f"A {value}é" if good else "A {{ cong_an }}é"))


@pytest.mark.parametrize(("texts", "media", "first"), [
    ({"text": "Bao 113"}, "text", "TAP HUAN, KHONG PHAT. Bao 113"),
    ({"text": "Báo 113"}, "text", "TẬP HUẤN, KHÔNG PHÁT. Báo 113"),
    ({"text": "Báo\n113"}, "text", "TẬP HUẤN, KHÔNG PHÁT\nBáo\n113"),
    ({"text": "<p>x</p>"}, "html", "<p><strong>TẬP HUẤN, KHÔNG PHÁT</strong></p>\n<p>x</p>"),
])
def test_training_marks_every_text(texts: dict[str, str], media: str, first: str) -> None:
    marked = mark_training({**texts, "title": "Tên"}, media)

    assert marked == {"text": first, "title": "TẬP HUẤN, KHÔNG PHÁT. Tên"}


def test_the_sample_fits_every_channel() -> None:
    """24 items, one SMS part each where the text has 160 characters at most once filled in."""
    programme = a_programme()
    items = read_items(
        PRODUCT / "content" / "content.toml", areas={},
        audiences=dict.fromkeys(("thanh_nien", "phu_huynh", "hoc_sinh", "nguoi_cao_tuoi"), ""),
        themes=dict.fromkeys(("phap_luat", "thu_doan", "du_lieu_ca_nhan", "ket_qua"), ""),
        images_dir=PRODUCT,
    ).items

    assert len(items) == 24
    for item in items:
        for channel in programme.channels:
            rendered = render(item, channel, SHIPPED)
            filled = fill_texts(rendered.texts, longest_values(programme), "text")
            measure = measure_texts(filled, channel.type, channel.options)
            assert (rendered.problems, measure.problems) == ((), ()), (item.id, channel.id)
            if channel.id == "sms":
                assert sms.count(filled["text"]).encoding == "gsm7"
