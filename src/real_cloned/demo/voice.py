"""Singing voices as source and filter: who sings (`Voice`), what is sung (`Melody`), and the sound of it (`sing`).

The source is a sawtooth-like glottal wave with vibrato and jitter, plus aspiration noise. The filter is the vocal
tract:
five formants for each of six vowels, scaled by the tract's length and shifted and widened by the singer's own offsets.
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
    """One singer per row.

    tract : (batch, 1) scale of all formants; formants : (batch, 5) log offsets; widths : (batch, 5) log offsets
    tilt : (batch, 1) decibels per octave; breath : (batch, 1) share of aspiration
    vibrato_hz, vibrato_cents, jitter_cents : (batch, 1); pitch : (batch, 1) MIDI note at the centre of the range
    consonants : (batch, 1) decibels; colour : (batch, 8) decibels, what five formants leave unsaid
    """

    tract: Tensor
    formants: Tensor
    widths: Tensor
    tilt: Tensor
    breath: Tensor
    vibrato_hz: Tensor
    vibrato_cents: Tensor
    jitter_cents: Tensor
    pitch: Tensor
    consonants: Tensor
    colour: Tensor

    POPULATION = {
        "tract": Trait(1.0, 0.11, lowest=0.75, highest=1.3),
        "formants": Trait(0.0, 0.06, size=5),
        "widths": Trait(0.0, 0.3, size=5),
        "tilt": Trait(3.0, 2.0),
        "breath": Trait(0.15, 0.1, lowest=0.01, highest=0.6),
        "vibrato_hz": Trait(5.4, 0.6, lowest=3.5, highest=7.5),
        "vibrato_cents": Trait(35.0, 18.0, lowest=0.0),
        "jitter_cents": Trait(9.0, 4.0, lowest=1.0),
        "pitch": Trait(60.0, 5.0, lowest=48.0, highest=72.0),
        "consonants": Trait(-6.0, 5.0),
        "colour": Trait(0.0, 3.5, size=8),
    }


@dataclass(frozen=True)
class Melody:
    """What is sung, frame by frame (10 ms), relative to the singer's own range.

    interval : (batch, n_frames) semitones from the centre of the range; gate : (batch, n_frames) loudness in [0, 1]
    vowels : (batch, n_vowels, n_frames) weights that sum to 1; consonants : (batch, n_kinds, n_frames) in [0, 1]
    wander : (batch, n_frames) slow noise of variance 1, for jitter; onset_s : (batch, n_frames) since the note began
    """

    interval: Tensor
    gate: Tensor
    vowels: Tensor
    consonants: Tensor
    wander: Tensor
    onset_s: Tensor


def vowel_responses(voice: Voice, sample_rate_hz: int) -> Tensor:
    """Return natural-log magnitudes (batch, n_vowels, n_bins) of the vocal tract, tilt and colour included."""
    hertz = dsp.bin_frequencies(sample_rate_hz).clamp(min=40.0)
    centres = VOWELS_HZ * voice.tract[:, :, None] * voice.formants.exp()[:, None]  # (batch, n_vowels, 5)
    widths = BANDWIDTHS_HZ * voice.widths.exp()[:, None]  # (batch, 1, 5)
    gains = _resonance(hertz, centres[..., None], widths[..., None]).sum(dim=2)  # (batch, n_vowels, n_bins)
    tilt = voice.tilt * torch.log2(hertz / 200.0).clamp(min=0.0) * (np.log(10) / 20)
    colour = dsp.smooth_response(voice.colour, sample_rate_hz)
    responses: Tensor = gains + (tilt + colour)[:, None]
    return responses


def sing(voice: Voice, melody: Melody, noise: Tensor, colour: Tensor, sample_rate_hz: int) -> Tensor:
    """Return the sung melody, (batch, n_samples) float32 at a root mean square of 1.

    noise : (batch, n_samples) of variance 1, the only randomness: it is the aspiration and the consonants
    colour : (batch, n_bins) natural-log magnitudes of the microphone and the desk
    """
    tone = dsp.sawtooth(_frequency(voice, melody), sample_rate_hz)
    gate = dsp.to_samples(melody.gate, sample_rate_hz)
    burst = melody.consonants.sum(dim=1)  # (batch, n_frames)
    source = tone * gate + noise * dsp.to_samples(voice.breath * melody.gate + burst, sample_rate_hz)
    vowels = (vowel_responses(voice, sample_rate_hz).transpose(1, 2) @ melody.vowels).exp()  # (batch, n_bins, n_frames)
    hiss = _consonant_responses(voice, sample_rate_hz).transpose(1, 2) @ melody.consonants
    tract = (vowels * (1 - burst[:, None]) + hiss) * colour.exp()[..., None]
    spectrum = dsp.spectrogram(source, sample_rate_hz)[..., :-1] * tract
    samples = dsp.resynthesis(spectrum, noise.shape[-1], sample_rate_hz)
    return samples / dsp.level(samples)


def _frequency(voice: Voice, melody: Melody) -> Tensor:
    time_s = torch.arange(melody.interval.shape[-1]) * dsp.HOP_S
    swell = ((melody.onset_s - 0.15) / 0.25).clamp(0.0, 1.0)
    vibrato = voice.vibrato_cents * swell * torch.sin(2 * torch.pi * voice.vibrato_hz * time_s)
    cents = vibrato + voice.jitter_cents * melody.wander
    notes = voice.pitch + melody.interval + cents / 100
    return 440.0 * 2 ** ((notes - 69) / 12)


def _resonance(hertz: Tensor, centre: Tensor, width: Tensor) -> Tensor:
    """Natural-log magnitude of a two-pole resonance with unit gain at 0 Hz."""
    distance = (centre**2 - hertz**2) ** 2 + (width * hertz) ** 2
    return torch.log(centre**2) - 0.5 * torch.log(distance)


def _consonant_responses(voice: Voice, sample_rate_hz: int) -> Tensor:
    centres = (CONSONANTS_HZ * voice.tract)[..., None]  # (batch, n_kinds, 1)
    octaves = torch.log2(dsp.bin_frequencies(sample_rate_hz).clamp(min=40.0) / centres)
    return torch.exp(-0.5 * (octaves / 0.4) ** 2) * (10 ** (voice.consonants / 20))[:, :, None]
