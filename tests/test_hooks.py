"""What a run says to the person who started it."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from kedro.framework.cli.utils import KedroCliError
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from real_cloned.core.errors import RealClonedError
from real_cloned.hooks import ErrorMessageHook, RunLockHook, SummaryHook


def test_a_stage_that_ends_prints_its_table(capsys):
    table = pd.DataFrame({"corpus": ["closed"], "found": [7], "reasons": ["empty 1"], "hours": [1.2345]})
    SummaryHook().after_node_run(outputs={"corpora@summary": table})
    assert capsys.readouterr().out.split("\n")[1:4] == [
        "Ingest", "corpus  found reasons  hours", "closed      7 empty 1   1.23"
    ]  # fmt: skip


def test_a_finished_run_says_in_one_line_each_what_it_lacks(capsys):
    accuracies = pd.DataFrame({"corpus": ["closed"], "n_singers": [2], "variant": ["vocal"], "top1_mean": [50.0]})
    tables = {"accuracies": accuracies, "singers": pd.DataFrame(), "report": pd.DataFrame()}
    tables["weights@history"] = pd.DataFrame({"variant": ["vocal", "ge2e"], "missing": [None, "ge2e is left out"]})
    made = Pipeline([Node(lambda: "", None, "report", name="write_report")])
    SummaryHook().after_pipeline_run(made, DataCatalog({name: MemoryDataset(table) for name, table in tables.items()}))
    assert capsys.readouterr().out.split("\n").count("ge2e is left out") == 1


def test_other_nodes_print_nothing(capsys):
    SummaryHook().after_node_run(outputs={"closed.tracks": pd.DataFrame()})
    assert not capsys.readouterr().out


def test_an_error_that_a_person_can_put_right_is_its_message_alone():
    wrapped = ValueError("inside")
    wrapped.__cause__ = RealClonedError("give the folder")
    with pytest.raises(KedroCliError, match="^give the folder$"):
        ErrorMessageHook().on_pipeline_error(error=wrapped)


def test_storage_that_refuses_or_does_not_answer_is_one_message():
    botocore = pytest.importorskip("botocore.exceptions")
    wrapped = ValueError("inside")
    wrapped.__cause__ = botocore.NoCredentialsError()
    with pytest.raises(KedroCliError, match="remote storage: Unable to locate credentials; check the address"):
        ErrorMessageHook().on_pipeline_error(error=wrapped)


@pytest.mark.parametrize("data", ["s4://bucket", None, 3])
def test_a_data_folder_that_can_be_none_is_one_message(data):
    context = SimpleNamespace(config_loader={"globals": {"data": data}}, project_path=Path())
    with pytest.raises(KedroCliError, match="`data`"):
        RunLockHook().after_context_created(context)


def test_other_errors_pass_as_they_are():
    ErrorMessageHook().on_pipeline_error(error=ValueError("a fault of ours"))
