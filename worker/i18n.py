"""The two languages of `vietnamese.i18n`, as the worker's modules ask for them."""

from vietnamese.i18n import LANGUAGES, choose, each, english, t, written

__all__ = ["LANGUAGES", "choose", "each", "english", "t", "written"]
