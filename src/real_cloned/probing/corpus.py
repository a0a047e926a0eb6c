"""A corpus as the probe sees it."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from real_cloned.embeddings import Embeddings
from real_cloned.probing.draws import LabelledTracks, Places, Run


@dataclass(frozen=True)
class ProbeCorpus:
    """One row per used track, and all embeddings in one matrix.

    tracks : schemas.Tracks columns and `role`; matrix : (n_segments, size) float32, which may lie in a file
    rows : track_id to the places of its segments in the matrix
    """

    tracks: pd.DataFrame
    matrix: NDArray[np.float32]
    rows: dict[str, Places]

    @classmethod
    def of(cls, tracks: pd.DataFrame, splits: pd.DataFrame, embeddings: Embeddings) -> "ProbeCorpus":
        """Return the tracks of `splits` that have embeddings."""
        rows = embeddings.rows_by_track()
        used = tracks.merge(splits, on="track_id")
        return cls(used[used["track_id"].isin(list(rows))].sort_values("track_id"), embeddings.matrix, rows)

    @property
    def questions(self) -> pd.DataFrame:
        """The tracks that are asked for: test tracks and clones."""
        return self.tracks[self.tracks["role"].isin(["test", "clone"])]

    @property
    def n_train_tracks(self) -> dict[str, int]:
        """Training tracks of each singer."""
        counts = self.tracks.loc[self.tracks["role"] == "train", "singer_id"].value_counts()
        return {str(singer): int(count) for singer, count in counts.items()}

    def labelled(self, role: str, classes: list[str]) -> LabelledTracks:
        """Return the tracks of one role by the singers in `classes`, labelled by their place in that list."""
        label = {singer: place for place, singer in enumerate(classes)}
        rows = self.tracks[(self.tracks["role"] == role) & self.tracks["singer_id"].isin(classes)]
        labels = np.asarray(rows["singer_id"].map(label), np.int64)
        return LabelledTracks([self.rows[track] for track in rows["track_id"]], labels)

    def run(self, classes: list[str], seed: int) -> Run:
        """Return a run in which the singers in `classes` are enrolled."""
        return Run(self.labelled("train", classes), self.labelled("validation", classes), len(classes), seed)

    def segments(self, device: torch.device) -> Tensor:
        """Return the matrix as a tensor: on the GPU where it takes less than half of its free memory, else as it is.

        A matrix that lies in a file stays there.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it cannot be written to
            tensor = torch.from_numpy(self.matrix)
        fits = device.type == "cuda" and tensor.nbytes < torch.cuda.mem_get_info(device)[0] / 2
        return tensor.to(device) if fits else tensor
