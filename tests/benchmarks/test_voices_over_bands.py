"""Voices over bands: levels, trials and intervals by hand-made cases. The recordings are not needed."""

import numpy as np
import pytest

from benchmarks import voices_over_bands as benchmark
from benchmarks.voices_over_bands import KINDS, RATE_HZ, Clip

BEATS = "#BPM:150\n#GAP:0\n: {first} 10 0 la\n: {second} 10 0 la\nE\n"


def clip(singer, album, songs, seed=0):
    rng = np.random.default_rng(seed)
    voice, band = (rng.uniform(-0.1, 0.1, (channels, 4000)).astype(np.float32) for channels in (1, 2))
    return Clip(singer, album, voice, dict.fromkeys(KINDS, band), dict(zip(KINDS, songs, strict=True)))


def test_a_voice_lies_so_many_decibels_above_the_band():
    one = clip("a", "a1", ("x", "y"))
    peak = 0.9 * 32768
    bare = benchmark.mixture(one, KINDS[0], None)
    assert np.abs(bare).max() == pytest.approx(peak, abs=1)
    mixed = benchmark.mixture(one, KINDS[0], 6.0) / 32768
    voice = np.repeat(one.voice, 2, axis=0)
    scale = np.linalg.lstsq(np.stack([voice.ravel(), one.bands[KINDS[0]].ravel()], 1), mixed.ravel(), rcond=None)[0]
    levels = benchmark.rms(scale[0] * voice) / benchmark.rms(scale[1] * one.bands[KINDS[0]])
    assert 20 * np.log10(levels) == pytest.approx(6, abs=0.01)


def test_trials_are_of_different_songs_on_both_sides_in_voice_and_bands():
    clips = [
        clip("a", "a1", ("x", "y")),
        clip("a", "a1", ("z", "w")),  # the same song as the first
        clip("a", "a2", ("z", "w")),
        clip("b", "b1", ("v", "y")),  # a band of the first one's song
    ]
    trials = benchmark.pair_list(clips)
    assert trials[["first", "second"]].to_numpy().tolist() == [[0, 2], [1, 3], [2, 3]]
    assert trials["is_same"].tolist() == [True, False, False]


def test_stretches_without_notes_keep_clear_of_the_notes_and_of_singing_after_the_last_one(tmp_path, monkeypatch):
    for name in ("Some_song", benchmark.NOTES_END_EARLY):
        (tmp_path / "songs" / "artist" / name).mkdir(parents=True)
        (tmp_path / "songs" / "artist" / name / "song.txt").write_text(BEATS.format(first=100, second=220))
        (tmp_path / "songs" / "artist" / name / "audio.ogg").touch()

    class Decoded:
        samples = np.ones((2, 40 * RATE_HZ), np.int16)

    monkeypatch.setattr(benchmark, "decode", lambda *_: Decoded)
    found = {name: (samples.shape[1] / RATE_HZ, spans) for name, samples, spans in benchmark.read_bands(tmp_path)}
    inner = [(0.5, 9.5), (11.5, 21.5)]  # notes of one second at 10 s and 22 s
    assert found["Some_song"] == (40, [*map(pytest.approx, inner), pytest.approx((23.5, 39.5))])
    assert found[benchmark.NOTES_END_EARLY] == (pytest.approx(23), [*map(pytest.approx, inner)])


def test_a_short_stretch_is_repeated_and_a_silent_section_is_drawn_again():
    song = np.zeros((2, 20 * RATE_HZ), np.float32)
    song[:, 10 * RATE_HZ :] = np.sin(np.arange(10 * RATE_HZ))
    rng = np.random.default_rng(0)
    for _ in range(4):
        section = benchmark.draw_section(song, [(0.0, 9.0), (11.0, 13.0)], 3 * RATE_HZ, rng)
        np.testing.assert_array_equal(section[:, 2 * RATE_HZ :], section[:, :RATE_HZ])
        assert benchmark.rms(section) > 0.5


def test_the_sections_of_a_long_performance_are_its_loudest_in_their_order():
    size = round(benchmark.CLIP_S * RATE_HZ)
    levels = [0.1, 0.5, 0.2, 0.4, 0.3]
    samples = np.repeat(np.array(levels, np.float32), size)[None]
    assert [section[0, 0] for section in benchmark.loudest_sections(samples)] == pytest.approx([0.5, 0.4, 0.3])
