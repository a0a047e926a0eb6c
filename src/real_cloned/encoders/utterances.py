"""What the LSTM's training takes from singers, and the files of a features folder as a source of it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from real_cloned.encoders.feature_folder import read_frames
from real_cloned.errors import RealClonedError


class Utterances(Protocol):
    """Singers, and utterances of each. A piece of an utterance is what the network hears at once."""

    @property
    def singers(self) -> list[str]:
        """Their names, in the order in which they are counted."""
        ...

    def n_utterances(self, singer: int) -> int:
        """Return how many utterances there are of a singer."""
        ...

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return a random piece of each of these utterances, (n, ...), all of one shape."""
        ...

    def fingerprint(self) -> str:
        """Return a hash that tells these utterances from others."""
        ...


def fingerprint(source: Utterances, names: object) -> str:
    """Return a hash of `names`, which tell a source's utterances, and of how one of each singer sounds."""
    digest = hashlib.sha256(repr(names).encode())
    for singer in range(len(source.singers)):
        piece = source.draw(singer, [0], np.random.default_rng(0))
        digest.update(np.ascontiguousarray(piece.numpy()).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class FeatureUtterances:
    """Files of features by singer; a piece is `window_frames` frames of one."""

    files: dict[str, list[Path]]
    window_frames: int

    @property
    def singers(self) -> list[str]:
        """Their names, by alphabet."""
        return sorted(self.files)

    def n_utterances(self, singer: int) -> int:
        """Return how many files there are of a singer."""
        return len(self.files[self.singers[singer]])

    def draw(self, singer: int, utterances: list[int], rng: np.random.Generator) -> Tensor:
        """Return (n, window_frames, n_bins) float32.

        A file of fewer frames is set in the middle of frames of its lowest value (as in the original). Raises
        RealClonedError when a file holds something that is not a number.
        """
        files = self.files[self.singers[singer]]
        return torch.from_numpy(np.stack([self._piece(files[utterance], rng) for utterance in utterances]))

    def fingerprint(self) -> str:
        """Return a hash of the files' names and sizes, and of what is in some."""
        names = {singer: [(file.name, file.stat().st_size) for file in self.files[singer]] for singer in self.singers}
        return fingerprint(self, (names, self.window_frames))

    def _piece(self, file: Path, rng: np.random.Generator) -> np.ndarray:
        frames = read_frames(file)
        start = int(rng.integers(max(1, len(frames) - self.window_frames + 1)))
        piece = np.asarray(frames[start : start + self.window_frames], np.float32)
        if not np.isfinite(piece).all():
            raise RealClonedError(f"{file} holds values that are not finite numbers; leave it out, or make it again")
        missing = self.window_frames - len(piece)
        return np.pad(piece, ((missing // 2, missing - missing // 2), (0, 0)), constant_values=piece.min())
