"""Remixes of the test tracks: their voices over accompaniment at other levels, and over that of another singer.

They show how much an encoder depends on what sounds beside the voice: the separated voice is the same in all remixes of
a segment, and only the accompaniment is changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from real_cloned.audio.level import rms
from real_cloned.audio.shard_store import ShardStore
from real_cloned.parameters.embed import RemixParameters

REMIX_COLUMNS = ["track_id", "offset_s", "behind_id", "behind_offset_s", "level_db"]
"""What a remix is made of: track and offset (seconds) of the voice, those of the accompaniment, and its level."""
DURATION = "duration_s"
FULL_SCALE = 32768.0


@dataclass(frozen=True)
class RemixReader:
    """Mixes the stems of one corpus.

    Attributes:
        stems: Store of vocals and accompaniment.
        duration_s: Seconds of a segment.
    """

    stems: ShardStore
    duration_s: float

    def read(self, remixes: Iterable[tuple[Any, ...]]) -> Tensor:
        """Return the waveforms of remixes.

        The accompaniment is brought to the mean power of the track's own accompaniment in the segment, and then raised
        by `level_db` decibels; NaN means the voice alone. A sum above full scale is scaled down as a whole.

        Args:
            remixes: Values of `request_columns`; with a duration, it is the same in all of them.

        Returns:
            Float32 in [-1, 1], shape (n_remixes, n_channels, n_samples).

        Raises:
            RealClonedError: A stem of a track is missing.
        """
        rows = [(*remix, self.duration_s)[:6] for remix in remixes]
        voices = self._clips("vocals", [(track, offset_s, length) for track, offset_s, *_, length in rows])
        own = self._clips("accompaniment", [(track, offset_s, length) for track, offset_s, *_, length in rows])
        behind = self._clips("accompaniment", [(track, offset_s, length) for _, _, track, offset_s, _, length in rows])
        level_db = torch.tensor([row[4] for row in rows], dtype=torch.float32)  # (n_remixes,)
        return mix_at_level(voices, own, behind, level_db) / FULL_SCALE

    def content(self, remix: tuple[Any, ...]) -> str:
        """Return what a remix is made from, as a text: hashes of clips, and how they are mixed.

        Args:
            remix: Values of `request_columns`.
        """
        track_id, offset_s, behind_id, *rest = remix
        voice = [self.stems.content_hash(track_id, stem) for stem in ("vocals", "accompaniment")]
        return f"{voice} {offset_s} {self.stems.content_hash(behind_id, 'accompaniment')} {rest} {self.duration_s}"

    def _clips(self, stem: str, positions: list[tuple[str, float, float]]) -> Tensor:
        clips = [self.stems.read(track, stem, offset_s, duration_s) for track, offset_s, duration_s in positions]
        return torch.from_numpy(np.stack(clips)).float()  # (n_remixes, n_channels, n_samples)


def mix_at_level(voices: Tensor, own: Tensor, behind: Tensor, level_db: Tensor) -> Tensor:
    """Return the voices over `behind`, at the level of `own` and `level_db` above, with peaks at most those of int16.

    Args:
        voices: Float32 in the range of int16. Shape: (n, n_channels, n_samples).
        own: The accompaniment whose level is taken. Shape: (n, n_channels, n_samples).
        behind: The accompaniment that is mixed. Shape: (n, n_channels, n_samples).
        level_db: Decibels of mean power; NaN: no accompaniment. Shape: (n,).

    Returns:
        Float32 in the range of int16, shape (n, n_channels, n_samples).
    """
    gain = torch.nan_to_num(10 ** (level_db / 20), nan=0.0) * rms(own, minimum=0.0) / rms(behind)  # (n,)
    mixes = voices + gain[:, None, None] * behind
    return mixes / (mixes.abs().amax(dim=(1, 2), keepdim=True) / FULL_SCALE).clamp(min=1.0)


def remix_requests(
    tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore, parameters: RemixParameters
) -> pd.DataFrame:
    """Return which remixes are made of the test tracks that have both vocals and accompaniment.

    Own accompaniment is taken at each level of the parameters. Foreign accompaniment is that of the segments of one
    other test track, by other singers, at the level of the own; a track for which there is no such other has none.

    Args:
        tracks: Table `schemas.corpora.Tracks`.
        splits: Table `schemas.corpora.Splits`.
        segments: Table of `encoders.long_segments.encoder_segments`.
        stems: Store of the separated stems.
        parameters: Levels, seed, and the greatest number of tracks, which are drawn at random where there are more.

    Returns:
        Table with a row per remix: `request_columns`, stem (always `remix`) and accompaniment (`own` or `foreign`).
    """
    rng = np.random.default_rng(parameters.seed)
    test_tracks = _test_tracks_with_stems(tracks, splits, segments, stems)
    used = test_tracks.iloc[np.sort(rng.permutation(len(test_tracks))[: parameters.max_tracks])]
    durations = [name for name in segments if name == DURATION]
    voices = segments.loc[segments["track_id"].isin(used["track_id"]), ["track_id", "offset_s", *durations]]
    voices = voices.sort_values(["track_id", "offset_s"], ignore_index=True)
    levels = pd.DataFrame({"level_db": np.array(parameters.levels_db, float)})
    own = voices.assign(behind_id=voices["track_id"], behind_offset_s=voices["offset_s"]).merge(levels, how="cross")
    foreign = _over_partners(voices, assign_partners(used, rng)).assign(accompaniment="foreign", level_db=0.0)
    table = pd.concat([own.assign(accompaniment="own"), foreign], ignore_index=True)
    return table.assign(stem="remix")[[*request_columns(table), "stem", "accompaniment"]]


def request_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that make up a remix: `REMIX_COLUMNS`, and duration_s (seconds) where the table has it.

    Args:
        table: As `remix_requests` returns it.
    """
    return [*REMIX_COLUMNS, *(name for name in table if name == DURATION)]


