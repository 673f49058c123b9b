"""The names of columns, which no Excel library is loaded for."""

from openpyxl.utils import get_column_letter

from worker.items.files.letters import letters


def test_columns_are_called_what_excel_calls_them() -> None:
    """Given every column openpyxl has a name for (to ZZZ), then ours is the same."""
    numbers = range(1, 18_279)

    assert [letters(n) for n in numbers] == [get_column_letter(n) for n in numbers]
