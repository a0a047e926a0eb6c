"""Voices over accompaniment at other levels, and over that of another singer: what do encoders hear beside the voice?

The singing of the test tracks stays as it was separated; only what sounds behind it is changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from real_cloned.audio.shard_store import ShardStore
from real_cloned.encoders.contrastive.augment import level
from real_cloned.parameters.embed import RemixParameters

COLUMNS = ["track_id", "offset_s", "behind_id", "behind_offset_s", "level_db"]
"""What a remix is made of: where its voice comes from, where what sounds behind it, and how loud that is."""
FULL_SCALE = 32768.0


@dataclass(frozen=True)
class RemixReader:
    """Mixes the stems of one corpus, in segments of `duration_s` seconds."""

    stems: ShardStore
    duration_s: float

    def read(self, remixes: Iterable[tuple[str, float, str, float, float]]) -> Tensor:
        """Return (n_remixes, n_channels, n_samples) float32 in [-1, 1] for remixes of COLUMNS.

        What sounds behind is brought to the mean power that the track's own accompaniment has in the segment, then
        `level_db` decibels above it; NaN leaves the voice alone. A sum that passes full scale is turned down whole.
        Raises RealClonedError when a stem is not there.
        """
        wanted = list(remixes)
        voices = self._clips("vocals", [(track, offset_s) for track, offset_s, *_ in wanted])
        own = self._clips("accompaniment", [(track, offset_s) for track, offset_s, *_ in wanted])
        behind = self._clips("accompaniment", [(track, offset_s) for _, _, track, offset_s, _ in wanted])
        level_db = torch.tensor([level for *_, level in wanted], dtype=torch.float32)
        return remixed(voices, own, behind, level_db) / FULL_SCALE

    def _clips(self, stem: str, places: list[tuple[str, float]]) -> Tensor:
        clips = [self.stems.read(track, stem, offset_s, self.duration_s) for track, offset_s in places]
        return torch.from_numpy(np.stack(clips)).float()  # (n_remixes, n_channels, n_samples)


def remixed(voices: Tensor, own: Tensor, behind: Tensor, level_db: Tensor) -> Tensor:
    """Return the voices with `behind` at the level of `own` and `level_db` above, peaks at most those of int16.

    voices, own, behind : (n, n_channels, n_samples) float32 in the range of int16; level_db : (n,), NaN for none
    """
    gain = torch.nan_to_num(10 ** (level_db / 20), nan=0.0) * level(own, least=0.0) / level(behind)
    mixes = voices + gain[:, None, None] * behind
    return mixes / (mixes.abs().amax(dim=(1, 2), keepdim=True) / FULL_SCALE).clamp(min=1.0)


def remix_requests(
    tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore, parameters: RemixParameters
) -> pd.DataFrame:
    """Return a row per remix: COLUMNS, `stem` (always remix) and `accompaniment` (own or foreign).

    tracks, splits, segments : of one corpus; the test tracks whose vocals and accompaniment are both in `stems` are
        taken, `parameters.max_tracks` of them at random where there are more

    Foreign accompaniment is that of the segments of one other test track, by other singers, at the level of the own;
    a track for which there is no such other has none.
    """
    rng = np.random.default_rng(parameters.seed)
    tests = _tests(tracks, splits, segments, stems)
    drawn = tests.iloc[np.sort(rng.permutation(len(tests))[: parameters.max_tracks])]
    own = segments.loc[segments["track_id"].isin(drawn["track_id"]), ["track_id", "offset_s"]]
    own = own.sort_values(["track_id", "offset_s"], ignore_index=True)
    levels = pd.DataFrame({"level_db": np.array(parameters.levels_db, float)})
    behind_own = own.assign(behind_id=own["track_id"], behind_offset_s=own["offset_s"]).merge(levels, how="cross")
    table = pd.concat(
        [
            behind_own.assign(accompaniment="own"),
            _behind_others(own, partners(drawn, rng)).assign(accompaniment="foreign", level_db=0.0),
        ],
        ignore_index=True,
    )
    return table.assign(stem="remix")[[*COLUMNS, "stem", "accompaniment"]]


def partners(tracks: pd.DataFrame, rng: np.random.Generator) -> dict[str, str]:
    """Return for each track_id that of another track, none of whose singers is on it; every track lends about once.

    tracks : table of track_id and singer_ids. A track that shares a singer with all others is left out.
    """
    circle = tracks.iloc[rng.permutation(len(tracks))]
    ids = circle["track_id"].tolist()
    singers = [set(names) for names in circle["singer_ids"]]
    found = {}
    for place, track in enumerate(ids):
        following = (other % len(ids) for other in range(place + 1, place + len(ids)))
        other = next((other for other in following if not singers[other] & singers[place]), None)
        if other is not None:
            found[track] = ids[other]
    return found


def _tests(tracks: pd.DataFrame, splits: pd.DataFrame, segments: pd.DataFrame, stems: ShardStore) -> pd.DataFrame:
    there = splits.loc[splits["role"] == "test", "track_id"]
    for stem in ("vocals", "accompaniment"):
        kept = stems.index[(stems.index["stem"] == stem) & (stems.index["n_samples"] > 0)]
        there = there[there.isin(kept["track_id"])]
    wanted = tracks["track_id"].isin(there) & tracks["track_id"].isin(segments["track_id"])
    return tracks.loc[wanted, ["track_id", "singer_ids"]].sort_values("track_id")


def _behind_others(own: pd.DataFrame, partner: dict[str, str]) -> pd.DataFrame:
    """Lay the segments of each track over those of its partner, one after the other, and from the first again."""
    offsets_s = {track: rows.to_numpy() for track, rows in own.groupby("track_id")["offset_s"]}
    table = own[own["track_id"].isin(list(partner))].copy()
    table["behind_id"] = table["track_id"].map(partner)
    number = table.groupby("track_id").cumcount()
    there = zip(table["behind_id"], number, strict=True)
    table["behind_offset_s"] = [float(offsets_s[other][k % len(offsets_s[other])]) for other, k in there]
    return table
