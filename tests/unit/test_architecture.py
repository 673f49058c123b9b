"""What the house rules say of the code as a whole, held by looking at it."""

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("vietnamese", "channels", "worker", "console", "sandbox")
GENERATED = {
    # written out by Alembic
    "worker/migrations/versions/0001_first_tables.py",
    "worker/migrations/versions/0002_commune_radio.py",
    "worker/migrations/versions/0003_recipient_lists.py",
    "worker/migrations/versions/0004_sms_campaigns.py",
    "worker/migrations/versions/0005_parts.py",
    "worker/migrations/versions/0006_area_orders.py",
    "worker/migrations/versions/0007_prepared_deliveries.py",
    "worker/migrations/versions/0008_corrections.py",
    "worker/migrations/versions/0009_aftercare.py",
    "worker/migrations/versions/0010_users.py",
    "worker/migrations/versions/0011_organisations_of_persons.py",
    "worker/migrations/versions/0012_calendar_series.py",
    "worker/migrations/versions/0013_drafts.py",
    "worker/migrations/versions/0014_approval_by_others.py",
    "worker/migrations/versions/0015_notices.py",
    "worker/migrations/versions/0016_api_keys.py",
    "worker/migrations/versions/0017_trial_sends.py",
    "worker/migrations/versions/0018_cluster_rates.py",
    "worker/migrations/versions/0019_partitions.py",
    "worker/migrations/versions/0020_failover.py",
    "worker/migrations/versions/0021_receipts_of_one.py",
}
#: may read the machine's clocks, with the reason
CLOCKS = {
    "worker/clock.py": "the clock",
    "channels/wire.py": "deadlines and elapsed seconds of one request, monotonic",
    "channels/connection.py": "what is left of a deadline, monotonic",
    "channels/many/line.py": "the same, before libcurl writes the first byte",
    "channels/many/window.py": "how long libcurl is waited for, monotonic",
    "worker/sending.py": "milliseconds of a try for the log line, perf_counter",
    "worker/engines/embedded.py": "how long stopping may take, monotonic",
}
_CLOCK = re.compile(
    r"\bdatetime\.(?:now|utcnow|today)\(|\bdate\.today\(|\btime\.(?:time|sleep|monotonic|"
    r"perf_counter)\b|^from time import",
    re.MULTILINE,
)


def committed() -> list[str]:
    """Files under version control, and those that would be with the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
        capture_output=True, text=True, check=False,
    )
    if listed.returncode:  # not a repository (an unpacked archive): look at everything of ours
        return [str(p.relative_to(ROOT)) for folder in (*OURS, "tests", "docs", "bench", ".ci")
                for p in (ROOT / folder).rglob("*") if p.is_file()]
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


SOURCES = sorted(name for name in committed() if name.endswith(".py"))
PRODUCT = [name for name in SOURCES if name.startswith(tuple(f"{o}/" for o in OURS))]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_no_file_is_over_400_lines() -> None:
    """A file over 400 lines holds two subjects."""
    long = {name: len(read(name).splitlines()) for name in SOURCES if name not in GENERATED}

    assert SOURCES
    assert not {name: lines for name, lines in long.items() if lines > 400}


def test_no_function_is_over_60_lines() -> None:
    """A function over 60 lines does two things; a docstring counts, for it is read, too."""
    long = {
        f"{name}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name in SOURCES if name not in GENERATED
        for node in ast.walk(ast.parse(read(name)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert not {where: lines for where, lines in long.items() if lines > 60}


def test_contracts_stay_short() -> None:
    """The contract of a seam fits on a few screens: under 150 lines."""
    assert not [n for n in ("channels/base.py", "worker/engines/base.py")
                if len(read(n).splitlines()) >= 150]


def test_no_module_is_named_like_one_of_the_standard_library() -> None:
    """`calendar.py` would hide the real one as soon as its folder lands on sys.path."""
    names = {Path(name).stem for name in SOURCES} | {part for name in SOURCES
                                                    for part in Path(name).parts[:-1]}

    assert not names & (sys.stdlib_module_names - {"__init__", "__main__"})


def test_no_dependency_ships_a_name_of_ours() -> None:
    """It is an application in an environment of its own: nobody else brings a `worker`."""
    shipped = packages_distributions()

    assert "requests" in shipped
    assert not {name: found for name in OURS
                if (found := set(shipped.get(name, [])) - {"giovang"})}


@pytest.mark.parametrize("name", [n for n in PRODUCT if n not in CLOCKS])
def test_only_the_clock_reads_the_clock(name: str) -> None:
    """`now` is an argument or `clock.now()`: a rehearsal plays a year in seconds."""
    assert not _CLOCK.findall(read(name))


def test_those_allowed_to_read_a_clock_do() -> None:
    """The list of exceptions holds no file that needs none."""
    assert not [name for name in CLOCKS if not _CLOCK.search(read(name))]


def test_nothing_names_a_machine_or_a_registry() -> None:
    """No path of the machine a file was written on, and no registry: set-up asks pip's own."""
    place = re.compile(r"(?<![\w.~-])/(?:work|farm|opt/pypi)/|\b(?:pypi|files\.pythonhosted)\.org|"
                       r"--(?:extra-)?index-url|--find-links")
    allowed = {"tests/unit/test_architecture.py", "Makefile"}  # Makefile: --no-emit-index-url
    found = {}
    for name in committed():
        try:
            text = read(name)
        except UnicodeDecodeError:
            continue
        if name not in allowed and (hit := place.search(text)):
            found[name] = hit[0]

    assert not found


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_its_hashes(name: str) -> None:
    """`make setup` installs with --require-hashes: no line without one."""
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", read(name), flags=re.MULTILINE))

    assert len(blocks) > 30
    assert not [b.splitlines()[0] for b in blocks if "==" not in b or "--hash=sha256:" not in b]


def test_the_locks_agree() -> None:
    """What is tested is what runs: both locks name the same version of each package."""
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==([\w.+!-]+)", read(name), re.MULTILINE))

    dev = pins("requirements-dev.lock")

    assert not {p: v for p, v in pins("requirements.lock").items() if dev.get(p) != v}
