"""Accuracy by language."""

import pytest

from real_cloned.reporting.sections.languages import language_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions
from tests.reporting.fabricated import prediction, table_of
from tests.reporting.figure_helpers import row


def test_languages_are_listed_by_their_test_tracks_with_the_median_over_runs() -> None:
    rows = [prediction(run=run, track_id=f"t{k}", is_top5=run > 0) for run in range(3) for k in range(2)]
    table = language_table(table_of([*rows, prediction(language="es"), prediction(language=None)]))
    assert table["language"].tolist() == ["en", "es"]
    assert row(table, language="en")[["top5_mean", "top5_median"]].tolist() == [pytest.approx(200 / 3), 100.0]
    assert language_table(empty_table(Predictions)).empty
