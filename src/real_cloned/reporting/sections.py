"""The parts of the page between its head and its foot: each a heading, words, perhaps a figure, and tables."""

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from real_cloned.parameters import ReportParameters
from real_cloned.reporting import captions, comparison, layouts
from real_cloned.reporting.display import ShownTable, shown, words
from real_cloned.reporting.figures import draw_figure1, draw_figure2, draw_figure3, draw_figure4
from real_cloned.reporting.findings import glance_table
from real_cloned.reporting.published import published

MOST_REJECTED_ROWS = 40
OPEN_DATASETS = (
    "Mean ± standard deviation over runs. CLMR-like: trained here on pairs from one track, as CLMR is; the paper's "
    "values beside it are those of CLMR's own embeddings, trained on some four million tracks."
)
EARLIER_WORK = (
    "References as the paper numbers them: [16] Yakura et al. 2022, [18] Lee and Nam 2019, [19] Kim et al. 2021. "
    "MSD is the Million Song Dataset. The closed corpus is not the same one in the paper and here."
)


@dataclass(frozen=True)
class Contents:
    """The tables that the page shows, each named after the function that makes it."""

    table1: pd.DataFrame
    table2: pd.DataFrame
    table3: pd.DataFrame
    accuracies: pd.DataFrame
    languages: pd.DataFrame
    figure1: pd.DataFrame
    figure2: pd.DataFrame
    figure3: pd.DataFrame
    figure4: pd.DataFrame
    history: pd.DataFrame
    rejected: pd.DataFrame


@dataclass(frozen=True)
class Section:
    """One part of the page. drawing : the figure, if it has one; words : a caption, or what to know before reading."""

    anchor: str
    heading: str
    words: str
    tables: list[ShownTable]
    drawing: Figure | None = None


def sections(parameters: ReportParameters, contents: Contents) -> list[Section]:
    """Return the parts of the page in order."""
    return [
        _glance(contents),
        *_tables(contents),
        _figure1(contents.figure1),
        _figure2(contents.figure2, parameters),
        _figure3(contents.figure3),
        _figure4(contents.figure4),
        _accuracies(contents.accuracies),
        _languages(contents.languages),
        _history(contents.history),
        _rejected(contents.rejected),
    ]


def _glance(contents: Contents) -> Section:
    caption = "Mean accuracy at the largest number of singers run on both."
    tables = [shown(glance_table(contents.accuracies), layouts.GLANCE, caption)]
    return Section("glance", "Real against cloned singers", "The study's question in one table.", tables)


def _tables(contents: Contents) -> list[Section]:
    one = shown(contents.table1, layouts.TABLE1, "Tracks kept in each corpus.")
    two = shown(contents.table2, layouts.TABLE2, "Accuracy on FMA and MTG-Jamendo, all singers.")
    three = shown(
        contents.table3, layouts.TABLE3, "The Mixture model beside earlier work at the same number of singers."
    )
    return [
        Section("table1", "Table 1: corpora", "What was kept after filtering, beside what the paper kept.", [one]),
        Section("table2", "Table 2: open datasets", OPEN_DATASETS, [two]),
        Section("table3", "Table 3: earlier work", EARLIER_WORK, [three]),
    ]


def _figure1(numbers: pd.DataFrame) -> Section:
    keys = (layouts.CORPUS, layouts.MODEL, layouts.SINGERS, layouts.MEASURE)
    known = shown(comparison.compare_figure1(numbers), layouts.beside_published(*keys), _published_caption(1))
    caption = captions.figure1_caption(numbers)
    return Section("figure1", "Figure 1: real and cloned singers", caption, [known], draw_figure1(numbers))


def _figure2(numbers: pd.DataFrame, parameters: ReportParameters) -> Section:
    keys = (words("Genre", "group"), layouts.SINGERS)
    known = shown(comparison.compare_figure2(numbers), layouts.beside_published(*keys), _published_caption(2))
    means = shown(_over_runs(numbers, ["genre", "n_singers"], "top5"), layouts.FIGURE2, "The numbers drawn.")
    caption = captions.figure2_caption(numbers, parameters.figure2_min_tracks)
    return Section("figure2", "Figure 2: genres", caption, [known, means], draw_figure2(numbers))


def _figure3(numbers: pd.DataFrame) -> Section:
    keys = (layouts.SINGERS, words("Training tracks", "group"))
    known = shown(comparison.compare_figure3(numbers), layouts.beside_published(*keys), _published_caption(3))
    means = shown(_over_runs(numbers, ["n_singers", "bucket"], "top1"), layouts.FIGURE3, "The numbers drawn.")
    caption = captions.figure3_caption(numbers)
    return Section("figure3", "Figure 3: training tracks", caption, [known, means], draw_figure3(numbers))


def _figure4(numbers: pd.DataFrame) -> Section:
    keys = (layouts.MODEL, layouts.reference("group"))
    known = shown(comparison.compare_figure4(numbers), layouts.beside_published(*keys), _published_caption(4))
    means = shown(numbers, layouts.FIGURE4, "The numbers drawn.")
    caption = captions.figure4_caption(numbers)
    return Section("figure4", "Figure 4: similarity", caption, [known, means], draw_figure4(numbers))


def _accuracies(table: pd.DataFrame) -> Section:
    every = shown(table, layouts.ACCURACY, "Accuracy by corpus, number of singers and model.")
    return Section("accuracies", "Every experiment", captions.reading_sentence(), [every])


def _languages(table: pd.DataFrame) -> Section:
    low, high = published("languages")["mean"]
    text = (
        "The paper found no bias towards a language: among its 10 common languages the median top-5 accuracy lay "
        f"between {low:.0f} and {high:.0f} % with 1,500 singers (section 4.2). Ours, Vocal model, most singers run:"
    )
    return Section("languages", "Languages", text, [shown(table, layouts.LANGUAGES, "Accuracy by language.")])


def _history(table: pd.DataFrame) -> Section:
    text = (
        "Validation loss is NT-Xent; it can be compared between models only at the same batch size and temperature. "
        "Of the LSTM it is GE2E, which cannot be compared with it. Speaker is not trained here."
    )
    return Section("history", "Pretraining", text, [shown(table, layouts.HISTORY, "The course of each pretraining.")])


def _rejected(table: pd.DataFrame) -> Section:
    total = int(table["n"].sum())
    text = f"{total:,} files or tracks were left out; each is a row of its corpus's rejected table."
    if len(table) > MOST_REJECTED_ROWS:
        text += f" The {MOST_REJECTED_ROWS} most frequent reasons of {len(table)} are shown."
        table = table.loc[table["n"].nlargest(MOST_REJECTED_ROWS).index.sort_values()]
    caption = "Files left out, by corpus, stage and reason."
    return Section("rejected", "Files left out", text, [shown(table, layouts.REJECTED, caption)])


def _over_runs(numbers: pd.DataFrame, keys: list[str], measure: str) -> pd.DataFrame:
    grouped = numbers.groupby(keys, sort=False)
    table = grouped.agg(
        n_runs=("run", "nunique"), n_tracks=("n_tracks", "mean"), mean=(measure, "mean"), median=(measure, "median")
    )
    return table.reset_index()


def _published_caption(figure_number: int) -> str:
    same = "" if figure_number == 4 else " at the same number of singers"
    return f"What the paper's text says of its Figure {figure_number}, and ours{same}."
