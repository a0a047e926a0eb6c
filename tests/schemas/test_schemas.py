"""Tables and what they refuse."""

import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from real_cloned import schemas
from real_cloned.schemas import identification as identification_schemas
from real_cloned.schemas import results as finding_schemas
from real_cloned.schemas.base import Table, empty_table
from real_cloned.schemas.corpora import FoundTracks, Segments, Splits, Tracks
from real_cloned.schemas.results import Predictions, Similarities

TABLES = [
    model
    for model in (vars(schemas) | vars(finding_schemas) | vars(identification_schemas)).values()
    if isinstance(model, type) and issubclass(model, Table) and model is not Table
]
REFUSED = (SchemaError, SchemaErrors)
FOUND = {
    "track_id": "t1",
    "singer_id": "s1",
    "singer_ids": ["s1", "s2"],
    "singer_name": "Ada",
    "path": "a/b.mp3",
    **dict.fromkeys(["album_id", "genre", "language", "clone_method", "clone_source_id", "licence"]),
}


@pytest.fixture(params=TABLES, ids=lambda model: model.__name__)
def model(request):
    return request.param


def test_an_empty_table_is_valid(model):
    assert model.validate(empty_table(model)).empty


def test_an_empty_table_is_valid_after_parquet(model, tmp_path):
    empty_table(model).to_parquet(tmp_path / "table.parquet")
    assert model.validate(pd.read_parquet(tmp_path / "table.parquet")).empty


def test_a_column_that_nobody_knows_is_refused(model):
    with pytest.raises(REFUSED, match="mood"):
        model.validate(empty_table(model).assign(mood=pd.Series(dtype=str)))


def test_a_missing_column_is_refused(model):
    with pytest.raises(REFUSED):
        model.validate(empty_table(model).iloc[:, 1:])


def test_tracks_are_found_tracks_and_more():
    assert set(empty_table(FoundTracks)) < set(empty_table(Tracks))


def test_what_is_not_known_of_a_track_may_be_missing_and_stays_so_in_parquet(tmp_path):
    FoundTracks.validate(pd.DataFrame([FOUND])).to_parquet(tmp_path / "table.parquet")
    table = FoundTracks.validate(pd.read_parquet(tmp_path / "table.parquet"))
    assert list(table["singer_ids"][0]) == ["s1", "s2"]
    assert table["genre"].isna().all()


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (FoundTracks, [FOUND, FOUND]),
        (FoundTracks, [FOUND | {"singer_id": None}]),
        (Splits, [{"track_id": "t1", "role": "training"}]),
        (Segments, [{"track_id": "t1", "offset_s": -1.0, "vocal_probability": 0.5}]),
        (Segments, [{"track_id": "t1", "offset_s": 0.0, "vocal_probability": 1.5}]),
        (Similarities, [{"variant": "v", "track_id": "t1", "reference": "train", "similarity": 0.5}]),
    ],
)
def test_rows_that_break_a_rule_are_refused(table, rows):
    with pytest.raises(REFUSED):
        table.validate(pd.DataFrame(rows))


def test_numbers_that_were_read_as_text_become_numbers():
    table = Segments.validate(pd.DataFrame([{"track_id": "t1", "offset_s": "6", "vocal_probability": "0.5"}]))
    assert table["offset_s"].tolist() == [6.0]


def test_predictions_keep_their_lists_in_parquet(tmp_path):
    lists = {"true_ids": ["s1"], "top5_ids": ["s1", "s2"], "votes": [1.0, 0.0], "log_probability": [-0.1, -3.0]}
    row = {"variant": "v", "corpus": "closed", "n_singers": 2, "run": 0, "track_id": "t1", **lists, "is_top1": True}
    row |= {
        "is_top5": True,
        "is_top5_by_log_probability": True,
        "n_train_tracks": 3,
        "genre": None,
        "language": None,
        "clone_method": None,
    }
    Predictions.validate(pd.DataFrame([row])).to_parquet(tmp_path / "table.parquet")
    read = Predictions.validate(pd.read_parquet(tmp_path / "table.parquet")).iloc[0]
    assert {name: list(read[name]) for name in lists} == lists
