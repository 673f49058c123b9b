"""
Many values in one parameter: the same SQL however many there are, so both databases keep it
prepared, and what is done with them is done within the database and without Python's lock.
"""

import json
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    Dialect,
    SQLColumnExpression,
    Text,
    bindparam,
    cast,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class one_of(FunctionElement[bool]):  # noqa: N801  (it stands in a statement as SQL would)
    """
    `one_of(column, "name")`: the column is one of the texts in a parameter, a list. Unlike
    `in_` it is the same SQL however many there are, so both databases keep it prepared.
    """

    type = Boolean()
    inherit_cache = True

    def __init__(
        self, column: SQLColumnExpression[str] | SQLColumnExpression[str | None], name: str
    ) -> None:
        super().__init__(column, bindparam(name, type_=_Texts()))

    def self_group(self, against: Any = None) -> "one_of":
        del against  # else SQLite is asked for "(…) = 1", which no index answers
        return self


class _Texts(TypeDecorator[list[str]]):
    """A list of texts as one parameter: an array, or JSON where there are no arrays."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(Text()))

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> Any:
        return json.dumps(value) if dialect.name == "sqlite" else value


class _each(FunctionElement[Any]):  # noqa: N801  (as above)
    """What a JSON text in a parameter holds, a row each; PostgreSQL has a function a kind."""

    inherit_cache = True
    in_postgresql = ""

    def __init__(self, name: str) -> None:
        super().__init__(bindparam(name, type_=Text()))


class _each_row(_each):  # noqa: N801  (as above)
    """The elements of an array, in the column `value`."""

    in_postgresql = "jsonb_array_elements"


class _each_pair(_each):  # noqa: N801  (as above)
    """The pairs of an object: `key`, `value`."""

    in_postgresql = "jsonb_each_text"


@compiles(_each, "sqlite")
def _each_sqlite(element: _each, compiler: SQLCompiler, **options: Any) -> str:
    [given] = (compiler.process(part, **options) for part in element.clauses)
    return f"json_each({given})"


@compiles(_each)
def _each_postgresql(element: _each, compiler: SQLCompiler, **options: Any) -> str:
    [given] = (compiler.process(part, **options) for part in element.clauses)
    return f"{element.in_postgresql}(CAST({given} AS JSONB))"


def rows_given(name: str, **columns: TypeEngine[Any]) -> CTE:
    """
    A table of the rows in parameter `name`, a JSON array of arrays in the order of `columns`:
    thousands of rows moved by one statement, which runs within the database and without
    Python's lock. MATERIALIZED, else SQLite reads the other table whole for each row of it.
    """
    each = _each_row(name).table_valued("value", name=f"{name}_each")
    cells = [
        cast(literal_column(f"{name}_each.value ->> {n}"), kind).label(column)
        for n, (column, kind) in enumerate(columns.items())
    ]
    return select(*cells).select_from(each).cte(name).prefix_with("MATERIALIZED")


def pairs_given(name: str, key: str, value: str) -> CTE:
    """
    As `rows_given`, of a JSON object of numbers and texts: no cell is looked for in a text of
    its own, which takes a third off a statement that writes so.
    """
    each = _each_pair(name).table_valued("key", "value", name=f"{name}_each")
    cells = (cast(each.c.key, BigInteger()).label(key), cast(each.c.value, Text()).label(value))
    return select(*cells).select_from(each).cte(name).prefix_with("MATERIALIZED")


@compiles(one_of, "sqlite")
def _one_of_json(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608  (both are ours)


@compiles(one_of)
def _one_of_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column, texts = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({texts})"
