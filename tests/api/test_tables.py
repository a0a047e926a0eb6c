"""Tables of a study as a person in a notebook reads them."""

import pandas as pd
import pytest

import real_cloned
from real_cloned.core.errors import RealClonedError


def test_a_table_is_read_by_the_name_of_its_file_whatever_its_format(tmp_path):
    for folder in ("07_model_output", "08_reporting"):
        (tmp_path / folder).mkdir()
    table = pd.DataFrame({"variant": ["vocal"], "top1": [0.5]})
    table.to_csv(tmp_path / "08_reporting" / "accuracies.csv", index=False)
    table.to_parquet(tmp_path / "07_model_output" / "similarities.parquet")
    for name in ("accuracies", "similarities"):
        pd.testing.assert_frame_equal(real_cloned.load_table(name, tmp_path), table)
    with pytest.raises(RealClonedError, match="there are accuracies, similarities"):
        real_cloned.load_table("accuracy", tmp_path)
