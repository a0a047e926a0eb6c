"""What all table schemas share."""

from typing import Any

import pandas as pd
import pandera.pandas as pa


class Table(pa.DataFrameModel):
    """Base of all tables: no other columns, and types are coerced."""

    class Config:
        """Pandera's settings."""

        strict = True
        coerce = True


def empty_table(model: type[Table]) -> pd.DataFrame:
    """Return a table of `model` with no rows and the right columns and types."""
    columns = model.to_schema().columns
    return pd.DataFrame({name: pd.Series(dtype=_dtype(column)) for name, column in columns.items()})


def _dtype(column: Any) -> Any:
    return column.dtype.type if column.dtype is not None else object
