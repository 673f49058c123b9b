"""
A text is in both languages or it is not there: it stands as `t("tiếng Việt", "English")`, or as
such a pair in a table (docs/adr/0021-both-languages-in-one-place.md).
"""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates" / "console").rglob("*.j2"))
MODULES = sorted(p for part in ("console", "worker") for p in (ROOT / part).rglob("*.py"))

VIETNAMESE = re.compile(
    "[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]{2,}")
#: names and formats, the same in both languages
NAMES = {"CSV", "DOCX", "Enter", "Excel", "Facebook", "MB", "MP", "PDF", "QR", "SHA", "SMS",
         "Word", "ZIP", "Zalo",
         "dd", "mm", "yyyy",  # how a date is typed
         "Authorization", "Bearer", "gv"}  # what a program sends with its key
#: the switch names each language in itself
SWITCH = {"English", "Tiếng Việt"}
#: what people read or hear of a tag; of `value`, buttons only
READ = {"alt", "aria-label", "aria-description", "data-name", "label", "placeholder", "title"}
#: of the podcast's feed: values that its format has
FEED = {"vi", "false", "Yes"}

#: Vietnamese by nature: what is published, handed over on paper, or read out of people's files
ONLY_VIETNAMESE = {
    "console/api/items.py": "an example in the description of the API",
    "console/api/lists.py": "an example in the description of the API",
    "console/api/problems.py": "beside a validator's own English, by its code",
    "console/usage.py": "beside the English of the library, by its pattern",
    "worker/campaigns/area/figures.py": "heads of the carrier's table, as it sends them",
    "worker/campaigns/area/lawful.py": "an example of an area's name",
    "worker/campaigns/area/letter.py": "the order to the carrier, an official letter",
    "worker/campaigns/area/orders.py": "how the names of places begin",
    "worker/campaigns/area/papers.py": "the order to the carrier, an official letter",
    "worker/campaigns/area/workbook.py": "the order to the carrier, its table",
    "worker/campaigns/recalling.py": "the title of a correction, which is published",
    "worker/errors.py": "words by which a clause is cut, of both languages",
    "worker/failures.py": "beside the English of the system, by its number",
    "worker/golive/trial.py": "a message that goes out",
    "worker/guess.py": "the letter đ, for likeness",
    "worker/items/contribute.py": "the text of an item, which is published",
    "worker/items/files/columns.py": "heads of people's files",
    "worker/items/files/form.py": "the Excel form, filled in in Vietnamese",
    "worker/items/paper/print.py": "the approval sheet, an official paper",
    "worker/items/paper/sheet.py": "the approval sheet, an official paper",
    "worker/items/paper/word.py": "the approval sheet, an official paper",
    "worker/items/sample.py": "names of the persons of the training",
    "worker/lists/columns.py": "heads of people's files",
    "worker/lists/commands.py": "an answer at the keyboard; the English one is taken as well",
    "worker/official.py": "a date on an official paper, Decree 30/2020",
    "worker/programme/kinds.py": "what people write for an hour",
    "worker/programme/syntax.py": "what people write for yes and no",
    "worker/radio/airings.py": "the name of an airing in a bulletin",
    "worker/radio/assemble.py": "a bulletin: it is read out",
    "worker/radio/box_files.py": "a bulletin's file in a loudspeaker box",
    "worker/radio/bulletin.py": "a bulletin: it is read out",
    "worker/radio/compose.py": "a bulletin: it is read out",
    "worker/radio/notices.py": "an SMS to a station",
    "worker/radio/paper/onefile.py": "the announcer's sheet",
    "worker/radio/paper/print.py": "the announcer's sheet",
    "worker/radio/paper/sheet.py": "the announcer's sheet",
    "worker/radio/paper/word.py": "the announcer's sheet",
    "worker/radio/script.py": "a bulletin: it is read out",
    "worker/radio/speech/parts.py": "a bulletin: it is read out",
    "worker/radio/speech/sounds.py": "tags of a bulletin's sound file",
    "worker/renderer.py": "the mark on every published text of the training",
    "worker/slots.py": "the name of an airing in a bulletin",
    "worker/smstemplates/request.py": "the carrier's form of registration",
    "worker/states.py": "docs/states.md is made of it, both languages in a line",
    "worker/verification/entry.py": "the public page, in Vietnamese",
    "worker/verification/normal.py": "the letter đ, for likeness",
    "worker/verification/published.py": "the public page, in Vietnamese",
}
#: a name in a sentence: a decree has no other
OWN_NAMES = re.compile(r"«[^»]*»|`[^`]*`|\d+/\d+/NĐ-CP")


# ------------------------------------------------------------------------------- templates


