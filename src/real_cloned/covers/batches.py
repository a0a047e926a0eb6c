"""What the two networks are trained on: pairs of performances for the Siamese one, works in two versions for the other.

Every batch is drawn from its own seed, so that a training which is resumed sees the batches that it would have seen.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import IterableDataset

from real_cloned.core.errors import RealClonedError
from real_cloned.covers.augment import N_NEW_WORKS, augment_profile, to_new_work
from real_cloned.covers.profiles import Profiles
from real_cloned.parameters.covers import ProfileAugmentParameters


class CoverPairs(NamedTuple):
    """A batch.

    Attributes:
        first: Profiles. Shape: (n_pairs, 12, n_frames).
        second: Profiles. Shape: (n_pairs, 12, n_frames).
        labels: For the Siamese network 1 where a pair is of one work, else 0; for the encoder the number of the work
            that both are of. Shape: (n_pairs,).
    """

    first: Tensor
    second: Tensor
    labels: Tensor


class PairBatches(IterableDataset[CoverPairs]):
    """Batches of one epoch.

    Args:
        profiles: Of works in two versions or more; those of works performed once are used in negative pairs only.
        n_pairs: Of a batch; of the encoder no more than there are works.
        n_batches: Of an epoch.
        seed: Of all draws.
        judged: True: half of the pairs are of one work, the others of two (Siamese network). False: all pairs are of
            one work, each of another (encoder).
        augment: How profiles are changed; None: they are not, and every epoch has the same batches (validation).

    Raises:
        RealClonedError: There are not two works in two versions.
    """

    def __init__(
        self, profiles: Profiles, n_pairs: int, n_batches: int, seed: int, *, judged: bool,
        augment: ProfileAugmentParameters | None = None,
    ):  # fmt: skip
        self.judged, self.augment, self.epoch = judged, augment, 0
        self.works = profiles.works
        self.profiles, self.n_batches, self.seed = profiles, n_batches, seed
        rows = [np.flatnonzero(self.works == work) for work in range(self.works.max(initial=-1) + 1)]
        self.versions = [versions for versions in rows if len(versions) > 1]
        if len(self.versions) < 2:
            raise RealClonedError(
                f"version identification cannot be trained on {len(self.versions)} works in several versions: it needs "
                "two at least, in covers.train as in covers.validation"
            )
        # With a performance twice in a batch its nearest one would be itself.
        self.n_pairs = n_pairs if judged else min(n_pairs, len(self.versions))

    def set_epoch(self, epoch: int) -> None:
        """Choose the batches to come.

        Args:
            epoch: Number of the epoch.
        """
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches of an epoch."""
        return self.n_batches

    def __iter__(self) -> Iterator[CoverPairs]:
        """Yield the batches of the epoch."""
        for number in range(self.n_batches):
            rng = np.random.default_rng([self.seed, self.epoch if self.augment else 0, number])
            first, second, labels = self._judged_pairs(rng) if self.judged else self._pairs(rng, self.n_pairs)
            changes = self._draw_changes(rng)
            if not self.judged:
                labels = labels * N_NEW_WORKS + changes
            one, other = (self._read(rows, changes, rng) for rows in (first, second))
            yield CoverPairs(one, other, torch.from_numpy(labels))

    def _pairs(self, rng: np.random.Generator, n_pairs: int) -> tuple[NDArray[np.int64], ...]:
        """Return rows of both sides, and the number of each pair's work, all different while there are enough."""
        order = np.concatenate([rng.permutation(len(self.versions)) for _ in range(-(-n_pairs // len(self.versions)))])
        pairs = np.stack([rng.choice(self.versions[work], 2, replace=False) for work in order[:n_pairs]])
        return pairs[:, 0], pairs[:, 1], order[:n_pairs].astype(np.int64)

    def _judged_pairs(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], ...]:
        """Return rows of both sides, and whether they are of one work: the second half are performances of others."""
        n_positive = self.n_pairs // 2
        first, second, _ = self._pairs(rng, self.n_pairs)
        for pair in range(n_positive, self.n_pairs):
            second[pair] = rng.choice(np.flatnonzero(self.works != self.works[first[pair]]))
        return first, second, (np.arange(self.n_pairs) < n_positive).astype(np.int64)

    def _draw_changes(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return for each pair the number of the change to another work (`to_new_work`)."""
        is_changed = self.augment is not None and self.augment.new_works
        return rng.integers(N_NEW_WORKS, size=self.n_pairs) if is_changed else np.zeros(self.n_pairs, np.int64)

    def _read(self, rows: NDArray[np.int64], changes: NDArray[np.int64], rng: np.random.Generator) -> Tensor:
        values = self.profiles.values[rows]
        if self.augment is not None:
            changed = map(to_new_work, values, changes)
            values = np.stack([augment_profile(one, self.augment, rng) for one in changed])
        return torch.from_numpy(values)
