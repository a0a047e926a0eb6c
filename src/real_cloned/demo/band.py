"""Backing bands: the timbres of chords, pad, bass and drums (`Band`), what they play (`Arrangement`), and synthesis."""

from dataclasses import dataclass

import torch
from torch import Tensor

from real_cloned.demo import dsp
from real_cloned.demo.traits import Trait, Traits

ONE_SHOT_S = 0.3
KICK, SNARE, HAT = range(3)


@dataclass(frozen=True)
class Band(Traits):
    """A batch of bands. Chords, pad and bass are two-operator FM; all fields are (batch, 1) except `eq_db`.

    Attributes:
        chord_ratio: Frequency of the chords' modulator, relative to the note.
        chord_index: Modulation index of the chords.
        chord_decay_s: Decay of the chords in seconds.
        chord_db: Level of the chords.
        pad_ratio: Frequency of the pad's modulator, relative to the note.
        pad_index: Modulation index of the pad.
        pad_db: Level of the pad.
        bass_index: Modulation index of the bass.
        bass_decay_s: Decay of the bass in seconds.
        bass_db: Level of the bass.
        kick_hz: Pitch of the kick drum.
        snare_hz: Pitch of the snare drum.
        snare_decay_s: Decay of the snare drum in seconds.
        hat_decay_s: Decay of the hi-hat in seconds.
        drums_db: Level of the drums.
        tempo_bpm: Tempo in beats per minute.
        swing: Delay of every second eighth note, as a share of it, in [0, 0.5].
        busyness: Density of notes and drum hits, in [0, 1].
        eq_db: (batch, 8) an equaliser curve.
    """

    chord_ratio: Tensor
    chord_index: Tensor
    chord_decay_s: Tensor
    chord_db: Tensor
    pad_ratio: Tensor
    pad_index: Tensor
    pad_db: Tensor
    bass_index: Tensor
    bass_decay_s: Tensor
    bass_db: Tensor
    kick_hz: Tensor
    snare_hz: Tensor
    snare_decay_s: Tensor
    hat_decay_s: Tensor
    drums_db: Tensor
    tempo_bpm: Tensor
    swing: Tensor
    busyness: Tensor
    eq_db: Tensor

    POPULATION = {
        "chord_ratio": Trait(2.5, 1.2, lowest=0.5, highest=6.0),
        "chord_index": Trait(2.0, 1.2, lowest=0.1, highest=6.0),
        "chord_decay_s": Trait(0.6, 0.4, lowest=0.08, highest=2.0),
        "chord_db": Trait(-3.0, 4.0),
        "pad_ratio": Trait(2.0, 1.0, lowest=0.5, highest=5.0),
        "pad_index": Trait(1.0, 0.7, lowest=0.0, highest=4.0),
        "pad_db": Trait(-8.0, 5.0),
        "bass_index": Trait(1.0, 0.8, lowest=0.0, highest=4.0),
        "bass_decay_s": Trait(0.5, 0.25, lowest=0.1, highest=1.5),
        "bass_db": Trait(0.0, 3.0),
        "kick_hz": Trait(55.0, 10.0, lowest=35.0, highest=90.0),
        "snare_hz": Trait(190.0, 40.0, lowest=110.0, highest=320.0),
        "snare_decay_s": Trait(0.08, 0.04, lowest=0.02, highest=0.2),
        "hat_decay_s": Trait(0.03, 0.02, lowest=0.006, highest=0.1),
        "drums_db": Trait(-2.0, 4.0),
        "tempo_bpm": Trait(108.0, 18.0, lowest=70.0, highest=160.0),
        "swing": Trait(0.15, 0.15, lowest=0.0, highest=0.5),
        "busyness": Trait(0.5, 0.25, lowest=0.0, highest=1.0),
        "eq_db": Trait(0.0, 3.0, size=8),
    }


@dataclass(frozen=True)
class Arrangement:
    """What the band plays, in frames of 10 ms.

    Attributes:
        chords: (batch, 3, n_frames) MIDI notes.
        bass: (batch, n_frames) MIDI notes.
        chord_age_s: (batch, n_frames) seconds since the last onset of a chord.
        bass_age_s: (batch, n_frames) seconds since the last onset of the bass.
        hits: (batch, 3, n_frames) strengths of kick, snare and hi-hat, 0 where there is none.
    """

    chords: Tensor
    bass: Tensor
    chord_age_s: Tensor
    bass_age_s: Tensor
    hits: Tensor


