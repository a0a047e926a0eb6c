"""Longer segments over the same singing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_cloned.api.encoders import SingerEncoder
from real_cloned.artifacts.weights import Weights, encoder_config
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.encoders.baselines.ge2e import ge2e_encoder
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.encoders.embed import embed_requests, embed_segments, inference_requests, stem_requests
from real_cloned.encoders.long_segments import encoder_segments, join_segments, spaced_offsets
from real_cloned.encoders.registry import load_encoder
from real_cloned.encoders.remix import RemixReader, remix_requests, request_columns
from real_cloned.parameters.embed import EmbedParameters
from tests.tiny import AUDIO, GE2E, MFCC, RATE, REMIX, but

SEGMENT_S, LONGEST_S = 6.0, 10.0


def segments(**offsets_s):
    return pd.DataFrame(
        [(track, offset_s, 0.9) for track, offsets in offsets_s.items() for offset_s in offsets],
        columns=["track_id", "offset_s", "vocal_probability"],
    )


@given(st.sets(st.integers(0, 40), min_size=1), st.sets(st.integers(0, 40)), st.sampled_from([7.0, 10.0, 12.0, 100.0]))
def test_joined_segments_cover_the_same_seconds_and_nothing_else(first, second, longest_s):
    table = segments(a=[SEGMENT_S * k for k in first], b=[SEGMENT_S * k for k in second])
    joined = join_segments(table, SEGMENT_S, longest_s)
    for track, ours in joined.groupby("track_id"):
        tenths = np.zeros(10 * 6 * 42, bool)
        for offset_s in table.loc[table["track_id"] == track, "offset_s"]:
            tenths[round(10 * offset_s) : round(10 * (offset_s + SEGMENT_S))] = True
        covered = np.zeros_like(tenths)
        for offset_s, duration_s in ours[["offset_s", "duration_s"]].to_numpy():
            covered[round(10 * offset_s) : round(10 * (offset_s + duration_s))] = True
        assert np.array_equal(tenths, covered)
    assert joined["duration_s"].between(SEGMENT_S, longest_s).all()
    assert set(joined["track_id"]) == set(table["track_id"])


def test_segments_of_two_tracks_are_not_joined():
    joined = join_segments(segments(a=[0.0], b=[6.0]), SEGMENT_S, LONGEST_S)
    assert joined["duration_s"].tolist() == [6.0, 6.0]


def test_no_segment_is_none():
    assert join_segments(segments(), SEGMENT_S, LONGEST_S).empty


@pytest.mark.parametrize(
    ("stretch_s", "offsets_s"), [(6, [0]), (10, [0]), (12, [0, 2]), (20, [0, 10]), (24, [0, 7, 14]), (30, [0, 10, 20])]
)
def test_as_few_segments_as_cover_a_stretch_are_evenly_spaced(stretch_s, offsets_s):
    assert spaced_offsets(stretch_s, LONGEST_S).tolist() == pytest.approx(offsets_s)


@pytest.fixture
def ge2e():
    network = ge2e_encoder(AUDIO.sample_rate_hz).network
    return Weights(network.state_dict(), encoder_config(but(GE2E, max_segment_s=0.6), AUDIO))


def test_only_an_encoder_that_asks_for_it_is_given_longer_segments(ge2e, make_corpus):
    corpus = make_corpus((2,))
    assert encoder_segments(mfcc_weights(MFCC, AUDIO), corpus.segments, AUDIO.segment_s) is corpus.segments
    longer = encoder_segments(ge2e, corpus.segments, AUDIO.segment_s)
    assert longer["duration_s"].max() == pytest.approx(0.6)


def test_segments_of_several_lengths_are_embedded_each_from_its_own_seconds(ge2e, make_corpus):
    corpus = make_corpus((2, 2))
    some = corpus.segments.groupby("track_id").head(3).drop(index=1)  # the first track has one alone, and one more
    requests = inference_requests(ge2e, corpus.splits, encoder_segments(ge2e, some, AUDIO.segment_s))
    assert requests["duration_s"].nunique() == 2
    reader = SegmentReader(corpus.mixtures, corpus.stems, AUDIO.segment_s)
    embeddings = embed_segments(ge2e, reader, requests, EmbedParameters(batch_size=3)).compute()
    assert len(embeddings.index) == len(requests)
    encoder = load_encoder(ge2e)
    for row, (track, stem, offset_s, length_s) in enumerate(
        embeddings.index[["track_id", "stem", "offset_s", "duration_s"]].itertuples(index=False, name=None)
    ):
        alone = SegmentReader(corpus.mixtures, corpus.stems, length_s).read([(track, stem, offset_s)])
        np.testing.assert_allclose(embeddings.matrix[row], encoder(alone)[0].detach(), atol=1e-5)


def test_stems_and_remixes_of_test_tracks_are_embedded_in_the_same_longer_segments(ge2e, make_corpus):
    corpus = make_corpus((2, 2), ("vocals", "accompaniment"))
    tracks = corpus.tracks.assign(singer_ids=corpus.tracks["singer_id"].map(lambda singer: [singer]))
    longer = encoder_segments(ge2e, corpus.segments, AUDIO.segment_s)
    splits = corpus.splits.assign(role="test")
    assert set(stem_requests(splits, longer, corpus.stems)["duration_s"]) == set(longer["duration_s"])
    remixes = remix_requests(tracks, splits, longer, corpus.stems, REMIX)
    reader = RemixReader(corpus.stems, AUDIO.segment_s)
    made = embed_requests(ge2e, reader, remixes, request_columns(remixes), EmbedParameters(batch_size=4)).compute()
    assert set(made.index["duration_s"]) == set(longer["duration_s"])
    own = remixes[remixes["level_db"].eq(0) & remixes["accompaniment"].eq("own")].iloc[0]
    heard = reader.read([tuple(own[request_columns(remixes)])])[0]
    assert heard.shape[1] == round(own["duration_s"] * AUDIO.sample_rate_hz)


def test_a_recording_is_covered_by_the_longer_segments_of_its_encoder(ge2e):
    encoder = SingerEncoder(ge2e, separator=None)
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, round(1.5 * RATE)).astype(np.float32)
    embeddings = encoder.embed(samples, RATE)
    assert len(embeddings) == 3  # of 0.6 s, every 0.45 s
    last = encoder.embed(samples[-round(0.6 * RATE) :], RATE)
    np.testing.assert_allclose(embeddings[2], last[0], atol=1e-5)
    assert len(encoder.embed(samples[: round(0.5 * RATE)], RATE)) == 1
