"""The values that the paper's text gives for each figure, beside ours at the same class count.

Every function returns the published rows in the paper's order with the columns of `published.published`, then `ours`
and `difference` (ours minus published), in percent and percentage points; NaN where we ran no such thing.
"""

import pandas as pd

from real_cloned.reporting.published import published

FIGURE1_KEYS = ["corpus", "model", "n_singers", "measure"]


def compare_figure1(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 1's published means beside ours. numbers : what `figure1_numbers` returns."""
    means = numbers.rename(columns={"variant": "model"}).groupby(FIGURE1_KEYS[:3])[["top1", "top5"]].mean()
    ours = means.reset_index().melt(FIGURE1_KEYS[:3], var_name="measure", value_name="ours")
    return _beside("figure1", ours, FIGURE1_KEYS)


def compare_figure2(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 2's published genres beside ours, whatever their letters' case. numbers : of `figure2_numbers`."""
    ours = numbers.groupby(["n_singers", "genre"])["top5"].mean().reset_index(name="ours")
    ours = ours.assign(group=ours["genre"].str.capitalize()).drop(columns="genre")
    return _beside("figure2", ours.drop_duplicates(["n_singers", "group"]), ["n_singers", "group"])


def compare_figure3(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 3's published buckets beside ours with the same edges. numbers : what `figure3_numbers` returns."""
    ours = numbers.groupby(["n_singers", "bucket"])["top1"].mean().reset_index(name="ours")
    return _beside("figure3", ours.rename(columns={"bucket": "group"}), ["n_singers", "group"])


def compare_figure4(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 4's published similarities beside ours. numbers : what `figure4_numbers` returns."""
    ours = numbers.rename(columns={"variant": "model", "reference": "group", "similarity_percent": "ours"})
    return _beside("figure4", ours[["model", "group", "ours"]], ["model", "group"])


def _beside(exhibit: str, ours: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    table = published(exhibit).merge(ours, on=keys, how="left")
    return table.assign(difference=table["ours"] - table["mean"])
