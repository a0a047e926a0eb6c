"""What is written under each figure: what is drawn, of how many test tracks and runs."""

from collections.abc import Mapping

import pandas as pd

from real_cloned.reporting.display import DASH, span
from real_cloned.reporting.names import label

NO_DATA = "There was nothing to draw: the corpus is not configured, or no experiment was run on it."


def figure1_caption(numbers: pd.DataFrame) -> str:
    """Return the caption of Figure 1. numbers : what `figure1_numbers` returns."""
    if numbers.empty:
        return NO_DATA
    tests = "; ".join(
        f"{label(str(corpus))}: {span(rows['n_tracks'])} test tracks in a run"
        for corpus, rows in numbers.groupby("corpus", sort=False)
    )
    return (
        "Accuracy on real singers (left) and on clones of some of them (right), by the number of singers to tell apart."
        f" Pale markers are single runs ({_runs(numbers, ['variant', 'corpus', 'n_singers'])} of each experiment), "
        f"prominent ones their mean; the dotted line is chance. {tests}."
    )


def figure2_caption(numbers: pd.DataFrame, min_tracks: int) -> str:
    """Return the caption of Figure 2. numbers : what `figure2_numbers` returns; min_tracks : fewest in a genre."""
    if numbers.empty:
        return f"{NO_DATA} Genres need at least {min_tracks} test tracks."
    return (
        f"Vocal model, {span(numbers['n_singers'])} real singers: top-5 accuracy by genre. Orange dots are runs "
        f"({_runs(numbers, ['genre'])}); boxes give the median and the interquartile range (IQR) over runs, whiskers "
        "reach to 1.5 IQR, and a circle marks a run outside them. In brackets: the genre's test tracks in all runs "
        f"together; genres with fewer than {min_tracks} are left out."
    )


def figure3_caption(numbers: pd.DataFrame) -> str:
    """Return the caption of Figure 3. numbers : what `figure3_numbers` returns."""
    if numbers.empty:
        return NO_DATA
    return (
        "Vocal model, real singers: top-1 accuracy by the number of tracks that a singer has for training. "
        f"A violin shows the spread over runs ({_runs(numbers, ['n_singers', 'bucket'])}), with a box like those of "
        f"Figure 2 inside. Brackets: mean number of test tracks in a run ({span(numbers['n_tracks'])})."
    )


def figure4_caption(numbers: pd.DataFrame) -> str:
    """Return the caption of Figure 4. numbers : what `figure4_numbers` returns."""
    if numbers.empty:
        return NO_DATA
    return (
        f"Mean cosine similarity of the embeddings of {span(numbers['n_tracks'])} test tracks of the closed corpus to "
        "those of another singer's track, the same singer's validation track, the test track's own vocal and "
        "instrumental stems, and other segments of the same track. One encoder of each model. Where an encoder follows "
        "the voice rather than the band, the vocal stem stands above the instrumental one."
    )


def separator_sentence(facts: Mapping[str, str]) -> str:
    """Return who made the vocal stems, from the fact named `separator`."""
    separator = facts.get("separator") or DASH
    if separator.startswith("reference"):
        return (
            "Vocals are the demo's ground-truth stems (separator: reference). Nothing was separated, so the errors of "
            "a real separator are not in these numbers."
        )
    if separator == DASH:
        return "It was not recorded which separator made the vocals."
    return f"Vocals were separated with {separator}."


def reading_sentence() -> str:
    """Return how the spreads and intervals on the page are to be read."""
    return (
        "Mean ± standard deviation over runs, which differ in the probe's seed and, where there are more singers than "
        "the class count, in the singers drawn. The 95 % interval is a bootstrap over singers: how far the mean could "
        "move with other singers. A track's answer is its segments' majority vote; its top-5 are the five singers with "
        "most votes, ties broken by mean log-probability."
    )


def _runs(numbers: pd.DataFrame, keys: list[str]) -> str:
    return span(numbers.groupby(keys)["run"].nunique())
