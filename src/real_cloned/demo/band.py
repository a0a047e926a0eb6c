"""Backing bands: chords, pad, bass and drums, each with a timbre of the band's own, and how they play a song."""

from dataclasses import dataclass

import torch
from torch import Tensor

from real_cloned.demo import dsp
from real_cloned.demo.traits import Trait, Traits

SHOT_S = 0.3
KICK, SNARE, HAT = range(3)


@dataclass(frozen=True)
class Band(Traits):
    """One band per row; every field is (batch, 1) but `colour`, decibels (batch, 8).

    chord_*, pad_*, bass_* : ratio and index of the two-operator FM of that instrument, its decay in seconds, its level
    in decibels; kick_hz, snare_hz, snare_s, hat_s, drums_db : the drum kit; tempo_bpm, swing, busy : the groove
    """

    chord_ratio: Tensor
    chord_index: Tensor
    chord_s: Tensor
    chord_db: Tensor
    pad_ratio: Tensor
    pad_index: Tensor
    pad_db: Tensor
    bass_index: Tensor
    bass_s: Tensor
    bass_db: Tensor
    kick_hz: Tensor
    snare_hz: Tensor
    snare_s: Tensor
    hat_s: Tensor
    drums_db: Tensor
    tempo_bpm: Tensor
    swing: Tensor
    busy: Tensor
    colour: Tensor

    POPULATION = {
        "chord_ratio": Trait(2.5, 1.2, lowest=0.5, highest=6.0),
        "chord_index": Trait(2.0, 1.2, lowest=0.1, highest=6.0),
        "chord_s": Trait(0.6, 0.4, lowest=0.08, highest=2.0),
        "chord_db": Trait(-3.0, 4.0),
        "pad_ratio": Trait(2.0, 1.0, lowest=0.5, highest=5.0),
        "pad_index": Trait(1.0, 0.7, lowest=0.0, highest=4.0),
        "pad_db": Trait(-8.0, 5.0),
        "bass_index": Trait(1.0, 0.8, lowest=0.0, highest=4.0),
        "bass_s": Trait(0.5, 0.25, lowest=0.1, highest=1.5),
        "bass_db": Trait(0.0, 3.0),
        "kick_hz": Trait(55.0, 10.0, lowest=35.0, highest=90.0),
        "snare_hz": Trait(190.0, 40.0, lowest=110.0, highest=320.0),
        "snare_s": Trait(0.08, 0.04, lowest=0.02, highest=0.2),
        "hat_s": Trait(0.03, 0.02, lowest=0.006, highest=0.1),
        "drums_db": Trait(-2.0, 4.0),
        "tempo_bpm": Trait(108.0, 18.0, lowest=70.0, highest=160.0),
        "swing": Trait(0.15, 0.15, lowest=0.0, highest=0.5),
        "busy": Trait(0.5, 0.25, lowest=0.0, highest=1.0),
        "colour": Trait(0.0, 3.0, size=8),
    }


@dataclass(frozen=True)
class Arrangement:
    """What the band plays, frame by frame (10 ms).

    chords : (batch, 3, n_frames) MIDI notes; bass : (batch, n_frames) MIDI notes
    chord_age_s, bass_age_s : (batch, n_frames) seconds since the last stroke; hits : (batch, 3, n_frames) strengths of
    kick, snare and hat
    """

    chords: Tensor
    bass: Tensor
    chord_age_s: Tensor
    bass_age_s: Tensor
    hits: Tensor


def play(band: Band, arrangement: Arrangement, noise: Tensor, colour: Tensor, sample_rate_hz: int) -> Tensor:
    """Return the band's sound, (batch, n_samples) float32 at a root mean square of 1.

    noise : (batch, n_taps) of variance 1, of which the drums are made; n_taps is at least SHOT_S long
    colour : (batch, n_bins) natural-log magnitudes of the desk
    """
    strum = torch.exp(-arrangement.chord_age_s / band.chord_s) * _gain(band.chord_db)
    pad = (arrangement.chord_age_s / 0.4).clamp(0.0, 1.0) * _gain(band.pad_db)
    pluck = torch.exp(-arrangement.bass_age_s / band.bass_s) * _gain(band.bass_db)
    chords = _fm(arrangement.chords, band.chord_ratio.round(), band.chord_index, strum, sample_rate_hz)
    pads = _fm(arrangement.chords[:, :1] + 12, band.pad_ratio.round(), band.pad_index, pad, sample_rate_hz)
    bass = _fm(arrangement.bass[:, None], torch.ones_like(band.bass_s), band.bass_index, pluck, sample_rate_hz)
    drums = _drums(band, arrangement, noise, sample_rate_hz) * _gain(band.drums_db)
    response = dsp.smooth_response(band.colour, sample_rate_hz) + colour
    mixed = dsp.filtered(chords + pads + bass + drums, response, sample_rate_hz)
    return mixed / dsp.level(mixed)


def _fm(notes: Tensor, ratio: Tensor, index: Tensor, loudness: Tensor, sample_rate_hz: int) -> Tensor:
    """Two-operator FM of (batch, n_voices, n_frames) notes, summed over voices: (batch, n_samples)."""
    hertz = 440.0 * 2 ** ((notes - 69) / 12)
    cycle = 2 * torch.pi * dsp.phase(hertz, sample_rate_hz)
    depth = dsp.to_samples(index * loudness / loudness.amax(-1, keepdim=True).clamp(min=1e-6), sample_rate_hz)
    tone = torch.sin(cycle + depth[:, None] * torch.sin(ratio[:, :, None] * cycle))
    return tone.mean(dim=1) * dsp.to_samples(loudness, sample_rate_hz)


def _drums(band: Band, arrangement: Arrangement, noise: Tensor, sample_rate_hz: int) -> Tensor:
    """One shot per hit, laid over each other: (batch, n_samples)."""
    shots = _shots(band, noise[:, : round(SHOT_S * sample_rate_hz)], sample_rate_hz)  # (batch, 3, n_taps)
    n_samples, n_taps = arrangement.hits.shape[-1] * dsp.hop(sample_rate_hz), shots.shape[-1]
    drums = torch.zeros(len(shots), n_samples + n_taps)
    for row, part, frame in arrangement.hits.nonzero().tolist():
        start = frame * dsp.hop(sample_rate_hz)
        drums[row, start : start + n_taps] += arrangement.hits[row, part, frame] * shots[row, part]
    return drums[:, :n_samples]


def _shots(band: Band, noise: Tensor, sample_rate_hz: int) -> Tensor:
    time_s = torch.arange(noise.shape[-1]) / sample_rate_hz
    kick = torch.sin(2 * torch.pi * band.kick_hz * (time_s + 0.03 * (1 - torch.exp(-time_s / 0.02)))) * torch.exp(
        -time_s / 0.09
    )
    snare = (torch.sin(2 * torch.pi * band.snare_hz * time_s) + 0.5 * noise) * torch.exp(-time_s / band.snare_s)
    bright = noise - torch.roll(noise, 1, dims=-1)
    hat = 0.3 * bright * torch.exp(-time_s / band.hat_s)
    return torch.stack([2.0 * kick, snare, hat], dim=1)


def _gain(decibels: Tensor) -> Tensor:
    return 10 ** (decibels / 20)
