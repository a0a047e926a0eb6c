"""Table 3: ours at the class counts of earlier work."""

import pytest

from real_cloned.reporting.sections.table3_prior_work import prior_work_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.results import Predictions
from tests.reporting.fabricated import predictions


def test_table_3_puts_ours_at_the_same_class_count_and_the_largest_last() -> None:
    table = prior_work_table(predictions(variants=("mixture", "vocal"), class_counts=(20, 300, 600), n_runs=1))
    assert table["method"].tolist() == ["[19]", "mixture", "[16, 18]", "[16]", "mixture", "mixture"]
    assert table["n_singers"].tolist() == [300, 300, 500, 500, 500, 600]
    assert table["top1"].notna().tolist() == [False, True, False, False, False, True]
    assert table.loc[1, "difference_top1"] == pytest.approx(table.loc[1, "top1"] - 78.0)


def test_table_3_of_no_predictions_holds_only_the_papers_five_rows() -> None:
    table = prior_work_table(empty_table(Predictions))
    assert len(table) == 5 and table["top1"].isna().all()
