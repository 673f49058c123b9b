"""`text spoken`: a line in, a line out."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from vietnamese.cli import main

ROOT = Path(__file__).parents[3]
LINES = "Gọi 113, UBND xã.\r\n\nXem mã XYZQ"


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.delenv("GIOVANG_LANG", raising=False)
    monkeypatch.setenv("GIOVANG_HOME", str(tmp_path))


def run(*options: str, given: str = LINES) -> tuple[int, list[str], str]:
    out, err = io.BytesIO(), io.BytesIO()
    code = main(["text", "spoken", *options], io.BytesIO(given.encode()), out, err)
    return code, out.getvalue().decode().split("\n"), err.getvalue().decode()


@pytest.mark.parametrize("options", [[], ["--for", "voice"], ["--for=voice"]])
def test_each_line_comes_out_as_it_is_said(options):
    """Blank lines too, so that line 7 stays line 7; the voice is what is asked for mostly."""
    assert run(*options) == (0, ["Gọi một một ba, Ủy ban nhân dân xã.", "", "Xem mã XYZQ", ""], "")


@pytest.mark.parametrize("options", [["--for", "person"], ["--for=person"]])
def test_or_as_a_person_reads_it(options):
    """Figures with their reading beside."""
    assert run(*options)[1][0] == "Gọi 113 (một một ba), Ủy ban nhân dân xã."


def test_lint_gives_an_object_a_line_and_says_so_with_its_exit_code():
    """Offsets are those of the written line."""
    code, lines, _ = run("--lint")
    rows = [json.loads(line) for line in lines[:-1]]

    assert code == 1
    assert [list(row) for row in rows] == [["spoken", "findings"]] * 3
    assert [row["findings"] for row in rows[:2]] == [[], []]
    (found,) = rows[2]["findings"]
    assert list(found) == ["start", "end", "text", "why"]
    assert (found["start"], found["end"], found["text"]) == (7, 11, "XYZQ")
    assert run("--lint", "--for", "person", given="Gọi 113")[:2] == (
        0, ['{"spoken": "Gọi 113 (một một ba)", "findings": []}', ""])


@pytest.mark.parametrize("options", [["--for"], ["--for", "x"], ["--for="], ["--lints"], ["x"]])
def test_wrong_use_is_exit_2(options):
    """The usage on stderr; stdout stays data."""
    code, lines, err = run(*options)

    assert (code, lines) == (2, [""])
    assert "giovang text spoken" in err


def test_the_homes_dictionary_is_used_and_its_mistakes_are_told(tmp_path, monkeypatch):
    """Exit 2 and a line each; nothing is read aloud from half a dictionary."""
    file = tmp_path / "dictionary.toml"
    file.write_text('[abbreviations]\n"XYZQ" = "xí nghiệp"\n', encoding="utf-8")
    assert run()[1][2] == "Xem mã xí nghiệp"

    other = tmp_path / "khac"
    other.mkdir()
    (other / "dictionary.toml").write_text('[names]\n"A9" = "5"\n', encoding="utf-8")
    monkeypatch.setenv("GIOVANG_HOME", str(other))
    code, lines, err = run()
    assert (code, lines) == (2, [""])
    assert err.startswith("dictionary.toml:2: [names] A9: cách đọc")
    monkeypatch.setenv("GIOVANG_LANG", "en")
    assert run()[2].startswith("dictionary.toml:2: [names] A9: the reading")


def test_it_needs_the_standard_library_only(tmp_path):
    """-S leaves out every installed package, LC_ALL=C any help with UTF-8."""
    script = ("import sys; from vietnamese.cli import main; "
              "streams = (s.buffer for s in (sys.stdin, sys.stdout, sys.stderr)); "
              "sys.exit(main(sys.argv[1:], *streams))")
    env = {"PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
           "GIOVANG_HOME": str(tmp_path)}

    done = subprocess.run([sys.executable, "-S", "-c", script, "text", "spoken"], cwd=tmp_path,
                          input="Gọi 113".encode(), capture_output=True, env=env, check=True)

    assert done.stdout.decode() == "Gọi một một ba\n"
