"""The reliability plot: how often answers of a confidence are right, before and after temperature scaling."""

from itertools import product

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from real_cloned.reporting.accuracy import EXPERIMENT
from real_cloned.reporting.calibration import SCALED, reliability_bins
from real_cloned.reporting.figures.style import PALE, Look, house_style, looks, percent_axis, plain, say_no_data
from real_cloned.reporting.names import CORPORA, MODELS, label, sort_by_order

PANELS = {"closed": "Real singers (closed)", "cloned": "Cloned singers"}
TITLES = {"before": "as it comes", "after": "after scaling"}


def reliability_numbers(confidences: pd.DataFrame) -> pd.DataFrame:
    """Return the plot's numbers, one row per variant, corpus (closed, cloned), scaling and bin that holds answers.

    confidences : Confidences of any variants and corpora; of each, the largest class count is taken, all runs
        together, and only tests whose singer is enrolled

    Columns: variant, corpus, n_singers, scaling (before, after), bin (0 to 14), confidence, accuracy (means of the bin,
    percent), n_tests (tracks times runs).
    """
    chosen = confidences[confidences["is_enrolled"].astype(bool) & confidences["corpus"].isin(PANELS)]
    largest = chosen.groupby(["variant", "corpus"])["n_singers"].transform("max")
    groups = chosen[chosen["n_singers"] == largest].groupby(EXPERIMENT)
    tables = [_scalings(rows) for _, rows in groups]
    columns = [*EXPERIMENT, "scaling", "bin", "confidence", "accuracy", "n_tests"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    orders = {"corpus": CORPORA, "variant": MODELS, "scaling": tuple(SCALED)}
    return sort_by_order(table, orders)[columns]


def _scalings(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the bins of one experiment before and after scaling."""
    bins = {scaling: reliability_bins(rows[column], rows["is_right"]) for scaling, column in SCALED.items()}
    table = pd.concat(bins, names=["scaling"]).reset_index("scaling")
    return table.assign(**{name: rows[name].iloc[0] for name in EXPERIMENT})


@house_style()
def draw_reliability(numbers: pd.DataFrame) -> Figure:
    """Return the plot: real and cloned tracks side by side, before scaling above, after it below.

    numbers : what `reliability_numbers` returns; a panel without rows says so

    A marker is a bin, the larger the more answers it holds. On the dotted line confidence is accuracy; under it,
    answers are surer than right.
    """
    figure = Figure(figsize=(7.2, 6.4), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    styles = looks(numbers["variant"])
    for (row, scaling), (column, corpus) in product(enumerate(SCALED), enumerate(PANELS)):
        axes = panels[row][column]
        for direction in ("x", "y"):
            percent_axis(axes, direction)
        axes.set_title(f"{PANELS[corpus]}, {TITLES[scaling]}")
        _panel(axes, numbers[(numbers["corpus"] == corpus) & (numbers["scaling"] == scaling)], styles)
    for place in range(2):
        panels[1][place].set_xlabel("Confidence (%)")
        panels[place][0].set_ylabel("Accuracy (%)")
    figure.legend(handles=_legend(styles), loc="outside lower center", ncols=4, columnspacing=1.4)
    return figure


def _panel(axes: Axes, numbers: pd.DataFrame, styles: dict[str, Look]) -> None:
    if numbers.empty:
        say_no_data(axes)
        return
    axes.plot([0, 100], [0, 100], color=PALE, linestyle=":", linewidth=1.0, label="perfect")
    for variant, look in styles.items():
        rows = numbers[numbers["variant"] == variant]
        if rows.empty:
            continue
        axes.plot(rows["confidence"], rows["accuracy"], color=look.colour, alpha=0.35, label=f"{variant} bins")
        sizes = 4.0 + 160.0 * rows["n_tests"] / rows["n_tests"].sum()
        axes.scatter(rows["confidence"], rows["accuracy"], sizes, color=look.colour, marker=look.marker)


def _legend(styles: dict[str, Look]) -> list[Line2D]:
    entries = [
        Line2D([], [], color=look.colour, marker=look.marker, linewidth=0.9, label=plain(label(variant)))
        for variant, look in styles.items()
    ]
    return entries and [*entries, Line2D([], [], color=PALE, linestyle=":", label="confidence is accuracy")]
