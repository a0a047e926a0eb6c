"""Cross-synthesis: how well clones are identified by the method that made them, and whose voice is heard in them.

A clone has a target singer, whose voice is imitated, a source singer, who really sang, and an original, the recording
that was converted.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from real_cloned.reporting.aggregation import accuracy_by_run, mean_and_std
from real_cloned.reporting.html_tables import html_table, mean_std_column, number_column, text_column
from real_cloned.reporting.labels import sort_by_order, variants_in_order
from real_cloned.reporting.sections.base import N_SINGERS, VARIANT, ReportData, Section, draw_unless_empty
from real_cloned.reporting.theme import (
    INK,
    PALE,
    VariantStyle,
    draw_means,
    escape_mathtext,
    percent_axis,
    report_figure,
    variant_label,
    variant_styles,
    write_no_data,
)

ALL_METHODS = "all"
"""The method under which all clones of a variant stand together."""
UNKNOWN_METHOD = "not known"
KEYS = ["variant", "clone_method"]
ACCURACY_COLUMNS = ["n_singers", "top1_mean", "top1_std", "top5_mean", "top5_std", "n_runs"]
VOICES = {
    "target": "target's tracks",
    "source": "source's other tracks",
    "original": "the original itself",
    "other": "other singers' tracks",
}
"""What clones are compared with, and what that is called."""
BARS = {"target": ("#0077bb", ""), "source": ("#ee8833", "///"), "original": ("#cc3311", "...")}
"""Colour and hatch of the voices whose similarity is compared with that of other singers."""
PANELS = {"top1_mean": "Top-1 accuracy (%)", "nearer_target": "Nearer to target than source (%)"}
COLUMNS = [
    VARIANT,
    text_column("Clone method", "clone_method"),
    N_SINGERS,
    number_column("Clones", "n_clones", ",d"),
    mean_std_column("Top-1 (%)", "top1_mean", "top1_std"),
    *(number_column(name.capitalize(), f"similarity_{key}", group="Similarity to (%)") for key, name in VOICES.items()),
    *(number_column(key.capitalize(), f"above_{key}", "+.1f", "Above that to others (%)") for key in BARS),
    number_column("Of clones (%)", "nearer_target", group="Nearer to target than source"),
    number_column("Of", "n_compared", ",d", "Nearer to target than source"),
]


def cross_synthesis_numbers(predictions: pd.DataFrame, similarities: pd.DataFrame) -> pd.DataFrame:
    """Return one row per variant and clone method, after one of all methods together.

    Args:
        predictions: `schemas.results.Predictions` of any variants and corpora; of cloned, the largest number of singers
            is taken.
        similarities: `schemas.results.CloneSimilarities` of any variants.

    Returns:
        Columns: variant, clone_method, n_singers, in percent top1_mean, top1_std, top5_mean, top5_std over n_runs runs,
        n_clones (that were embedded), similarity_target, similarity_source, similarity_original, similarity_other
        (percent: 100 times the mean cosine), above_target, above_source, above_original (how far these stand above
        similarity_other, as percent of the distance from there to 1, so that models can be compared whose similarities
        lie close together), nearer_target (percent of the n_compared clones of which both are known that are nearer to
        the target's tracks than to the source's).
    """
    table = _accuracies(predictions).merge(_mean_similarities(similarities), on=KEYS, how="outer")
    for name in BARS:
        table[f"above_{name}"] = 100.0 * (table[f"similarity_{name}"] - table["similarity_other"])
        table[f"above_{name}"] /= 100.0 - table["similarity_other"]
    voices = [*(f"similarity_{name}" for name in VOICES), *(f"above_{name}" for name in BARS)]
    columns = [*KEYS, *ACCURACY_COLUMNS, "n_clones", *voices, "nearer_target", "n_compared"]
    table = table.astype(dict.fromkeys(["n_singers", "n_runs", "n_clones", "n_compared"], "Int64"))
    variants = variants_in_order([*predictions["variant"], *similarities["variant"]])
    methods = [ALL_METHODS, *sorted(set(table["clone_method"]) - {ALL_METHODS})]
    return sort_by_order(table, {"variant": variants, "clone_method": methods})[columns]


def _accuracies(predictions: pd.DataFrame) -> pd.DataFrame:
    clones = predictions[predictions["corpus"] == "cloned"]
    most = clones[clones["n_singers"] == clones.groupby("variant")["n_singers"].transform("max")]
    by = ("clone_method",)
    return mean_and_std(accuracy_by_run(_repeat_as_all(most), by), by)[[*KEYS, *ACCURACY_COLUMNS]]


def _mean_similarities(similarities: pd.DataFrame) -> pd.DataFrame:
    rows = _repeat_as_all(similarities)
    wide = rows.pivot_table(index=[*KEYS, "track_id"], columns="reference", values="similarity")
    wide = wide.reindex(columns=list(VOICES))
    both_known = wide["target"].notna() & wide["source"].notna()
    wide["nearer"] = (wide["target"] > wide["source"]).astype(float).where(both_known)
    grouped = wide.groupby(KEYS)
    table = 100.0 * grouped[list(VOICES)].mean().add_prefix("similarity_")
    table["nearer_target"] = 100.0 * grouped["nearer"].mean()
    table["n_compared"] = grouped["nearer"].count()
    return table.assign(n_clones=grouped.size()).reset_index()


def _repeat_as_all(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows twice, under ALL_METHODS and under their own method."""
    own = rows.assign(clone_method=rows["clone_method"].fillna(UNKNOWN_METHOD).astype(object))
    return pd.concat([own.assign(clone_method=ALL_METHODS), own], ignore_index=True)


