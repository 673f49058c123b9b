"""
What Excel calls a column, for words about it.

Ours, not openpyxl's: a CSV and a list are read without the Excel library, which takes 12 MB.
"""


def letters(number: int) -> str:
    """1 -> A, 26 -> Z, 27 -> AA."""
    name = ""
    while number > 0:
        # no digit is nought: after Z comes AA
        number, digit = divmod(number - 1, 26)
        name = chr(ord("A") + digit) + name
    return name
