"""Embeddings of requested segments, and which segments are requested."""

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.audio.shard_store import SegmentReader
from real_cloned.encoders.contrastive.model import Encoder, load_encoder, save_encoder
from real_cloned.encoders.embed import embed_segments, inference_requests, stem_requests
from tests.tiny import AUDIO, PRETRAIN, but


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return save_encoder(Encoder(PRETRAIN, AUDIO), PRETRAIN, AUDIO)


@pytest.fixture
def world(make_world):
    tracks, splits, segments, audio, stems = make_world((2, 2))
    return SegmentReader(audio, stems, AUDIO.segment_s), splits, segments, stems


@pytest.fixture
def requests(world):
    """Seven segments of mixtures and vocals, in no order, with an index of their own."""
    _, _, segments, _ = world
    mixed = pd.concat([segments.assign(stem="mixture"), segments.assign(stem="vocals")])
    return mixed.sample(7, random_state=0)[["track_id", "stem", "offset_s"]]


def test_embeddings_come_in_the_order_of_the_requests(weights, world, requests):
    embeddings = embed_segments(weights, world[0], requests, batch_size=3)
    encoder = load_encoder(weights)
    for row, request in enumerate(requests.itertuples(index=False, name=None)):
        with torch.inference_mode():
            alone = encoder(world[0].read([request]))[0]
        np.testing.assert_allclose(embeddings.matrix[row], alone, rtol=1e-3, atol=1e-5)
    assert embeddings.index["row"].tolist() == list(range(7))
    assert embeddings.index[["track_id", "stem", "offset_s"]].equals(requests.reset_index(drop=True))


def test_the_size_of_the_batches_does_not_matter(weights, world, requests):
    small, large = (embed_segments(weights, world[0], requests, size).matrix for size in (1, 64))
    np.testing.assert_allclose(small, large, rtol=1e-3, atol=1e-5)


def test_no_requests_give_a_matrix_of_no_rows_and_the_right_width(weights, world, requests):
    embeddings = embed_segments(weights, world[0], requests[:0], batch_size=3)
    assert embeddings.matrix.shape == (0, 12)
    assert embeddings.matrix.dtype == np.float32
    assert list(embeddings.index) == ["track_id", "stem", "offset_s", "row"]


def test_every_segment_of_the_used_tracks_is_requested_of_the_stem_that_the_encoder_wants(world):
    _, splits, segments, _ = world
    vocal = but(PRETRAIN, inference_stem="vocals")
    asked = inference_requests(save_encoder(Encoder(vocal, AUDIO), vocal, AUDIO), splits[1:], segments)
    assert set(asked["stem"]) == {"vocals"}
    assert sorted(asked["track_id"].unique()) == ["t01", "t02", "t03"]
    assert len(asked) == 15


def test_stems_are_requested_of_test_tracks_alone_and_only_those_that_were_kept(world, make_store):
    _, splits, segments, _ = world
    silence = np.zeros((1, 8000))
    kept = [("t00", "vocals"), ("t00", "accompaniment"), ("t01", "vocals"), ("t02", "vocals")]
    roles = splits.assign(role=["test", "test", "train", "test"])
    asked = stem_requests(roles, segments, make_store(dict.fromkeys(kept, silence)))
    assert asked.groupby(["track_id", "stem"]).size().to_dict() == {
        ("t00", "accompaniment"): 5,
        ("t00", "vocals"): 5,
        ("t01", "vocals"): 5,
    }
