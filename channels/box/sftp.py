"""
SFTP to a box, with the host's key known beforehand: a box that is not the one it was is not
spoken to.
"""

import base64
import contextlib
import errno
import hashlib
import io
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import paramiko

from channels.box.codes import CODES
from channels.box.ways import SMALL, Shelf, T, Trouble
from channels.values import Retry

# what it logs, traces and all, is told in our outcome
logging.getLogger("paramiko").setLevel(logging.CRITICAL)

_CONNECT = 15.0  #: seconds to wait for a box that may be switched off
#: the box was not heard any more; any other error is its answer
_LOST = (TimeoutError, ConnectionError, EOFError, paramiko.SSHException, paramiko.SFTPError)


class _StrangerError(Exception):
    """Another machine answers there."""


@dataclass(frozen=True)
class SftpWay:
    """`fingerprint`: "SHA256:…" as `ssh-keyscan HOST | ssh-keygen -lf -` prints it."""

    host: str
    port: int
    root: str
    user: str
    password: str
    key: str  #: a private key (PEM), instead of a password
    fingerprint: str
    elapsed: Callable[[], float]
    redact: Callable[[str], str]

    def visit(self, act: Callable[[Shelf], T], deadline: float, draft: str) -> T | Trouble:
        left = deadline - self.elapsed()
        if left <= 0:
            return Retry("deadline", CODES["deadline"].meaning, counts=False)
        inside = False
        try:
            with self._session(left) as sftp:
                inside = True
                return act(_Sftp(sftp, self.root, draft))
        except _StrangerError as error:
            return Retry("host-key", str(error), counts=False, scope="account")
        except (OSError, *_LOST) as error:
            code = _code(error) if inside else _before(error)
            detail = self.redact(f"{CODES[code].meaning} ({type(error).__name__}: {error})"[:300])
            if inside:
                return Retry(code, detail)
            return Retry(code, detail, counts=False, scope="account")

    def alive(self, deadline: float) -> Trouble | None:
        there = self.visit(lambda shelf: shelf.size("."), deadline, "")
        if isinstance(there, int):
            return None
        return there or Retry("denied", f"Không có thư mục {self.root}")

    @contextmanager
    def _session(self, left: float) -> Iterator[Any]:
        with contextlib.ExitStack() as stack:
            line = socket.create_connection((self.host, self.port), min(left, _CONNECT))
            stack.callback(line.close)
            transport = paramiko.Transport(line)
            stack.callback(transport.close)
            # its own waits begin anew with every answer: this one ends a box that trickles
            end = threading.Timer(left, transport.close)
            end.daemon = True
            stack.callback(end.cancel)
            end.start()
            transport.banner_timeout = transport.auth_timeout = left
            transport.start_client(timeout=left)
            self._must_be_known(transport)
            if self.key:
                transport.auth_publickey(self.user, _private_key(self.key))
            else:
                transport.auth_password(self.user, self.password)
            sftp = paramiko.SFTPClient.from_transport(transport)
            sftp.get_channel().settimeout(left)
            yield sftp

    def _must_be_known(self, transport: Any) -> None:
        seen = hashlib.sha256(transport.get_remote_server_key().asbytes()).digest()
        told = "SHA256:" + base64.b64encode(seen).decode().rstrip("=")
        if told != self.fingerprint:
            raise _StrangerError(f"Máy trả lời có khóa {told}, đã khai {self.fingerprint}")


def _before(error: Exception) -> str:
    # a line that was cut, or stalls, while logging in has the same class as a login refused
    refused = isinstance(error, paramiko.AuthenticationException) and not any(
        word in str(error) for word in ("EOF", "timeout"))
    return "login" if refused else "unreachable"


def _code(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOENT, errno.EACCES):
        return "denied"
    return "dropped" if isinstance(error, _LOST) or getattr(error, "errno", None) else "refused"


def _private_key(pem: str) -> Any:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with contextlib.suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(pem))
    raise paramiko.AuthenticationException("the private key cannot be read")


@dataclass
class _Sftp:
    sftp: Any
    root: str
    draft: str
    made: set[PurePosixPath] = field(default_factory=set)

    def put(self, name: str, data: bytes) -> None:
        self._folders(PurePosixPath(name).parent)
        target = self._path(name)
        draft = str(PurePosixPath(target).with_name(self.draft))
        self.sftp.putfo(io.BytesIO(data), draft, len(data), confirm=True)
        try:
            self.sftp.posix_rename(draft, target)
        except FileNotFoundError:
            raise
        except OSError:  # a server without that extension renames over no file
            self.delete(name)
            self.sftp.rename(draft, target)

    def delete(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self.sftp.remove(self._path(name))

    def size(self, name: str) -> int | None:
        with contextlib.suppress(FileNotFoundError):
            return int(self.sftp.stat(self._path(name)).st_size or 0)
        return None

    def read(self, name: str) -> bytes | None:
        with contextlib.suppress(FileNotFoundError), self.sftp.open(self._path(name)) as file:
            found: bytes = file.read(SMALL)
            return found
        return None

    def _path(self, name: str) -> str:
        return str(PurePosixPath(self.root) / name)

    def _folders(self, folder: PurePosixPath) -> None:
        """Below the root, which must be there."""
        for part in [*reversed(folder.parents), folder][1:]:
            if part in self.made:
                continue
            try:
                self.sftp.stat(self._path(str(part)))
            except FileNotFoundError:
                self.sftp.mkdir(self._path(str(part)))
            self.made.add(part)
