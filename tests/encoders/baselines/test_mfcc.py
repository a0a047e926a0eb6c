"""Statistics of MFCC: against a computation frame by frame, and what they do not depend on."""

import numpy as np
import pytest
import torch
from scipy.fft import dct
from torchaudio.functional import melscale_fbanks

from real_cloned.encoders.baselines.mfcc import MfccStatistics, lifter, mfcc_weights
from tests.tiny import AUDIO, MFCC, RATE


@pytest.fixture(scope="module")
def encoder():
    return MfccStatistics(MFCC, RATE)


@pytest.fixture(scope="module")
def waveform():
    return np.random.default_rng(0).normal(size=AUDIO.segment_samples).astype(np.float32)


def slow_statistics(waveform):
    """Frame by frame: window, power, mel bands, logarithm, cosine transform; slopes by least squares over 5 frames."""
    n_fft, hop = MFCC.n_fft, MFCC.hop_length
    sound = np.pad(waveform / np.abs(waveform).max(), n_fft // 2, mode="reflect")
    window = np.hanning(n_fft + 1)[:-1]
    bands = melscale_fbanks(n_fft // 2 + 1, 0.0, RATE / 2, MFCC.n_mels, RATE).numpy()
    starts = range(0, len(sound) - n_fft + 1, hop)
    mel = [np.abs(np.fft.rfft(window * sound[start : start + n_fft])) ** 2 @ bands for start in starts]
    coefficients = (
        dct(np.log(np.array(mel) + 1e-6), norm="ortho")[:, : MFCC.n_mfcc] * lifter(MFCC.n_mfcc, MFCC.lifter).numpy()
    )
    padded = np.pad(coefficients, ((2, 2), (0, 0)), mode="edge")
    slopes = [np.polyfit(np.arange(-2, 3), padded[frame : frame + 5], 1)[0] for frame in range(len(coefficients))]
    parts = (coefficients, np.array(slopes))
    return np.concatenate([part for frames in parts for part in (frames.mean(axis=0), frames.std(axis=0, ddof=1))])


def test_an_embedding_holds_means_and_deviations_of_coefficients_then_of_their_slopes(encoder, waveform):
    embedding = encoder(torch.from_numpy(waveform)[None, None])[0]
    np.testing.assert_allclose(embedding, slow_statistics(waveform), rtol=1e-3, atol=1e-3)


def test_the_lifter_is_that_of_the_htk_book():
    assert lifter(12, 22)[[0, 11]].tolist() == pytest.approx([1.0, 12.0])


def test_loudness_does_not_matter_and_int16_sounds_as_floats_do(encoder, waveform):
    sound = torch.from_numpy(waveform)[None, None]
    torch.testing.assert_close(encoder(0.01 * sound), encoder(sound), rtol=1e-4, atol=1e-4)
    steps = (8000 * sound).round().clamp(-32768, 32767).to(torch.int16)
    torch.testing.assert_close(encoder(steps), encoder(steps / 32768.0), rtol=1e-4, atol=1e-4)


def test_what_else_is_in_the_batch_does_not_matter(encoder, waveform):
    sound = torch.from_numpy(waveform)[None, None]
    together = encoder(torch.cat([sound, 100 * torch.randn(3, 1, AUDIO.segment_samples)]))
    torch.testing.assert_close(together[:1], encoder(sound), rtol=1e-4, atol=1e-4)


def test_silence_has_finite_statistics(encoder):
    assert torch.isfinite(encoder(torch.zeros(1, 2, AUDIO.segment_samples, dtype=torch.int16))).all()


def test_the_weights_are_the_tables_that_it_computes_with(encoder):
    assert mfcc_weights(MFCC, AUDIO).tensors.keys() == encoder.state_dict().keys()
