"""Methods without training: mean chroma with the best transposition, cross-correlation of profiles, and Qmax.

Sources:
    Cross-correlation: Ellis and Poliner, "Identifying cover songs with chroma features and dynamic programming beat
        tracking", ICASSP 2007.
    Qmax: Serra, Serra and Andrzejak, "Cross recurrence quantification for cover song identification", New Journal of
        Physics 11 (2009), https://doi.org/10.1088/1367-2630/11/9/093017.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from real_cloned.core.executor import run_in_order, share
from real_cloned.covers.measures import Floats, Similarities, normalise
from real_cloned.covers.profiles import shorten

N_EMBEDDED, DELAY = 10, 1
"""Frames of chroma that make one state, and their distance (Serra et al.: m = 10, tau = 1)."""
NEIGHBOUR_SHARE = 0.095
"""Share of states that are the nearest ones of a state (kappa)."""
GAP_ONSET, GAP_EXTENSION = 5.0, 0.5
"""What a disruption costs at its start and then (gamma_o, gamma_e)."""
CORRELATED_BYTES = 2**28
"""Memory that the cross-correlations of a query with some candidates may take."""


def chroma_mean_similarities(profiles: Floats) -> Similarities:
    """Return the cosine similarities of mean chroma, each in the transposition that fits best.

    Args:
        profiles: Shape: (n, 12, n_frames).
    """
    means = normalise(profiles.mean(axis=2) - profiles.mean(axis=(1, 2))[:, None])  # (n, 12)

    def similarities(rows: NDArray[np.int64]) -> Floats:
        shifted = [np.roll(means[rows], shift, axis=1) @ means.T for shift in range(12)]
        return np.asarray(np.max(shifted, axis=0))

    return similarities


def cross_correlation_similarities(profiles: Floats) -> Similarities:
    """Return the highest normalised cross-correlation of profiles over all transpositions and shifts in time.

    Both are circular. The mean of each frame is taken away first.

    Args:
        profiles: Shape: (n, 12, n_frames).
    """
    centred = profiles - profiles.mean(axis=1, keepdims=True)
    unit = normalise(centred.reshape(len(centred), -1)).reshape(centred.shape)
    spectra = fft.rfft2(unit)  # (n, 12, n_frames // 2 + 1)
    shape, step = unit.shape[1:], max(1, CORRELATED_BYTES // (8 * unit[:1].size))

    def of_one(row: int) -> Floats:
        parts = [spectra[start : start + step] for start in range(0, len(spectra), step)]
        correlations = [fft.irfft2(part.conj() * spectra[row], shape) for part in parts]
        return np.concatenate([part.max(axis=(1, 2)) for part in correlations])

    return lambda rows: np.stack([of_one(int(row)) for row in rows])


def qmax_similarities(profiles: Floats, n_frames: int, n_jobs: int) -> Similarities:
    """Return Qmax of the cross recurrence plots of profiles, divided by the root of the candidate's states.

    Args:
        profiles: Shape: (n, 12, any).
        n_frames: To which they are shortened first; more than `N_EMBEDDED`.
        n_jobs: Processes that share the queries; -1: one per core.
    """
    short = np.stack([shorten(profile, n_frames) for profile in profiles]) if len(profiles) else profiles
    row_similarities = partial(qmax_row, candidates=share(short))

    def similarities(rows: NDArray[np.int64]) -> Floats:
        return np.stack(list(run_in_order(row_similarities, [short[row] for row in rows], n_jobs)))

    return similarities


def qmax_row(query: Floats, candidates: Floats) -> Floats:
    """Return the similarity of a query to each candidate: Qmax divided by the root of the candidate's states.

    Args:
        query: Shape: (12, n_frames).
        candidates: Shape: (n, 12, n_frames).

    Returns:
        Shape (n,) float32.
    """
    return np.array([qmax(recurrence_plot(query, one)) / (one.shape[1] ** 0.5) for one in candidates], np.float32)


def recurrence_plot(first: Floats, second: Floats) -> NDArray[np.bool_]:
    """Return which states of two performances recur in each other: each is among the nearest of the other.

    The second performance is brought into the key of the first by the optimal transposition index, the best fit of
    their mean chroma.

    Args:
        first: Shape: (12, n).
        second: Shape: (12, m).

    Returns:
        Shape (n - 9, m - 9) bool.
    """
    fits = [first.mean(axis=1) @ np.roll(second.mean(axis=1), shift) for shift in range(12)]
    states, others = _states(first), _states(np.roll(second, int(np.argmax(fits)), axis=0))
    squares = (states**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * states @ others.T
    n_row, n_column = (max(1, round(NEIGHBOUR_SHARE * size)) for size in squares.shape[::-1])
    row_limit = np.partition(squares, n_row - 1, axis=1)[:, n_row - 1 : n_row]
    column_limit = np.partition(squares, n_column - 1, axis=0)[n_column - 1]
    return np.asarray((squares <= row_limit) & (squares <= column_limit))


def qmax(plot: NDArray[np.bool_]) -> float:
    """Return the length of the longest trace in a cross recurrence plot, curved and disrupted ones too.

    Serra et al., equation 5: a recurrence lengthens the longest of the traces that lead to it by 1; elsewhere the
    longest is shortened by what a disruption costs, more at its start.

    Args:
        plot: Shape: (n, m).

    Example:
        >>> qmax(np.eye(5, dtype=bool))  # the first two states begin a trace, and lengthen none
        3.0
    """
    n, m = plot.shape
    lengths = np.zeros((n, m))
    costs = np.where(plot, GAP_ONSET, GAP_EXTENSION)
    for row in range(2, n):
        # From where a trace may come: one step of both, two of one and one of the other. Shapes: (m - 2,).
        before = [(row - 1, slice(1, m - 1)), (row - 2, slice(1, m - 1)), (row - 1, slice(0, m - 2))]
        longest = np.max([lengths[place] for place in before], axis=0)
        shortened = np.max([lengths[place] - costs[place] for place in before], axis=0)
        lengths[row, 2:] = np.where(plot[row, 2:], longest + 1, np.maximum(shortened, 0.0))
    return float(lengths.max(initial=0.0))


def _states(profile: Floats) -> Floats:
    """Return (n_states, 12 N_EMBEDDED): frames of chroma with those that follow them."""
    n_states = profile.shape[1] - (N_EMBEDDED - 1) * DELAY
    frames = [profile[:, DELAY * i : DELAY * i + n_states] for i in range(N_EMBEDDED)]
    return np.concatenate(frames).T
