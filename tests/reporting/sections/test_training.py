"""How pretraining went."""

from real_cloned.reporting.sections.training import training_history_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import History
from tests.reporting.fabricated import history
from tests.reporting.figure_helpers import row


def test_the_history_names_the_best_epoch_and_adds_up_the_seconds() -> None:
    table = training_history_table({"vocal": history((3.0, 1.0, 2.0)), "mixture": empty_table(History)})
    assert table["variant"].tolist() == ["mixture", "vocal"]
    assert row(table, variant="vocal").tolist() == ["vocal", 3, 1, 1.0, 6.0]
    assert table.iloc[0, 1:].isna().all() and training_history_table({}).empty