class Shown(HTMLParser):
    """What a page shows besides what its template calls for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._quiet += tag in ("style", "script")
        button = tag == "input" and dict(attrs).get("type") in ("submit", "button", "reset")
        self.found += [value for name, value in attrs
                       if value and (name in READ or (button and name == "value"))]

    def handle_endtag(self, tag: str) -> None:
        self._quiet -= tag in ("style", "script")

    def handle_data(self, data: str) -> None:
        if not self._quiet:
            self.found.append(data.strip())


def untranslated(source: str) -> Iterator[str]:
    """Text of a template that does not go through `t`."""
    page = "".join(value if kind == "data" else "\0" if kind == "variable_begin" else ""
                   for _, kind, value in Environment().lex(source))  # noqa: S701  (read only)
    shown = Shown()
    shown.feed(page)
    shown.close()
    for text in shown.found:
        if text not in SWITCH and not set(WORD.findall(text)) <= NAMES:
            yield text
    tree = Environment().parse(source)  # noqa: S701
    paired = {id(one) for call in tree.find_all(nodes.Call)
              if isinstance(call.node, nodes.Name) and call.node.name == "t"
              for one in call.find_all(nodes.Const)}
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and id(const) not in paired \
                and VIETNAMESE.search(const.value) and const.value not in MARKS:
            yield const.value


#: compared with, never shown
MARKS = {"TẬP HUẤN, KHÔNG PHÁT"}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_every_word_of_a_page_is_in_both_languages(path: Path) -> None:
    found = set(untranslated(path.read_text(encoding="utf-8")))
    allowed = FEED if path.suffixes[-2:] == [".xml", ".j2"] else set()

    assert found - allowed == set()


@pytest.mark.parametrize("source", [
    "<p>Xin chào</p>", "<p>Hello</p>", '<img alt="ảnh">', '<input placeholder="tìm">',
    '<input type="submit" value="Gửi">', "<p>{{ 'Gửi' }}</p>", "<td data-name='Tên'></td>",
    "{% if x %}Xong{% endif %}", "{{ t('Có', 'Yes') }} rồi",
])
def test_an_untranslated_word_of_a_page_is_found(source: str) -> None:
    assert list(untranslated(source)) != []


# --------------------------------------------------------------------------------- modules


def text_of(node: ast.AST) -> str:
    """A text as far as it stands there."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(text_of(v) or "{}" for v in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text_of(left) + text_of(right)
        case ast.IfExp(body=body, orelse=orelse):
            return text_of(body) + text_of(orelse)
    return ""


def is_t(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t"


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def bare(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Vietnamese that is neither given to `t`, nor beside its English, nor a docstring."""
    known = set[int]()
    for node in ast.walk(tree):
        match node:
            case (ast.Module(body=[ast.Expr(value=ast.Constant() as said), *_])
                  | ast.ClassDef(body=[ast.Expr(value=ast.Constant() as said), *_])
                  | ast.FunctionDef(body=[ast.Expr(value=ast.Constant() as said), *_])):
                known.add(id(said))
        for vi in _said_in_english(node):
            known |= {id(one) for one in ast.walk(vi)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) \
                and VIETNAMESE.search(node.value) and id(node) not in known:
            yield node.lineno, node.value


def _said_in_english(node: ast.AST) -> Iterable[ast.AST]:
    if isinstance(node, ast.Call) and is_t(node):
        return node.args
    if isinstance(node, ast.Tuple | ast.Call):
        row = node.elts if isinstance(node, ast.Tuple) else [
            *node.args, *(word.value for word in node.keywords)]
        return [vi for vi, en in pairwise(row)
                if VIETNAMESE.search(text_of(vi)) and WORD.search(english := text_of(en))
                and not VIETNAMESE.search(english)]
    return ()


def test_every_vietnamese_text_stands_beside_its_english() -> None:
    found = {}
    for path in MODULES:
        name = str(path.relative_to(ROOT))
        lines = list(bare(tree_of(path)))
        if lines and name not in ONLY_VIETNAMESE:
            found[name] = lines

    assert found == {}


def test_what_is_excepted_is_still_there() -> None:
    """A reason that no longer has a text is taken out of the list."""
    assert [name for name in ONLY_VIETNAMESE
            if not list(bare(tree_of(ROOT / name)))] == []


@pytest.mark.parametrize("source", [
    'say("xong rồi")', 'x = {"a": "Đã gửi"}', 'raise UserError("tệp", "hỏng")',
    'say(f"{n} lượt hỏng")', 'x = ("Đã gửi", "Đã đến")',
])
def test_an_untranslated_text_is_found(source: str) -> None:
    assert list(bare(ast.parse(source))) != []


def test_a_pair_is_two_languages() -> None:
    wrong = []
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if not is_t(node) or not isinstance(node, ast.Call) or len(node.args) != 2:
                continue
            vi, en = map(text_of, node.args)
            same = vi == en and VIETNAMESE.search(vi)
            left = vi and isinstance(node.args[1], ast.Constant) and not en.strip()
            if same or left or VIETNAMESE.search(OWN_NAMES.sub("", en)):
                wrong.append((str(path.relative_to(ROOT)), node.lineno, en))

    assert wrong == []


def test_no_text_is_chosen_before_anybody_asks() -> None:
    """
    A text made while a module is loaded stays in the language the process began with; on a page
    each reader has chosen. The command line's own help is of one process and one person.
    """
    found = [f"{path.relative_to(ROOT)}:{line}" for path in MODULES
             if "import typer" not in path.read_text(encoding="utf-8")
             for line in _at_loading(tree_of(path), within=False)]

    assert found == []


def _at_loading(node: ast.AST, *, within: bool) -> Iterator[int]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        within = True
    if is_t(node) and not within and isinstance(node, ast.Call):
        yield node.lineno
    for child in ast.iter_child_nodes(node):
        yield from _at_loading(child, within=within)
