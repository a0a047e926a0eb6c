"""Figures 1 to 4 of the paper, and its analysis by language."""

import pandas as pd

from real_cloned.reporting import captions, comparison
from real_cloned.reporting.display import figure, interval, shown, words
from real_cloned.reporting.figures import draw_figure1, draw_figure2, draw_figure3, draw_figure4
from real_cloned.reporting.published import published
from real_cloned.reporting.sections.columns import (
    CORPUS,
    MEASURE,
    MODEL,
    RUNS,
    SINGERS,
    TESTS,
    VARIANT,
    beside_published,
    reference,
)  # fmt: skip
from real_cloned.reporting.sections.section import Contents, Section, drawn

GENRES = [
    words("Genre", "genre"),
    SINGERS,
    RUNS,
    TESTS,
    figure("Top-5 mean (%)", "mean"),
    figure("Top-5 median (%)", "median"),
]

BUCKETS = [
    SINGERS,
    words("Training tracks", "bucket"),
    RUNS,
    TESTS,
    figure("Top-1 mean (%)", "mean"),
    figure("Top-1 median (%)", "median"),
]

SIMILARITIES = [
    VARIANT,
    reference("reference"),
    figure("Test tracks", "n_tracks", ",d"),
    figure("Similarity (%)", "similarity_percent"),
]

LANGUAGES = [
    words("Language", "language"),
    SINGERS,
    RUNS,
    TESTS,
    figure("Top-1 mean (%)", "top1_mean"),
    figure("Top-5 mean (%)", "top5_mean"),
    figure("Ours", "top5_median", group="Top-5 median (%)"),
    interval("Paper, all languages", "published_low", "published_high", "Top-5 median (%)"),
    figure("Difference", "beyond", "+.1f", "Top-5 median (%)"),
]


def figure1(contents: Contents) -> Section:
    """Return Figure 1; the numbers drawn stand in the section of all experiments."""
    numbers = contents.table("figure1_numbers")
    keys = (CORPUS, MODEL, SINGERS, MEASURE)
    known = shown(comparison.compare_figure1(numbers), beside_published(*keys), _published_caption(1))
    caption = captions.figure1_caption(numbers)
    return Section("figure1", "Figure 1: real and cloned singers", caption, [known], drawn(draw_figure1, numbers))


def figure2(contents: Contents) -> Section:
    """Return Figure 2."""
    numbers = contents.table("figure2_numbers")
    keys = (words("Genre", "group"), SINGERS)
    known = shown(comparison.compare_figure2(numbers), beside_published(*keys), _published_caption(2))
    means = shown(_over_runs(numbers, ["genre", "n_singers"], "top5"), GENRES, "The numbers drawn.")
    caption = captions.figure2_caption(numbers, contents.parameters.figure2_min_tracks)
    return Section("figure2", "Figure 2: genres", caption, [known, means], drawn(draw_figure2, numbers))


def figure3(contents: Contents) -> Section:
    """Return Figure 3."""
    numbers = contents.table("figure3_numbers")
    keys = (SINGERS, words("Training tracks", "group"))
    known = shown(comparison.compare_figure3(numbers), beside_published(*keys), _published_caption(3))
    means = shown(_over_runs(numbers, ["n_singers", "bucket"], "top1"), BUCKETS, "The numbers drawn.")
    caption = captions.figure3_caption(numbers)
    return Section("figure3", "Figure 3: training tracks", caption, [known, means], drawn(draw_figure3, numbers))


def figure4(contents: Contents) -> Section:
    """Return Figure 4."""
    numbers = contents.table("figure4_numbers")
    keys = (MODEL, reference("group"))
    known = shown(comparison.compare_figure4(numbers), beside_published(*keys), _published_caption(4))
    means = shown(numbers, SIMILARITIES, "The numbers drawn.")
    caption = captions.figure4_caption(numbers)
    return Section("figure4", "Figure 4: similarity", caption, [known, means], drawn(draw_figure4, numbers))


def languages(contents: Contents) -> Section:
    """Return the analysis that section 4.2 of the paper describes without a figure."""
    low, high = published("languages")["mean"]
    text = (
        "The paper found no bias towards a language: among its 10 common languages the median top-5 accuracy lay "
        f"between {low:.0f} and {high:.0f} % with {comparison.LANGUAGES_SINGERS:,} singers (section 4.2). The "
        "difference is how far ours lies outside that range, at that number of singers. Vocal model, most singers "
        "run:"
    )
    table = comparison.compare_languages(contents.table("languages"))
    return Section("languages", "Languages", text, [shown(table, LANGUAGES, "Accuracy by language.")])


def _over_runs(numbers: pd.DataFrame, keys: list[str], measure: str) -> pd.DataFrame:
    if numbers.empty:
        return numbers
    grouped = numbers.groupby(keys, sort=False)
    table = grouped.agg(
        n_runs=("run", "nunique"), n_tracks=("n_tracks", "mean"), mean=(measure, "mean"), median=(measure, "median")
    )
    return table.reset_index()


def _published_caption(figure_number: int) -> str:
    same = "" if figure_number == 4 else " at the same number of singers"
    return f"What the paper's text says of its Figure {figure_number}, and ours{same}."


SECTIONS = (figure1, figure2, figure3, figure4, languages)
