"""Log-mel against torchaudio's own MelSpectrogram, and against what is known of silence, tones and levels."""

import pytest
import torch
from torchaudio.transforms import MelSpectrogram

from real_cloned.audio.logmel import LogMel
from real_cloned.parameters.pretrain import LogMelParameters

PAPER = LogMelParameters(sample_rate_hz=16000, n_fft=800, hop_length=400, n_mels=128)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("n_samples", [4000, 4123])
@pytest.mark.parametrize(
    "parameters", [PAPER, LogMelParameters(sample_rate_hz=8000, n_fft=512, hop_length=100, n_mels=20, floor=1e-4)]
)
def test_it_is_the_logarithm_of_torchaudios_mel_spectrogram(parameters, n_samples):
    waveforms = noise(3, 2, n_samples)
    waveforms /= waveforms.abs().amax(dim=(1, 2), keepdim=True)
    reference = MelSpectrogram(
        parameters.sample_rate_hz, n_fft=parameters.n_fft, hop_length=parameters.hop_length, n_mels=parameters.n_mels
    ).double()(waveforms)
    expected = torch.log(reference + parameters.floor)[..., : n_samples // parameters.hop_length]
    torch.testing.assert_close(LogMel(parameters).double()(waveforms), expected, rtol=1e-10, atol=1e-10)


def test_centre_and_scale_shift_and_shrink_the_logarithms():
    normalised, plain = PAPER.model_copy(update={"centre": -4.0, "scale": 2.5}), LogMel(PAPER)
    waveforms = noise(1, 1, 4000).float()
    torch.testing.assert_close(LogMel(normalised)(waveforms), (plain(waveforms) + 4.0) / 2.5)


def test_six_seconds_at_the_papers_settings_are_128_bands_by_240_frames():
    assert LogMel(PAPER)(torch.zeros(1, 2, 96000)).shape == (1, 2, 128, 240)


def test_the_level_of_a_waveform_does_not_matter():
    waveforms, log_mel = noise(2, 1, 8000), LogMel(PAPER).double()
    torch.testing.assert_close(log_mel(waveforms * torch.tensor([[[0.01]], [[300.0]]])), log_mel(waveforms))


def test_the_balance_of_the_channels_is_kept():
    loud = noise(1, 1, 8000)
    mel = LogMel(PAPER).double()(torch.cat([loud, 0.5 * loud], dim=1)).exp() - PAPER.floor
    torch.testing.assert_close(mel[:, 0], 4 * mel[:, 1])


def test_int16_gives_the_same_as_the_floats_that_it_stands_for():
    samples = (noise(2, 2, 8000) * 3000).to(torch.int16)
    log_mel = LogMel(PAPER)
    torch.testing.assert_close(log_mel(samples), log_mel(samples.float() / 32768), rtol=1e-4, atol=1e-4)


def test_silence_is_the_logarithm_of_the_floor():
    log_mel = LogMel(PAPER)(torch.zeros(1, 1, 8000, dtype=torch.int16))
    torch.testing.assert_close(log_mel, torch.full_like(log_mel, 1e-10).log())


@pytest.mark.parametrize("hertz", [300.0, 1000.0, 5000.0])
def test_a_tone_is_loudest_in_the_band_that_holds_it(hertz):
    tone = torch.sin(2 * torch.pi * hertz * torch.arange(16000, dtype=torch.float64) / 16000)
    loudest = LogMel(PAPER).double()(tone[None, None])[0, 0, :, 5:-5].argmax(dim=0)
    mel = 2595 * torch.log10(torch.tensor(1 + hertz / 700))
    top = 2595 * torch.log10(torch.tensor(1 + 8000 / 700))
    expected = mel / top * (PAPER.n_mels + 1) - 1  # bands are triangles around evenly spaced mels
    assert (loudest - expected).abs().max() <= 1


def test_autocast_takes_nothing_from_its_precision():
    waveforms, log_mel = noise(2, 1, 8000).float(), LogMel(PAPER)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(log_mel(waveforms), LogMel(PAPER)(waveforms))
    torch.testing.assert_close(log_mel(waveforms), log_mel.double()(waveforms.double()).float(), rtol=1e-4, atol=1e-4)
