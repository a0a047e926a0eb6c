"""Lists of trials for verification: pairs of clips, of one singer and of two (`metrics.verification`).

The same clips and seed always give the same list. Pairs are numbered and drawn by their number, and never listed: there
are as many as the square of the number of clips.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError


def trial_list(clips: pd.DataFrame, n_trials: int, seed: int, *, different_albums: bool = False) -> pd.DataFrame:
    """Return a random list of trials, at most `n_trials` of one singer and as many of two singers.

    All pairs of a kind are as likely. Memory grows with the number of trials and of clips, not with that of pairs, also
    where albums are unknown or nearly all clips are by one singer.

    Args:
        clips: A row per clip, with singer_id, and with album_id if `different_albums`.
        n_trials: Maximum number of trials of each kind; if there are fewer pairs, all of them are taken.
        seed: Seed of the random draws.
        different_albums: Leave out pairs from one album, which may share room, microphone and mix, and pairs in which
            an album is unknown.

    Returns:
        Columns: first, second (positions of two rows of `clips`, first < second), is_same.

    Raises:
        RealClonedError: If there is no pair of one singer, or none of two singers.
    """
    rng = np.random.default_rng(seed)
    clips = clips.reset_index(drop=True)
    same, different = (
        _sample_pairs(_sort_by_singer(clips, different_albums), n_trials, rng, of_one_singer=of_one_singer)
        for of_one_singer in (True, False)
    )
    for pairs, kind in ((same, "of one singer"), (different, "of two singers")):
        if not len(pairs):
            albums = " from different albums" if different_albums else ""
            raise RealClonedError(
                f"there is no pair of clips {kind}{albums} among {len(clips)} clips of "
                f"{clips['singer_id'].nunique()} singers, so nothing can be verified"
            )
    trials = pd.DataFrame(np.concatenate([same, different]), columns=["first", "second"])
    return trials.assign(is_same=np.arange(len(trials)) < len(same))


class _SortedClips(NamedTuple):
    """Clips in the order of their singers: positions in the table, numbers of their singers and of their albums."""

    positions: NDArray[np.int64]
    singers: NDArray[np.int64]
    albums: NDArray[np.int64]


def _sort_by_singer(clips: pd.DataFrame, different_albums: bool) -> _SortedClips:
    """Return the clips of known albums; all clips, each an album of its own, where albums do not matter."""
    singers = clips["singer_id"].factorize()[0]
    albums = clips["album_id"].factorize()[0] if different_albums else np.arange(len(clips))  # -1 where unknown
    order = np.argsort(singers, kind="stable")
    order = order[albums[order] >= 0]
    return _SortedClips(order, singers[order], albums[order])


def _sample_pairs(
    clips: _SortedClips, n_trials: int, rng: np.random.Generator, *, of_one_singer: bool
) -> NDArray[np.int64]:
    """Return random pairs of clips of different albums, in ascending order. Shape: (n_pairs, 2).

    Each clip is paired with clips behind it: those of its singer, or all that follow its singer's, but for those of its
    album. So the pairs of each clip can be counted, and a pair be found by its number, without a list of them.
    """
    n_clips = len(clips.singers)
    ends = np.searchsorted(clips.singers, clips.singers, side="right")
    starts, stops = (np.arange(1, n_clips + 1), ends) if of_one_singer else (ends, np.full(n_clips, n_clips))
    albums = _AlbumRanks(clips.albums)
    n_partners = stops - starts - (albums.count_before(stops) - albums.count_before(starts))  # (n_clips,)
    totals = np.cumsum(n_partners)
    n_pairs = int(totals[-1]) if n_clips else 0
    numbers = rng.choice(n_pairs, min(n_trials, n_pairs), replace=False, shuffle=False) if n_pairs else totals[:0]
    first = np.searchsorted(totals, numbers, side="right")  # (n,)
    second = albums.skip(first, starts[first], numbers - (totals - n_partners)[first])
    pairs = np.sort(clips.positions[np.stack([first, second], axis=1)], axis=1)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


class _AlbumRanks:
    """Counts and skips the clips of an album among sorted clips, by binary search.

    A clip's key is its album's number times more than there are clips, plus its position; so all keys are in one sorted
    array, and those of an album are together.

    Args:
        albums: Number of each clip's album. Shape: (n_clips,).
    """

    def __init__(self, albums: NDArray[np.int64]):
        order = np.argsort(albums, kind="stable")
        self._base = albums * (len(albums) + 1)  # (n_clips,)
        self._keys = self._base[order] + order
        self._first = np.searchsorted(self._keys, self._base)  # rank of the album's first clip, (n_clips,)
        self._n_others_before = self._keys - (np.arange(len(albums)) - self._first[order])

    def count_before(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return for each clip how many of its album lie before a position. Shape: (n_clips,)."""
        return np.searchsorted(self._keys, self._base + positions) - self._first

    def skip(self, clips: NDArray[np.int64], starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the positions after so many clips from a start, not counting those of a clip's album. Shape: (n,)."""
        n_before = np.searchsorted(self._keys, self._base[clips] + starts) - self._first[clips]
        n_others = starts - n_before + counts  # clips of other albums before the position
        n_skipped = np.searchsorted(self._n_others_before, self._base[clips] + n_others, side="right")
        return n_others + n_skipped - self._first[clips]
