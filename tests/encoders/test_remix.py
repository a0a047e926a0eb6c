"""Remixes: levels against closed form, silence, and whose accompaniment sounds behind whom."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.encoders.embed import embed_requests
from real_cloned.encoders.remix import REMIX_COLUMNS, RemixReader, assign_partners, mix_at_level, remix_requests
from real_cloned.parameters.embed import EmbedParameters
from tests.tiny import AUDIO, PRETRAIN, RATE, REMIX, but

NONE = float("nan")


def sine(hertz, peak, n_samples=RATE):
    return (peak * np.sin(2 * np.pi * hertz * np.arange(n_samples) / RATE)).round()[None]


def level_at(sound, hertz):
    """Return the root mean square of the part of (n_samples,) at a frequency that fits it a whole number of times."""
    spectrum = np.fft.rfft(sound)[round(hertz * len(sound) / RATE)]
    return np.sqrt(2) * np.abs(spectrum) / len(sound)


@pytest.fixture
def reader(make_store):
    """Two tracks of a second: voices at 200 Hz, accompaniment at 500 Hz and, twice as loud, at 900 Hz; and silences."""
    silence = np.zeros((1, RATE))
    clips = {("a", "vocals"): sine(200, 4000), ("a", "accompaniment"): sine(500, 2000)}
    clips |= {("b", "vocals"): sine(300, 4000), ("b", "accompaniment"): sine(900, 4000)}
    clips |= {("mute", "vocals"): sine(200, 4000), ("mute", "accompaniment"): silence}
    return RemixReader(make_store(clips), 1.0)


@pytest.fixture
def corpus(make_store):
    """Four tested tracks, one of which has no accompaniment, and a track for training; segments every 0.4 s."""
    names = ["t0", "t1", "t2", "t3", "trained"]
    singers = [["s0"], ["s1"], ["s2", "s0"], ["s3"], ["s4"]]
    tracks = pd.DataFrame({"track_id": names, "singer_id": [ids[0] for ids in singers], "singer_ids": singers})
    splits = pd.DataFrame({"track_id": names, "role": ["test"] * 4 + ["train"]})
    counts = {"t0": 3, "t1": 2, "t2": 1, "t3": 2, "trained": 2}
    segments = pd.DataFrame([(name, 0.4 * k) for name, n in counts.items() for k in range(n)])
    clips = {(name, stem): sine(300, 3000, 5000) for name in names for stem in ("vocals", "accompaniment")}
    del clips["t3", "accompaniment"]
    return tracks, splits, segments.set_axis(["track_id", "offset_s"], axis=1), make_store(clips)


@pytest.mark.parametrize("level_db", [-12.0, -6.0, 0.0, 6.0, 12.0])
def test_own_accompaniment_is_as_many_decibels_above_its_level_in_the_song_as_asked_for(reader, level_db):
    (mix,) = reader.read([("a", 0.0, "a", 0.0, level_db)]).numpy()
    assert level_at(mix[0], 200) == pytest.approx(4000 / np.sqrt(2) / 32768, rel=1e-3)
    assert level_at(mix[0], 500) == pytest.approx(10 ** (level_db / 20) * 2000 / np.sqrt(2) / 32768, rel=1e-3)


def test_without_a_level_the_voice_is_alone(reader):
    (mix,) = reader.read([("a", 0.0, "a", 0.0, NONE)]).numpy()
    np.testing.assert_allclose(mix, reader.stems.read("a", "vocals") / 32768)


def test_at_zero_decibels_the_own_accompaniment_gives_back_the_song(reader):
    (mix,) = reader.read([("a", 0.25, "a", 0.25, 0.0)]).numpy()
    song = sum(reader.stems.read("a", stem, 0.25, 1.0).astype(float) for stem in ("vocals", "accompaniment"))
    np.testing.assert_allclose(mix, song / 32768, atol=1e-6)


def test_foreign_accompaniment_is_as_loud_as_the_own_one_would_be(reader):
    (mix,) = reader.read([("a", 0.0, "b", 0.0, 0.0)]).numpy()
    assert level_at(mix[0], 900) == pytest.approx(2000 / np.sqrt(2) / 32768, rel=1e-3)
    assert level_at(mix[0], 500) == pytest.approx(0, abs=1e-5)


def test_silence_behind_the_voice_stays_silence_and_a_silent_song_gets_no_foreign_accompaniment(reader):
    mixes = reader.read([("a", 0.0, "mute", 0.0, 0.0), ("mute", 0.0, "mute", 0.0, 12.0), ("mute", 0.0, "b", 0.0, 0.0)])
    for mix in mixes.numpy():
        np.testing.assert_allclose(mix, reader.stems.read("a", "vocals") / 32768)


def test_what_is_too_loud_for_full_scale_is_scaled_down_as_a_whole():
    voices, accompaniment = torch.tensor([[[20000.0, 0.0]]]), torch.tensor([[[0.0, 20000.0]]])
    (mix,) = mix_at_level(voices, accompaniment, accompaniment, torch.tensor([12.0]))
    ratio = 10 ** (12 / 20)
    assert mix[0].tolist() == pytest.approx([32768 / ratio, 32768], rel=1e-4)


def test_a_stem_that_is_not_there_is_named(reader):
    with pytest.raises(RealClonedError, match="no accompaniment of track c"):
        reader.read([("a", 0.0, "c", 0.0, 0.0)])


def test_every_segment_of_a_test_track_with_both_stems_is_remixed_at_every_level_and_once_over_another(corpus):
    requests = remix_requests(*corpus, REMIX)
    assert set(requests["track_id"]) == {"t0", "t1", "t2"}
    own = requests[requests["accompaniment"] == "own"]
    assert (own[["track_id", "offset_s"]].to_numpy() == own[["behind_id", "behind_offset_s"]].to_numpy()).all()
    per_segment = own.groupby(["track_id", "offset_s"])["level_db"].agg(list)
    assert len(per_segment) == 6
    assert all(np.array_equal(levels, [NONE, -6, 0, 6], equal_nan=True) for levels in per_segment)
    assert (requests.loc[requests["accompaniment"] == "foreign", "level_db"] == 0).all()


def test_foreign_accompaniment_is_never_of_the_own_singers_and_lies_within_its_track(corpus):
    _, _, segments, _ = corpus
    requests = remix_requests(*corpus, REMIX)
    foreign = requests[requests["accompaniment"] == "foreign"]
    assert foreign.groupby("track_id").agg({"behind_id": "unique", "offset_s": "size"}).to_dict("index") == {
        "t0": {"behind_id": ["t1"], "offset_s": 3},
        "t1": {"behind_id": [foreign.set_index("track_id").loc["t1", "behind_id"].iloc[0]], "offset_s": 2},
        "t2": {"behind_id": ["t1"], "offset_s": 1},
    }
    stored = set(segments.itertuples(index=False, name=None))
    assert set(foreign[["behind_id", "behind_offset_s"]].itertuples(index=False, name=None)) <= stored


@pytest.mark.parametrize("seed", range(20))
def test_partners_share_no_singer(seed):
    rng = np.random.default_rng(seed)
    singers = [list(rng.choice(list("abcdef"), rng.integers(1, 3), replace=False)) for _ in range(12)]
    tracks = pd.DataFrame({"track_id": [f"t{k}" for k in range(12)], "singer_ids": singers})
    named = dict(zip(tracks["track_id"], singers, strict=True))
    partners = assign_partners(tracks, rng)
    assert set(partners) == set(named)
    assert not any(set(named[track]) & set(named[other]) for track, other in partners.items())


def test_where_all_tracks_are_of_one_singer_no_track_has_a_partner():
    tracks = pd.DataFrame({"track_id": ["t0", "t1"], "singer_ids": [["s"], ["s"]]})
    assert assign_partners(tracks, np.random.default_rng(0)) == {}


def test_no_more_tracks_are_remixed_than_asked_for(corpus):
    requests = remix_requests(*corpus, but(REMIX, max_tracks=2))
    assert requests["track_id"].nunique() == 2
    assert requests.equals(remix_requests(*corpus, but(REMIX, max_tracks=2)))


def test_an_empty_corpus_has_no_remixes(corpus):
    tracks, splits, segments, stems = corpus
    assert remix_requests(tracks[:0], splits[:0], segments[:0], stems, REMIX).empty


def test_remixes_are_embedded_with_their_conditions_beside_and_whatever_the_batches(corpus):
    requests = remix_requests(*corpus, REMIX)
    weights = contrastive_weights(ContrastiveEncoder(PRETRAIN, AUDIO), PRETRAIN, AUDIO)
    reader = RemixReader(corpus[-1], AUDIO.segment_s)
    plans = [embed_requests(weights, reader, requests, REMIX_COLUMNS, EmbedParameters(batch_size=n)) for n in (2, 64)]
    small, large = (plan.compute() for plan in plans)
    np.testing.assert_allclose(small.matrix, large.matrix, rtol=1e-3, atol=1e-5)
    assert small.matrix.shape == (len(requests), 12)
    assert small.index.drop(columns="row").equals(requests)
