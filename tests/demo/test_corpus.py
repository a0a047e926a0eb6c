"""The demo corpus on disk: audio files, metadata as FMA, MTG-Jamendo and a manifest have theirs, the ground truth."""

from collections import Counter
from hashlib import sha256

import joblib
import numpy as np
import pytest

from real_cloned.audio.decode import decode
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import write_store
from real_cloned.corpora.readers.registry import list_tracks
from real_cloned.demo.corpus import (
    LICENCE,
    audio_path,
    demo_store_plan,
    ground_truth,
    singer_id,
    write_layouts,
    write_metadata,
)
from real_cloned.demo.discography import plan_tracks, singer_name
from real_cloned.demo.song import render_tracks
from real_cloned.schemas.corpora import DemoTruth, ListedTracks
from tests.tiny import CORPUS, DEMO, but


def made(folder):
    """Make a corpus of eleven tracks in this process."""
    settings = {"n_singers": {"closed": 3, "fma": 1, "mtg": 1}, "tracks_per_singer": (2, 2), "n_cloned_singers": 1}
    parameters = but(DEMO, root=str(folder / "files"), n_clones_per_singer=1, **settings)
    with joblib.parallel_config(backend="sequential"):
        write_store(folder / "stems", demo_store_plan(parameters), parameters.sample_rate_hz, 1)
    write_metadata(parameters)
    return parameters, ShardStore(folder / "stems")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return made(tmp_path_factory.mktemp("corpus"))


def digests(folder):
    return {
        path.relative_to(folder): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def test_the_truth_says_of_every_track_who_sings_it_when_and_in_which_file(corpus):
    parameters, stems = corpus
    truth = DemoTruth.validate(ground_truth(stems)).set_index("track_id")
    plans = {plan.track_id: plan for plan in plan_tracks(parameters)}
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
    (song,) = render_tracks(plan_tracks(parameters)[:1], parameters)
    for stem in ("vocals", "accompaniment"):
        kept = stems.read(song.plan.track_id, stem)[0] / 32767
        np.testing.assert_allclose(kept, getattr(song, stem), atol=2e-4)


def test_the_audio_files_hold_the_mixtures(corpus):
    parameters, stems = corpus
    for row in ground_truth(stems).itertuples():
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
    write_store(tmp_path / "stems", demo_store_plan(but(DEMO, root=str(tmp_path), n_singers={})), 8000, 1)
    assert DemoTruth.validate(ground_truth(ShardStore(tmp_path / "stems"))).empty


PLANS = plan_tracks(DEMO)
SOURCES = {
    "train": "manifest",
    "validation": "manifest",
    "closed": "own",
    "cloned": "own",
    "fma": "fma",
    "mtg": "mtg_jamendo",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """The demo's folders, with files that hold no audio."""
    root = tmp_path_factory.mktemp("demo")
    for plan in PLANS:
        (root / audio_path(plan)).parent.mkdir(parents=True, exist_ok=True)
        (root / audio_path(plan)).touch()
    write_layouts(PLANS, root)
    return root


@pytest.fixture(params=SOURCES)
def read_corpus(request, root):
    """A corpus' name, its plans by track_id, and what its reader finds, by track_id."""
    name = request.param
    found, rejected = list_tracks(but(CORPUS, name=name, source=SOURCES[name], root=str(root / name)))
    assert rejected.empty
    plans = {plan.track_id: plan for plan in PLANS if plan.corpus == name}
    return name, plans, ListedTracks.validate(found).set_index("track_id")


def test_the_readers_find_every_track_under_its_id_and_path(read_corpus):
    name, plans, found = read_corpus
    assert dict(found["path"]) == {track: audio_path(plan).removeprefix(f"{name}/") for track, plan in plans.items()}


def test_tracks_of_one_singer_or_album_have_one_id_and_others_another(read_corpus):
    _, plans, found = read_corpus
    for column, number in (("singer_id", "singer"), ("album_id", "album")):
        pairs = {(getattr(plans[track], number), value) for track, value in found[column].items()}
        assert len(pairs) == len({pair[0] for pair in pairs}) == len({pair[1] for pair in pairs})


def test_genres_survive(read_corpus):
    _, plans, found = read_corpus
    assert all(genre.lower() == plans[track].genre for track, genre in found["genre"].items())


@pytest.mark.parametrize("read_corpus", ["closed", "cloned", "fma"], indirect=True)
def test_names_and_licences_survive_where_the_layout_has_them(read_corpus):
    _, plans, found = read_corpus
    assert dict(found["singer_name"]) == {track: singer_name(plan.singer) for track, plan in plans.items()}
    assert set(found["licence"]) == {LICENCE}


@pytest.mark.parametrize("read_corpus", ["closed", "cloned"], indirect=True)
def test_manifests_tell_clones_from_real_tracks(read_corpus):
    _, plans, found = read_corpus
    methods = {track: method if isinstance(method, str) else None for track, method in found["clone_method"].items()}
    sources = {track: source if isinstance(source, str) else None for track, source in found["clone_source_id"].items()}
    assert methods == {track: plan.clone_method for track, plan in plans.items()}
    assert sources == {track: plan.original_track_id for track, plan in plans.items()}
    assert dict(found["singer_id"]) == {track: singer_id(plan.singer) for track, plan in plans.items()}
    assert dict(found["language"]) == {track: plan.language for track, plan in plans.items()}
