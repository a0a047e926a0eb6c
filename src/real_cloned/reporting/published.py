"""The numbers that the paper published (arXiv 2407.08647), kept in `published.csv` with the place of each.

Counts are counts; accuracies and cosine similarities are in percent; `std` is over 10 runs. The figures' numbers are
those that the text names: the figures themselves print none.
"""

from functools import cache
from importlib.resources import files

import pandas as pd


def published(exhibit: str) -> pd.DataFrame:
    """Return the published values of one exhibit, one per row.

    exhibit : `table1` to `table3`, `figure1` to `figure4`, or `languages`

    Columns: corpus, model (a variant, or a reference of the paper), n_singers, group (genre, bucket of training
    tracks, reference of Figure 4), measure, mean, std, source (table or section). A column that does not apply is NaN.
    Raises ValueError for another exhibit.
    """
    everything = _everything()
    chosen = everything[everything["exhibit"] == exhibit].drop(columns="exhibit").reset_index(drop=True)
    if chosen.empty:
        raise ValueError(f"nothing published under {exhibit!r}; there are {sorted(set(everything['exhibit']))}")
    return chosen if chosen["n_singers"].isna().any() else chosen.astype({"n_singers": "int64"})


def published_wide(exhibit: str, keys: list[str], statistic: str = "mean") -> pd.DataFrame:
    """Return the published values of one exhibit with a column `published_<measure>` per measure.

    keys : the columns that name a row
    statistic : `mean` or `std`
    """
    wide = published(exhibit).pivot(index=keys, columns="measure", values=statistic)
    return wide.add_prefix("published_").rename_axis(columns=None).reset_index()


@cache
def _everything() -> pd.DataFrame:
    with files(__package__).joinpath("published.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"n_singers": "Int64"})
