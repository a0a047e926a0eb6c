"""Who is not enrolled: numbers against scikit-learn and a slow loop, and the figure by its data."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from real_cloned.reporting.sections.not_enrolled import draw_not_enrolled, not_enrolled_numbers
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Confidences
from tests.reporting.fabricated import confidences
from tests.reporting.figure_helpers import laid_out, lines, texts


def slow_false_accepts(run: pd.DataFrame) -> float:
    """Try every confidence as the threshold; of those that let 95 % of the enrolled pass, take the highest."""
    known, unknown = (run.loc[run["is_enrolled"] == side, "calibrated"] for side in (True, False))
    fitting = [value for value in run["calibrated"] if (known >= value).mean() >= 0.95]
    return 100 * float((unknown >= max(fitting)).mean())


def test_the_numbers_are_means_over_runs_of_scikit_learns_and_of_a_slow_loop() -> None:
    table = confidences(n_all=60)
    numbers = not_enrolled_numbers(table).set_index(["variant", "n_singers"])
    assert len(numbers) == 2 * 3
    for (variant, n_singers), row in numbers.iterrows():
        rows = table[(table["variant"] == variant) & (table["n_singers"] == n_singers) & (table["corpus"] == "closed")]
        runs = [run for _, run in rows.groupby("run")]
        by_run = [100 * roc_auc_score(run["is_enrolled"], run["calibrated"]) for run in runs]
        assert (row["auroc_mean"], row["auroc_std"]) == pytest.approx((np.mean(by_run), np.std(by_run)))
        plain = [100 * roc_auc_score(run["is_enrolled"], run["confidence"]) for run in runs]
        assert row["auroc_uncalibrated_mean"] == pytest.approx(np.mean(plain))
        accepted = [slow_false_accepts(run) for run in runs]
        assert (row["false_accepts_mean"], row["false_accepts_std"]) == pytest.approx(
            (np.mean(accepted), np.std(accepted))
        )
        assert (row["n_runs"], row["n_enrolled"], row["n_not_enrolled"]) == (3, n_singers, 60 - n_singers)


def test_runs_with_all_singers_enrolled_and_other_corpora_are_left_out() -> None:
    assert not_enrolled_numbers(confidences(n_all=40))["n_singers"].unique().tolist() == [10, 20]
    assert not_enrolled_numbers(confidences(corpora=("cloned", "fma"))).empty


def test_the_figure_draws_the_means_by_the_number_of_enrolled_singers() -> None:
    numbers = not_enrolled_numbers(confidences(n_all=60))
    for axes, measure in zip(laid_out(draw_not_enrolled(numbers)).get_axes(), ("auroc", "false_accepts"), strict=True):
        drawn_means = [bars.lines[0].get_ydata() for bars in axes.containers]
        for means, (_, rows) in zip(drawn_means, numbers.groupby("variant"), strict=True):
            assert list(means) == pytest.approx(rows[f"{measure}_mean"].tolist())
        assert [text.get_text() for text in axes.get_xticklabels()] == ["10", "20", "40"]
    assert lines(axes, "chance")[0].get_ydata()[0] == pytest.approx(95.0)


def test_without_confidences_the_figure_says_so() -> None:
    numbers = not_enrolled_numbers(empty_table(Confidences))
    assert list(numbers) == list(not_enrolled_numbers(confidences()))
    assert "no data" in texts(laid_out(draw_not_enrolled(numbers)))
