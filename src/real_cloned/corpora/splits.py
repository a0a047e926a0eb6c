"""Which tracks are used, and for what (paper, sections 3.1 and 3.3).

Which track of a singer is tested, which validates, and which train (paper, section 3.3).
"""

import logging
from itertools import permutations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.base import Reading, rejected_rows, setting
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Splits

FEWEST_TRACKS = {"train": 2, "validation": 2, "probe": 3, "clone": 1}
"""What each use needs of a singer, whatever is asked: a pair is of two tracks; a probe tests, validates and trains."""

logger = logging.getLogger(__name__)


def split_tracks(
    tracks: pd.DataFrame, segments: pd.DataFrame, published: pd.DataFrame, parameters: CorpusParameters
) -> Reading:
    """Return (splits, rejected): the role of each track that is used, and the tracks that have none.

    tracks : Tracks
    segments : Segments; a track without any is not usable
    published : PublishedSplits, whose roles stand unchanged; empty where none are given

    For `probe` each singer gives one test and one validation track at random, drawn from the seed and that singer's own
    usable tracks alone; the rest train (by `album`: those of other albums). In the other splits all tracks have one
    role, and clones know no minimum.

    Raises RealClonedError when fewer than two singers remain of tracks that are there (clones excepted).
    """
    if tracks.empty:
        return empty_table(Splits), empty_table(Rejected)
    usable = tracks[tracks["track_id"].isin(segments["track_id"])]
    if not published.empty:
        return _with_roles(published_roles(usable, published))
    minimum = _minimum(parameters)
    counts = usable["singer_id"].value_counts().reindex(sorted(tracks["singer_id"].unique()), fill_value=0)
    few = counts[counts < minimum]
    _tell(counts, few, minimum, parameters)
    left_out = usable["singer_id"].isin(few.index)
    splits, without_role = _with_roles(_roles(usable[~left_out], parameters))
    return splits, pd.concat([_rejected(usable[left_out], few, minimum), without_role], ignore_index=True)


def split_by_album(tracks: pd.DataFrame, splits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return Splits of the same tracks such that no album of a test or validation track trains; some have no role.

    tracks : Tracks; splits : which of them are used, whatever their role there; seed : as in `roles.probe_roles`
    """
    used = tracks[tracks["track_id"].isin(splits["track_id"])].sort_values("track_id")
    return _with_roles(probe_roles(used, "album", seed))[0] if len(used) else empty_table(Splits)


def _minimum(parameters: CorpusParameters) -> int:
    if parameters.split == "clone":
        return 1
    return max(parameters.min_tracks_per_singer, FEWEST_TRACKS[parameters.split])


def _tell(counts: "pd.Series[int]", few: "pd.Series[int]", minimum: int, parameters: CorpusParameters) -> None:
    """Log which singers are left out; raise when fewer than two remain."""
    n_left = len(counts) - len(few)
    if n_left < 2 and parameters.split != "clone":
        found = ", ".join(f"{singer} {count}" for singer, count in counts.nlargest(10).items())
        raise RealClonedError(
            f"{parameters.name}: {n_left} of {len(counts)} singers have at least {minimum} usable tracks, and two "
            f"singers are needed; usable tracks per singer: {found}. Add recordings, or ask for less singing "
            f"(now {parameters.min_vocal_share:g}) with {setting(parameters, 'min_vocal_share', 'SHARE')}, or for "
            f"fewer tracks (now {minimum}, never below {FEWEST_TRACKS[parameters.split]}) with "
            f"{setting(parameters, 'min_tracks_per_singer', 'COUNT')}"
        )
    if len(few):
        names = ", ".join(map(str, few.index[:10])) + (f" and {len(few) - 10} more" if len(few) > 10 else "")
        logger.info(
            "%s: %d of %d singers left out, they have fewer than %d usable tracks: %s",
            *(parameters.name, len(few), len(counts), minimum, names),
        )


def _rejected(tracks: pd.DataFrame, few: "pd.Series[int]", minimum: int) -> pd.DataFrame:
    reasons = [
        f"too few tracks: its singer has {few[singer]} usable ones, at least {minimum} asked"
        for singer in tracks["singer_id"]
    ]
    return rejected_rows(tracks, reasons, "vocal_filter")


def _roles(tracks: pd.DataFrame, parameters: CorpusParameters) -> pd.DataFrame:
    """Return the tracks in the order of their ids, or of their singers, with `role`: one of the roles or NO_ROLE."""
    ordered = tracks.sort_values("track_id")
    if parameters.split != "probe":
        return ordered.assign(role=parameters.split)
    return probe_roles(ordered, parameters.split_by, parameters.seed)


def _with_roles(tracks: pd.DataFrame) -> Reading:
    """Divide tracks into Splits and, where `role` says so with NO_ROLE, Rejected."""
    left_out = tracks["role"].str.startswith(NO_ROLE)
    reasons = tracks.loc[left_out, "role"].str.removeprefix(NO_ROLE).tolist()
    splits = tracks.loc[~left_out, ["track_id", "role"]].reset_index(drop=True)
    return splits, rejected_rows(tracks[left_out], reasons, "vocal_filter")


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
