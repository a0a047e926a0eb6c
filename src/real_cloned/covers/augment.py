"""Random changes of profiles in training, as the seed's generator makes them (vignejs/cover-song-identification).

Every profile is rolled in time and transposed, both circularly. Some are then stretched in time, and of some the frames
are silenced, duplicated or removed; the result is cut to its old length, or repeated to fill it.
"""

import numpy as np

from real_cloned.covers.measures import Floats
from real_cloned.parameters.covers import ProfileAugmentParameters

CHANGES = (0.3, 0.4, 0.3)
"""Shares of silencing, duplicating and removing frames among the profiles of which frames are changed (seed)."""
FACTORS = (1, 5, 7, 11)
"""That have no factor in common with 12, so that each pitch class goes to another one."""
N_NEW_WORKS = 2 * len(FACTORS)


def augment_profile(profile: Floats, parameters: ProfileAugmentParameters, rng: np.random.Generator) -> Floats:
    """Return a profile as another version of the same performance might have it.

    Args:
        profile: Shape: (12, n_frames).
        parameters: How often and how much is changed.
        rng: From which all is drawn.

    Returns:
        Shape (12, n_frames).
    """
    n_frames = profile.shape[1]
    changed = np.roll(profile, (rng.integers(12), rng.integers(n_frames)), axis=(0, 1))
    if rng.random() < parameters.stretch_share:
        changed = stretch(changed, rng.uniform(*parameters.stretch))
    if rng.random() < parameters.frames_share:
        changed = change_frames(changed, parameters, rng)
    return fit_length(changed, n_frames)


def to_new_work(profile: Floats, number: int) -> Floats:
    """Return a performance of another work: all performances of a work become some of one new work.

    Pitch classes are multiplied by 1, 5, 7 or 11 modulo 12, and time may run backwards. Multiplication by 11 inverts
    intervals, that by 7 exchanges semitones and fifths, and that by 5 does both.

    Args:
        profile: Shape: (12, n_frames).
        number: From 0, which changes nothing, to `N_NEW_WORKS` - 1.

    Returns:
        Shape (12, n_frames).
    """
    changed = profile[np.arange(12) * FACTORS[number % 4] % 12]
    return changed[:, ::-1] if number >= len(FACTORS) else changed


def stretch(profile: Floats, factor: float) -> Floats:
    """Return a profile of another length, each frame the nearest of the old ones.

    Args:
        profile: Shape: (12, n_frames).
        factor: Of the length.

    Returns:
        Shape (12, n_frames times the factor).
    """
    n_frames = profile.shape[1]
    positions = np.linspace(0, n_frames - 1, max(1, round(n_frames * factor)))
    return profile[:, np.round(positions).astype(int)]


def change_frames(profile: Floats, parameters: ProfileAugmentParameters, rng: np.random.Generator) -> Floats:
    """Return a profile with some frames silenced, or some of them twice, or without some.

    Args:
        profile: Shape: (12, n_frames).
        parameters: Shares of frames.
        rng: Decides which of the three, and which frames.

    Returns:
        Shape (12, about n_frames).
    """
    kind, chances = rng.choice(3, p=CHANGES), rng.random(profile.shape[1])
    if kind == 0:
        return np.asarray(np.where(chances < parameters.silenced, np.float32(0), profile))
    if kind == 1:
        return np.repeat(profile, 1 + (chances < parameters.duplicated), axis=1)
    kept = np.asarray(chances >= parameters.removed)
    return profile[:, kept] if kept.any() else profile


def fit_length(profile: Floats, n_frames: int) -> Floats:
    """Return a profile cut, or repeated to fill, to a length.

    Args:
        profile: Shape: (12, any).
        n_frames: Of the result.
    """
    repeats = -(-n_frames // profile.shape[1])
    return np.tile(profile, (1, repeats))[:, :n_frames]
