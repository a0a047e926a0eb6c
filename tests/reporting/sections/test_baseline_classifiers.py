"""The plain classifiers' accuracies: means over runs, and beside the probe's."""

import pandas as pd
import pytest

from real_cloned.reporting.sections.accuracy import accuracy_table
from real_cloned.reporting.sections.baseline_classifiers import baseline_table, baselines_with_probe
from tests.reporting.fabricated import parameters, prediction, table_of
from tests.reporting.page_tables import baselines


def test_each_method_has_the_mean_and_spread_of_its_runs() -> None:
    answers = baselines(("vocal",))
    table = baseline_table(answers).set_index(["corpus", "n_singers", "method"])
    for key, rows in answers.groupby(["corpus", "n_singers", "method"]):
        runs = [100 * sum(run["is_top1"]) / len(run) for _, run in rows.groupby("run")]
        mean = sum(runs) / len(runs)
        spread = (sum((run - mean) ** 2 for run in runs) / len(runs)) ** 0.5
        assert table.loc[key, ["top1_mean", "top1_std", "n_runs"]].tolist() == pytest.approx([mean, spread, 2])
    assert table.index.get_level_values("method")[:3].tolist() == ["centroid", "neighbours", "logistic"]


def test_without_baselines_there_is_an_empty_table_of_the_same_columns() -> None:
    assert baseline_table(baselines()[:0]).columns.tolist() == baseline_table(baselines()).columns.tolist()
    assert baselines_with_probe(pd.DataFrame(), pd.DataFrame()).empty


def test_they_stand_beside_the_probe_at_the_largest_class_count() -> None:
    probe = accuracy_table(table_of([prediction(n_singers=20), prediction(n_singers=10)]), parameters())
    table = baselines_with_probe(baseline_table(baselines(("vocal",))), probe)
    assert set(table["n_singers"]) == {20}
    closed, cloned = (table[table["corpus"] == corpus] for corpus in ("closed", "cloned"))
    assert closed["difference_top1"].tolist() == pytest.approx((closed["top1_mean"] - 100.0).tolist())
    assert cloned["probe_top1"].isna().all()
    assert baselines_with_probe(baseline_table(baselines()), pd.DataFrame())["probe_top1"].isna().all()
