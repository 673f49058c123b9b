"""A hash as a person reads it from paper and types it: four groups of four, no letter twice."""

import base64
import re

_FROM, _TO = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE32 = str.maketrans(_FROM, _TO)
#: what is taken for another sign when it is read
_READ = str.maketrans("OIL", "011")


def short_code(sha256: str) -> str:
    """The first 80 bits of a SHA-256 (hex): 7K3M-9QXA-2BTF-H0CE."""
    code = base64.b32encode(bytes.fromhex(sha256[:20])).decode().translate(_BASE32)
    return "-".join(code[n:n + 4] for n in range(0, 16, 4))


def is_code_of(typed: str, sha256: str) -> bool:
    """Whether this was typed from that; case, spaces and dashes do not matter."""
    plain = re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(_READ)
    return plain == short_code(sha256).replace("-", "")
