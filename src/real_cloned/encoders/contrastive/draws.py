"""Random numbers for the segments of a batch, drawn from the batch's seed on the device that trains.

Of several processes that share a batch, each draws the numbers of all segments and takes those of its own. So what a
segment becomes does not depend on how many processes there are.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from real_cloned.encoders.contrastive.datamodule import Batch


class RandomDraws:
    """Random numbers for the segments of a batch, all from one seed, on one device.

    Args:
        n: Number of segments.
        seed: Of the batch.
        device: Where the numbers are drawn.
        rank: Number of this process among those that share the batch.
        world_size: How many processes there are, each with n segments.
    """

    def __init__(self, n: int, seed: int, device: torch.device, rank: int = 0, world_size: int = 1):
        self.n, self.device, self.rank, self.world_size = n, device, rank, world_size
        self.generator = torch.Generator(device).manual_seed(seed)

    @classmethod
    def of(cls, batch: Batch) -> "RandomDraws":
        """Return the random numbers of a batch.

        Args:
            batch: Of either corpus.
        """
        return cls(len(batch.segments), batch.seed, batch.segments.device, batch.rank, batch.world_size)

    @property
    def n_all(self) -> int:
        """The number of segments of all processes."""
        return self.n * self.world_size

    def share(self, numbers: Tensor) -> Tensor:
        """Return the rows of this process's segments, (n, ...).

        Args:
            numbers: Of the segments of all processes, those of the first segments of all pairs before those of the
                second ones. Shape: (n_all, ...).
        """
        if self.world_size == 1:
            return numbers
        shared: Tensor = numbers.unflatten(0, (2, -1))[:, self.rank :: self.world_size].flatten(0, 1)
        return shared

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Return uniformly distributed numbers, (n, *shape) float32.

        Args:
            low: Least value.
            high: Greatest value.
            *shape: Of the numbers of one segment.
        """
        return low + (high - low) * self.share(self.draw(Tensor.uniform_, (self.n_all, *shape)))

    def normal(self, count: int) -> Tensor:
        """Return normally distributed numbers of deviation 1 that all segments share, (count,) float32.

        Args:
            count: How many.
        """
        return self.draw(Tensor.normal_, (count,))

    def noise(self, count: int) -> Tensor:
        """Return normally distributed numbers of deviation 1, other ones for each segment, (n, count) float32.

        Args:
            count: How many for each segment.
        """
        return self.share(self.normal(self.n_all * count).reshape(self.n_all, count))

    def draw(self, fill: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        """Return random numbers, (*shape) float32.

        Args:
            fill: Fills a tensor by a generator, in place.
            shape: Of the numbers.
        """
        return fill(torch.empty(shape, device=self.device), generator=self.generator)

    def bernoulli(self, probability: float) -> Tensor:
        """Return (n,) bool, each true with a probability.

        Args:
            probability: 0 to 1.
        """
        return self.uniform(0.0, 1.0) < probability


class KeptDraws(RandomDraws):
    """The numbers of `RandomDraws` in tensors that stay where they are, as a recorded CUDA graph needs them.

    The first batch decides which numbers are drawn and in which order; every later one must ask for the same.

    Args:
        n: Number of segments.
        device: Where the numbers are drawn.
    """

    def __init__(self, n: int, device: torch.device):
        super().__init__(n, 0, device)
        self.kept: list[tuple[Callable[..., Tensor], Tensor]] = []
        self.position = 0

    def refill(self, seed: int) -> None:
        """Draw all numbers anew, in the same tensors.

        Args:
            seed: Of the batch.
        """
        self.generator.manual_seed(seed)
        for fill, numbers in self.kept:
            fill(numbers, generator=self.generator)
        self.position = 0

    def draw(self, fill: Callable[..., Tensor], shape: tuple[int, ...]) -> Tensor:
        """Return the next tensor of random numbers; one that was never asked for is drawn.

        Args:
            fill: Fills a tensor by a generator, in place.
            shape: Of the numbers.
        """
        if self.position == len(self.kept):
            self.kept.append((fill, super().draw(fill, shape)))
        self.position += 1
        return self.kept[self.position - 1][1]
