"""Calibration on clones: the rows against the metrics of the answers that belong to them."""

import pandas as pd
import pytest

from real_cloned.metrics.calibration import brier_score, expected_calibration_error, reliability_bins
from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.clone_calibration import clone_calibration_table, section
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Confidences
from tests.reporting.fabricated import clone_confidences, confidences, parameters

FITTED_TO = {"none": "confidence", "validation": "calibrated", "other_clones": "clone_calibrated"}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return clone_confidences(corpora=("closed", "cloned"))


@pytest.fixture(scope="module")
def table(answers: pd.DataFrame) -> pd.DataFrame:
    return clone_calibration_table(answers, parameters())


def test_there_is_a_row_for_each_method_and_for_all_and_for_each_kind_of_temperature(table: pd.DataFrame) -> None:
    assert table["variant"].unique().tolist() == ["mixture", "vocal"] and set(table["corpus"]) == {"cloned"}
    assert table["n_singers"].unique().tolist() == [40]
    one = table[table["variant"] == "vocal"]
    assert one["clone_method"].tolist() == ["all"] * 3 + ["blend"] * 3 + ["vocoder"] * 3
    assert one["fitted_to"].tolist() == list(FITTED_TO) * 3
    assert one.groupby("clone_method")["n_clones"].first().tolist() == [40, 20, 20]


def test_each_row_measures_the_confidences_with_its_temperature(table: pd.DataFrame, answers: pd.DataFrame) -> None:
    chosen = answers[(answers["corpus"] == "cloned") & (answers["n_singers"] == 40) & answers["is_enrolled"]]
    for line in table.to_dict("records"):
        one = chosen[chosen["variant"] == line["variant"]]
        one = one if line["clone_method"] == "all" else one[one["clone_method"] == line["clone_method"]]
        said = one[FITTED_TO[line["fitted_to"]]]
        assert line["accuracy"] == pytest.approx(100 * one["is_right"].mean())
        assert line["confidence"] == pytest.approx(100 * said.mean())
        assert line["ece"] == pytest.approx(expected_calibration_error(reliability_bins(said, one["is_right"])))
        assert line["brier"] == pytest.approx(brier_score(said, one["is_right"]))
        assert line["ece_low"] < line["ece_expected"] < line["ece_high"]


def test_temperatures_and_the_share_of_answers_at_a_bound_are_those_of_the_row(table: pd.DataFrame) -> None:
    rows = table[table["variant"] == "vocal"].set_index(["clone_method", "fitted_to"])
    columns = ["temperature_low", "temperature_high", "at_bound"]
    assert rows.loc[("all", "none"), columns].tolist() == [1.0, 1.0, 0.0]
    assert rows.loc[("all", "validation"), columns].tolist() == [2.0, 2.0, 0.0]
    assert rows.loc[("all", "other_clones"), columns].tolist() == [3.0, 4.0, 50.0]
    assert rows.loc[("vocoder", "other_clones"), columns].tolist() == [4.0, 4.0, 100.0]


def test_the_page_shows_temperatures_and_bounds(table: pd.DataFrame) -> None:
    shown = section(ReportData(parameters(), {"clone_calibration": table})).tables[0]
    cells = {cell.text for row in shown.rows for cell in row}
    assert {"1.00", "2.00", "3.00 to 4.00 (50 % at a bound)", "clones by other methods"} <= cells


def test_without_clones_of_several_methods_the_table_is_empty() -> None:
    for nothing in (empty_table(Confidences), confidences()):
        assert clone_calibration_table(nothing, parameters()).empty
