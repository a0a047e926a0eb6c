"""Whatever lies in a folder of music, a run goes through it and says of each file that it leaves out, why."""

import joblib
import numpy as np
import pandas as pd
import pytest

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.corpora.decoding import decode_tracks, describe_tracks
from real_cloned.corpora.leakage import PRECEDENCE, remove_leakage
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.reporting.stage_tables import ingest_table
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import ListedTracks, Rejected, Tracks
from tests.corpora.bad_files import GOOD, RATE, write_all
from tests.sounds import music

AUDIO = AudioParameters(sample_rate_hz=RATE, n_channels=1, segment_s=1.0)


@pytest.fixture
def ingest(tmp_path):
    """Take a corpus through the whole stage in threads; return its tracks, its rejected files and its store."""

    def run(parameters):
        listed, unusable = list_tracks(parameters)
        tables = {name: empty_table(ListedTracks) for name in PRECEDENCE} | {parameters.name: listed}
        found, _ = remove_leakage(tables, parameters)
        with joblib.parallel_config(backend="threading"):
            write_store(tmp_path / "store", decode_tracks(found, parameters, AUDIO), RATE, 1)
        store = ShardStore(tmp_path / "store")
        tracks, undecoded = describe_tracks(found, store.index)
        return Tracks.validate(tracks), Rejected.validate(pd.concat([unusable, undecoded], ignore_index=True)), store

    return run


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "music").mkdir()
    return tmp_path / "music"


def test_every_bad_file_is_a_row_with_its_reason_and_no_good_one_is_lost(folder, corpus, ingest):
    expected = write_all(folder)
    tracks, rejected, store = ingest(corpus(root=str(folder)))
    reasons = dict(zip(rejected["path"], rejected["reason"], strict=True))
    assert set(reasons) == set(expected)
    assert len(expected) >= 25
    for path, kind in expected.items():
        assert reasons[path].startswith(kind), (path, reasons[path])
        assert len(reasons[path]) < 200
    assert set(tracks["path"]) == {f"Nina/{name.replace('/', '_')}" for name in GOOD} | {"Copies/a.wav"}
    for name, seed in GOOD.items():
        heard = store.read(f"Nina/{name.replace('/', '_')}", "mixture")
        assert np.array_equal(heard, music(seed=seed)), name


def test_the_stage_ends_with_a_table_of_what_was_found_kept_and_left_out(folder, corpus, ingest):
    n_bad = len(write_all(folder))
    tracks, rejected, _ = ingest(corpus(root=str(folder)))
    row = ingest_table(
        {"closed": tracks, "fma": empty_table(Tracks)}, {"closed": rejected, "fma": empty_table(Rejected)}
    )
    assert len(row) == 1
    row = row.iloc[0]
    assert (row["found"], row["kept"], row["rejected"]) == (len(GOOD) + 1 + n_bad, len(GOOD) + 1, n_bad)
    assert "copy 2" in row["reasons"]
    assert row["singers"] == 2
    assert row["hours"] == pytest.approx((len(GOOD) + 1) * 2.0 / 3600)
