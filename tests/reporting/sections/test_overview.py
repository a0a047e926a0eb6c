"""Real against cloned singers in one table."""

from real_cloned.reporting.sections.accuracy import accuracy_table
from real_cloned.reporting.sections.overview import overview_table
from tests.reporting.fabricated import parameters, prediction, table_of
from tests.reporting.figure_helpers import row


def test_real_and_cloned_are_compared_at_the_largest_class_count_run_on_both() -> None:
    table = table_of(
        [prediction(), prediction(corpus="cloned", is_top1=False), prediction(n_singers=40, is_top1=False)]
    )
    line = row(overview_table(accuracy_table(table, parameters())), variant="vocal")
    assert (line["n_singers"], line["closed_top1"], line["cloned_top1"]) == (10, 100.0, 0.0)
    assert (line["difference_top1"], line["difference_top5"]) == (-100.0, 0.0)
