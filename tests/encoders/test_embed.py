"""Embeddings of requested segments, and which segments are requested."""

from threading import Event

import numpy as np
import pandas as pd
import pytest
import torch

from real_cloned.artifacts.weights import Weights
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.encoders import embed as module
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights, load_contrastive
from real_cloned.encoders.embed import (
    embed_requests,
    embed_segments,
    first_tracks,
    inference_reader,
    inference_requests,
    other_stem_requests,
    stem_requests,
)
from real_cloned.parameters.embed import EmbedParameters
from real_cloned.parameters.session import ExecutorParameters
from tests.tiny import AUDIO, MFCC, PRETRAIN, but

BATCHES = EmbedParameters(batch_size=3)


@pytest.fixture
def weights():
    torch.manual_seed(0)
    return contrastive_weights(ContrastiveEncoder(PRETRAIN, AUDIO), PRETRAIN, AUDIO)


@pytest.fixture
def corpus(make_corpus):
    return make_corpus((2, 2))


@pytest.fixture
def reader(corpus):
    return SegmentReader(corpus.mixtures, corpus.stems, AUDIO.segment_s)


@pytest.fixture
def requests(corpus):
    """Seven segments of mixtures and vocals, in no order, with an index of their own."""
    both = pd.concat([corpus.segments.assign(stem=stem) for stem in ("mixture", "vocals")])
    return both.sample(7, random_state=0)[["track_id", "stem", "offset_s"]]


def test_embeddings_come_in_the_order_of_the_requests(weights, reader, requests):
    embeddings = embed_segments(weights, reader, requests, BATCHES).compute()
    encoder = load_contrastive(weights)
    for row, request in enumerate(requests.itertuples(index=False, name=None)):
        with torch.inference_mode():
            alone = encoder(reader.read([request]))[0]
        np.testing.assert_allclose(embeddings.matrix[row], alone, rtol=1e-3, atol=1e-5)
    assert embeddings.index["row"].tolist() == list(range(7))
    assert embeddings.index[["track_id", "stem", "offset_s"]].equals(requests.reset_index(drop=True))


def test_the_size_of_the_batches_does_not_matter(weights, reader, requests):
    sizes = (EmbedParameters(batch_size=size) for size in (1, 64))
    small, large = (embed_segments(weights, reader, requests, size).compute().matrix for size in sizes)
    np.testing.assert_allclose(small, large, rtol=1e-3, atol=1e-5)


def test_batches_are_read_while_one_is_embedded_and_none_before_the_first_is_asked_for(weights, reader, requests):
    read, third = [], Event()

    class Noting(SegmentReader):
        def read(self, batch):
            read.append(batch)
            if len(read) == 3:
                third.set()
            return super().read(batch)

    columns, noting = list(requests), Noting(reader.audio, reader.stems, reader.duration_s)
    plan = embed_requests(weights, noting, requests, columns, BATCHES)
    assert read == []
    batches = plan.batches()
    next(batches)
    assert third.wait(10.0)
    n_left = len(list(batches))
    assert [request for batch in read for request in batch] == list(requests.itertuples(index=False, name=None))
    assert n_left == len(read) - 1


def test_a_batch_is_of_one_track_and_the_numbers_of_a_track_do_not_depend_on_the_others(weights, reader, requests):
    ordered = requests.sort_values(["track_id", "stem", "offset_s"])
    whole = embed_segments(weights, reader, ordered, EmbedParameters(batch_size=64))
    together = whole.compute()
    for number, (track_id, rows) in enumerate(together.rows_by_track().items()):
        alone = embed_segments(
            weights, reader, ordered[ordered["track_id"] == track_id], EmbedParameters(batch_size=64)
        )
        assert np.array_equal(together.matrix[rows], alone.compute().matrix)
        assert alone.parts == [whole.parts[number]] and alone.part_sizes == [len(rows)]
        assert np.array_equal(np.concatenate(list(whole.embed(rows))), alone.compute().matrix)


