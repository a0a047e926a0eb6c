"""Singing voices by the source-filter model: who sings (`Voice`), what is sung (`Melody`), and its synthesis.

The source is a sawtooth-like glottal wave with vibrato and jitter, plus aspiration noise. The filter is the vocal tract
of five formants for each of six vowels, scaled by the tract's length, shifted and widened by the singer's own offsets.
Vowel frequencies and bandwidths are after Peterson and Barney, "Control methods used in a study of the vowels", 1952.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from real_cloned.demo import dsp
from real_cloned.demo.traits import Trait, Traits

VOWELS_HZ = torch.tensor(
    [
        [730.0, 1090.0, 2440.0, 3400.0, 4500.0],  # a
        [530.0, 1840.0, 2480.0, 3500.0, 4500.0],  # e
        [270.0, 2290.0, 3010.0, 3600.0, 4600.0],  # i
        [570.0, 840.0, 2410.0, 3300.0, 4400.0],  # o
        [300.0, 870.0, 2240.0, 3300.0, 4400.0],  # u
        [490.0, 1350.0, 1690.0, 3200.0, 4300.0],  # er
    ]
)
BANDWIDTHS_HZ = torch.tensor([80.0, 100.0, 140.0, 200.0, 260.0])
N_VOWELS = len(VOWELS_HZ)
CONSONANTS_HZ = torch.tensor([1500.0, 2800.0, 4200.0, 6000.0])


@dataclass(frozen=True)
class Voice(Traits):
    """A batch of singers.

    Attributes:
        tract_scale: (batch, 1) factor of all formant frequencies.
        formant_offsets: (batch, 5) natural-log offsets of the formant frequencies.
        bandwidth_offsets: (batch, 5) natural-log offsets of the formant bandwidths.
        tilt_db: (batch, 1) spectral tilt in decibels per octave above 200 Hz.
        breathiness: (batch, 1) level of the aspiration noise.
        vibrato_hz: (batch, 1) rate of the vibrato.
        vibrato_cents: (batch, 1) depth of the vibrato.
        jitter_cents: (batch, 1) depth of the slow random pitch movement.
        pitch_midi: (batch, 1) MIDI note at the centre of the range.
        consonant_db: (batch, 1) level of the consonants.
        eq_db: (batch, 8) an equaliser curve for what the five formants do not cover.
    """

    tract_scale: Tensor
    formant_offsets: Tensor
    bandwidth_offsets: Tensor
    tilt_db: Tensor
    breathiness: Tensor
    vibrato_hz: Tensor
    vibrato_cents: Tensor
    jitter_cents: Tensor
    pitch_midi: Tensor
    consonant_db: Tensor
    eq_db: Tensor

    POPULATION = {
        "tract_scale": Trait(1.0, 0.11, lowest=0.75, highest=1.3),
        "formant_offsets": Trait(0.0, 0.06, size=5),
        "bandwidth_offsets": Trait(0.0, 0.3, size=5),
        "tilt_db": Trait(3.0, 2.0),
        "breathiness": Trait(0.15, 0.1, lowest=0.01, highest=0.6),
        "vibrato_hz": Trait(5.4, 0.6, lowest=3.5, highest=7.5),
        "vibrato_cents": Trait(35.0, 18.0, lowest=0.0),
        "jitter_cents": Trait(9.0, 4.0, lowest=1.0),
        "pitch_midi": Trait(60.0, 5.0, lowest=48.0, highest=72.0),
        "consonant_db": Trait(-6.0, 5.0),
        "eq_db": Trait(0.0, 3.5, size=8),
    }


@dataclass(frozen=True)
class Melody:
    """What is sung, in frames of 10 ms, relative to the singer's range.

    Attributes:
        interval: (batch, n_frames) semitones from the centre of the range.
        gate: (batch, n_frames) loudness in [0, 1].
        vowel_weights: (batch, n_vowels, n_frames), sum to 1 over vowels.
        consonants: (batch, n_consonants, n_frames) loudness in [0, 1].
        jitter: (batch, n_frames) slow noise of variance 1.
        note_age_s: (batch, n_frames) seconds since the note began.
    """

    interval: Tensor
    gate: Tensor
    vowel_weights: Tensor
    consonants: Tensor
    jitter: Tensor
    note_age_s: Tensor


def vocal_tract_response(voice: Voice, sample_rate_hz: int) -> Tensor:
    """Return the filter of each vowel: formants, spectral tilt and equaliser.

    Args:
        voice: The singers.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_vowels, n_bins) natural-log magnitudes.
    """
    hertz = dsp.fft_frequencies(sample_rate_hz).clamp(min=40.0)
    centres = VOWELS_HZ * voice.tract_scale[:, :, None] * voice.formant_offsets.exp()[:, None]  # (batch, n_vowels, 5)
    widths = BANDWIDTHS_HZ * voice.bandwidth_offsets.exp()[:, None]  # (batch, 1, 5)
    gains = _resonance(hertz, centres[..., None], widths[..., None]).sum(dim=2)  # (batch, n_vowels, n_bins)
    tilt = voice.tilt_db * torch.log2(hertz / 200.0).clamp(min=0.0) * (np.log(10) / 20)
    eq = dsp.interpolate_response(voice.eq_db, sample_rate_hz)
    responses: Tensor = gains + (tilt + eq)[:, None]
    return responses


def synthesize_vocals(voice: Voice, melody: Melody, noise: Tensor, log_response: Tensor, sample_rate_hz: int) -> Tensor:
    """Synthesize the sung melodies.

    Args:
        voice: The singers.
        melody: What each of them sings.
        noise: (batch, n_samples) of variance 1, for aspiration and consonants; the only random input.
        log_response: (batch, n_bins) natural-log magnitudes of microphone and mixing desk.
        sample_rate_hz: Sample rate in hertz.

    Returns:
        (batch, n_samples) float32 at a root mean square of 1.
    """
    tone = dsp.sawtooth(_frequency(voice, melody), sample_rate_hz)
    gate = dsp.upsample_control(melody.gate, sample_rate_hz)
    burst = melody.consonants.sum(dim=1)  # (batch, n_frames)
    source = tone * gate + noise * dsp.upsample_control(voice.breathiness * melody.gate + burst, sample_rate_hz)
    vowels = (
        vocal_tract_response(voice, sample_rate_hz).transpose(1, 2) @ melody.vowel_weights
    ).exp()  # (batch, n_bins, n_frames)
    hiss = _consonant_responses(voice, sample_rate_hz).transpose(1, 2) @ melody.consonants
    tract = (vowels * (1 - burst[:, None]) + hiss) * log_response.exp()[..., None]
    spectrum = dsp.stft(source, sample_rate_hz)[..., :-1] * tract
    samples = dsp.istft(spectrum, noise.shape[-1], sample_rate_hz)
    return samples / dsp.rms(samples)


def _frequency(voice: Voice, melody: Melody) -> Tensor:
    time_s = torch.arange(melody.interval.shape[-1]) * dsp.HOP_S
    swell = ((melody.note_age_s - 0.15) / 0.25).clamp(0.0, 1.0)
    vibrato = voice.vibrato_cents * swell * torch.sin(2 * torch.pi * voice.vibrato_hz * time_s)
    cents = vibrato + voice.jitter_cents * melody.jitter
    notes = voice.pitch_midi + melody.interval + cents / 100
    return 440.0 * 2 ** ((notes - 69) / 12)


def _resonance(hertz: Tensor, centre: Tensor, width: Tensor) -> Tensor:
    """Natural-log magnitude of a two-pole resonance with unit gain at 0 Hz."""
    distance = (centre**2 - hertz**2) ** 2 + (width * hertz) ** 2
    return torch.log(centre**2) - 0.5 * torch.log(distance)


def _consonant_responses(voice: Voice, sample_rate_hz: int) -> Tensor:
    centres = (CONSONANTS_HZ * voice.tract_scale)[..., None]  # (batch, n_kinds, 1)
    octaves = torch.log2(dsp.fft_frequencies(sample_rate_hz).clamp(min=40.0) / centres)
    return torch.exp(-0.5 * (octaves / 0.4) ** 2) * (10 ** (voice.consonant_db / 20))[:, :, None]
