"""The numbers that the paper published, kept in `published.csv` with the place of each.

Counts are counts; accuracies and cosine similarities are in percent; `std` is over 10 runs. The figures' numbers are
those that the text names: the figures themselves print none. Source: https://arxiv.org/abs/2407.08647.
"""

from functools import cache
from importlib.resources import files

import pandas as pd


def published(exhibit: str) -> pd.DataFrame:
    """Return the published values of one exhibit, one per row.

    Args:
        exhibit: `table1` to `table3`, `figure1` to `figure4`, or `languages`.

    Returns:
        Columns: corpus, model (a variant, or a reference of the paper), n_singers, group (genre, bucket of training
        tracks, reference of Figure 4), measure, mean, std, source (table or section). A column that does not apply is
        NaN.

    Raises:
        ValueError: There is no such exhibit.
    """
    table = _read_published()
    chosen = table[table["exhibit"] == exhibit].drop(columns="exhibit").reset_index(drop=True)
    if chosen.empty:
        raise ValueError(f"nothing published under {exhibit!r}; there are {sorted(set(table['exhibit']))}")
    return chosen if chosen["n_singers"].isna().any() else chosen.astype({"n_singers": "int64"})


def published_wide(exhibit: str, keys: list[str], statistic: str = "mean") -> pd.DataFrame:
    """Return the published values of one exhibit with a column `published_<measure>` per measure, after the keys.

    Args:
        exhibit: As in `published`.
        keys: The columns that name a row.
        statistic: `mean` or `std`.
    """
    wide = published(exhibit).pivot(index=keys, columns="measure", values=statistic)
    return wide.add_prefix("published_").rename_axis(columns=None).reset_index()


def published_with_ours(exhibit: str, ours: pd.DataFrame | None, keys: list[str]) -> pd.DataFrame:
    """Return the published values of one exhibit, in the paper's order, beside those of this study.

    Args:
        exhibit: As in `published`.
        ours: Columns: those of `keys`, then ours (percent), with a row per combination of keys; None where nothing was
            run.
        keys: The columns in which both must agree.

    Returns:
        The columns of `published`, then ours and difference (ours minus published, in percentage points); both are NaN
        where no such experiment was run.
    """
    if ours is None:
        return published(exhibit).assign(ours=float("nan"), difference=float("nan"))
    table = published(exhibit).merge(ours, on=keys, how="left")
    return table.assign(difference=table["ours"] - table["mean"])


@cache
def _read_published() -> pd.DataFrame:
    with files(__package__).joinpath("published.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"n_singers": "Int64"})
