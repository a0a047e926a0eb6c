"""The role of each track: test, validation or training, and which tracks have none (paper, sections 3.1 and 3.3).

A probe identifies singers, so each of its singers has one test track, one validation track, and trains on the rest. The
tracks of the other splits all have the same role.
"""

import logging
from itertools import chain, permutations
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.corpora.readers.base import UsableAndRejected, cli_override, rejected_rows
from real_cloned.parameters.ingest import CorpusParameters
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.corpora import Rejected, Splits

MIN_TRACKS = {"train": 2, "validation": 2, "probe": 3, "clone": 1}
"""Tracks that a singer needs in each split, whatever the parameters say: a positive pair takes two, a probe three."""

READ_COLUMNS = ["track_id", "singer_id", "album_id", "path"]
"""What is read of tracks; the other columns of a million would be copied again and again."""

ROLES = ("train", "validation", "test", "clone")

SAME_ALBUM = "same album as test or validation: it would train on the album that is tested"
FEW_ALBUMS = "fewer than three albums: its singer cannot be tested on an album of which no track trains"
INCOMPLETE = "incomplete published split: its singer lacks a usable track for training, validation or test"

logger = logging.getLogger(__name__)


def split_tracks(
    tracks: pd.DataFrame, segments: pd.DataFrame, published: pd.DataFrame, parameters: CorpusParameters
) -> UsableAndRejected:
    """Assign a role to each track of a corpus.

    The roles of a probe are drawn from the seed and the singer's own usable tracks alone, so that another singer does
    not change them.

    Args:
        tracks: The decoded tracks (`schemas.corpora.Tracks`).
        segments: Their sung segments (`schemas.corpora.Segments`); a track without any is not used.
        published: The paper's roles (`schemas.corpora.PublishedSplits`), taken unchanged; empty to draw the roles.
        parameters: The corpus; `split`, `split_by`, `min_tracks_per_singer` and `seed` are read.

    Returns:
        The roles (`schemas.corpora.Splits`) and the usable tracks without one (`schemas.corpora.Rejected`).

    Raises:
        RealClonedError: Fewer than two singers remain of a corpus that is not empty (clones excepted).

    Example:
        >>> tracks = pd.DataFrame({"track_id": ["1", "2", "3", "4", "5", "6", "7"], "singer_id": list("aaabbbb")})
        >>> published = pd.DataFrame(columns=["track_id", "role", "offset_s"])
        >>> corpus = CorpusParameters(name="closed", root="music", split="probe")
        >>> splits, rejected = split_tracks(tracks, tracks[["track_id"]], published, corpus)
        >>> splits["role"].value_counts().to_dict()
        {'train': 3, 'test': 2, 'validation': 2}
    """
    if tracks.empty:
        return empty_table(Splits), empty_table(Rejected)
    usable = tracks.filter(READ_COLUMNS)[tracks["track_id"].isin(segments["track_id"].unique())]
    if not published.empty:
        return _to_splits(assign_published_roles(usable, published))
    minimum = min_tracks(parameters)
    counts = usable["singer_id"].value_counts().reindex(sorted(tracks["singer_id"].unique()), fill_value=0)
    too_few = counts[counts < minimum]
    _check_singers(counts, too_few, minimum, parameters)
    is_excluded = usable["singer_id"].isin(too_few.index)
    splits, without_role = _to_splits(_assign_roles(usable[~is_excluded], parameters))
    return splits, pd.concat([_reject_singers(usable[is_excluded], too_few, minimum), without_role], ignore_index=True)


