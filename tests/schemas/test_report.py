"""Tables as CSV: what is text stays text, and a table of which nobody knows what is text is refused."""

import ast
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from real_cloned.core.errors import RealClonedError
from real_cloned.datasets import CSVDataset
from real_cloned.schemas.report import check_types, csv_options

PACKAGE = Path(__file__).parents[2] / "src/real_cloned"


def test_numbers_and_booleans_are_read_as_such_and_an_empty_field_is_missing():
    text = "variant,corpus,n_singers,is_at_bound,ece\nNA,,20,True,\n"
    (row,) = pd.read_csv(StringIO(text), **csv_options("calibration.csv")).to_dict("records")
    assert row["variant"] == "NA" and pd.isna(row["corpus"]) and pd.isna(row["ece"])
    assert (row["n_singers"], row["is_at_bound"]) == (20, True)


def test_a_table_that_is_not_known_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(RealClonedError, match="TEXT_COLUMNS has no table moods"):
        CSVDataset(filepath=str(tmp_path / "moods.csv"))


@pytest.mark.parametrize("values", [["glad"], [None, "001"], [1.0, "glad"]])
def test_a_column_of_text_that_is_not_known_as_such_is_refused_on_both_ways(values, tmp_path):
    table = pd.DataFrame({"mood": pd.Series(values, dtype=object)})
    with pytest.raises(RealClonedError, match="the column mood holds"):
        check_types(table, "singers.csv")
    dataset = CSVDataset(filepath=str(tmp_path / "singers.csv"))
    with pytest.raises(Exception, match="the column mood holds"):
        dataset.save(table)
    assert not (tmp_path / "singers.csv").exists()
    (tmp_path / "singers.csv").write_text("mood\nglad\n")
    with pytest.raises(Exception, match="the column mood holds 'glad'"):
        dataset.load()


def test_tables_without_rows_or_without_values_are_no_text():
    check_types(pd.DataFrame(columns=["singer_id", "vocal"]), "singers.csv")
    check_types(pd.DataFrame({"vocal": [None, None]}), "singers.csv")


def test_no_code_of_the_package_lets_pandas_guess_the_types_of_a_csv_file():
    assert [place for file in PACKAGE.rglob("*.py") for place in guesses(file.name, file.read_text())] == []
    assert list(guesses("x.py", "pd.read_csv(file)\npd.read_csv(file, dtype=str)\n")) == ["x.py:1"]


def guesses(name, source):
    """Yield where `read_csv` is called without types."""
    for node in ast.walk(ast.parse(source)):
        is_call = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "read_csv"
        if is_call and not any(keyword.arg in (None, "dtype") for keyword in node.keywords):
            yield f"{name}:{node.lineno}"
