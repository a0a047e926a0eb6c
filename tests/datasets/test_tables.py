"""Tables, figures and text of the catalog are written atomically, and their errors say what to do."""

from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure

from real_cloned.core.errors import RealClonedError
from real_cloned.datasets import (
    CSVDataset,
    MatplotlibDataset,
    OptionalCSVDataset,
    OptionalParquetDataset,
    ParquetDataset,
    TextDataset,
)

TABLE = pd.DataFrame({"a": [1, 2]})
KINDS = {
    "table.parquet": (ParquetDataset, TABLE),
    "singers.csv": (CSVDataset, TABLE),
    "figure.png": (MatplotlibDataset, Figure()),
    "page.html": (TextDataset, "page"),
}


@pytest.fixture(params=KINDS)
def kind(request, tmp_path):
    """A dataset in a folder that is not there yet, what to save in it, and its file."""
    make, data = KINDS[request.param]
    path = tmp_path / "deep" / request.param
    return make(filepath=str(path)), data, path


def cause(call, *arguments):
    """Return the message for a person of what `call` raises."""
    with pytest.raises(DatasetError) as raised:
        call(*arguments)
    assert isinstance(raised.value.__cause__, RealClonedError)
    return str(raised.value.__cause__)


def test_what_is_saved_is_there_alone_and_can_be_replaced(kind):
    dataset, data, path = kind
    for _ in range(2):
        dataset.save(data)
        assert dataset.exists() and path.stat().st_size
        assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_named_and_the_older_file_stays(kind):
    dataset, data, path = kind
    dataset.save(data)
    before = path.read_bytes()
    path.with_name(f"{path.name}.partial").symlink_to("/dev/full")
    message = cause(dataset.save, data)
    assert str(path) in message and "the disk is full: free some space" in message
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_parquet_file_that_is_cut_short_is_named_with_what_to_do(tmp_path):
    path = tmp_path / "t.parquet"
    dataset = ParquetDataset(filepath=str(path))
    dataset.save(TABLE)
    for content in (path.read_bytes()[:-9], b"", b"PAR1"):
        path.write_bytes(content)
        message = cause(dataset.load)
        assert message.startswith(f"{path} is damaged") and message.endswith("delete it and run again")


def test_a_missing_file_and_a_forbidden_one_have_different_messages(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    dataset = ParquetDataset(filepath=str(tmp_path / "t.parquet"))
    assert "is not there" in cause(dataset.load)
    monkeypatch.setattr(pd, "read_parquet", refuse)
    assert "permission is denied" in cause(dataset.load)


def test_an_optional_table_of_parquet_is_empty_where_there_is_no_file_and_read_where_there_is_one(tmp_path):
    path = tmp_path / "predictions.parquet"
    dataset = OptionalParquetDataset(columns=["variant", "run"], filepath=str(path))
    assert dataset.load().empty
    assert list(dataset.load()) == ["variant", "run"]
    pd.DataFrame({"variant": ["vocal"]}).to_parquet(path)
    assert "predictions.parquet lacks the columns run: delete it, or make it again" in cause(dataset.load)
    pd.DataFrame({"variant": ["vocal"], "run": [1]}).to_parquet(path)
    assert dataset.load().to_numpy().tolist() == [["vocal", 1]]


def test_an_optional_table_that_is_there_is_read_and_one_that_lacks_columns_is_named(tmp_path):
    path = tmp_path / "pretraining_seeds.csv"
    path.write_text("variant,top1\nvocal,50.0\n")
    dataset = OptionalCSVDataset(columns=["variant", "top1"], filepath=str(path))
    assert dataset.load().values.tolist() == [["vocal", 50.0]]
    dataset = OptionalCSVDataset(columns=["variant", "seed"], filepath=str(path))
    assert "pretraining_seeds.csv lacks the columns seed: delete it, or make it again" in cause(dataset.load)
