"""The base class of all table schemas.

A field's docstring gives what its name does not say; names end in their unit (`_s`, `_db`, `_hz`). A schema's docstring
starts with the dataset of the catalog that it describes.
"""

from typing import Any

import pandas as pd
import pandera.pandas as pa


class Table(pa.DataFrameModel):
    """Base of all schemas: other columns are refused, and types are coerced."""

    class Config:
        """Pandera's settings."""

        strict = True
        coerce = True


def empty_table(model: type[Table]) -> pd.DataFrame:
    """Return a table without rows, with the columns and types of a schema; optional columns are left out.

    Args:
        model: The schema.
    """
    columns = model.to_schema().columns
    return pd.DataFrame({name: pd.Series(dtype=_dtype(column)) for name, column in columns.items() if column.required})


def _dtype(column: Any) -> Any:
    return column.dtype.type if column.dtype is not None else object
