"""Synthetic instrumental parts that the demo's bands lack: what a detector of singing must not mistake for a voice.

`draw_distractors` returns parts: leads, chords, drums and noise. Each instrument is drawn once (`draw_instrument`) and
then plays any note. Tones are harmonic, some with vibrato, slides and moving filters, as a voice, but without vowels
and consonants.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt
from tqdm import trange

Samples = NDArray[np.float32]
Instrument = Callable[[float, float], Samples]
"""Plays (frequency in hertz, duration in seconds): (n_samples,)."""

TABLE = 2048
N_HARMONICS = 40


def draw_instrument(rng: np.random.Generator, sample_rate_hz: int) -> Instrument:
    """Return an instrument with a timbre of its own: a string, a wavetable (lead, organ, reed, bow), FM, or a bell.

    Args:
        rng: Source of random numbers.
        sample_rate_hz: Sample rate, in hertz.
    """
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
        return _with_envelope(lfilter([1.0], feedback, burst), rate, 0.001)

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
        return _with_envelope(tone * (1 + tremolo * wave) * np.exp(-time_s / decay_s), rate, attack_s)

    return play


def _frequency_modulation(rng: np.random.Generator, rate: int) -> Instrument:
    """Two sines, one bending the other. Source: Chowning, "The synthesis of complex audio spectra", 1973."""
    ratio, index = float(rng.choice([0.5, 1, 1, 2, 3, 4, 7, 1.41])), rng.uniform(0.3, 6)
    decay_s, attack_s = 10 ** rng.uniform(-1, 1), 10 ** rng.uniform(-2.5, -0.7)

    def play(hertz: float, seconds: float) -> Samples:
        time_s = np.arange(round(seconds * rate)) / rate
        fading, cycle = np.exp(-time_s / decay_s), 2 * np.pi * hertz * time_s
        return _with_envelope(np.sin(cycle + index * fading * np.sin(ratio * cycle)) * fading, rate, attack_s)

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
        return _with_envelope((amplitudes[kept, None] * partials * fading).sum(axis=0), rate, 0.002)

    return play


def _waveform(rng: np.random.Generator, slope: float) -> NDArray[np.float64]:
    """One period (TABLE + 1,): harmonics that fall by `slope` and have two formants."""
    numbers = np.arange(1, N_HARMONICS + 1)
    bulge = sum(rng.uniform(0, 2) * np.exp(-0.5 * ((numbers - rng.uniform(1, 16)) / 2) ** 2) for _ in range(2))
    amplitudes = numbers**-slope * np.exp(bulge) * rng.uniform(0.3, 1, N_HARMONICS)
    amplitudes[1::2] *= rng.choice([0.1, 1.0], p=[0.25, 0.75])  # a clarinet's and a square wave's are weak
    angles = 2 * np.pi * np.arange(TABLE + 1) / TABLE
    wave = (amplitudes[:, None] * np.sin(numbers[:, None] * angles + rng.uniform(0, 6, (N_HARMONICS, 1)))).sum(axis=0)
    return np.asarray(wave / wave.std())


def _with_envelope(tone: NDArray[Any], rate: int, attack_s: float) -> Samples:
    """`tone` with its attack and a release of 20 ms, at a root mean square of 1."""
    ramp = np.arange(len(tone)) / rate
    tone = tone * np.minimum(1, np.minimum((ramp + 1e-4) / attack_s, ramp[::-1] / 0.02))
    return np.asarray(tone / max(1e-6, tone.std()), np.float32)


SCALE = np.array([0, 2, 3, 5, 7, 9, 10])
DISTORTED_SHARE = 0.35


def draw_distractors(rng: np.random.Generator, count: int, clip_s: float, sample_rate_hz: int) -> NDArray[np.float16]:
    """Return (count, n_samples) instrumental parts of `clip_s` seconds, each at a standard deviation of 1.

    Args:
        rng: Source of random numbers.
        count: Number of parts.
        clip_s: Duration, in seconds.
        sample_rate_hz: Sample rate, in hertz.
    """
    clips = np.empty((count, round(clip_s * sample_rate_hz)), np.float16)
    for row in trange(count, desc="draw distractors", unit="clip", mininterval=1.0):
        clips[row] = scale_to_unit_std(_part(rng, clip_s, sample_rate_hz))
    return clips


def _part(rng: np.random.Generator, clip_s: float, rate: int) -> Samples:
    kind = rng.choice(["lead", "chords", "drums", "noise"], p=[0.4, 0.3, 0.25, 0.05])
    if kind == "drums":
        return draw_drums(rng, clip_s, rate)
    if kind == "noise":
        return draw_noise(rng, clip_s, rate)
    part = draw_phrases(rng, draw_instrument(rng, rate), clip_s, rate, chords=kind == "chords")
    return distort(rng, part, rate) if rng.random() < DISTORTED_SHARE else part


def draw_phrases(rng: np.random.Generator, play: Instrument, clip_s: float, rate: int, chords: bool) -> Samples:
    """Return (n_samples,) of `play` in a random rhythm: a melody with rests, or strummed chords.

    Args:
        rng: Source of random numbers.
        play: The instrument.
        clip_s: Duration, in seconds.
        rate: Sample rate, in hertz.
        chords: Whether to play chords instead of a melody.
    """
    part, start_s, step = np.zeros(round(clip_s * rate), np.float32), 0.0, 0
    beat_s, centre = 60 / rng.uniform(70, 170), rng.uniform(36, 60) if chords else rng.uniform(40, 80)
    lengths = rng.choice([0.25, 0.5, 0.5, 1.0, 2.0, 4.0], 3) * (2 if chords else 1)
    legato, strum_s, rest = rng.uniform(0.4, 1.2), rng.uniform(0, 0.03), rng.choice([0.0, 0.15])
    while start_s < clip_s:
        length_s = beat_s * rng.choice(lengths)
        step = int(np.clip(step + rng.integers(-3, 4), -7, 7))
        if rng.random() >= rest:
            notes = centre + 12 * (step // 7) + SCALE[step % 7] + (_chord(rng) if chords else np.zeros(1))
            for index, note in enumerate(notes):
                tone = play(440 * 2 ** ((note - 69) / 12), length_s * legato + 0.03)
                _mix_in(part, tone * rng.uniform(0.5, 1), round((start_s + index * strum_s) * rate))
        start_s += length_s
    return part


def draw_drums(rng: np.random.Generator, clip_s: float, rate: int) -> Samples:
    """Return (n_samples,) of a drum kit with a pattern of sixteenths, from kicks to ringing cymbals.

    Args:
        rng: Source of random numbers.
        clip_s: Duration, in seconds.
        rate: Sample rate, in hertz.
    """
    kit = [_drum_hit(rng, rate) for _ in range(rng.integers(2, 6))]
    pattern = rng.random((len(kit), 16)) < rng.uniform(0.05, 0.5, (len(kit), 1))
    part, step_s = np.zeros(round(clip_s * rate), np.float32), 60 / rng.uniform(70, 170) / 4
    for step in range(int(clip_s / step_s)):
        for shot, hits in zip(kit, pattern, strict=True):
            if hits[step % 16]:
                _mix_in(part, shot * np.float32(rng.uniform(0.6, 1)), round(step * step_s * rate))
    return part


def draw_noise(rng: np.random.Generator, clip_s: float, rate: int) -> Samples:
    """Return (n_samples,) of band-pass noise with a varying level, such as wind, a crowd or a riser.

    Args:
        rng: Source of random numbers.
        clip_s: Duration, in seconds.
        rate: Sample rate, in hertz.
    """
    knots = rng.uniform(0.05, 1, rng.integers(2, 20))
    swell = np.interp(np.linspace(0, 1, round(clip_s * rate)), np.linspace(0, 1, len(knots)), knots)
    return np.asarray(_bandpass(rng, rng.normal(size=len(swell)), rate) * swell, np.float32)


def distort(rng: np.random.Generator, part: Samples, rate: int) -> Samples:
    """Return a part through an overdriven amplifier and its cabinet, (n_samples,).

    Args:
        rng: Source of random numbers.
        part: (n_samples,).
        rate: Sample rate, in hertz.
    """
    driven = np.tanh(10 ** rng.uniform(0, 1.8) * scale_to_unit_std(part))
    cabinet = butter(2, min(rng.uniform(1500, 6000), 0.45 * rate), fs=rate, output="sos")
    return np.asarray(sosfilt(cabinet, driven), np.float32)


def _chord(rng: np.random.Generator) -> NDArray[np.int64]:
    chords = [(0, 7, 12), (0, 4, 7), (0, 3, 7), (0, 7, 12, 16, 19), (0, 7, 12, 15, 19, 24), (0, 4, 7, 11)]
    return np.array(chords[rng.integers(len(chords))])


def _drum_hit(rng: np.random.Generator, rate: int) -> Samples:
    time_s = np.arange(round(1.5 * rate)) / rate
    hertz, ring_s, hiss_s = 10 ** rng.uniform(1.6, 2.7), 10 ** rng.uniform(-2, -0.7), 10 ** rng.uniform(-2.3, 0)
    drum = np.sin(2 * np.pi * hertz * (time_s + 0.03 * (1 - np.exp(-time_s / 0.02)))) * np.exp(-time_s / ring_s)
    hiss = _bandpass(rng, rng.normal(size=len(time_s)), rate) * np.exp(-time_s / hiss_s)
    share = rng.random()
    return np.asarray(share * drum + (1 - share) * hiss / max(1e-6, hiss[:800].std()), np.float32)


def _bandpass(rng: np.random.Generator, noise: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    low, high = np.sort(10 ** rng.uniform(1.8, np.log10(0.45 * rate), 2))
    return np.asarray(sosfilt(butter(1, (low, high * 1.05), "band", fs=rate, output="sos"), noise))


def _mix_in(part: Samples, tone: Samples, start: int) -> None:
    part[start : start + len(tone)] += tone[: max(0, len(part) - start)]


def scale_to_unit_std(samples: Samples) -> Samples:
    """Return samples at a standard deviation of 1; silence stays silent.

    Args:
        samples: (n_samples,) float32.
    """
    return np.asarray(samples / max(np.float32(1e-6), samples.std()), np.float32)
