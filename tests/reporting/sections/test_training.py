"""How pretraining went."""

from real_cloned.reporting.sections.base import ReportData
from real_cloned.reporting.sections.training import missing_packages, section, training_history_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import History
from tests.reporting.fabricated import history, parameters
from tests.reporting.figure_helpers import row


def test_the_history_names_the_best_epoch_and_adds_up_the_seconds() -> None:
    table = training_history_table({"vocal": history((3.0, 1.0, 2.0)), "mixture": empty_table(History)})
    assert table["variant"].tolist() == ["mixture", "vocal"]
    assert row(table, variant="vocal").tolist()[:-1] == ["vocal", 3, 1, 1.0, 6.0]
    assert table.iloc[0, 1:].isna().all() and training_history_table({}).empty


def test_the_section_says_once_which_variant_is_left_out_for_want_of_a_package() -> None:
    histories, missing = {"vocal": history((3.0,)), "speaker": empty_table(History)}, {"speaker": "speaker is left out"}
    table = training_history_table(histories, missing)
    assert missing_packages(table) == ["speaker is left out"]
    assert section(ReportData(parameters(), {"training_history": table})).text.endswith("Speaker is left out.")
    assert missing_packages(training_history_table(histories)) == []
