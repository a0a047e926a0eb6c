"""The values that the paper's text gives for each figure, beside ours at the same class count.

Every function returns the published rows in the paper's order with the columns of `published.published`, then `ours`
and `difference` (ours minus published), in percent and percentage points; NaN where we ran no such thing.
"""

import pandas as pd

from real_cloned.reporting.published import published

FIGURE1_KEYS = ["corpus", "model", "n_singers", "measure"]
LANGUAGES_SINGERS = 1500
"""Singers among whom the paper told languages apart (section 4.2)."""


def compare_figure1(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 1's published means beside ours. numbers : what `figure1_numbers` returns."""
    if numbers.empty:
        return _alone("figure1")
    means = numbers.rename(columns={"variant": "model"}).groupby(FIGURE1_KEYS[:3])[["top1", "top5"]].mean()
    ours = means.reset_index().melt(FIGURE1_KEYS[:3], var_name="measure", value_name="ours")
    return _beside("figure1", ours, FIGURE1_KEYS)


def compare_figure2(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 2's published genres beside ours, whatever their letters' case. numbers : of `figure2_numbers`."""
    if numbers.empty:
        return _alone("figure2")
    ours = numbers.groupby(["n_singers", "genre"])["top5"].mean().reset_index(name="ours")
    ours = ours.assign(group=ours["genre"].str.capitalize()).drop(columns="genre")
    return _beside("figure2", ours.drop_duplicates(["n_singers", "group"]), ["n_singers", "group"])


def compare_figure3(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 3's published buckets beside ours with the same edges. numbers : what `figure3_numbers` returns."""
    if numbers.empty:
        return _alone("figure3")
    ours = numbers.groupby(["n_singers", "bucket"])["top1"].mean().reset_index(name="ours")
    return _beside("figure3", ours.rename(columns={"bucket": "group"}), ["n_singers", "group"])


def compare_figure4(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return Figure 4's published similarities beside ours. numbers : what `figure4_numbers` returns."""
    if numbers.empty:
        return _alone("figure4")
    ours = numbers.rename(columns={"variant": "model", "reference": "group", "similarity_percent": "ours"})
    return _beside("figure4", ours[["model", "group", "ours"]], ["model", "group"])


def compare_languages(table: pd.DataFrame) -> pd.DataFrame:
    """Return `table` with published_low, published_high (percent), and beyond: how far our median lies outside of them.

    table : what `findings.language_table` returns

    The paper says between which two medians all its languages lay; a median between them gives 0, one at another number
    of singers than the paper's NaN.
    """
    low, high = published("languages")["mean"]
    if table.empty:
        return table
    beyond = (table["top5_median"] - high).clip(lower=0.0) + (table["top5_median"] - low).clip(upper=0.0)
    same = table["n_singers"] == LANGUAGES_SINGERS
    return table.assign(published_low=low, published_high=high, beyond=beyond.where(same))


def _alone(exhibit: str) -> pd.DataFrame:
    return published(exhibit).assign(ours=float("nan"), difference=float("nan"))


def _beside(exhibit: str, ours: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    table = published(exhibit).merge(ours, on=keys, how="left")
    return table.assign(difference=table["ours"] - table["mean"])