def assign_partners(tracks: pd.DataFrame, rng: np.random.Generator) -> dict[str, str]:
    """Return for each track_id that of another track with none of its singers, so that each is used about once.

    The tracks are shuffled, and each gets the next one of other singers, the first following the last.

    Args:
        tracks: Table of track_id and singer_ids.
        rng: Source of randomness.

    Returns:
        Partners by track_id; a track that shares a singer with all others is left out.
    """
    shuffled = tracks.iloc[rng.permutation(len(tracks))]
    ids = shuffled["track_id"].tolist()
    singers = [set(singer_ids) for singer_ids in shuffled["singer_ids"]]
    partners = {}
    for index, track in enumerate(ids):
        following = (other % len(ids) for other in range(index + 1, index + len(ids)))
        partner = next((other for other in following if not singers[other] & singers[index]), None)
        if partner is not None:
            partners[track] = ids[partner]
    return partners


def _test_tracks_with_stems(
    tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore
) -> pd.DataFrame:
    ids = splits.loc[splits["role"] == "test", "track_id"]
    for stem in ("vocals", "accompaniment"):
        stored = stems.clips[(stems.clips["stem"] == stem) & (stems.clips["n_samples"] > 0)]
        ids = ids[ids.isin(stored["track_id"])]
    used = tracks["track_id"].isin(ids) & tracks["track_id"].isin(segments["track_id"])
    return tracks.loc[used, ["track_id", "singer_ids"]].sort_values("track_id")


def _over_partners(voices: pd.DataFrame, partners: dict[str, str]) -> pd.DataFrame:
    """Return the segments of each track over those of its partner, in order, and from the first one again."""
    offsets_s = {track: offsets.to_numpy() for track, offsets in voices.groupby("track_id")["offset_s"]}
    table = voices[voices["track_id"].isin(list(partners))].copy()
    table["behind_id"] = table["track_id"].map(partners)
    numbers = table.groupby("track_id").cumcount()
    pairs = zip(table["behind_id"], numbers, strict=True)
    table["behind_offset_s"] = [float(offsets_s[partner][k % len(offsets_s[partner])]) for partner, k in pairs]
    return table
