"""The registry: the tracks of enrolled singers as embeddings, and what follows from them.

It is never changed in place: adding, renaming or removing a singer gives a new registry from the embeddings that are
kept, without hearing any recording again. A cohort of singers who are not enrolled can lie beside the singers; it
serves to normalise scores.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from real_cloned.core.errors import RealClonedError
from real_cloned.core.suggestions import suggest_names
from real_cloned.identification.voices import Voice, mean_direction
from real_cloned.schemas.base import empty_table
from real_cloned.schemas.identification import EnrolledTracks


@dataclass(frozen=True)
class Registry:
    """Enrolled singers.

    Attributes:
        tracks: `schemas.identification.EnrolledTracks`; the segments of a track are consecutive rows of `embeddings`.
        embeddings: Of all segments. Shape: (n_segments, size), float32.
        durations_s: Of all segments, in seconds. Shape: (n_segments,).
        config: What made the embeddings: encoder, separator, detection of singing, and how scores are calibrated.
    """

    tracks: pd.DataFrame
    embeddings: NDArray[np.float32]
    durations_s: NDArray[np.float64]
    config: Mapping[str, Any]

    @classmethod
    def empty(cls, config: Mapping[str, Any]) -> "Registry":
        """Return a registry without singers.

        Args:
            config: As the attribute.
        """
        return cls(empty_table(EnrolledTracks), np.zeros((0, 0), np.float32), np.zeros(0), config)

    @cached_property
    def singers(self) -> pd.DataFrame:
        """`schemas.identification.EnrolledSingers`, in alphabetical order."""
        groups = self.tracks[~self.tracks["is_cohort"]].groupby("singer_id")
        return pd.DataFrame(
            {
                "n_tracks": groups.size(),
                "n_albums": groups["album_id"].nunique(),
                "sung_s": groups["sung_s"].sum(),
            }
        ).reset_index()

    @cached_property
    def averages(self) -> NDArray[np.float32]:
        """Mean direction of the segments of each track, weighted by their durations. Shape: (n_tracks, size)."""
        parts = [
            mean_direction(self.embeddings[rows], self.durations_s[rows])
            for rows in (slice(first, first + n) for first, n in self.tracks[["first_row", "n_segments"]].to_numpy())
        ]
        return np.stack(parts) if parts else np.zeros((0, self.embeddings.shape[1]), np.float32)

    def add(
        self, singer_id: str, voices: Mapping[str, Voice], albums: Mapping[str, str | None], *, is_cohort: bool = False
    ) -> "Registry":
        """Return the registry with tracks of a singer, new or enrolled already.

        Args:
            singer_id: Of the singer.
            voices: What was heard, by track; those without segments are passed over.
            albums: Of each track, None where it is not known.
            is_cohort: The singer only serves to normalise scores, and is never an answer.

        Raises:
            RealClonedError: A track is enrolled already, the singer has another role, or no track holds a voice.
        """
        heard = {track: voice for track, voice in voices.items() if voice.problem is None}
        self._check_addition(singer_id, heard, voices, is_cohort)
        n_segments = [len(voice.embeddings) for voice in heard.values()]
        rows = pd.DataFrame(
            {
                "track_id": list(heard),
                "singer_id": singer_id,
                "album_id": [albums.get(track) for track in heard],
                "is_cohort": is_cohort,
                "duration_s": [voice.duration_s for voice in heard.values()],
                "sung_s": [voice.sung_s for voice in heard.values()],
                "first_row": len(self.embeddings) + np.cumsum([0, *n_segments[:-1]]),
                "n_segments": n_segments,
            }
        )
        new = [voice.embeddings for voice in heard.values()]
        return replace(
            self,
            tracks=pd.concat([self.tracks, rows], ignore_index=True) if len(self.tracks) else rows,
            embeddings=np.concatenate([self.embeddings, *new] if len(self.embeddings) else new),
            durations_s=np.concatenate([self.durations_s, *(voice.durations_s for voice in heard.values())]),
        )

    def remove(self, singer_id: str) -> "Registry":
        """Return the registry without a singer.

        Args:
            singer_id: Of the singer.

        Raises:
            RealClonedError: There is no such singer.
        """
        self._check_known(singer_id)
        return self.take(self.tracks["singer_id"] != singer_id)

    def rename(self, singer_id: str, new_id: str) -> "Registry":
        """Return the registry with another name for a singer.

        Args:
            singer_id: Of the singer.
            new_id: The name to take.

        Raises:
            RealClonedError: There is no such singer, or there is one of the new name.
        """
        self._check_known(singer_id)
        if new_id in set(self.tracks["singer_id"]):
            raise RealClonedError(f"{new_id} is enrolled already: add the tracks to that singer, or take another name")
        return replace(self, tracks=self.tracks.replace({"singer_id": {singer_id: new_id}}))

    def take(self, is_kept: "pd.Series[bool]") -> "Registry":
        """Return the registry with some of its tracks.

        Args:
            is_kept: A value per row of `tracks`.
        """
        tracks = self.tracks[is_kept].reset_index(drop=True)
        spans = [np.arange(first, first + n) for first, n in tracks[["first_row", "n_segments"]].to_numpy()]
        rows = np.concatenate([np.zeros(0, np.int64), *spans])
        first_rows = np.cumsum([0, *tracks["n_segments"]])[:-1]
        return replace(
            self,
            tracks=tracks.assign(first_row=first_rows),
            embeddings=self.embeddings[rows],
            durations_s=self.durations_s[rows],
        )

    def _check_addition(
        self, singer_id: str, heard: Mapping[str, Voice], voices: Mapping[str, Voice], is_cohort: bool
    ) -> None:
        if not heard:
            problems = "; ".join(f"{track}: {voice.problem} {voice.reason}".strip() for track, voice in voices.items())
            raise RealClonedError(f"{singer_id}: no recording holds a voice ({problems or 'none was given'})")
        known = sorted(set(heard) & set(self.tracks["track_id"]))
        if known:
            raise RealClonedError(f"{known[0]} is enrolled already: a recording serves once")
        roles = self.tracks.loc[self.tracks["singer_id"] == singer_id, "is_cohort"]
        if len(roles) and roles.iloc[0] != is_cohort:
            raise RealClonedError(f"{singer_id} cannot be both enrolled and in the cohort: rename one of them")

    def _check_known(self, singer_id: str) -> None:
        known = set(self.tracks["singer_id"])
        if singer_id not in known:
            raise RealClonedError(f"{singer_id} is not enrolled{suggest_names(singer_id, known)}")
