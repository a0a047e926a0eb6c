"""Pitch classes of a version computed from its score, without sound, so that a training can meet thousands of works.

Voice and band are those of `demo.voice` and `demo.band`. The partials of their tones are known: of a sawtooth through
formants, and of two-operator FM (Bessel functions: Chowning, "The synthesis of complex audio spectra by means of
frequency modulation", 1973). They are folded into pitch classes with the weights and the windows that librosa's
constant-Q transform has. Rooms, saturation, vocoders and the equalisers of the band are left out.

Amplitudes are those of sines; magnitudes of pitch classes are of shape (12, n_frames) in `FRAME_RATE_HZ`, from C on.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, special
from torch import Tensor

from real_cloned.core.chroma import chroma_cens
from real_cloned.demo import dsp
from real_cloned.demo.band import HAT, KICK, SNARE, Arrangement, Band
from real_cloned.demo.score import Score
from real_cloned.demo.voice import Melody, Voice, vocal_tract_response

STEP = 6
"""Frames of a score that become one frame of chroma."""
FRAME_RATE_HZ = 1 / (STEP * dsp.HOP_S)
HIGHEST_HZ = 4186.0
"""Seven octaves above C1, where librosa's chroma ends."""
QUALITY = 1 / (2 ** (1 / 36) - 1)
"""Periods in the window of a constant-Q transform with 36 bins in an octave."""
SIDEBANDS = np.arange(-5, 6)
"""Those of FM that are computed."""
LEAKAGE = 0.1
"""What a pitch class adds to its neighbours."""
FLOOR = 5e-4
"""Magnitude of what is never silent."""
HIT_NOISE = 0.03
"""Magnitude of noise of variance 1 in a pitch class."""
KICK_AMPLITUDE, KICK_S = 2.0, 0.09
"""Amplitude and decay of the kick drum, as `demo.band` synthesizes it."""
SNARE_NOISE, HAT_NOISE, NOISE_S = 0.5, 0.3, 0.15
"""Amplitudes of the drums' noise, and the decay at which `HIT_NOISE` holds."""

Floats = NDArray[np.float64]


class Part(NamedTuple):
    """What one instrument adds.

    Attributes:
        classes: Magnitudes of pitch classes. Shape: (12, n_frames).
        power: Mean square of its samples.
    """

    classes: Floats
    power: float


def score_classes(score: Score, voice: Voice, band: Band, vocal_db: float, sample_rate_hz: int) -> Floats:
    """Return the magnitudes of pitch classes of a version.

    Args:
        score: What is sung and played; a batch of 1.
        voice: The singer; a batch of 1.
        band: The band; a batch of 1.
        vocal_db: Level of the vocals above the accompaniment, in decibels.
        sample_rate_hz: At which it would be rendered.

    Returns:
        Shape (12, n_frames).
    """
    vocals = _voice_part(voice, score.melody, sample_rate_hz)
    accompaniment = _band_part(band, score.arrangement)
    loudness = _gain(vocal_db) / max(vocals.power, 1e-12) ** 0.5
    mixed = loudness * vocals.classes + accompaniment.classes / accompaniment.power**0.5 + FLOOR
    return np.asarray(mixed + LEAKAGE * (np.roll(mixed, 1, axis=0) + np.roll(mixed, -1, axis=0)))


def cens(classes: Floats, smoothing_s: float) -> NDArray[np.float32]:
    """Return chroma energy normalised statistics of pitch classes, by librosa.

    Args:
        classes: From `score_classes`. Shape: (12, n_frames).
        smoothing_s: Length of the window, in seconds.

    Returns:
        Shape (12, n_frames).
    """
    window = 2 * round(smoothing_s * FRAME_RATE_HZ / 2) + 1
    return chroma_cens(C=classes, bins_per_octave=12, win_len_smooth=window)


def _voice_part(voice: Voice, melody: Melody, sample_rate_hz: int) -> Part:
    """Partials of a sawtooth, 2 / pi / number, through the formants of the vowels."""
    gate, vowels = _frames(melody.gate), _frames(melody.vowel_weights)
    notes = np.round(voice.pitch_midi.item() + _frames(melody.interval)).astype(int)
    responses = vocal_tract_response(voice, sample_rate_hz)[0].numpy()  # (n_vowels, n_bins)
    bins_hz = dsp.fft_frequencies(sample_rate_hz).numpy()
    classes, power = np.zeros((12, len(notes))), np.zeros(len(notes))
    for note in np.unique(notes):
        at, hertz = notes == note, np.arange(_hertz(note), sample_rate_hz / 2, _hertz(note))
        formants = np.exp([np.interp(hertz, bins_hz, response) for response in responses])
        amplitudes = 2 / np.pi * formants / np.arange(1, len(hertz) + 1)  # (n_vowels, n_partials)
        classes[:, at] = _folding(hertz).T @ amplitudes.T @ vowels[:, at] * gate[at]
        power[at] = (amplitudes**2).sum(axis=1) @ vowels[:, at] * gate[at] ** 2 / 2
    return Part(_blur(classes, _hertz(notes.mean())), power.mean())


