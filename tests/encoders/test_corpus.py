"""Tracks that separation has rejected are left out of trainings."""

from dataclasses import replace

import pytest

from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, WriteClip, write_store
from real_cloned.encoders.corpus import without_rejected


@pytest.fixture
def corpus(make_corpus, tmp_path):
    """Three tracks of a singer and two of another; one of either could not be separated."""
    made = make_corpus((3, 2))
    clips = [(track, made.stems.read(track, "vocals")) for track in made.tracks["track_id"]]
    rejected = [WriteClip(track, "vocals", part[:, :0] if track in ("t01", "t04") else part) for track, part in clips]
    write_store(tmp_path / "stems", StorePlan(rejected), made.stems.sample_rate_hz, 1)
    return replace(made, stems=ShardStore(tmp_path / "stems"))


def test_trainings_are_given_no_track_that_separation_has_rejected(corpus):
    assert corpus.sung_segments()["track_id"].unique().tolist() == ["t00", "t02", "t03"]


def test_tracks_that_the_store_does_not_name_stay(corpus, make_store):
    assert without_rejected(corpus.splits, corpus.stems)["track_id"].tolist() == ["t00", "t02", "t03"]
    assert without_rejected(corpus.splits, make_store({})).equals(corpus.splits)
