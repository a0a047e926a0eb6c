"""Encoders as a person in a notebook uses them."""

import numpy as np
import pytest

import real_cloned
from real_cloned.artifacts.weights import write_weights
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.baselines.mfcc import mfcc_weights
from tests.sounds import write_wav
from tests.tiny import AUDIO, MFCC, RATE, but

SECONDS = 2.0


@pytest.fixture
def data(tmp_path):
    """A project's data in which two variants have weights: one hears mixtures, the other vocals."""
    for name, stem in (("heard", "mixture"), ("sung", "vocals"), ("quiet", "turned_down"), ("loud", "turned_down")):
        settings = but(MFCC, name=name, inference_stem=stem, accompaniment_gain=1.0 if name == "loud" else 0.35)
        weights = mfcc_weights(settings, AUDIO)
        write_weights(tmp_path / "06_models" / name / "weights.safetensors", weights)
    return tmp_path


@pytest.fixture
def samples():
    return np.random.default_rng(0).uniform(-0.3, 0.3, round(SECONDS * RATE)).astype(np.float32)


def test_a_variant_is_loaded_by_name_or_from_its_file_and_embeds_every_whole_segment(data, samples):
    by_name = real_cloned.load_encoder("heard", data)
    by_path = real_cloned.load_encoder(data / "06_models" / "heard" / "weights.safetensors")
    embeddings = real_cloned.embed(by_name, samples, RATE)
    assert embeddings.shape == (int(SECONDS / AUDIO.segment_s), by_name.embedding_size)
    assert np.array_equal(embeddings, by_path.embed(samples, RATE))
    assert (by_name.name, by_name.stem) == ("heard", "mixture")


def test_a_file_and_its_samples_have_the_same_embeddings(data, samples, tmp_path):
    encoder = real_cloned.load_encoder("heard", data)
    rounded = np.round(samples * 32768).astype(np.int16)
    write_wav(tmp_path / "song.wav", rounded[None], RATE)
    assert np.allclose(encoder.embed(tmp_path / "song.wav"), encoder.embed(rounded, RATE), atol=1e-5)


def test_stereo_at_another_rate_is_folded_and_resampled(data, samples):
    encoder = real_cloned.load_encoder("heard", data)
    assert encoder.embed(np.stack([samples, samples]), RATE // 2).shape[0] == 2 * int(SECONDS / AUDIO.segment_s)


def test_an_encoder_can_hear_the_band_turned_down_by_its_gain(data, samples):
    mixture, vocals, quiet, loud = (
        real_cloned.load_encoder(name, data).embed(samples, RATE) for name in ("heard", "sung", "quiet", "loud")
    )
    np.testing.assert_allclose(loud, mixture, rtol=1e-4, atol=1e-4)  # a gain of 1 is the mixture
    assert not np.allclose(quiet, mixture)
    assert not np.allclose(quiet, vocals)


def test_an_encoder_of_vocals_separates_first_unless_told_not_to(data, samples):
    separated = real_cloned.load_encoder("sung", data).embed(samples, RATE)
    as_given = real_cloned.load_encoder("sung", data, separator=None).embed(samples, RATE)
    assert separated.shape == as_given.shape
    assert not np.allclose(separated, as_given)


def test_what_is_not_there_or_too_short_is_named(data, samples):
    with pytest.raises(RealClonedError, match=r"heard, loud, quiet, sung.*pipelines=pretrain"):
        real_cloned.load_encoder("mixtrue", data)
    with pytest.raises(RealClonedError, match=r"the recording has 0\.10 s"):
        real_cloned.load_encoder("heard", data).embed(samples[: RATE // 10], RATE)
    with pytest.raises(ValueError, match="sample_rate_hz"):
        real_cloned.load_encoder("heard", data).embed(samples)


def test_stereo_in_opposite_phase_is_heard_by_its_first_channel(data, samples):
    encoder = real_cloned.load_encoder("heard", data)
    assert np.array_equal(encoder.embed(np.stack([samples, -samples]), RATE), encoder.embed(samples, RATE))


@pytest.mark.parametrize(("factor", "problem"), [(np.nan, "not finite"), (32768, "not scaled to ±1")])
def test_samples_that_are_no_audio_are_refused(factor, problem, data, samples):
    with pytest.raises(ValueError, match=f"audio: {problem}"):
        real_cloned.load_encoder("heard", data).embed(samples * factor, RATE)


def test_importing_the_package_imports_no_library():
    import subprocess
    import sys

    code = "import sys, real_cloned; print(sorted({'torch', 'kedro', 'pandas'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