@pytest.mark.parametrize("way", ["raises", "gives no numbers"])
def test_segments_that_an_encoder_fails_to_embed_are_left_out_and_said_and_the_others_stay(
    weights, reader, requests, monkeypatch, caplog, way
):
    ordered = requests.sort_values(["track_id", "stem", "offset_s"], ignore_index=True)
    whole = embed_segments(weights, reader, ordered, BATCHES).compute()
    unlucky = ordered["track_id"][0]
    waveforms = reader.read(list(ordered[ordered["track_id"] == unlucky].itertuples(index=False, name=None)))
    embed, tried = module._embed, []

    def failing(encoder, batch, precision):
        if not (batch == waveforms[0]).flatten(1).all(dim=1).any():
            return embed(encoder, batch, precision)
        tried.append(len(batch))
        if way == "raises":
            raise ValueError("odd bits in it")
        return embed(encoder, batch, precision) * np.float32(np.nan)

    monkeypatch.setattr(module, "_embed", failing)
    found = embed_segments(weights, reader, ordered, BATCHES).compute()
    n_failed = tried[0]
    assert found.failed["row"].tolist() == list(range(n_failed))
    assert set(found.failed["track_id"]) == {unlucky}
    pd.testing.assert_frame_equal(found.index, whole.index[n_failed:])
    assert np.array_equal(found.matrix[n_failed:], whole.matrix[n_failed:])
    if way == "raises":
        assert len(tried) == 1 + ExecutorParameters().retries
        assert f"{n_failed} segments of track {unlucky} failed: ValueError (odd bits in it)" in caplog.text


def test_a_part_is_known_by_its_samples_its_weights_and_how_it_is_embedded_and_not_by_its_name(
    weights, make_store, requests
):
    ramp = np.arange(8000)[None] % 999
    stores = [
        make_store({(name, stem): ramp + n for name, n in ids.items()})
        for ids, stem in (({"a": 0, "b": 1, "other": 0}, "mixture"), ({"a": 5, "b": 5}, "vocals"))
    ]
    reader = SegmentReader(*stores, AUDIO.segment_s)

    def part(track_id="a", stem="mixture", offset_s=0.0, weights=weights, batch_size=3):
        table = pd.DataFrame({"track_id": [track_id], "stem": stem, "offset_s": offset_s})
        return embed_segments(weights, reader, table, EmbedParameters(batch_size=batch_size)).parts[0]

    others = Weights({name: tensor + 1 for name, tensor in weights.tensors.items()}, weights.config)
    assert part() == part("other")
    different = [part(), part("b"), part(stem="vocals"), part(offset_s=0.4), part(weights=others), part(batch_size=2)]
    different.append(part(stem="turned_down"))
    assert len(set(different)) == len(different)
    assert part("a", "vocals") == part("b", "vocals") != part("b", "turned_down") != part("a", "turned_down")


