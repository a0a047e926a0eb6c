"""Accuracy over changed accompaniment: the numbers against a count by hand, and that the axes hold them."""

import numpy as np
import pandas as pd
import pytest

from real_cloned.reporting.sections.context import context_numbers, draw_context
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import RemixPredictions
from tests.reporting.figure_helpers import laid_out, means_by_label, texts

LEVELS = [np.nan, -6.0, 0.0, 6.0]


SHARES = {"mixture": [0.2, 0.6, 0.9, 0.7], "vocal": [0.9, 0.7, 0.5, 0.3]}


FOREIGN = {"mixture": 0.3, "vocal": 0.4}


def remixed(n_runs=3, n_tracks=20, seed=0):
    rng = np.random.default_rng(seed)
    rows = []
    for variant, shares in SHARES.items():
        conditions = [("own", level, share) for level, share in zip(LEVELS, shares, strict=True)]
        for accompaniment, level_db, share in [*conditions, ("foreign", 0.0, FOREIGN[variant])]:
            facts = {"variant": variant, "n_singers": 40, "accompaniment": accompaniment, "level_db": level_db}
            for run in range(n_runs):
                luck = rng.random(n_tracks)
                rows += [
                    facts
                    | {"run": run, "track_id": f"t{track}"}
                    | {"is_top1": luck[track] < share, "is_top5": luck[track] < share + 0.1}
                    for track in range(n_tracks)
                ]
    return RemixPredictions.validate(pd.DataFrame(rows))


def test_numbers_are_means_and_deviations_over_runs_of_each_runs_share_of_hits():
    table = remixed()
    for row in context_numbers(table).to_dict("records"):
        level = table["level_db"].isna() if np.isnan(row["level_db"]) else table["level_db"] == row["level_db"]
        condition = table[
            (table["variant"] == row["variant"]) & (table["accompaniment"] == row["accompaniment"]) & level
        ]
        for measure in ("top1", "top5"):
            hits = [100 * rows[f"is_{measure}"].to_numpy().mean() for _, rows in condition.groupby("run")]
            assert (row[f"{measure}_mean"], row[f"{measure}_std"]) == pytest.approx((np.mean(hits), np.std(hits)))
        assert (row["n_runs"], row["n_tracks"]) == (3, 20)


def test_levels_rise_from_the_voice_alone_and_the_foreign_accompaniment_comes_last():
    for _, rows in context_numbers(remixed()).groupby("variant", sort=False):
        assert np.array_equal(rows["level_db"], [*LEVELS, 0.0], equal_nan=True)
        assert rows["accompaniment"].tolist() == ["own"] * 4 + ["foreign"]


def test_one_run_has_no_deviation():
    assert context_numbers(remixed(n_runs=1))["top1_std"].isna().all()


def test_the_figure_draws_every_level_and_both_accompaniments():
    numbers = context_numbers(remixed())
    left, right = laid_out(draw_context(numbers)).get_axes()
    for variant in SHARES:
        rows = numbers[numbers["variant"] == variant]
        assert means_by_label(left)[variant.title()] == pytest.approx(rows["top1_mean"].to_numpy()[:4])
        assert means_by_label(right)[variant.title()] == pytest.approx(rows["top1_mean"].to_numpy()[[2, 4]])
    assert [label.get_text() for label in left.get_xticklabels()] == ["voice\nalone", "−6", "0", "+6"]


def test_a_variant_without_some_levels_leaves_gaps_there():
    numbers = context_numbers(remixed())
    gap = (numbers["variant"] == "vocal") & (numbers["level_db"] == -6.0)
    left, _ = laid_out(draw_context(numbers[~gap])).get_axes()
    assert np.isnan(means_by_label(left)["Vocal"]).tolist() == [False, True, False, False]


def test_without_predictions_both_panels_say_so():
    numbers = context_numbers(empty_table(RemixPredictions))
    assert numbers.empty
    assert texts(laid_out(draw_context(numbers))).count("no data") == 2
