import numpy as np
import pytest

from real_cloned.audio.decode import decode
from real_cloned.audio.encode import encode_flac, encode_mp3


def delay_s(later, earlier, rate):
    n = min(later.shape[1], earlier.shape[1])
    spectrum = np.fft.rfft(later[0, :n].astype(float)) * np.conj(np.fft.rfft(earlier[0, :n].astype(float)))
    shift = int(np.fft.irfft(spectrum).argmax())
    return (shift if shift < n / 2 else shift - n) / rate


@pytest.mark.parametrize("rate", [16000, 22050, 32000, 44100, 48000])
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("duration_s", [1.0, 3.777])
def test_what_is_encoded_decodes_in_place_and_to_its_length(rate, n_channels, duration_s, tmp_path, noise):
    samples = noise(rate, duration_s, n_channels)
    encode_mp3(tmp_path / "a.mp3", samples, rate, 96_000)
    decoded = decode(tmp_path / "a.mp3", rate, n_channels).samples
    assert abs(decoded.shape[1] - samples.shape[1]) / rate < 0.004
    assert abs(delay_s(decoded, samples, rate)) < 0.002
    n = min(decoded.shape[1], samples.shape[1])
    assert np.corrcoef(decoded[0, :n], samples[0, :n])[0, 1] > 0.95


def test_delay_stays_below_2_ms_after_resampling_to_16_khz_mono(tmp_path, noise):
    samples = noise(44100, 3.0)
    encode_mp3(tmp_path / "a.mp3", samples, 44100, 128_000)
    decoded = decode(tmp_path / "a.mp3", 16000, 1).samples
    mono = np.interp(np.arange(48000) / 16000, np.arange(samples.shape[1]) / 44100, samples.mean(axis=0))[None]
    assert decoded.shape[1] == pytest.approx(48000, abs=64)
    assert abs(delay_s(decoded, mono, 16000)) < 0.002


def test_the_bit_rate_is_the_one_that_was_asked_for(tmp_path, noise):
    encode_mp3(tmp_path / "a.mp3", noise(32000, 4.0), 32000, 64_000)
    assert (tmp_path / "a.mp3").stat().st_size == pytest.approx(4 * 64_000 / 8, rel=0.1)


def test_the_same_samples_give_the_same_file(tmp_path, noise):
    for name in ("a.mp3", "b.mp3"):
        encode_mp3(tmp_path / name, noise(16000, 1.0), 16000, 64_000)
    assert (tmp_path / "a.mp3").read_bytes() == (tmp_path / "b.mp3").read_bytes()


def test_nothing_but_the_finished_file_remains_and_odd_names_are_written(tmp_path, noise):
    encode_mp3(tmp_path / "🎤 a: b.mp3", noise(16000, 1.0), 16000, 64_000)
    assert [path.name for path in tmp_path.iterdir()] == ["🎤 a: b.mp3"]


def test_samples_of_another_shape_or_type_and_impossible_rates_are_refused(tmp_path, noise):
    good = noise(16000, 0.5)
    for bad in (good.astype(np.float32), good[0], np.vstack([good, good]), good[:, :0]):
        with pytest.raises(ValueError, match="int16 samples"):
            encode_mp3(tmp_path / "a.mp3", bad, 16000, 64_000)
    with pytest.raises(ValueError, match="96000 Hz"):
        encode_mp3(tmp_path / "a.mp3", good, 96000, 64_000)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_flac_file_holds_the_very_samples(n_channels, tmp_path, noise):
    samples = noise(16000, 1.3, n_channels)
    encode_flac(tmp_path / "a.flac", samples, 16000)
    assert np.array_equal(decode(tmp_path / "a.flac", 16000, n_channels).samples, samples)
    with pytest.raises(ValueError, match="int16 samples"):
        encode_flac(tmp_path / "b.flac", samples.astype(np.float32), 16000)
    assert [path.name for path in tmp_path.iterdir()] == ["a.flac"]