def select_enrolled(
    clones: pd.DataFrame, splits: pd.DataFrame, gallery_tracks: pd.DataFrame, gallery_splits: pd.DataFrame, gallery: str
) -> UsableAndRejected:
    """Select the clones of which at least one target singer is enrolled: no probe can name the others.

    Args:
        clones: The decoded clones (`schemas.corpora.Tracks`).
        splits: Which of them are used (`schemas.corpora.Splits`).
        gallery_tracks: The decoded tracks of the gallery (`schemas.corpora.Tracks`).
        gallery_splits: Which of them are used (`schemas.corpora.Splits`): their singers are enrolled.
        gallery: Name of the gallery.

    Returns:
        The roles of the clones that are asked (`schemas.corpora.Splits`), and the others (`schemas.corpora.Rejected`).
    """
    enrolled = set(gallery_tracks.loc[gallery_tracks["track_id"].isin(gallery_splits["track_id"]), "singer_id"])
    is_enrolled = clones["singer_ids"].map(lambda singers: not enrolled.isdisjoint(singers)).astype(bool)
    is_asked = splits["track_id"].isin(clones.loc[is_enrolled, "track_id"])
    unasked = clones[clones["track_id"].isin(splits.loc[~is_asked, "track_id"])]
    reason = f"target not enrolled: {gallery} uses no track of its target singers"
    return splits[is_asked].reset_index(drop=True), rejected_rows(unasked, reason, "vocal_filter")


