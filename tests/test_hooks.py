"""What a run says to the person who started it."""

import pandas as pd
import pytest
from kedro.framework.cli.utils import KedroCliError

from real_cloned.core.errors import RealClonedError
from real_cloned.hooks import ErrorMessageHook, SummaryHook


def test_a_stage_that_ends_prints_its_table(capsys):
    table = pd.DataFrame({"corpus": ["closed"], "found": [7], "reasons": ["empty 1"], "hours": [1.2345]})
    SummaryHook().after_node_run(outputs={"corpora@summary": table})
    assert capsys.readouterr().out.split("\n")[1:4] == [
        "Ingest", "corpus  found reasons  hours", "closed      7 empty 1   1.23"
    ]  # fmt: skip


def test_other_nodes_print_nothing(capsys):
    SummaryHook().after_node_run(outputs={"closed.tracks": pd.DataFrame()})
    assert not capsys.readouterr().out


def test_an_error_that_a_person_can_put_right_is_its_message_alone():
    wrapped = ValueError("inside")
    wrapped.__cause__ = RealClonedError("give the folder")
    with pytest.raises(KedroCliError, match="^give the folder$"):
        ErrorMessageHook().on_pipeline_error(error=wrapped)


def test_other_errors_pass_as_they_are():
    ErrorMessageHook().on_pipeline_error(error=ValueError("a fault of ours"))
