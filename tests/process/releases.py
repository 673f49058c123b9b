"""
Versions of the product to come, each a copy of this tree with migrations of its own.

    first   uses the column `node.rack`
    second  uses it no longer, and adds a column to the tables of what is sent, and a table
    third   takes `node.rack` away: it needs `second` or newer
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory

from tests.process.installation import PATIENCE, WorkerProcess, launched
from worker.migrate import FOLDER
from worker.settings import PRODUCT

FIRST, SECOND, THIRD = "9.0.0", "9.1.0", "9.2.0"
_PARTS = ("vietnamese", "channels", "worker", "console", "sandbox", "templates")
#: seconds the second and third migrations stand still, so that there is a meanwhile
STILL = 0.7
#: below a release: its third migration stands still as long as this file is there
GATE = "cho"

_MIGRATION = """
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = depends_on = None
{contract}

def upgrade():
    {steps}
"""
_STANDS = f'op.execute("SELECT pg_sleep({STILL})")'
_WAITS = f"""while (Path(__file__).parents[3] / "{GATE}").exists():
        time.sleep(0.05)"""
_COLUMN = 'sa.Column("{0}", sa.String(20), {1})'
_NOTE = _COLUMN.format("note", 'server_default="", nullable=False')
_STEPS = {
    "r1": [f'op.add_column("node", {_COLUMN.format("rack", "nullable=True")})'],
    "r2": [f'op.add_column("{table}", {_NOTE})' for table in ("batch", "campaign_message")]
    + [f'op.create_table("rack", {_COLUMN.format("id", "primary_key=True")})', _STANDS],
    "r3": [_STANDS, _WAITS, 'op.drop_column("node", "rack")'],
}
#: module and the line after which a column stands there
_MAPPED = {
    FIRST: ("people", "    stopped_at: Mapped[datetime | None]\n",
            "    rack: Mapped[str | None] = mapped_column(String(20))\n"),
    SECOND: ("outbox", "    lease_token: Mapped[str | None] = mapped_column(String(36))\n",
             "    note: Mapped[str] = mapped_column(String(20), default='moi')\n"),
}


@dataclass(frozen=True)
class Release:
    """One version, installed in a folder of its own."""

    version: str
    folder: Path

    def start(
        self, log: Path, environment: Mapping[str, str], *words: str
    ) -> WorkerProcess:
        """A process of it, its output at the end of `log`."""
        return launched(log, ("console.main", *words), self._environment(environment),
                        folder=self.folder)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Its own migration stands still until the block is over."""
        gate = self.folder / GATE
        gate.touch()
        try:
            yield
        finally:
            gate.unlink()

    def command(
        self, environment: Mapping[str, str], *words: str
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "console.main", *words], cwd=self.folder, capture_output=True,
            text=True, timeout=PATIENCE, check=False, env=self._environment(environment))

    def _environment(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONUTF8": "1", "PYTHONPATH": str(self.folder),
                **environment}


def release(folder: Path, version: str) -> Release:
    """A copy of this tree that is `version`; it has the migrations of those before, too."""
    place = folder / f"giovang-{version}"
    for part in _PARTS:
        shutil.copytree(PRODUCT / part, place / part, copy_function=_link)
    info = place / f"giovang-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: giovang\nVersion: {version}\n")
    before = ScriptDirectory(str(FOLDER)).get_current_head()
    last = ("r1", "r2", "r3")[(FIRST, SECOND, THIRD).index(version)]
    for name, steps in _STEPS.items():
        if name <= last:
            (place / "worker/migrations/versions" / f"9999_{name}.py").write_text(
                _MIGRATION.format(revision=name, before=before, steps="\n    ".join(steps),
                                  contract=f'CONTRACT = "{SECOND}"' if name == "r3" else ""))
        before = name
    module, after, line = _MAPPED[FIRST if version == FIRST else SECOND]
    path = place / "worker/models" / f"{module}.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(after) == 1
    path.unlink()  # the tree's own file stays as it is
    path.write_text(text.replace(after, after + line), encoding="utf-8")
    return Release(version, place)


def _link(source: str, target: str) -> None:
    """Nobody writes into a file that is there already; some disks have no links between them."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
