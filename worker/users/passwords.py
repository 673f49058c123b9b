"""
Passwords: what is accepted, how they are stored (argon2id, OWASP's 19 MiB, 2 passes) and checked.
No rule about digits and signs (NIST SP 800-63B): length is what counts.
"""

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from vietnamese.plain import plain
from worker.errors import UserError
from worker.i18n import t

SHORTEST, LONGEST = 12, 128
#: fewer different characters than this are one key held down
DIFFERENT = 6

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: each takes 19 MiB for as long as it lasts: a crowd of guesses must not take the worker's memory
_AT_ONCE = threading.BoundedSemaphore(2)
#: checked where there is no such account, so that it takes as long
_NOBODY = _HASHER.hash("khong-co-ai")


def acceptable(password: str, person_id: str, name: str) -> str:
    """
    The password as it is stored: NFC, for Unikey and a Mac write the same letter differently.

    Raises:
        UserError: too short, too long, too plain, or it says who the person is.
    """
    password = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(password) <= LONGEST:
        raise _weak(t(f"mật khẩu phải dài từ {SHORTEST} đến {LONGEST} ký tự",
                      f"a password has {SHORTEST} to {LONGEST} characters"))
    if len(set(password)) < DIFFERENT:
        raise _weak(t(f"mật khẩu cần ít nhất {DIFFERENT} ký tự khác nhau",
                      f"a password needs {DIFFERENT} different characters"))
    bare = plain(password).casefold().replace(" ", "")
    own = (person_id, plain(name).casefold().replace(" ", ""))
    if any(len(word) > 3 and word in bare for word in own):
        raise _weak(t("mật khẩu không được chứa tên hay mã của mình",
                      "a password must not hold your own name"))
    return password


def stored(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def right(password: str, kept: str | None) -> bool:
    """Whether it is this one; as slow for an account that is not there."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(kept or _NOBODY,
                                  unicodedata.normalize("NFC", password)) and kept is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


def _weak(what: str) -> UserError:
    return UserError(t("mật khẩu", "password"), what,
                     t("chọn vài từ không liên quan nối với nhau", "join a few unrelated words"))
