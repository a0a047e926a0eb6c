"""Separation by the demo's truth, and by a real Demucs model that is tiny and has learned nothing."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save_file

from real_cloned.errors import RealClonedError
from real_cloned.vocals.separation import (
    DemucsSeparator,
    ReferenceSeparator,
    Separation,
    load_separator,
)
from tests.tiny import RATE, SEPARATION, but


def noise(n_channels, n_samples, seed=0):
    return np.random.default_rng(seed).integers(-8000, 8000, (n_channels, n_samples)).astype(np.int16)


@pytest.fixture
def truth(make_store):
    return make_store({("a", "vocals"): noise(1, RATE, 1), ("b", "vocals"): noise(1, RATE, 2)})


@pytest.fixture
def audio(make_store):
    return make_store({("a", "mixture"): noise(1, RATE, 3), ("b", "mixture"): noise(1, RATE + 50, 4)})


@pytest.fixture
def splits():
    return pd.DataFrame({"track_id": ["a", "b"], "role": ["test", "train"]})


@pytest.fixture
def demucs_file(tmp_path):
    """Write an untrained HDemucs of a few thousand weights as demucs.hf reads it."""
    from demucs.hdemucs import HDemucs

    def write(audio_channels):
        torch.manual_seed(0)
        arguments = {"sources": ["drums", "vocals"], "audio_channels": audio_channels, "channels": 4, "growth": 1}
        arguments |= {"samplerate": 8000, "segment": 2, "dconv_mode": 0}
        metadata = {"klass": "demucs.hdemucs.HDemucs", "args": "[]", "kwargs": json.dumps(arguments)}
        path = tmp_path / f"tiny{audio_channels}.safetensors"
        save_file(
            {name: tensor.contiguous() for name, tensor in HDemucs(**arguments).state_dict().items()}, path, metadata
        )
        return but(SEPARATION, separator=str(path))

    return write


def clips(splits, audio, truth, parameters):
    return {(clip.track_id, clip.stem): clip.samples for clip in Separation(splits, audio, truth, parameters, "closed")}


def test_the_reference_gives_the_true_vocals_as_long_as_the_mixture(truth):
    separator = ReferenceSeparator(truth)
    assert np.array_equal(separator.vocals("a", noise(1, RATE)), noise(1, RATE, 1))
    longer, shorter = separator.vocals("b", noise(1, RATE + 50)), separator.vocals("b", noise(1, RATE - 50))
    assert np.array_equal(longer, np.pad(noise(1, RATE, 2), ((0, 0), (0, 50))))
    assert np.array_equal(shorter, noise(1, RATE, 2)[:, :-50])


def test_the_references_vocals_stand_in_every_channel_of_the_mixture(truth):
    vocals = ReferenceSeparator(truth).vocals("a", noise(2, RATE))
    assert np.array_equal(vocals, np.repeat(noise(1, RATE, 1), 2, axis=0))


def test_the_reference_refuses_tracks_that_the_demo_did_not_make(truth):
    with pytest.raises(RealClonedError, match="mine is not one of them"):
        ReferenceSeparator(truth).vocals("mine", noise(1, RATE))


def test_the_accompaniment_is_the_mixture_less_the_vocals(splits, audio, truth):
    stems = clips(splits, audio, truth, but(SEPARATION, accompaniment="all"))
    for track in "ab":
        assert np.array_equal(stems[track, "vocals"] + stems[track, "accompaniment"], audio.read(track, "mixture"))


def test_loud_mixtures_less_opposite_vocals_are_cut_off_not_wrapped_around(make_store, splits):
    audio = make_store({("a", "mixture"): np.full((1, RATE), 30000)})
    truth = make_store({("a", "vocals"): np.full((1, RATE), -30000)})
    stems = clips(splits[:1], audio, truth, SEPARATION)
    assert (stems["a", "accompaniment"] == 32767).all()


@pytest.mark.parametrize(("accompaniment", "tracks"), [("none", ""), ("test", "a"), ("all", "ab")])
def test_the_tracks_that_are_asked_for_keep_their_accompaniment(splits, audio, truth, accompaniment, tracks):
    stems = clips(splits, audio, truth, but(SEPARATION, accompaniment=accompaniment))
    assert {track for track, stem in stems if stem == "accompaniment"} == set(tracks)
    assert {track for track, stem in stems if stem == "vocals"} == set("ab")


def test_a_corpus_that_is_not_there_needs_no_separator(splits, audio, truth):
    assert clips(splits[:0], audio, truth, but(SEPARATION, separator="nowhere.safetensors")) == {}


@pytest.mark.parametrize("model_channels", [1, 2])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_demucs_model_from_a_file_gives_vocals_of_the_mixtures_shape(demucs_file, truth, model_channels, n_channels):
    separator = load_separator(demucs_file(model_channels), truth, RATE)
    assert isinstance(separator, DemucsSeparator)
    mixture = noise(n_channels, 5 * RATE + 123)
    vocals = separator.vocals("any", mixture)
    assert vocals.shape == mixture.shape
    assert vocals.dtype == np.int16
    assert vocals.any()
    assert np.array_equal(separator.vocals("any", mixture), vocals)


def test_demucs_vocals_are_as_loud_as_the_mixture_is(demucs_file, truth):
    separator, mixture = load_separator(demucs_file(1), truth, RATE), noise(1, 2 * RATE)
    loud, soft = separator.vocals("any", mixture).astype(float), separator.vocals("any", mixture // 4).astype(float)
    assert np.std(loud) == pytest.approx(4 * np.std(soft), rel=0.05)


def test_silence_separates_into_silence(demucs_file, truth):
    silence = np.zeros((1, RATE), np.int16)
    assert np.abs(load_separator(demucs_file(1), truth, RATE).vocals("any", silence)).max() <= 1


def test_a_missing_file_is_one_clear_error(truth):
    with pytest.raises(RealClonedError, match=r"nowhere\.safetensors, and there is no such file"):
        load_separator(but(SEPARATION, separator="nowhere.safetensors"), truth, RATE)


def test_a_file_that_holds_no_demucs_model_is_one_clear_error(tmp_path, truth):
    for name, content in (("text", b"not a model"), ("empty", b"")):
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(content)
        with pytest.raises(RealClonedError, match=f"{name}.safetensors"):
            load_separator(but(SEPARATION, separator=str(path)), truth, RATE)
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(RealClonedError, match=r"other\.safetensors"):
        load_separator(but(SEPARATION, separator=str(tmp_path / "other.safetensors")), truth, RATE)


@pytest.mark.parametrize("error", [OSError("no network"), SystemExit(1), KeyError("htdemucs_9")])
def test_a_model_that_cannot_be_had_is_one_clear_error(truth, monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr("demucs.pretrained.get_model", fail)
    with pytest.raises(RealClonedError, match="separator htdemucs_9: its weights are not"):
        load_separator(but(SEPARATION, separator="htdemucs_9"), truth, RATE)