def _band_part(band: Band, arrangement: Arrangement) -> Part:
    trait = {name: float(getattr(band, name)[0, 0]) for name in Band.POPULATION}
    chords, bass = _frames(arrangement.chords), _frames(arrangement.bass)[None]
    chord_age_s, bass_age_s = _frames(arrangement.chord_age_s), _frames(arrangement.bass_age_s)
    decays = {
        "chord": np.exp(-chord_age_s / trait["chord_decay_s"]),
        "pad": np.clip(chord_age_s / 0.4, 0, 1),
        "bass": np.exp(-bass_age_s / trait["bass_decay_s"]),
    }
    notes = {"chord": chords, "pad": chords[:1] + 12, "bass": bass}
    ratios = {"chord": round(trait["chord_ratio"]), "pad": round(trait["pad_ratio"]), "bass": 1}
    parts = [
        _fm_part(notes[name], ratios[name], trait[f"{name}_index"], decay * _gain(trait[f"{name}_db"]))
        for name, decay in decays.items()
    ]
    parts.append(_drum_part(trait, _hits(arrangement)))
    return Part(np.sum([part.classes for part in parts], axis=0), sum(part.power for part in parts))


def _fm_part(notes: Floats, ratio: int, index: float, loudness: Floats) -> Part:
    """The mean of FM tones (n_voices, n_frames), as `demo.band` has them; partials that meet add up."""
    numbers = 1 + SIDEBANDS * ratio
    depth = index * loudness / max(loudness.max(), 1e-6)
    lines = np.sign(numbers)[:, None] * special.jv(SIDEBANDS[:, None], depth)  # (n_sidebands, n_frames)
    partials = np.unique(np.abs(numbers[numbers != 0]))
    met = np.stack([lines[np.abs(numbers) == partial].sum(axis=0) for partial in partials])
    amplitudes = loudness * np.abs(met) / len(notes)  # (n_partials, n_frames)
    classes = np.zeros((12, notes.shape[1]))
    for row in notes.round().astype(int):
        for note in np.unique(row):
            classes[:, row == note] += _folding(partials * _hertz(note)).T @ amplitudes[:, row == note]
    return Part(_blur(classes, _hertz(notes.mean())), float((amplitudes**2).sum(axis=0).mean()) / 2 * len(notes))


def _drum_part(trait: dict[str, float], hits: Floats) -> Part:
    """Kick and snare have a pitch, which is blurred since it ends soon; snare and hi-hat have noise."""
    decays_s = {SNARE: trait["snare_decay_s"], HAT: trait["hat_decay_s"]}
    classes = np.zeros((12, hits.shape[1]))
    kick, snare = (KICK, trait["kick_hz"], KICK_AMPLITUDE, KICK_S), (SNARE, trait["snare_hz"], 1.0, decays_s[SNARE])
    for drum, hertz, amplitude, decay_s in (kick, snare):
        folded = amplitude * _folding(np.array([hertz]))[0]
        folded += 0.3 * (np.roll(folded, 1) + np.roll(folded, -1))
        window = decay_s * hertz / QUALITY * _window(hertz)  # the share of the window that the tone fills
        classes += np.outer(folded, ndimage.convolve1d(hits[drum], window, mode="constant"))
    levels = {SNARE: SNARE_NOISE, HAT: HAT_NOISE}
    noise = sum(level * (decays_s[drum] / NOISE_S) ** 0.5 * hits[drum] for drum, level in levels.items())
    classes += HIT_NOISE * ndimage.convolve1d(noise, np.hanning(5)[1:-1], mode="constant")
    powers = {KICK: KICK_AMPLITUDE**2 / 2, SNARE: 0.5 + SNARE_NOISE**2, HAT: 2 * HAT_NOISE**2}
    energy = sum(hits[drum].sum() * powers[drum] * {KICK: KICK_S, **decays_s}[drum] / 2 for drum in powers)
    gain = _gain(trait["drums_db"])
    return Part(gain * classes, float(gain**2 * energy / (hits.shape[1] / FRAME_RATE_HZ)))


def _folding(hertz: Floats) -> Floats:
    """Return what partials of an amplitude of 1 add to the pitch classes, (n_partials, 12).

    librosa divides by the root of the window's length, so that a low partial counts more.
    """
    positions = 12 * np.log2(hertz / 440.0) + 69.0
    below, rows = np.floor(positions).astype(int), np.arange(len(hertz))
    weights, share = np.where(hertz < HIGHEST_HZ, hertz**-0.5, 0.0), positions - below
    matrix = np.zeros((len(hertz), 12))
    matrix[rows, below % 12] = weights * (1 - share)
    matrix[rows, (below + 1) % 12] = weights * share
    return matrix


def _blur(classes: Floats, hertz: float) -> Floats:
    """Return magnitudes as the window at a frequency shows them."""
    window = _window(hertz)
    return np.asarray(ndimage.convolve1d(classes, window / window.sum(), axis=1, mode="constant"))


def _window(hertz: float) -> Floats:
    return np.hanning(max(1, round(QUALITY / hertz * FRAME_RATE_HZ)) + 2)


def _frames(curve: Tensor) -> Floats:
    return np.asarray(curve[0].numpy()[..., ::STEP], np.float64)


def _hits(arrangement: Arrangement) -> Floats:
    """Return the hits of each frame, (3, n_frames)."""
    hits = arrangement.hits[0].numpy()
    return np.asarray(np.add.reduceat(hits, np.arange(0, hits.shape[1], STEP), axis=1), np.float64)


def _hertz(midi: float) -> float:
    return float(440.0 * 2 ** ((midi - 69) / 12))


def _gain(decibels: float) -> float:
    return float(10 ** (decibels / 20))