def test_bfloat16_leaves_embeddings_almost_where_they_are_and_auto_is_float32_on_a_cpu(
    weights, reader, requests, monkeypatch
):
    monkeypatch.setattr("real_cloned.core.runtime.has_bfloat16", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    exact, rounded, automatic = (
        embed_segments(weights, reader, requests, but(BATCHES, precision=precision)).compute().matrix
        for precision in ("float32", "bfloat16", "auto")
    )
    assert rounded.dtype == np.float32
    assert not np.array_equal(exact, rounded)
    cosines = (exact * rounded).sum(axis=1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(rounded, axis=1)
    assert cosines.min() > 0.99
    assert np.array_equal(exact, automatic)


def test_no_requests_give_a_matrix_of_no_rows_and_the_right_width(weights, reader, requests):
    embeddings = embed_segments(weights, reader, requests[:0], BATCHES).compute()
    assert embeddings.matrix.shape == (0, 12)
    assert embeddings.matrix.dtype == np.float32
    assert list(embeddings.index) == ["track_id", "stem", "offset_s", "row"]


def test_every_segment_of_the_used_tracks_is_requested_of_the_stem_that_the_encoder_is_given(corpus):
    vocal = but(PRETRAIN, inference_stem="vocals")
    requests = inference_requests(
        contrastive_weights(ContrastiveEncoder(vocal, AUDIO), vocal, AUDIO), corpus.splits[1:], corpus.segments
    )
    assert set(requests["stem"]) == {"vocals"}
    assert sorted(requests["track_id"].unique()) == ["t01", "t02", "t03"]
    assert len(requests) == 15


def test_stems_are_requested_of_test_tracks_alone_and_only_those_that_are_stored(corpus, make_store):
    silence = np.zeros((1, 8000))
    stored = [("t00", "vocals"), ("t00", "accompaniment"), ("t01", "vocals"), ("t02", "vocals")]
    splits = corpus.splits.assign(role=["test", "test", "train", "test"])
    requests = stem_requests(splits, corpus.segments, make_store(dict.fromkeys(stored, silence)))
    assert requests.groupby(["track_id", "stem"]).size().to_dict() == {
        ("t00", "accompaniment"): 5,
        ("t00", "vocals"): 5,
        ("t01", "vocals"): 5,
    }


def test_an_encoder_that_hears_the_band_turned_down_is_given_it_at_its_own_gain(corpus):
    for gain in (0.35, 0.5):
        settings = but(MFCC, inference_stem="turned_down", accompaniment_gain=gain)
        weights = mfcc_weights(settings, AUDIO)
        reader = inference_reader(weights, corpus.mixtures, corpus.stems, AUDIO.segment_s)
        requests = inference_requests(weights, corpus.splits, corpus.segments)
        heard = reader.read(requests[["track_id", "stem", "offset_s"]].itertuples(index=False, name=None)).double()
        mixture, vocals = (
            reader.read((track, stem, offset) for track, offset in requests[["track_id", "offset_s"]].to_numpy())
            for stem in ("mixture", "vocals")
        )
        assert (heard - (gain * mixture + (1 - gain) * vocals)).abs().max() <= 0.51
        assert not torch.equal(mixture, vocals)


def test_the_other_stems_are_those_that_the_encoder_is_not_given_each_with_all_segments(weights, corpus):
    own = inference_requests(weights, corpus.splits, corpus.segments)
    others = other_stem_requests(weights, corpus.splits, corpus.segments, ["mixture", "vocals", "turned_down"])
    for stem in ("vocals", "turned_down"):
        part = others[others["stem"] == stem].reset_index(drop=True)
        assert part[["track_id", "offset_s"]].equals(own[["track_id", "offset_s"]].reset_index(drop=True))
    assert len(others) == 2 * len(own)
    assert other_stem_requests(weights, corpus.splits, corpus.segments, ["mixture"]).empty


def test_the_first_tracks_of_a_singer_are_those_that_are_used_in_the_order_of_their_ids():
    tracks = pd.DataFrame({"track_id": ["c", "b", "a", "d"], "singer_id": ["ada", "ada", "ada", "eve"]})
    splits = pd.DataFrame({"track_id": ["b", "c", "d"], "role": "train"})
    assert first_tracks(tracks, splits, 1)["track_id"].tolist() == ["b", "d"]
    assert first_tracks(tracks, splits, 2)["track_id"].tolist() == ["b", "c", "d"]


class CountedText(str):
    """A text of which it is counted how many there are at once."""

    alive = most = 0

    def __init__(self, *args):
        CountedText.alive += 1
        CountedText.most = max(CountedText.most, CountedText.alive)

    def __del__(self):
        CountedText.alive -= 1


def test_what_segments_are_made_from_is_held_for_a_track_at_a_time(weights):
    class Contents:
        def content(self, request):
            return CountedText(request)

    table = pd.DataFrame({"track_id": [f"t{number // 3}" for number in range(60)], "offset_s": 0.0})
    plan = embed_requests(weights, Contents(), table, ["track_id", "offset_s"], BATCHES)
    assert len(set(plan.parts)) == 20
    assert CountedText.most < 15
