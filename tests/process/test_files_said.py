"""What `backup`, `check`, `worker` and `restore` say of shared files, each as its own process."""

import subprocess
import sys
from pathlib import Path

from tests.bucket import SECRET, BucketServer, url
from tests.builders import PROGRAMME, START
from tests.process.conftest import Install
from tests.process.installation import PATIENCE
from worker.models import Evidence
from worker.settings import PRODUCT


def _said(home: Path, server: BucketServer, *words: str, code: int) -> str:
    """All it printed: in words, without a key, ended with this code."""
    done = subprocess.run(
        [sys.executable, "-m", "console.main", *words], cwd=PRODUCT, capture_output=True,
        text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "PYTHONUTF8": "1", "GIOVANG_HOME": str(home),
             "GIOVANG_DATABASE_URL": f"sqlite:///{home / 'giovang.sqlite3'}",
             "GIOVANG_PORT": "0", "GIOVANG_PUBLIC_PORT": "0", "GIOVANG_FILES": url(),
             **server.environment()})
    said = done.stdout + done.stderr
    assert done.returncode == code, f"{words}: {done.returncode}\n{said}"
    assert "Traceback" not in said
    assert SECRET not in said
    return said


def test_wrong_keys_and_missing_files_are_said_in_words(
    tmp_path: Path, sqlite_url: str, s3: BucketServer, install: Install
) -> None:
    """A missing file: 1, and the rest is kept. A wrong key: 2, and nothing is changed."""
    flow = install(tmp_path, sqlite_url, PROGRAMME)
    (tmp_path / "schedules.toml").write_text(PROGRAMME, encoding="utf-8")
    with flow.home.store.write() as session:
        session.add(Evidence(item_id="td-01", name="x.pdf", kind="pdf", by="soan", at=START,
                             sha256="a" * 64))
    backup = str(tmp_path / "b.tar.gz")

    assert f"{'a' * 64}.pdf: không còn" in _said(tmp_path, s3, "backup", backup, "--as", "ca_hai",
                                                 code=1)
    s3.refuse_keys()
    for words in (("check",), ("worker",), ("restore", backup)):
        assert "từ chối khóa" in _said(tmp_path, s3, *words, code=2)
    assert not list(tmp_path.glob("giovang.sqlite3.*"))
    assert "không dùng được lúc này" in _said(tmp_path, s3, "backup", backup, "--as", "ca_hai",
                                              code=1)
