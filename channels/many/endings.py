"""
What a transfer that brought no whole answer proves: from libcurl's error to a row of
`wire.PROOFS`. Whether a byte of the request was written decides first, as it does on the wire.
"""

from typing import Final

import pycurl

_DNS: Final = {pycurl.E_COULDNT_RESOLVE_HOST}
_TLS: Final = {
    pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CERTPROBLEM,
    pycurl.E_SSL_CIPHER, pycurl.E_SSL_CACERT, pycurl.E_SSL_CACERT_BADFILE,
    pycurl.E_SSL_ISSUER_ERROR, pycurl.E_SSL_CRL_BADFILE, pycurl.E_SSL_INVALIDCERTSTATUS,
    pycurl.E_SSL_ENGINE_INITFAILED, pycurl.E_USE_SSL_FAILED,
}  # fmt: skip
_ADDRESS: Final = {
    pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL, pycurl.E_BAD_FUNCTION_ARGUMENT,
}  # fmt: skip
_PROXY: Final = {pycurl.E_COULDNT_RESOLVE_PROXY, 97}  # 97: CURLE_PROXY, which pycurl does not name
_UNREADABLE: Final = {pycurl.E_BAD_CONTENT_ENCODING, pycurl.E_WRITE_ERROR}


def code_of(error: int, *, written: bool, body_begun: bool, over: bool, proxied: bool) -> str:
    """
    Which row of `PROOFS` it is.

    Args:
        error: CURLE_…
        written: a byte of the request may have left.
        body_begun: the answer's head had come whole.
        over: its time is up.
        proxied: it went through a proxy.
    """
    if not written:
        return _before_the_first_byte(error, proxied=proxied)
    if error == pycurl.E_OPERATION_TIMEDOUT or over:
        return "read-timeout"
    if error in _UNREADABLE:
        return "unreadable"
    return "cut" if body_begun else "closed"


def _before_the_first_byte(error: int, *, proxied: bool) -> str:
    if error == pycurl.E_OPERATION_TIMEDOUT:
        return "connect-timeout"
    if error in _TLS:
        return "tls"
    if error in _PROXY or proxied:
        return "proxy"
    if error in _ADDRESS:
        return "bad-address"
    return "dns" if error in _DNS else "connect"
