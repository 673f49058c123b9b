"""The two languages of `vietnamese.i18n`, as the worker's modules ask for them."""

from vietnamese.i18n import english, t

__all__ = ["english", "t"]
