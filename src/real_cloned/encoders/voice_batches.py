"""Batches of P singers by M utterances (Wan et al., ICASSP 2018, section 2.1)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import IterableDataset

from real_cloned.encoders.utterances import Utterances
from real_cloned.variant_parameters import VoiceTrainingParameters


class VoiceBatch(NamedTuple):
    """P singers by M pieces of utterances.

    pieces : (P * M, ...), singer after singer; singers : (P,) int64; utterances : (P * M,) int64, the number of each
        among all utterances of all singers
    """

    pieces: Tensor
    singers: Tensor
    utterances: Tensor


class VoiceBatches(IterableDataset[VoiceBatch]):
    """A block of batches drawn on the fly: the one that was set, or always the same when `fixed`.

    The singers of a batch are all different, and fewer than P only where there are no more. A singer's utterances come
    in turn in random order: in a block none comes again before all were there.
    """

    def __init__(self, source: Utterances, parameters: VoiceTrainingParameters, n_batches: int, *, fixed: bool = False):
        self.source, self.n_batches, self.fixed = source, n_batches, fixed
        self.n_singers = min(parameters.singers_per_batch, len(source.singers))
        self.n_utterances, self.seed = parameters.utterances_per_singer, parameters.seed
        self.block = 0
        self._first = np.cumsum([0, *(source.n_utterances(singer) for singer in range(len(source.singers)))])

    def set_block(self, block: int) -> None:
        """Draw this block from now on."""
        self.block = block

    def __len__(self) -> int:
        """Return how many batches make a block."""
        return self.n_batches

    def __iter__(self) -> Iterator[VoiceBatch]:
        """Yield `n_batches` batches."""
        rng = np.random.default_rng([self.seed, int(self.fixed), 0 if self.fixed else self.block])
        turns = [_in_turn(self.source.n_utterances(singer), rng) for singer in range(len(self.source.singers))]
        for _ in range(self.n_batches):
            singers = rng.permutation(len(self.source.singers))[: self.n_singers].tolist()
            chosen = [[next(turns[singer]) for _ in range(self.n_utterances)] for singer in singers]
            pieces = [self.source.draw(singer, mine, rng) for singer, mine in zip(singers, chosen, strict=True)]
            numbers = np.concatenate([self._first[singer] + mine for singer, mine in zip(singers, chosen, strict=True)])
            yield VoiceBatch(torch.cat(pieces), torch.tensor(singers), torch.from_numpy(numbers))


def _in_turn(count: int, rng: np.random.Generator) -> Iterator[int]:
    """Yield 0 to count - 1 in random order, again and again, each order anew."""
    while True:
        yield from rng.permutation(count).tolist()
