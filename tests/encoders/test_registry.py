"""Families of encoder: weights of each become the encoder that they are of, and embed like the others."""

import numpy as np
import pytest
import torch

from real_cloned.artifacts.weights import Weights, encoder_config, read_weights, write_weights
from real_cloned.audio.segment_reader import SegmentReader
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.campplus import CampplusEncoder
from real_cloned.encoders.baselines.ge2e import ge2e_encoder
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from real_cloned.encoders.contrastive.model import ContrastiveEncoder, contrastive_weights
from real_cloned.encoders.embed import embed_segments, inference_requests
from real_cloned.encoders.lstm.model import build_lstm
from real_cloned.encoders.lstm.runs import module_weights
from real_cloned.encoders.published import untrained_weights
from real_cloned.encoders.registry import LOADERS, embedding_size, encoder_family, load_encoder
from real_cloned.parameters.embed import EmbedParameters
from tests.tiny import AUDIO, CAMPPLUS, GE2E, LSTM, MFCC, PRETRAIN


@pytest.fixture
def checkpoints(tmp_path):
    """Files such as the published ones, with other numbers in them, by family."""
    torch.manual_seed(0)
    torch.save({"model_state": ge2e_encoder(16000).network.state_dict()}, tmp_path / "ge2e.pt")
    torch.save(CampplusEncoder(16000).network.state_dict(), tmp_path / "campplus.pt")
    return {family: str(tmp_path / f"{family}.pt") for family in ("ge2e", "campplus")}


@pytest.fixture(params=["transformer", "lstm", "ge2e", "campplus", "mfcc"])
def weights(request, checkpoints):
    torch.manual_seed(0)
    if request.param == "transformer":
        return contrastive_weights(ContrastiveEncoder(PRETRAIN, AUDIO), PRETRAIN, AUDIO)
    if request.param == "lstm":
        return module_weights(build_lstm(LSTM), encoder_config(LSTM, AUDIO))
    if request.param == "mfcc":
        return mfcc_weights(MFCC, AUDIO)
    published = {"ge2e": GE2E, "campplus": CAMPPLUS}[request.param]
    return untrained_weights(published.model_copy(update={"weights": checkpoints[request.param]}), AUDIO)


def test_weights_of_every_family_give_embeddings_of_the_size_that_they_say(weights):
    embeddings = load_encoder(weights)(torch.randn(3, 1, AUDIO.segment_samples))
    assert embeddings.shape == (3, embedding_size(weights))


def test_weights_of_every_family_survive_the_disk(weights, tmp_path):
    write_weights(tmp_path / "weights.safetensors", weights)
    again = read_weights(tmp_path / "weights.safetensors")
    waveforms = torch.randn(2, 1, AUDIO.segment_samples)
    torch.testing.assert_close(load_encoder(again)(waveforms), load_encoder(weights)(waveforms))
    assert encoder_family(again) in LOADERS


def test_every_family_embeds_the_segments_of_a_corpus(weights, make_corpus):
    corpus = make_corpus((2, 2))
    requests = inference_requests(weights, corpus.splits, corpus.segments)
    reader = SegmentReader(corpus.mixtures, corpus.stems, AUDIO.segment_s)
    embeddings = embed_segments(weights, reader, requests, EmbedParameters(batch_size=8)).compute()
    assert embeddings.matrix.shape == (20, embedding_size(weights))
    assert np.isfinite(embeddings.matrix).all()


def test_in_bfloat16_every_family_still_measures_its_frames_in_float32(weights):
    waveforms = torch.randint(-9999, 9999, (8, 1, AUDIO.segment_samples), dtype=torch.int16)
    encoder = load_encoder(weights)
    with torch.inference_mode():
        exact = encoder(waveforms)
        with torch.autocast("cpu", torch.bfloat16):
            rounded = encoder(waveforms).float()
    assert torch.cosine_similarity(exact, rounded).min() > 0.99
    if encoder_family(weights) == "mfcc":
        assert torch.equal(exact, rounded)


def test_tensors_that_do_not_fit_are_refused(weights):
    fewer = dict(list(weights.tensors.items())[1:])
    with pytest.raises(RealClonedError, match="do not fit"):
        load_encoder(Weights(fewer, weights.config))


def test_a_family_that_is_not_known_is_refused_by_name(weights):
    with pytest.raises(RealClonedError, match="'resnet'; known are transformer, lstm, ge2e, campplus, student, mfcc"):
        load_encoder(Weights(weights.tensors, {"pretrain": {"family": "resnet"}}))


def test_weights_from_before_there_were_families_are_a_transformers():
    assert encoder_family(Weights({}, {"pretrain": {"name": "vocal"}})) == "transformer"
