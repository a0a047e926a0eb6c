"""Pitch classes from scores: those of the audio of the same version, and nothing of the works that are judged."""

import numpy as np
import pytest
import torch

from real_cloned.core.chroma import chroma_cens
from real_cloned.demo import work_chroma
from real_cloned.demo.score import Groove
from real_cloned.demo.voice import Voice
from real_cloned.demo.work_chroma import FRAME_RATE_HZ, cens
from real_cloned.demo.work_score import draw_work, perform
from real_cloned.demo.works import SCORE_VERSIONS, compute_chroma, plan_score_versions, plan_versions, render_version
from tests.tiny import COVER_DEMO, DEMO, but

PARAMETERS = but(COVER_DEMO, duration_s=12, n_score_works=4)
WIDE = but(DEMO, sample_rate_hz=16_000)
SMOOTHING_S = 41 * 256 / 16_000


def centred(chroma):
    """Return chroma without the mean of each frame, of unit length."""
    chroma = chroma - chroma.mean(axis=0)
    return chroma / np.linalg.norm(chroma)


def test_the_chroma_of_a_score_is_close_to_that_of_its_audio():
    for version in list(plan_versions(PARAMETERS, seed=7))[:3]:
        audio = chroma_cens(y=render_version(version, PARAMETERS, WIDE), sr=WIDE.sample_rate_hz, hop_length=256)
        computed = compute_chroma(version, PARAMETERS, WIDE, SMOOTHING_S)
        at_s = np.arange(computed.shape[1]) / FRAME_RATE_HZ
        heard = audio[:, np.round(at_s * WIDE.sample_rate_hz / 256).astype(int)]
        fits = [(centred(heard) * centred(np.roll(computed, shift, axis=0))).sum() for shift in range(12)]
        assert np.argmax(fits) == 0
        assert fits[0] > 0.75


def test_a_sung_note_is_loudest_in_its_own_pitch_class():
    work, version = draw_work(3, seed=7), next(plan_versions(PARAMETERS, seed=7))
    voice = Voice.sample(np.random.default_rng(0), 1.0)
    melody = perform(work, version, Groove(120.0, 0.0, 0.5), voice.pitch_midi.item(), 8).melody
    part = work_chroma._voice_part(voice, melody, 16_000)
    notes = np.round(voice.pitch_midi.item() + melody.interval[0].numpy()[:: work_chroma.STEP]).astype(int)
    held = np.flatnonzero((np.diff(notes, prepend=0) == 0) & (np.diff(notes, append=0) == 0))
    held = held[melody.gate[0].numpy()[:: work_chroma.STEP][held] > 0.7]
    assert np.mean(part.classes[:, held].argmax(axis=0) == notes[held] % 12) > 0.8


def test_the_partials_of_frequency_modulation_are_those_of_its_samples():
    seconds, rate, note, ratio, index = 1.0, 16_000, 69, 2, 1.5
    phase = 2 * np.pi * 440 * np.arange(rate) / rate
    tone = np.sin(phase + index * np.sin(ratio * phase))
    spectrum = 2 * np.abs(np.fft.rfft(tone)) / rate  # a bin per hertz
    hertz = np.flatnonzero(spectrum > 1e-3)
    expected = work_chroma._folding(hertz.astype(float)).T @ spectrum[hertz]
    n_frames = round(seconds * FRAME_RATE_HZ)
    part = work_chroma._fm_part(np.full((1, n_frames), float(note)), ratio, index, np.ones(n_frames))
    np.testing.assert_allclose(part.classes[:, n_frames // 2], expected, rtol=1e-3, atol=1e-6)
    assert part.power == pytest.approx((tone**2).mean(), rel=1e-3)


def test_cens_of_one_pitch_class_is_that_class_alone():
    classes = np.zeros((12, 50))
    classes[4] = 3.0
    expected = np.zeros((12, 50), np.float32)
    expected[4] = 1.0
    np.testing.assert_allclose(cens(classes, 0.6), expected, atol=1e-6)


def test_works_that_are_scores_only_are_in_no_subset_and_neither_are_their_singers():
    audio, scores = list(plan_versions(PARAMETERS, seed=7)), plan_score_versions(PARAMETERS, seed=7)
    assert len(scores) == 4 * SCORE_VERSIONS
    for what in ("work", "singer", "number"):
        assert not {getattr(one, what) for one in audio} & {getattr(one, what) for one in scores}
    assert plan_score_versions(COVER_DEMO, seed=7) == []


def test_chroma_is_computed_alone_and_the_same_each_time():
    version = plan_score_versions(PARAMETERS, seed=7)[1]
    first = compute_chroma(version, PARAMETERS, DEMO, SMOOTHING_S)
    torch.manual_seed(5)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, compute_chroma(version, PARAMETERS, DEMO, SMOOTHING_S))
