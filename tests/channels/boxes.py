"""
A vendor's box as it stands at a station: OpenSSH's SFTP and Apache's WebDAV on free loopback
ports, and a gate before them that lets so many bytes through.
"""

import base64
import contextlib
import hashlib
import os
import pwd
import select
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import psutil

from tests.kannel import ports

SSHD, APACHE = Path("/usr/sbin/sshd"), Path("/usr/sbin/apache2")
USER, PASSWORD = "giovang", "mat-khau-may-phat"
PATIENCE = 600  #: looks, 0.1 s apart, for a server that takes one second to come

_SSHD = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/known
PidFile none
StrictModes no
UsePAM no
Subsystem sftp internal-sftp{sftp}
"""
_APACHE = """
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
DocumentRoot {files}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authn_file_module {modules}/mod_authn_file.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_basic_module {modules}/mod_auth_basic.so
LoadModule dav_module {modules}/mod_dav.so
LoadModule dav_fs_module {modules}/mod_dav_fs.so
Mutex file:{folder} default
DavLockDB {folder}/lock
<Location />
    Dav On
    AuthType Basic
    AuthName may-phat
    AuthUserFile {folder}/users
    Require valid-user
</Location>
"""


class Server:
    """A real server in a folder of its own; `files` is what the box sees."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="giovang-box"))
        self.files = self.folder / "files"
        self.files.mkdir()
        (self.port,) = ports(1)  # nobody who asks for any port gets it before we listen
        self._drop: dict[str, Any] = {}
        self.user = pwd.getpwuid(os.getuid()).pw_name
        if os.getuid() == 0:  # Apache refuses root, and no permission bit holds root back
            user = pwd.getpwnam("www-data")
            self._drop = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            self.user = user.pw_name
        self._process: subprocess.Popen[bytes] | None = None
        self._hold: socket.socket | None = None  #: the port of one that is off, kept from others

    def own(self, path: Path) -> None:
        if self._drop:
            os.chown(path, self._drop["user"], self._drop["group"])

    def start(self) -> Self:
        for path in (self.folder, *self.folder.rglob("*")):
            self.own(path)
        self._release()
        log = (self.folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log, **self._drop)
        for _ in range(PATIENCE):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return self
            threading.Event().wait(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def command(self) -> list[str]:
        raise NotImplementedError

    def kill(self) -> None:
        """It and whatever serves a connection, at once."""
        if self._process is not None:
            parent = psutil.Process(self._process.pid)
            parent.suspend()  # else it puts another child in the place of one that dies
            children = parent.children(recursive=True)
            for process in (*children, parent):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self._process.wait()
            psutil.wait_procs(children)
            self._process = None
            self._hold = socket.socket()
            self._hold.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._hold.bind(("127.0.0.1", self.port))  # nobody listens: refused

    def _release(self) -> None:
        if self._hold is not None:
            self._hold.close()
            self._hold = None

    def remove(self) -> None:
        self.kill()
        self._release()
        shutil.rmtree(self.folder)


class SftpServer(Server):
    """`key`: the private key that it lets in."""

    def __init__(self, sftp: str = "") -> None:
        super().__init__()
        for name in ("host", "user"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                            self.folder / name], check=True)
        (self.folder / "known").write_bytes((self.folder / "user.pub").read_bytes())
        (self.folder / "conf").write_text(
            _SSHD.format(port=self.port, folder=self.folder, sftp=sftp))
        self.key = (self.folder / "user").read_text()
        blob = base64.b64decode((self.folder / "host.pub").read_text().split()[1])
        digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        self.fingerprint = f"SHA256:{digest}"

    def command(self) -> list[str]:
        return [str(SSHD), "-D", "-e", "-f", str(self.folder / "conf")]


class DavServer(Server):
    """Lets `USER` in with `PASSWORD`."""

    def __init__(self) -> None:
        super().__init__()
        secret = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()  # noqa: S324
        (self.folder / "users").write_text(f"{USER}:{{SHA}}{secret}\n")
        (self.folder / "conf").write_text(_APACHE.format(
            port=self.port, folder=self.folder, files=self.files,
            modules="/usr/lib/apache2/modules"))

    def command(self) -> list[str]:
        return [str(APACHE), "-D", "FOREGROUND", "-f", str(self.folder / "conf")]


class Gate:
    """A port before the server; after `limit` bytes of a client's, `then` happens, once."""

    def __init__(self, target: int) -> None:
        self._target = target
        self.limit: int | None = None
        self.then: Callable[[], object] = str
        self.passed = 0
        self.pace = 0.0  #: seconds a byte of the server's takes
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client, \
                socket.create_connection(("127.0.0.1", self._target)) as server:
            while True:
                for ready in select.select([client, server], [], [])[0]:
                    data = ready.recv(1 << 14)
                    if not data:
                        return
                    if ready is client:
                        self._count(len(data))
                        server.sendall(data)
                    elif self.pace:
                        for byte in data:
                            client.sendall(bytes([byte]))
                            threading.Event().wait(self.pace)
                    else:
                        client.sendall(data)

    def _count(self, size: int) -> None:
        self.passed += size
        if self.limit is not None and self.passed > self.limit:
            self.limit = None
            self.then()