def synthesize_band(
    band: Band, arrangement: Arrangement, noise: Tensor, log_response: Tensor, sample_rate_hz: int
) -> Tensor:
    """Synthesize what the bands play.

    Args:
        band: The bands.
        arrangement: What each of them plays.
        noise: (batch, n_taps) of variance 1, for the drums; at least ONE_SHOT_S long.
        log_response: (batch, n_bins) natural-log magnitudes of the mixing desk.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_samples) float32 at a root mean square of 1.
    """
    chord_gain = torch.exp(-arrangement.chord_age_s / band.chord_decay_s) * _to_gain(band.chord_db)
    pad_gain = (arrangement.chord_age_s / 0.4).clamp(0.0, 1.0) * _to_gain(band.pad_db)
    bass_gain = torch.exp(-arrangement.bass_age_s / band.bass_decay_s) * _to_gain(band.bass_db)
    chords = _fm(arrangement.chords, band.chord_ratio.round(), band.chord_index, chord_gain, sample_rate_hz)
    pads = _fm(arrangement.chords[:, :1] + 12, band.pad_ratio.round(), band.pad_index, pad_gain, sample_rate_hz)
    bass = _fm(
        arrangement.bass[:, None], torch.ones_like(band.bass_decay_s), band.bass_index, bass_gain, sample_rate_hz
    )
    drums = _drums(band, arrangement, noise, sample_rate_hz) * _to_gain(band.drums_db)
    response = dsp.interpolate_response(band.eq_db, sample_rate_hz) + log_response
    mixed = dsp.apply_filter(chords + pads + bass + drums, response, sample_rate_hz)
    return mixed / dsp.rms(mixed)


def _fm(notes: Tensor, ratio: Tensor, index: Tensor, loudness: Tensor, sample_rate_hz: int) -> Tensor:
    """Two-operator FM of (batch, n_voices, n_frames) notes, summed over voices: (batch, n_samples)."""
    frequency_hz = 440.0 * 2 ** ((notes - 69) / 12)
    phase = 2 * torch.pi * dsp.phase_cycles(frequency_hz, sample_rate_hz)
    depth = dsp.upsample_control(index * loudness / loudness.amax(-1, keepdim=True).clamp(min=1e-6), sample_rate_hz)
    tone = torch.sin(phase + depth[:, None] * torch.sin(ratio[:, :, None] * phase))
    return tone.mean(dim=1) * dsp.upsample_control(loudness, sample_rate_hz)


def _drums(band: Band, arrangement: Arrangement, noise: Tensor, sample_rate_hz: int) -> Tensor:
    """One-shot samples mixed at the hits: (batch, n_samples)."""
    shots = _one_shots(band, noise[:, : round(ONE_SHOT_S * sample_rate_hz)], sample_rate_hz)  # (batch, 3, n_taps)
    n_samples, n_taps = arrangement.hits.shape[-1] * dsp.hop_length(sample_rate_hz), shots.shape[-1]
    drums = torch.zeros(len(shots), n_samples + n_taps)
    for row, part, frame in arrangement.hits.nonzero().tolist():
        start = frame * dsp.hop_length(sample_rate_hz)
        drums[row, start : start + n_taps] += arrangement.hits[row, part, frame] * shots[row, part]
    return drums[:, :n_samples]


def _one_shots(band: Band, noise: Tensor, sample_rate_hz: int) -> Tensor:
    time_s = torch.arange(noise.shape[-1]) / sample_rate_hz
    kick = torch.sin(2 * torch.pi * band.kick_hz * (time_s + 0.03 * (1 - torch.exp(-time_s / 0.02)))) * torch.exp(
        -time_s / 0.09
    )
    snare = (torch.sin(2 * torch.pi * band.snare_hz * time_s) + 0.5 * noise) * torch.exp(-time_s / band.snare_decay_s)
    bright = noise - torch.roll(noise, 1, dims=-1)
    hat = 0.3 * bright * torch.exp(-time_s / band.hat_decay_s)
    return torch.stack([2.0 * kick, snare, hat], dim=1)


def _to_gain(decibels: Tensor) -> Tensor:
    return 10 ** (decibels / 20)
