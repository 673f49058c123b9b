"""From an address to a bound link, or what its failure proves: never more than "not sent"."""

import asyncio
import ipaddress
import socket
import ssl

from channels.smpp import statuses
from channels.smpp.access import Access
from channels.smpp.link import Link
from channels.values import Retry


async def open_link(link: Link, access: Access, table: statuses.Table) -> Retry | None:
    """None once it is bound; else why not. The connection is closed then."""
    where = f"{access.host}:{access.port}"
    if access.loopback_only and not is_loopback(access.host):
        return _account("training", f"Đang tập huấn: không gọi ra {access.host}")
    trouble = await _reach(link, access, where)
    if trouble is not None:
        link.end("closed")
        return trouble
    try:
        status = await link.bind()
    except TimeoutError:
        link.end("closed")
        return Retry("smpp-bind-timeout", f"{where} không trả lời khi đăng nhập, chưa gửi gì")
    except OSError:
        return Retry("connect", f"{where} đóng kết nối khi đăng nhập, chưa gửi gì")
    except BaseException:
        link.end("closed")  # cancelled: a connection nobody holds must not stay bound
        raise
    if status != statuses.OK:
        link.end("closed")
        return table.bind_refused(status)
    return None


async def _reach(link: Link, access: Access, where: str) -> Retry | None:
    try:
        await asyncio.wait_for(_connect(link, access), access.connect_timeout)
    except TimeoutError:
        return Retry("connect-timeout", f"Không kết nối được {where} trong thời hạn, chưa gửi gì")
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or error.reason or type(error).__name__
        return _account("tls", f"Chứng thư hoặc bắt tay TLS hỏng ({why}), chưa gửi gì")
    except socket.gaierror:
        return Retry("dns", f"Không tìm thấy máy {access.host}, chưa gửi gì")
    except OSError:
        return Retry("connect", f"{where} không nhận kết nối, chưa gửi gì")
    except UnicodeError:
        return _account("bad-address", f"Tên máy {access.host} không viết được")
    return None


async def _connect(link: Link, access: Access) -> None:
    await asyncio.get_running_loop().create_connection(
        lambda: link,
        access.host,
        access.port,
        ssl=access.tls,
        server_hostname=(access.tls_name or access.host) if access.tls else None,
    )


def is_loopback(host: str) -> bool:
    """True when the host is this machine, by name or address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tls_context(ca: str = "") -> ssl.SSLContext:
    """Certificates and host names are always checked; `ca`: a bundle instead of the system's."""
    return ssl.create_default_context(cafile=ca or None)


def _account(code: str, detail: str) -> Retry:
    return Retry(code, detail, counts=False, scope="account")
