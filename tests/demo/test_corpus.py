"""The demo corpus on disk: MP3 files, their metadata, and the ground truth beside."""

from collections import Counter
from hashlib import sha256

import joblib
import numpy as np
import pytest

from real_cloned.audio.decode import decode
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.demo.catalogue import draw_catalogue
from real_cloned.demo.corpus import demo_corpus, truth_table, write_tables
from real_cloned.demo.layouts import audio_path, singer_id
from real_cloned.demo.song import render
from real_cloned.schemas.corpora import DemoTruth
from tests.tiny import DEMO, but


def made(folder):
    """Make a corpus of eleven tracks in this process."""
    settings = {"n_singers": {"closed": 3, "fma": 1, "mtg": 1}, "tracks_per_singer": (2, 2), "n_cloned_singers": 1}
    parameters = but(DEMO, root=str(folder / "files"), n_clones_per_singer=1, **settings)
    with joblib.parallel_config(backend="sequential"):
        write_store(folder / "stems", demo_corpus(parameters), parameters.sample_rate_hz, 1)
    write_tables(parameters)
    return parameters, ShardStore(folder / "stems")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return made(tmp_path_factory.mktemp("corpus"))


def digests(folder):
    return {
        path.relative_to(folder): sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file()
    }


def test_the_truth_says_of_every_track_who_sings_it_when_and_in_which_file(corpus):
    parameters, stems = corpus
    truth = DemoTruth.validate(truth_table(stems)).set_index("track_id")
    plans = {plan.track_id: plan for plan in draw_catalogue(parameters)}
    assert dict(truth["singer_id"]) == {track: singer_id(plan.singer) for track, plan in plans.items()}
    assert dict(truth["path"]) == {track: audio_path(plan) for track, plan in plans.items()}
    assert dict(truth["corpus"]) == {track: plan.corpus for track, plan in plans.items()}
    assert {len(activity) for activity in truth["vocal_activity"]} == {40}


def test_every_track_has_vocals_and_accompaniment(corpus):
    _, stems = corpus
    assert Counter(stems.index["stem"]) == {"vocals": 11, "accompaniment": 11}
    assert set(stems.index["n_samples"]) == {4 * DEMO.sample_rate_hz}


def test_the_stems_are_those_of_the_song(corpus):
    parameters, stems = corpus
    (song,) = render(draw_catalogue(parameters)[:1], parameters)
    for stem in ("vocals", "accompaniment"):
        kept = stems.read(song.plan.track_id, stem)[0] / 32767
        np.testing.assert_allclose(kept, getattr(song, stem), atol=2e-4)


def test_the_mp3_files_hold_the_mixtures(corpus):
    parameters, stems = corpus
    for row in truth_table(stems).itertuples():
        mixture = sum(stems.read(row.track_id, stem)[0].astype(float) for stem in ("vocals", "accompaniment"))
        decoded = decode(f"{parameters.root}/{row.path}", parameters.sample_rate_hz, 1).samples[0].astype(float)
        assert abs(len(decoded) - len(mixture)) < 0.2 * parameters.sample_rate_hz
        length = min(len(decoded), len(mixture))
        assert np.corrcoef(decoded[:length], mixture[:length])[0, 1] > 0.9


def test_two_runs_write_the_same_bytes(corpus, tmp_path):
    parameters, stems = corpus
    made(tmp_path)
    assert digests(tmp_path / "files") == digests(stems.folder.parent / "files")
    assert digests(tmp_path / "stems") == digests(stems.folder)


def test_a_demo_without_singers_is_an_empty_truth(tmp_path):
    write_store(tmp_path / "stems", demo_corpus(but(DEMO, root=str(tmp_path), n_singers={})), 8000, 1)
    assert DemoTruth.validate(truth_table(ShardStore(tmp_path / "stems"))).empty