@report_figure
def draw_cross_synthesis(numbers: pd.DataFrame) -> Figure:
    """Return the figure: above, accuracy and nearness by clone method; below, how similar all clones are.

    Args:
        numbers: What `cross_synthesis_numbers` returns; a panel without rows says so.
    """
    figure = Figure(figsize=(7.2, 6.0), layout="constrained")
    panels = figure.subplot_mosaic([list(PANELS), ["voices", "voices"]])
    styles = variant_styles(numbers["variant"])
    methods = [name for name in dict.fromkeys(numbers["clone_method"]) if name != ALL_METHODS]
    for measure, title in PANELS.items():
        panels[measure].set_ylabel(title)
        percent_axis(panels[measure])
        _draw_by_method(panels[measure], numbers[numbers[measure].notna()], measure, methods, styles)
    panels["nearer_target"].axhline(50.0, color=PALE, linestyle=":", linewidth=1.0)
    _draw_voices(panels["voices"], numbers[numbers["clone_method"] == ALL_METHODS])
    if styles:
        handles, names = panels["top1_mean"].get_legend_handles_labels()
        figure.legend(handles, names, loc="outside upper center", ncols=5, columnspacing=1.2)
    return figure


def _draw_by_method(
    axes: Axes, numbers: pd.DataFrame, measure: str, methods: list[str], styles: dict[str, VariantStyle]
) -> None:
    if numbers.empty:
        write_no_data(axes)
        return
    offsets = np.linspace(-0.3, 0.3, len(styles)) if len(styles) > 1 else [0.0]
    for offset, (variant, style) in zip(offsets, styles.items(), strict=True):
        rows = numbers[numbers["variant"] == variant].set_index("clone_method").reindex(methods)
        stds = rows["top1_std"] if measure == "top1_mean" else None
        line = {"label": variant_label(variant), "linestyle": ""}
        draw_means(axes, np.arange(len(methods)) + offset, rows[measure], stds, style, **line)
    axes.set_xticks(range(len(methods)), [escape_mathtext(method) for method in methods])
    axes.set_xlim(-0.5, len(methods) - 0.5)
    axes.grid(False, axis="x")


def _draw_voices(axes: Axes, numbers: pd.DataFrame) -> None:
    axes.set_ylabel("Similarity above that of\nother singers' tracks (%)")
    rows = numbers[numbers[[f"above_{name}" for name in BARS]].notna().any(axis=1)]
    if rows.empty:
        write_no_data(axes)
        return
    for index, (name, (colour, hatch)) in enumerate(BARS.items()):
        heights = rows[f"above_{name}"].astype(float)
        x = np.arange(len(rows)) + 0.25 * (index - 1)
        axes.bar(x, heights, 0.22, color=colour, edgecolor="white", hatch=hatch, label=VOICES[name])
    axes.axhline(0.0, color=INK, linewidth=0.8)
    axes.set_xticks(range(len(rows)), [variant_label(variant) for variant in rows["variant"]])
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(False, axis="x")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=3)


def section(data: ReportData) -> Section:
    """Return the section of the page: is it the target or the source singer that is heard?

    Args:
        data: Read for `cross_synthesis_numbers`.
    """
    numbers = data.table("cross_synthesis_numbers")
    text = (
        "Clones by the method that made them: how often the target singer is named, and the mean cosine similarity "
        "of the clone's embedding to tracks of the target singer, to other tracks of the source singer (who really "
        "sang), to the recording that was converted (the original), and to other singers' tracks. How far the first "
        "three stand above the last is given as percent of the way from there to 1, so that models can be compared."
    )
    table = html_table(numbers, COLUMNS, "Clones by method: named, and near to whom.")
    figure = draw_unless_empty(draw_cross_synthesis, numbers)
    return Section("cross_synthesis", "Target or source?", text, [table], figure)
