"""TrainingMixtures: voices over bands, of the tracks that are named, coloured but not broken."""

import numpy as np
import pytest
import torch

from real_cloned.vocals.separation.training import BAND_DB, COLOUR_DB, TrainingMixtures
from tests.tiny import RATE, SEPARATOR, but

STEMS = ("vocals", "accompaniment")


def tone(hertz):
    return 8000 * np.sin(2 * np.pi * hertz * np.arange(3 * RATE) / RATE)[None]


@pytest.fixture
def stems(make_store):
    """Three tracks; each voice and each band is a tone of its own."""
    hertz = {("a", 200, 1000), ("b", 300, 1100), ("c", 400, 1200)}
    clips = {(track, stem): tone(at) for track, *tones in hertz for stem, at in zip(STEMS, tones, strict=True)}
    return make_store(clips)


def remixes(stems, tracks="ab", seed=0):
    return TrainingMixtures(stems, np.array(list(tracks)), but(SEPARATOR, batch_size=40), np.random.default_rng(seed))


def pitches(batch):
    return set(torch.fft.rfft(batch[:, 0]).abs().argmax(dim=1).tolist())  # of 1 s: hertz


def test_voices_and_bands_of_the_named_tracks_meet_in_every_way(stems):
    vocals, mixture = remixes(stems).batch()
    assert vocals.shape == mixture.shape == (40, 1, RATE)
    assert vocals.dtype == mixture.dtype == torch.float32
    assert pitches(vocals) == {200, 300}
    assert pitches(mixture - vocals) == {1000, 1100}
    spectra = [torch.fft.rfft(signal[:, 0]).abs() for signal in (vocals, mixture - vocals)]
    assert len({tuple(spectrum[row].argmax().item() for spectrum in spectra) for row in range(40)}) == 4


def test_bands_vary_in_level_by_more_than_their_colour(stems):
    quiet_to_loud = remixes(stems)
    vocals, mixture = (torch.cat(part) for part in zip(*(quiet_to_loud.batch() for _ in range(10)), strict=True))
    band_db, vocals_db = (20 * signal.std(dim=2).log10() for signal in (mixture - vocals, vocals))
    assert 0.6 * COLOUR_DB < vocals_db.std() < 1.2 * COLOUR_DB
    assert vocals_db.std() < band_db.std() < 1.2 * np.hypot(COLOUR_DB, BAND_DB)


def test_the_same_seed_makes_the_same_mixtures_and_another_others(stems):
    first, again, other = (remixes(stems, seed=seed).batch()[1] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
