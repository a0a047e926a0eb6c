"""Which track of a singer is tested, which validates, and which train (paper, section 3.3)."""

from itertools import permutations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

NO_ROLE = "no role: "
"""What follows is why a track has none."""

SAME_ALBUM = NO_ROLE + "same album as test or validation: it would train on the album that is tested"
NO_THREE_ALBUMS = NO_ROLE + "fewer than three albums: its singer cannot be tested on an album of which no track trains"
INCOMPLETE = NO_ROLE + "incomplete published split: its singer lacks a usable track for training, validation or test"


def probe_roles(tracks: pd.DataFrame, split_by: Literal["track", "album"], seed: int) -> pd.DataFrame:
    """Return `tracks` with `role`: one test and one validation track per singer, the others train.

    tracks : Tracks, sorted by track_id; every singer has at least three

    By `album`, tracks that share an album with the test or the validation track have no role, and neither have those of
    singers with fewer than three albums; tracks of unknown album count as one album. The draw depends on the seed and
    on the singer's own tracks alone.
    """
    draw = _by_track if split_by == "track" else _by_album
    parts = [
        group.assign(role=draw(group, np.random.default_rng([seed, *str(singer).encode()])))
        for singer, group in tracks.groupby("singer_id")
    ]
    return pd.concat(parts) if parts else tracks.assign(role=pd.Series(dtype=str))


def published_roles(tracks: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return those of `tracks` that the published splits name, with their `role` there.

    The tracks of a singer who lacks one of the three roles have none: nobody could enrol or test that singer.
    """
    roles = published.drop_duplicates("track_id").set_index("track_id")["role"]
    named = tracks[tracks["track_id"].isin(roles.index)]
    named = named.assign(role=named["track_id"].map(roles))
    complete = named.groupby("singer_id")["role"].transform("nunique") == 3
    return named.assign(role=named["role"].where(complete, INCOMPLETE))


def _by_track(tracks: pd.DataFrame, generator: np.random.Generator) -> NDArray[np.str_]:
    return generator.permutation(np.array(["test", "validation"] + ["train"] * (len(tracks) - 2)))


def _by_album(tracks: pd.DataFrame, generator: np.random.Generator) -> list[str]:
    """Draw a test and a validation album, among those that leave the most tracks to train; then a track of each."""
    albums = tracks["album_id"].fillna("unknown").tolist()
    sizes = {album: albums.count(album) for album in dict.fromkeys(albums)}
    if len(sizes) < 3:
        return [NO_THREE_ALBUMS] * len(albums)
    pairs = list(permutations(sizes, 2))
    fewest = min(sizes[test] + sizes[validation] for test, validation in pairs)
    best: list[Any] = [pair for pair in pairs if sum(sizes[album] for album in pair) == fewest]
    taken = dict(zip(best[generator.integers(len(best))], ("test", "validation"), strict=True))
    roles = [SAME_ALBUM if album in taken else "train" for album in albums]
    for album, role in taken.items():
        roles[generator.choice([place for place, of in enumerate(albums) if of == album])] = role
    return roles
