"""Notes of instruments that no demo band plays: what a detector of singing must not take for a voice.

Each instrument is drawn once (`draw_instrument`) and then plays any note. Their tones are harmonic, some with vibrato,
slides and filters that move: all that a voice has, but for vowels and consonants.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Samples = NDArray[np.float32]
Instrument = Callable[[float, float], Samples]
"""Plays (frequency in hertz, duration in seconds): (n_samples,)."""

TABLE = 2048
N_HARMONICS = 40


def draw_instrument(rng: np.random.Generator, sample_rate_hz: int) -> Instrument:
    """Return an instrument with a timbre of its own: a string, a wavetable (lead, organ, reed, bow), FM, or a bell."""
    makers = (_string, _wavetable, _frequency_modulation, _bell)
    return makers[rng.choice(len(makers), p=[0.35, 0.4, 0.15, 0.1])](rng, sample_rate_hz)


def _string(rng: np.random.Generator, rate: int) -> Instrument:
    """A plucked string. Source: Karplus and Strong, "Digital synthesis of plucked string and drum timbres", 1983."""
    half_life_s, softness, pick = 10 ** rng.uniform(-1.2, 0.3), rng.uniform(0.1, 0.5), rng.uniform(0.0, 0.9)

    def play(hertz: float, seconds: float) -> Samples:
        period = max(4, round(rate / hertz - softness))
        loss = 0.5 ** (1 / (hertz * half_life_s))
        pluck = lfilter([1 - pick], [1, -pick], rng.normal(size=period))
        burst = np.zeros(round(seconds * rate))
        burst[:period] = (pluck - pluck.mean())[: len(burst)]
        feedback = np.zeros(period + 2)
        feedback[0], feedback[period:] = 1, (-loss * (1 - softness), -loss * softness)
        return _faded(lfilter([1.0], feedback, burst), rate, 0.001)

    return play


def _wavetable(rng: np.random.Generator, rate: int) -> Instrument:
    """A tone that moves from one waveform to another, with vibrato, slide and breath drawn for the instrument."""
    slope, attack_s = rng.uniform(0.3, 2.5), 10 ** rng.uniform(-2.5, -0.5)
    sound = [_waveform(rng, slope), _waveform(rng, slope + rng.exponential(0.8))]
    cents, vibrato_hz = rng.choice([0.0, 1.0], p=[0.4, 0.6]) * rng.uniform(5, 70), rng.uniform(3.0, 8.0)
    slide, breath = rng.choice([0.0, 1.0], p=[0.6, 0.4]) * rng.normal(0, 2), rng.choice([0.0, 0.03, 0.1])
    sweep_s, tremolo, decay_s = 10 ** rng.uniform(-1.3, 0.5), rng.uniform(0, 0.4), 10 ** rng.uniform(-0.5, 2)

    def play(hertz: float, seconds: float) -> Samples:
        time_s = np.arange(round(seconds * rate)) / rate
        wave = np.sin(2 * np.pi * vibrato_hz * time_s + rng.uniform(0, 6))
        bend = slide * np.exp(-time_s / 0.06) + cents / 100 * wave * np.clip(time_s / 0.4, 0, 1)
        cycles = np.cumsum(hertz * 2 ** (bend / 12)) / rate % 1 * TABLE
        first, second = (np.interp(cycles, np.arange(TABLE + 1), table) for table in sound)
        mix = np.exp(-time_s / sweep_s)
        tone = first * mix + second * (1 - mix) + breath * rng.normal(size=len(time_s))
        return _faded(tone * (1 + tremolo * wave) * np.exp(-time_s / decay_s), rate, attack_s)

    return play


def _frequency_modulation(rng: np.random.Generator, rate: int) -> Instrument:
    """Two sines, one bending the other. Source: Chowning, "The synthesis of complex audio spectra", 1973."""
    ratio, index = float(rng.choice([0.5, 1, 1, 2, 3, 4, 7, 1.41])), rng.uniform(0.3, 6)
    decay_s, attack_s = 10 ** rng.uniform(-1, 1), 10 ** rng.uniform(-2.5, -0.7)

    def play(hertz: float, seconds: float) -> Samples:
        time_s = np.arange(round(seconds * rate)) / rate
        fading, cycle = np.exp(-time_s / decay_s), 2 * np.pi * hertz * time_s
        return _faded(np.sin(cycle + index * fading * np.sin(ratio * cycle)) * fading, rate, attack_s)

    return play


def _bell(rng: np.random.Generator, rate: int) -> Instrument:
    """A struck string or bar: partials a little (piano) or far (bell) from whole multiples, the high ones short."""
    stretch = 10 ** rng.uniform(-4.5, -1.5)
    numbers = np.arange(1, 13)
    ratios = numbers * np.sqrt(1 + stretch * numbers**2)
    amplitudes, decay_s = rng.uniform(0.2, 1, 12) / numbers ** rng.uniform(0.5, 2), 10 ** rng.uniform(-0.7, 0.6)

    def play(hertz: float, seconds: float) -> Samples:
        time_s = np.arange(round(seconds * rate)) / rate
        kept = ratios * hertz < rate / 2
        partials = np.sin(2 * np.pi * hertz * ratios[kept, None] * time_s)
        fading = np.exp(-time_s / decay_s * np.sqrt(numbers[kept, None]))
        return _faded((amplitudes[kept, None] * partials * fading).sum(axis=0), rate, 0.002)

    return play


def _waveform(rng: np.random.Generator, slope: float) -> NDArray[np.float64]:
    """One period (TABLE + 1,): harmonics that fall by `slope` and bulge at a few fixed places."""
    numbers = np.arange(1, N_HARMONICS + 1)
    bulge = sum(rng.uniform(0, 2) * np.exp(-0.5 * ((numbers - rng.uniform(1, 16)) / 2) ** 2) for _ in range(2))
    amplitudes = numbers**-slope * np.exp(bulge) * rng.uniform(0.3, 1, N_HARMONICS)
    amplitudes[1::2] *= rng.choice([0.1, 1.0], p=[0.25, 0.75])  # a clarinet's and a square wave's are weak
    angles = 2 * np.pi * np.arange(TABLE + 1) / TABLE
    wave = (amplitudes[:, None] * np.sin(numbers[:, None] * angles + rng.uniform(0, 6, (N_HARMONICS, 1)))).sum(axis=0)
    return np.asarray(wave / wave.std())


def _faded(tone: NDArray[Any], rate: int, attack_s: float) -> Samples:
    """`tone` with its attack and a release of 20 ms, at a root mean square of 1."""
    ramp = np.arange(len(tone)) / rate
    tone = tone * np.minimum(1, np.minimum((ramp + 1e-4) / attack_s, ramp[::-1] / 0.02))
    return np.asarray(tone / max(1e-6, tone.std()), np.float32)
