"""Rendered songs: reproducible one by one, true to their facts, and clones that sound like their targets."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
import torch

from real_cloned.demo.discography import TrackPlan, plan_tracks
from real_cloned.demo.song import render_tracks
from real_cloned.parameters.ingest import CloneMethod
from tests.tiny import DEMO, but

RATE = DEMO.sample_rate_hz
N_SONGS, N_PAIRS = 3, 5
METHODS = get_args(CloneMethod)


def plan(number, singer, **changes):
    """A song by `singer` with a band and an album of its own, in a genre without effects but a small room."""
    settings = {"corpus": "closed", "band": 90 + number, "album": number, "genre": "folk", "language": "english"}
    return TrackPlan(**{"number": number, "singer": singer, "duration_s": 4, "vocal_share": 0.9, **settings, **changes})


def long_term_spectrum(songs):
    """Decibels of the vocals in 24 bands, averaged over songs, without their level."""
    vocals = torch.stack([torch.from_numpy(one.vocals) for one in songs])
    spectrum = torch.stft(vocals, 512, window=torch.hann_window(512), return_complex=True)
    power = spectrum.abs().square().mean(dim=-1)  # (n_songs, n_bins)
    bands = torch.stack([part.mean(dim=1) for part in (10 * torch.log10(power + 1e-9)).split(11, dim=1)], dim=1)
    return (bands - bands.mean(dim=1, keepdim=True)).mean(dim=0)


def distance_db(one, other):
    return (one - other).square().mean().sqrt().item()


@pytest.fixture(scope="module")
def distances_db():
    """Per pair of singers: how far the source, and its songs cloned by each method, lie from the target."""
    rows = []
    for target, source in ((2 * pair, 2 * pair + 1) for pair in range(N_PAIRS)):
        sung = [[plan(100 * singer + song, singer) for song in range(N_SONGS)] for singer in (target, source)]
        cloned = [
            [replace(one, number=one.number + 50, singer=target, source=source, clone_method=method) for one in sung[1]]
            for method in METHODS
        ]
        songs = render_tracks([one for group in (*sung, *cloned) for one in group], DEMO)
        spectra = [long_term_spectrum(songs[start : start + N_SONGS]) for start in range(0, len(songs), N_SONGS)]
        rows.append([distance_db(spectra[0], other) for other in spectra[1:]])
    return np.array(rows)  # (n_pairs, source and each method)


def test_a_track_alone_is_the_same_as_in_a_batch(demo_songs):
    for song in (demo_songs[0], demo_songs[3], demo_songs[-1]):
        (alone,) = render_tracks([song.plan], DEMO)
        np.testing.assert_allclose(alone.vocals, song.vocals, atol=1e-5)
        np.testing.assert_allclose(alone.accompaniment, song.accompaniment, atol=1e-5)


def test_the_same_seed_gives_the_same_sound_and_another_another():
    first, again = render_tracks([plan(1, 1)], DEMO)[0], render_tracks([plan(1, 1)], DEMO)[0]
    other = render_tracks([plan(1, 1)], but(DEMO, seed=8))[0]
    assert np.array_equal(first.mixture, again.mixture)
    assert not np.allclose(first.mixture, other.mixture, atol=0.1)


def test_both_stems_are_heard_and_their_sum_peaks_below_one(demo_songs):
    for song in demo_songs:
        assert song.vocals.shape == (DEMO.duration_s[0] * RATE,)
        assert np.abs(song.vocals + song.accompaniment).max() == pytest.approx(0.8, abs=1e-5)
        assert min(song.vocals.std(), song.accompaniment.std()) > 0.01


def test_the_voice_sounds_where_its_activity_says_so_and_is_silent_elsewhere():
    (song,) = render_tracks([plan(5, 5, vocal_share=0.5, duration_s=15)], DEMO)
    level = np.sqrt((song.vocals.reshape(-1, RATE // 10) ** 2).mean(axis=1))  # one per step of vocal activity
    sung = song.vocal_activity == 1
    near = np.convolve(sung, [1, 1, 1, 1, 1, 1, 1], "same") > 0  # the room needs its time to fall silent
    assert min(sung.sum(), (~near).sum()) > 20
    assert level[~near].max() < 0.05 * level[sung].mean()
    assert np.quantile(level[sung], 0.1) > 0.1 * level[sung].mean()


def test_clones_know_their_method_their_source_and_their_target(demo_songs):
    known = {song.plan for song in demo_songs if song.plan.corpus == "cloned"}
    assert {one.clone_method for one in known} == set(DEMO.clone_methods)
    assert known <= {one for one in plan_tracks(DEMO) if one.source is not None}


def test_another_band_gives_another_accompaniment():
    one, other = render_tracks([plan(1, 1, band=6), plan(1, 1, band=7)], DEMO)
    correlation = np.corrcoef(one.accompaniment, other.accompaniment)[0, 1]
    assert abs(correlation) < 0.9


def test_the_singer_does_not_change_what_the_band_plays():
    one, other = render_tracks([plan(1, 1), plan(1, 2)], DEMO)
    scale = np.linalg.norm(one.accompaniment) / np.linalg.norm(other.accompaniment)
    np.testing.assert_allclose(one.accompaniment, scale * other.accompaniment, atol=1e-4)
    assert not np.allclose(one.vocals, scale * other.vocals, atol=0.05)


def test_a_clone_has_the_tune_and_the_accompaniment_of_its_original():
    original = plan(1, 2)
    clone = replace(original, number=50, singer=1, source=2, original=1, clone_method="blend", corpus="cloned")
    first, second = render_tracks([original, clone], DEMO)
    assert np.array_equal(first.vocal_activity, second.vocal_activity)
    scale = np.linalg.norm(first.accompaniment) / np.linalg.norm(second.accompaniment)
    np.testing.assert_allclose(first.accompaniment, scale * second.accompaniment, atol=1e-4)
    assert not np.allclose(first.vocals, scale * second.vocals, atol=0.05)


def test_without_any_blend_a_clone_is_the_source_singer_and_with_all_the_target():
    clone = plan(1, 1, source=2, clone_method="blend", corpus="cloned")
    by_target, by_source = render_tracks([plan(1, 1), plan(1, 2)], DEMO)
    for weight, singer in ((0.0, by_source), (1.0, by_target)):
        (song,) = render_tracks([clone], but(DEMO, clone_blend=weight))
        sung, expected = song.vocals / song.vocals.std(), singer.vocals / singer.vocals.std()
        np.testing.assert_allclose(sung, expected, atol=1e-3)


@pytest.mark.parametrize("method", ["blend", "vocoder", "smear"])
def test_a_clone_that_blends_voices_lies_nearer_to_its_target_than_the_source_does(distances_db, method):
    source, clone = distances_db[:, 0], distances_db[:, 1 + METHODS.index(method)]
    assert (clone < 0.8 * source).all()


@pytest.mark.parametrize("method", ["envelope", "formants"])
def test_a_transferred_envelope_or_vocal_tract_brings_clones_nearer_on_average(distances_db, method):
    assert distances_db[:, 1 + METHODS.index(method)].mean() < 0.9 * distances_db[:, 0].mean()
