"""A variant and a corpus that nobody knew beforehand go through every table, every figure and the page."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from real_cloned.reporting.page import render_page
from real_cloned.reporting.sections.accuracy import accuracy_table
from real_cloned.reporting.sections.album_split import album_split_table
from real_cloned.reporting.sections.baseline_classifiers import baseline_table, baselines_with_probe
from real_cloned.reporting.sections.calibration import calibration_table, draw_reliability, reliability_numbers
from real_cloned.reporting.sections.clone_calibration import clone_calibration_table
from real_cloned.reporting.sections.comparisons import comparison_table
from real_cloned.reporting.sections.context import context_numbers, draw_context
from real_cloned.reporting.sections.cross_synthesis import cross_synthesis_numbers, draw_cross_synthesis
from real_cloned.reporting.sections.figure1_closed_cloned import draw_figure1, figure1_numbers
from real_cloned.reporting.sections.figure2_genres import draw_figure2, figure2_numbers
from real_cloned.reporting.sections.figure3_training_tracks import draw_figure3, figure3_numbers
from real_cloned.reporting.sections.figure4_similarity import draw_figure4, figure4_numbers
from real_cloned.reporting.sections.languages import language_table
from real_cloned.reporting.sections.not_enrolled import draw_not_enrolled, not_enrolled_numbers
from real_cloned.reporting.sections.overview import overview_table
from real_cloned.reporting.sections.rejected_files import rejected_files_table
from real_cloned.reporting.sections.singer_map import draw_singer_maps, singer_map_table
from real_cloned.reporting.sections.singers import singer_table
from real_cloned.reporting.sections.table1_datasets import dataset_table
from real_cloned.reporting.sections.table2_open_datasets import open_dataset_table
from real_cloned.reporting.sections.table3_prior_work import prior_work_table
from real_cloned.reporting.sections.training import training_history_table
from real_cloned.reporting.stage_tables import filter_table, ingest_table, separation_table, top1_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import CloneSimilarities, PretrainingSeeds, RemixPredictions, Similarities

from .fabricated import (
    clone_confidences,
    confidences,
    history,
    parameters,
    prediction,
    rejected,
    similarities,
    splits,
    table_of,
    tracks,
)
from .figure_helpers import texts
from .page_tables import baselines, statistics

VARIANTS = ("zeta", "vocal", "alpha", "mixture")
"""As a configuration may list them: zeta and alpha are unknown, and alphabetical order would swap them."""
ORDER = ["mixture", "vocal", "zeta", "alpha"]
CORPORA = ("zoo", "cloned", "closed", "ark", "fma")
CORPUS_ORDER = ["closed", "fma", "cloned", "zoo", "ark"]


def predictions() -> pd.DataFrame:
    """Two runs of every variant on every corpus with six singers, who are right more often the later the variant."""
    return table_of(
        [
            prediction(variant=variant, corpus=corpus, n_singers=6, run=run, track_id=f"t{singer}")
            | {"true_ids": [f"s{singer}"], "n_train_tracks": 2 + singer, "is_top1": (singer + run) % 4 < index}
            | {"clone_method": "blend" if corpus == "cloned" else None}
            for index, variant in enumerate(VARIANTS)
            for corpus in CORPORA
            for run in range(2)
            for singer in range(6)
        ]
    )


def remix_predictions() -> pd.DataFrame:
    rows = [
        {"variant": variant, "n_singers": 6, "run": 0, "track_id": "t0", "accompaniment": kind, "level_db": level}
        for variant in VARIANTS
        for kind, level in (("own", np.nan), ("own", 0.0), ("foreign", 0.0))
    ]
    return RemixPredictions.validate(pd.DataFrame(rows).assign(is_top1=True, is_top5=True))


def clone_similarities() -> pd.DataFrame:
    rows = [
        {"variant": variant, "track_id": "t0", "clone_method": "blend", "reference": reference, "similarity": 0.5}
        for variant in VARIANTS
        for reference in ("target", "source", "original", "other")
    ]
    return CloneSimilarities.validate(pd.DataFrame(rows))


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    """Every table of the report by its name in the catalog."""
    table, report = predictions(), parameters(figure2_min_tracks=1, n_bootstrap=20)
    known = similarities().query("variant == 'vocal'")
    embeddings = pd.DataFrame({"singer_id": list("abcd"), "embedding": np.eye(4).tolist()})
    songs = {corpus: tracks({"a": 2, "b": 3}) for corpus in CORPORA}
    sure = confidences(VARIANTS, CORPORA, class_counts=(10, 20), n_runs=1)
    return {
        "table1_datasets": dataset_table(songs, {corpus: splits(rows) for corpus, rows in songs.items()}),
        "table2_open_datasets": open_dataset_table(table, VARIANTS),
        "table3_prior_work": prior_work_table(table),
        "accuracies": accuracy_table(table, report),
        "languages": language_table(table, "zeta"),
        "singers": singer_table(table),
        "figure1_numbers": figure1_numbers(table),
        "figure2_numbers": figure2_numbers(table, report, "zeta"),
        "figure3_numbers": figure3_numbers(table, report, "zeta"),
        "figure4_numbers": figure4_numbers(
            Similarities.validate(pd.concat([known.assign(variant=variant) for variant in VARIANTS]))
        ),
        "comparisons": comparison_table(table, empty_table(PretrainingSeeds), report),
        "baselines": baseline_table(
            pd.concat([baselines(VARIANTS).query("corpus == 'closed'").assign(corpus=corpus) for corpus in CORPORA])
        ),
        "singer_map_numbers": singer_map_table(dict.fromkeys(VARIANTS, embeddings)),
        "calibration": calibration_table(sure, report),
        "clone_calibration": clone_calibration_table(clone_confidences(variants=VARIANTS, n_runs=1), report),
        "reliability_numbers": reliability_numbers(sure),
        "not_enrolled_numbers": not_enrolled_numbers(sure),
        "album_split": album_split_table(table.assign(is_top1=True), table, report),
        "context_numbers": context_numbers(remix_predictions()),
        "cross_synthesis_numbers": cross_synthesis_numbers(table, clone_similarities()),
        "training_history": training_history_table({variant: history((2.0, 1.0)) for variant in VARIANTS}),
        "rejected_files": rejected_files_table({corpus: rejected({"silent": 1}) for corpus in CORPORA}),
    }


@pytest.mark.parametrize(
    "name",
    [
        *("accuracies", "figure1_numbers", "figure4_numbers", "baselines", "singer_map_numbers", "calibration"),
        *("reliability_numbers", "not_enrolled_numbers", "album_split", "context_numbers", "cross_synthesis_numbers"),
        *("training_history", "clone_calibration"),
    ],
)
def test_unknown_variants_follow_the_known_ones_in_the_order_of_the_configuration(
    name: str, tables: dict[str, pd.DataFrame]
) -> None:
    assert list(dict.fromkeys(tables[name]["variant"])) == ORDER


def test_unknown_variants_have_rows_and_columns_where_they_are_named_otherwise(
    tables: dict[str, pd.DataFrame],
) -> None:
    assert tables["singers"].columns.tolist() == ["singer_id", "n_train_tracks", *ORDER]
    fma = tables["table2_open_datasets"].query("corpus == 'fma'")
    assert fma["model"].tolist() == ["clmr", "mixture", "hybrid", "vocal", "zeta", "alpha"]
    against = tables["comparisons"].query("corpus == 'zoo' and other == 'mixture'")
    assert set(against["variant"]) == {"vocal", "zeta", "alpha"}
    assert overview_table(tables["accuracies"])["variant"].tolist() == ORDER
    assert top1_table(tables["accuracies"]).index.tolist() == ORDER
    assert set(baselines_with_probe(tables["baselines"], tables["accuracies"])["variant"]) == set(VARIANTS)


@pytest.mark.parametrize(
    "name", ["accuracies", "comparisons", "baselines", "calibration", "album_split", "rejected_files"]
)
def test_unknown_corpora_follow_the_known_ones_in_the_order_of_the_configuration(
    name: str, tables: dict[str, pd.DataFrame]
) -> None:
    assert list(dict.fromkeys(tables[name]["corpus"])) == CORPUS_ORDER


def test_unknown_corpora_stand_in_table_1_and_in_the_tables_of_the_stages(tables: dict[str, pd.DataFrame]) -> None:
    corpora = tables["table1_datasets"]
    assert corpora["corpus"].tolist() == ["train", "validation", "closed", "fma", "mtg", "cloned", "zoo", "ark"]
    assert corpora.set_index("corpus").loc["ark", ["singers", "songs"]].tolist() == [2, 5]
    songs = {corpus: tracks({"a": 2}) for corpus in CORPORA}
    nothing = {corpus: rejected({"silent": 1})[:0] for corpus in CORPORA}
    segments = {corpus: rows[["track_id"]] for corpus, rows in songs.items()}
    clip = {"track_id": ["a"], "stem": ["vocals"], "n_samples": [5], "separator": ["small"]}
    stems = {corpus: pd.DataFrame(clip) for corpus in CORPORA}
    for table in (
        ingest_table(songs, nothing, dict.fromkeys(CORPORA, 0)),
        filter_table(songs, {corpus: splits(rows) for corpus, rows in songs.items()}, segments, nothing),
        separation_table(stems, dict.fromkeys(CORPORA, 16000)),
    ):
        assert table["corpus"].tolist() == CORPUS_ORDER


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("figure1_numbers", draw_figure1),
        ("figure4_numbers", draw_figure4),
        ("reliability_numbers", draw_reliability),
        ("not_enrolled_numbers", draw_not_enrolled),
        ("context_numbers", draw_context),
        ("cross_synthesis_numbers", draw_cross_synthesis),
        ("singer_map_numbers", draw_singer_maps),
    ],
)
def test_every_figure_names_unknown_variants_with_a_capital_letter(
    name: str, draw: Callable[[pd.DataFrame], Figure], tables: dict[str, pd.DataFrame]
) -> None:
    figure = draw(tables[name])
    figure.draw_without_rendering()
    assert {"Mixture", "Vocal", "Zeta", "Alpha"} <= set(texts(figure))


def test_the_figures_of_one_variant_can_be_those_of_an_unknown_one(tables: dict[str, pd.DataFrame]) -> None:
    assert "Pop (6)" in texts(draw_figure2(tables["figure2_numbers"]))
    assert "6 singers" in texts(draw_figure3(tables["figure3_numbers"]))
    assert len(tables["languages"]) == 1


def test_the_page_shows_unknown_variants_and_corpora(tables: dict[str, pd.DataFrame]) -> None:
    rest = {name: statistics(VARIANTS)[name] for name in ("verification", "retrieval")}
    page = render_page(parameters(), {}, tables | rest)
    sections = {part.partition('"')[0]: part for part in page.split('<section id="')[1:]}
    for anchor in ("accuracies", "baselines", "calibration", "album_split"):
        assert all(f"<td>{label}</td>" in sections[anchor] for label in ("Zeta", "Alpha", "Zoo", "Ark")), anchor
    anchors = ("verification", "retrieval", "singer_map", "not_enrolled", "context", "cross_synthesis", "history")
    for anchor in (*anchors, "clone_calibration"):
        assert all(f"<td>{label}</td>" in sections[anchor] for label in ("Zeta", "Alpha")), anchor
    assert "Zeta − Mixture" in sections["comparisons"] and "<td>Ark</td>" in sections["rejected"]
