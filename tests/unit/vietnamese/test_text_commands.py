"""`text sms`, `text plain` and `phone`: standard input in, data out, nothing else needed."""

import io
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from vietnamese.cli import main

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _vietnamese(monkeypatch):
    monkeypatch.delenv("GIOVANG_LANG", raising=False)


def run(*argv: str, stdin: bytes = b"") -> tuple[int, str, str]:
    out, err = io.BytesIO(), io.BytesIO()
    code = main(list(argv), io.BytesIO(stdin), out, err)
    return code, out.getvalue().decode(), err.getvalue().decode()


def test_text_sms_answers_with_one_object_of_five_keys():
    """What a text costs, and why."""
    code, out, err = run("text", "sms", stdin="Lừa đảo [1]\n".encode())

    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert list(json.loads(out)) == ["encoding", "units", "parts", "text", "forces_ucs2"]
    assert json.loads(out) == {
        "encoding": "ucs2",
        "units": 11,
        "parts": 1,
        "text": "Lừa đảo [1]",
        "forces_ucs2": ["ừ", "đ", "ả"],
    }
    assert "đảo" in out  # readable, not \\u0111


def test_text_sms_plain_counts_the_text_without_accents():
    """--plain shows the text that would go out."""
    code, out, _ = run("text", "sms", "--plain", stdin="Lừa đảo [1]".encode())

    assert code == 0
    assert json.loads(out) == {
        "encoding": "gsm7",
        "units": 13,
        "parts": 1,
        "text": "Lua dao [1]",
        "forces_ucs2": [],
    }


@pytest.mark.parametrize(
    ("stdin", "text"),
    [
        (b"", ""),
        (b"\n", ""),
        (b"\r\n", ""),
        (b"a\n\n", "a\n"),
        (b"a\r\n", "a"),
        (b"a\nb", "a\nb"),
        (b"a\r", "a\r"),
        (b"\xef\xbb\xbfa\n", "a"),
        ("a\u0302\u0301".encode(), "ấ"),
        ("\u2028".encode(), "\u2028"),
    ],
)
def test_stdin_is_one_text_less_one_newline_composed(stdin, text):
    """A BOM is tolerated; only the newline that a terminal adds is dropped."""
    answer = json.loads(run("text", "sms", stdin=stdin)[1])

    assert answer["text"] == text
    assert answer["parts"] == 1


def test_text_plain_prints_the_text():
    """One newline after it, those within kept."""
    assert run("text", "plain", stdin="Đừng\nchuyển 😀 tiền\n".encode()) == (
        0,
        "Dung\nchuyen tien\n",
        "",
    )
    assert run("text", "plain") == (0, "\n", "")


def test_phone_answers_every_line_blank_ones_too():
    """The input is the line as typed; one of number and error is null; the exit is 0."""
    code, out, err = run("phone", stdin=b"0912 345 678\r\n\n 113\n84912345678")
    rows = [json.loads(line) for line in out.splitlines()]

    assert (code, err) == (0, "")
    assert [list(r) for r in rows] == [["input", "e164", "error"]] * 4
    assert [r["input"] for r in rows] == ["0912 345 678", "", " 113", "84912345678"]
    assert [r["e164"] for r in rows] == ["+84912345678", None, None, "+84912345678"]
    assert [r["error"] is None for r in rows] == [True, False, False, True]


@pytest.mark.parametrize(
    ("stdin", "lines"),
    [
        (b"", 0),
        (b"\n", 1),
        (b"x", 1),
        (b"x\n", 1),
        (b"x\n\n", 2),
        ("x\u2028y\x0bz\n".encode(), 1),
    ],
)
def test_the_last_newline_ends_a_line_and_begins_none(stdin, lines):
    """Only a newline parts lines, not every sign that Python would split at."""
    assert run("phone", stdin=stdin)[1].count("\n") == lines


@pytest.mark.parametrize("argv", [["text", "sms"], ["text", "plain"], ["phone"]])
def test_input_that_is_not_utf8_is_one_clear_line(argv, monkeypatch):
    """Exit 2, the line of the first wrong byte, nothing on stdout, no traceback."""
    code, out, err = run(*argv, stdin=b"a\nb\xff\n")

    assert (code, out) == (2, "")
    assert err == "dòng 2: không phải mã UTF-8, hãy lưu lại tệp ở dạng UTF-8\n"
    monkeypatch.setenv("GIOVANG_LANG", "en")
    assert run(*argv, stdin=b"\xff")[2] == "line 1: not UTF-8, save the file as UTF-8\n"


@pytest.mark.parametrize(
    "argv",
    [
        [],
        ["text"],
        ["text", "smss"],
        ["text", "sms", "--plan"],
        ["text", "plain", "--plain"],
        ["text", "sms", "x"],
        ["phone", "0912345678"],
        ["phone", "--\udcff"],
    ],
)
def test_wrong_use_is_exit_2_and_says_how(argv):
    """The usage is on stderr; stdout stays data only."""
    code, out, err = run(*argv)

    assert (code, out) == (2, "")
    assert "giovang text sms" in err


@pytest.mark.parametrize("argv", [["text"], ["text", "sms"], ["text", "plain"], ["phone"]])
def test_help_is_given_in_both_languages(argv, monkeypatch):
    """--help asks for the usage, so it is the data."""
    assert run(*argv, "--help")[:2] == (0, run(*argv, "-h")[1])
    assert "bỏ dấu" in run(*argv, "--help")[1]
    monkeypatch.setenv("GIOVANG_LANG", "en")
    assert "accents" in run(*argv, "--help")[1]


def test_phone_errors_follow_the_language(monkeypatch):
    """Vietnamese unless GIOVANG_LANG says en."""
    assert "số cố định" in run("phone", stdin=b"0243826123 4")[1]
    monkeypatch.setenv("GIOVANG_LANG", "en")
    assert "landline" in run("phone", stdin=b"02438261234")[1]


SCRIPT = (
    "import sys; from vietnamese.cli import main; "
    "sys.exit(main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer, sys.stderr.buffer))"
)


def _of_children() -> float:
    """Seconds of the processor that ended children of this process had."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_it_works_in_any_folder_and_locale_with_the_standard_library_only(tmp_path):
    """
    -S leaves out every installed package, LC_ALL=C any help with UTF-8; well under 0.5 s of the
    processor's time: how long it waits for the processor says something of the machine only.
    """
    # given an isolated interpreter in an empty folder
    env = {"PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    command = [sys.executable, "-S", "-c", SCRIPT, "text", "sms"]

    # when a Vietnamese text is counted, twice, for the first may compile
    took = []
    for _ in range(2):
        before = _of_children()
        done = subprocess.run(
            command, input="Đừng".encode(), capture_output=True, cwd=tmp_path, env=env, check=True
        )
        took.append(_of_children() - before)

    # then it is UTF-8, and quick
    assert json.loads(done.stdout.decode("utf-8"))["text"] == "Đừng"
    assert min(took) < 0.5


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    """`giovang phone | head -1` ends quietly."""
    env = {"PYTHONPATH": str(ROOT)}
    lines = b"0912345678\n" * 100_000
    with subprocess.Popen(
        [sys.executable, "-S", "-c", SCRIPT, "phone"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=env,
    ) as process:
        process.stdin.write(lines)
        process.stdin.close()
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=20) == 0
