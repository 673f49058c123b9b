"""Imitations of the gateways that come described with the product, each below its own path."""

from sandbox import esms, kannel, speedsms, vietguys
from sandbox.store import Store
from sandbox.values import Callback, Reply, Request


def handle(
    request: Request, store: Store, receipt_url: str
) -> tuple[Reply, list[Callback]] | None:
    """The answer and the receipts that follow it; None for a path of none of them."""
    path = request.path
    if path.startswith("/kannel/"):
        return kannel.handle(request, store)
    if path.startswith("/esms/"):
        return esms.handle(request, store)
    if path.startswith("/speedsms/"):
        return speedsms.handle(request, store, receipt_url)
    if path.startswith("/vietguys/"):
        return vietguys.handle(request, store, receipt_url)
    return None
