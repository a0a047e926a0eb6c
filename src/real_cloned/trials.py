"""Fixed lists of trials: which pairs of clips are compared. The same clips and seed always give the same list."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.errors import RealClonedError
from real_cloned.metrics import equal_error_rate


def trial_list(clips: pd.DataFrame, n_trials: int, seed: int, *, different_albums: bool = False) -> pd.DataFrame:
    """Return at most `n_trials` pairs of one singer and as many of two: columns first, second, is_same.

    clips : a row per clip, with singer_id, and album_id where `different_albums` asks for it; first and second count
        its rows, first < second
    n_trials : of each kind; where there are no more pairs than that, all of them are taken
    different_albums : leave out pairs of one album, which may share room, microphone and mix, and pairs in which an
        album is not known

    Memory grows with the number of trials and of pairs of one singer, never with the square of the clips. Raises
    RealClonedError when there is no pair of a kind.
    """
    rng = np.random.default_rng(seed)
    labels = clips.reset_index(drop=True)
    same = _drawn(_same_singer(labels, different_albums), n_trials, rng)
    different = _different_singers(labels, n_trials, rng, different_albums)
    for pairs, kind in ((same, "of one singer"), (different, "of two singers")):
        if not len(pairs):
            where = " from different albums" if different_albums else ""
            raise RealClonedError(
                f"there is no pair of clips {kind}{where} among {len(labels)} clips of "
                f"{labels['singer_id'].nunique()} singers, so nothing can be verified"
            )
    table = pd.DataFrame(np.concatenate([same, different]), columns=["first", "second"])
    return table.assign(is_same=np.arange(len(table)) < len(same))


def pairwise_eer(trials: pd.DataFrame, embeddings: NDArray[np.float32]) -> float:
    """Return the equal error rate (0 to 1) of the trials by cosine similarity.

    trials : as `trial_list` returns; embeddings : (n_clips, size), one per clip, of any length
    """
    return equal_error_rate(pair_scores(trials, embeddings), trials["is_same"].to_numpy())


def pair_scores(trials: pd.DataFrame, embeddings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the cosine similarity of each trial's pair, (n_trials,). Arguments as in `pairwise_eer`."""
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True).clip(min=1e-12)
    scores = np.einsum("td,td->t", unit[trials["first"].to_numpy()], unit[trials["second"].to_numpy()])
    return np.asarray(scores)


def _same_singer(clips: pd.DataFrame, different_albums: bool) -> NDArray[np.int64]:
    rows = clips.assign(row=np.arange(len(clips)))
    pairs = rows.merge(rows, on="singer_id", suffixes=("", "_other"))
    return _kept(pairs.loc[pairs["row"] < pairs["row_other"], ["row", "row_other"]].to_numpy(), clips, different_albums)


def _different_singers(
    clips: pd.DataFrame, n_trials: int, rng: np.random.Generator, different_albums: bool
) -> NDArray[np.int64]:
    """Draw pairs of any clips, more and more of them until enough are left."""
    n_clips, codes = len(clips), clips["singer_id"].factorize()[0]
    n_pairs = n_clips * (n_clips - 1) // 2
    n_drawn = min(n_pairs, 4 * n_trials)
    while True:
        pairs = _pair(rng.choice(n_pairs, n_drawn, replace=False, shuffle=False), n_clips)
        pairs = _kept(pairs[codes[pairs[:, 0]] != codes[pairs[:, 1]]], clips, different_albums)
        if len(pairs) >= n_trials or n_drawn == n_pairs:
            return _drawn(pairs, n_trials, rng)
        n_drawn = min(n_pairs, 4 * n_drawn)


def _pair(numbers: NDArray[np.int64], n_clips: int) -> NDArray[np.int64]:
    """Return the pairs (first < second) with these numbers, when all are counted row by row, (n, 2)."""
    before = np.cumsum(np.arange(n_clips - 1, -1, -1)) - np.arange(n_clips - 1, -1, -1)  # pairs before each row's own
    first = np.searchsorted(before[:-1], numbers, side="right") - 1
    return np.stack([first, numbers - before[first] + first + 1], axis=1)


def _kept(pairs: NDArray[np.int64], clips: pd.DataFrame, different_albums: bool) -> NDArray[np.int64]:
    if not different_albums:
        return pairs
    albums = clips["album_id"].factorize()[0]  # -1 where it is not known
    first, second = albums[pairs[:, 0]], albums[pairs[:, 1]]
    kept: NDArray[np.int64] = pairs[(first != second) & (first >= 0) & (second >= 0)]
    return kept


def _drawn(pairs: NDArray[np.int64], n_trials: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if not len(pairs):
        return pairs
    chosen: NDArray[np.int64] = np.sort(rng.choice(len(pairs), min(n_trials, len(pairs)), replace=False))
    return pairs[chosen]