def split_by_album(tracks: pd.DataFrame, splits: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Split tracks anew such that no album of a test or validation track trains.

    Args:
        tracks: All tracks of the corpus (`schemas.corpora.Tracks`).
        splits: Which of them to split (`schemas.corpora.Splits`); their roles are ignored.
        seed: As in `assign_probe_roles`.

    Returns:
        The new roles (`schemas.corpora.Splits`); tracks that cannot have one are left out.
    """
    used = tracks[tracks["track_id"].isin(splits["track_id"])].sort_values("track_id")
    return _to_splits(assign_probe_roles(used, "album", seed))[0] if len(used) else empty_table(Splits)


def assign_probe_roles(tracks: pd.DataFrame, split_by: Literal["track", "album"], seed: int) -> pd.DataFrame:
    """Assign one test and one validation track per singer at random; the others train.

    By `album`, tracks that share an album with the test or the validation track have no role, and neither have those of
    singers with fewer than three albums; tracks of unknown album count as one album.

    Args:
        tracks: `schemas.corpora.Tracks` sorted by track_id; every singer has at least three.
        split_by: Whether test, validation and training have different tracks, or different albums.
        seed: Seed of the draw; each singer has a generator of its own.

    Returns:
        The tracks, ordered by singer, with a column `role`: one of ROLES, or the reason why there is none.
    """
    draw = _draw_by_track if split_by == "track" else _draw_by_album
    if tracks.empty:
        return tracks.assign(role=pd.Series(dtype=str))
    albums = tracks["album_id"].fillna("unknown").to_numpy() if split_by == "album" else tracks["track_id"].to_numpy()
    groups = sorted(tracks.groupby("singer_id").indices.items())  # no table for each singer, of whom there are many
    roles = [draw(albums[rows], np.random.default_rng([seed, *str(singer).encode()])) for singer, rows in groups]
    return tracks.iloc[np.concatenate([rows for _, rows in groups])].assign(role=[*chain.from_iterable(roles)])


def assign_published_roles(tracks: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Assign the roles of the paper's published splits.

    The tracks of a singer who lacks one of the three roles have none: such a singer cannot be enrolled or tested.

    Args:
        tracks: The usable tracks (`schemas.corpora.Tracks`).
        published: The paper's roles (`schemas.corpora.PublishedSplits`).

    Returns:
        Those tracks that are published, with a column `role`: one of ROLES, or the reason why there is none.
    """
    roles = published.drop_duplicates("track_id").set_index("track_id")["role"]
    named = tracks[tracks["track_id"].isin(roles.index)]
    named = named.assign(role=named["track_id"].map(roles))
    is_complete = named.groupby("singer_id")["role"].transform("nunique") == 3
    return named.assign(role=named["role"].where(is_complete, INCOMPLETE))


def min_tracks(parameters: CorpusParameters) -> int:
    """Return how many usable tracks a singer of a corpus needs.

    Args:
        parameters: The corpus; `split` and `min_tracks_per_singer` are read.
    """
    if parameters.split == "clone":
        return 1
    return max(parameters.min_tracks_per_singer, MIN_TRACKS[parameters.split])


def _check_singers(
    counts: "pd.Series[int]", too_few: "pd.Series[int]", minimum: int, parameters: CorpusParameters
) -> None:
    """Log which singers are left out; raise when fewer than two remain."""
    n_left = len(counts) - len(too_few)
    if n_left < 2 and parameters.split != "clone":
        raise RealClonedError(_few_singers_message(counts, n_left, minimum, parameters))
    if len(too_few):
        n_more = len(too_few) - 10
        names = ", ".join(map(str, too_few.index[:10])) + (f" and {n_more} more" if n_more > 0 else "")
        logger.info(
            "%s: %d of %d singers left out, they have fewer than %d usable tracks: %s",
            *(parameters.name, len(too_few), len(counts), minimum, names),
        )


def _few_singers_message(counts: "pd.Series[int]", n_left: int, minimum: int, parameters: CorpusParameters) -> str:
    most = ", ".join(f"{singer} {count}" for singer, count in counts.nlargest(10).items())
    return (
        f"{parameters.name}: {n_left} of {len(counts)} singers have at least {minimum} usable tracks, and two "
        f"singers are needed; usable tracks per singer: {most}. Add recordings, or ask for less singing "
        f"(now {parameters.min_vocal_share:g}) with {cli_override(parameters, 'min_vocal_share', 'SHARE')}, or for "
        f"fewer tracks (now {minimum}, never below {MIN_TRACKS[parameters.split]}) with "
        f"{cli_override(parameters, 'min_tracks_per_singer', 'COUNT')}"
    )


def _reject_singers(tracks: pd.DataFrame, too_few: "pd.Series[int]", minimum: int) -> pd.DataFrame:
    reasons = [
        f"too few tracks: its singer has {too_few[singer]} usable ones, at least {minimum} asked"
        for singer in tracks["singer_id"]
    ]
    return rejected_rows(tracks, reasons, "vocal_filter")


def _assign_roles(tracks: pd.DataFrame, parameters: CorpusParameters) -> pd.DataFrame:
    ordered = tracks.sort_values("track_id")
    if parameters.split != "probe":
        return ordered.assign(role=parameters.split)
    return assign_probe_roles(ordered, parameters.split_by, parameters.seed)


def _to_splits(tracks: pd.DataFrame) -> UsableAndRejected:
    """Divide tracks into Splits and, where `role` is none of ROLES but a reason, Rejected."""
    has_role = tracks["role"].isin(ROLES)
    splits = tracks.loc[has_role, ["track_id", "role"]].reset_index(drop=True)
    return splits, rejected_rows(tracks[~has_role], tracks.loc[~has_role, "role"].tolist(), "vocal_filter")


def _draw_by_track(tracks: NDArray[Any], rng: np.random.Generator) -> list[str]:
    roles = np.array(["test", "validation"] + ["train"] * (len(tracks) - 2))
    return [str(role) for role in rng.permutation(roles)]


def _draw_by_album(of_tracks: NDArray[Any], rng: np.random.Generator) -> list[str]:
    """Draw a test and a validation album, among those that leave the most tracks to train; then a track of each."""
    albums = of_tracks.tolist()
    sizes = {album: albums.count(album) for album in dict.fromkeys(albums)}
    if len(sizes) < 3:
        return [FEW_ALBUMS] * len(albums)
    pairs = list(permutations(sizes, 2))
    smallest = min(sizes[test] + sizes[validation] for test, validation in pairs)
    candidates: list[Any] = [pair for pair in pairs if sum(sizes[album] for album in pair) == smallest]
    held_out = dict(zip(candidates[rng.integers(len(candidates))], ("test", "validation"), strict=True))
    roles = [SAME_ALBUM if album in held_out else "train" for album in albums]
    for album, role in held_out.items():
        roles[rng.choice([index for index, name in enumerate(albums) if name == album])] = role
    return roles
