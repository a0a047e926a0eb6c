"""The batches of a training and of its validation, for Lightning.

Batches of pairs, drawn on the fly and read ahead of the training.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import lightning
import numpy as np
import torch
from torch import Tensor

from real_cloned.audio.segment_bank import ResidentBank, SegmentBank
from real_cloned.core.errors import RealClonedError
from real_cloned.encoders.contrastive.pairs import PairSource
from real_cloned.parameters.pretrain import PretrainParameters


class PairData(lightning.LightningDataModule):
    """Pairs to train on, other ones in each epoch, and fixed pairs to validate with (paper: 4096)."""

    def __init__(self, train: PairSource, validation: PairSource, parameters: PretrainParameters):
        super().__init__()
        self.train, self.validation, self.settings = train, validation, parameters
        if parameters.pairs_per_batch % parameters.devices:
            raise RealClonedError(
                f"pretrain.{parameters.name}: {parameters.devices} devices cannot share {parameters.pairs_per_batch} "
                f"pairs alike: make pairs_per_batch a multiple of devices"
            )

    def train_dataloader(self) -> PairBatches:
        """Return an epoch's batches."""
        return self._batches(self.train, self.settings.steps_per_epoch)

    def val_dataloader(self) -> PairBatches:
        """Return the fixed batches, as many as hold the pairs asked for."""
        n_batches = -(-self.settings.n_validation_pairs // self.settings.pairs_per_batch)
        return self._batches(self.validation, n_batches, fixed=True)

    def _batches(self, source: PairSource, n_batches: int, *, fixed: bool = False) -> PairBatches:
        if self.trainer is None:
            return PairBatches(source, self.settings, n_batches, fixed=fixed)
        device, process = self.trainer.strategy.root_device, self.trainer.global_rank
        return PairBatches(
            source, self.settings, n_batches, fixed=fixed, device=device, process=process,
            n_processes=self.trainer.world_size,
        )  # fmt: skip


Anything = TypeVar("Anything")

N_AHEAD = 3
"""Batches that wait while the device is busy with another."""


class Batch(NamedTuple):
    """The pairs of one step.

    sides : (2 n_pairs, n_samples, n_channels) int16, all first sides, then all second sides
    bands : the same of the accompaniment under each, or None where nothing is mixed
    labels : (n_pairs,) int64; pairs of the same label are no negatives of each other
    seed : of what is drawn on the device
    """

    sides: Tensor
    bands: Tensor | None
    labels: Tensor
    seed: int


class PairBatches:
    """An epoch of batches; each has its own seed, from which all that is random in it is drawn.

    `process` of `n_processes` has its share of the pairs of each batch; all draw the same ones, so that a batch is the
    same on any number of processes.
    """

    def __init__(
        self, source: PairSource, parameters: PretrainParameters, n_batches: int, *, fixed: bool = False,
        device: torch.device | None = None, process: int = 0, n_processes: int = 1,
    ):  # fmt: skip
        self.source, self.parameters, self.n_batches, self.fixed = source, parameters, n_batches, fixed
        self.share = slice(process, None, n_processes)
        self.device = device or torch.device("cpu")
        self.bank: SegmentBank | ResidentBank = source.bank
        if self.device.type == "cuda" and fits(source.bank, self.device, parameters.resident):
            self.bank = source.bank.to(self.device)
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Draw this epoch from now on."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return how many batches make an epoch."""
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        """Yield `n_batches` batches, always the same ones when `fixed`."""
        drawn = (self.batch(number) for number in range(self.n_batches))
        return drawn if isinstance(self.bank, ResidentBank) else read_ahead(drawn, N_AHEAD)

    def batch(self, number: int) -> Batch:
        """Return batch `number` of the epoch."""
        rng = np.random.default_rng([self.parameters.seed, int(self.fixed), 0 if self.fixed else self.epoch, number])
        rows, bands, labels = self.draw(rng)
        seed = int(rng.integers(2**62)) + (self.share.start or 0)
        return Batch(self._gather(rows), None if bands is None else self._gather(bands), labels[self.share], seed)

    def draw(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None, Tensor]:
        """Return the bank's rows of the sides and of their bands, each (2, n_pairs), and the (n_pairs,) labels."""
        who, settings = self.source.discographies, self.parameters
        groups = who.draw_groups(settings.pairs_per_batch, rng, replacement=settings.replacement)
        sides = who.draw_pairs(groups, rng)
        rows = sides + self.source.n_segments * rng.integers(0, len(settings.train_stems), sides.shape)
        labels = np.arange(len(groups)) if settings.replacement else groups
        if settings.mix is None:
            return rows, None, torch.from_numpy(labels)
        bands = who.draw_others(np.stack([groups, groups]), rng) + self.source.n_segments * len(settings.train_stems)
        return rows, bands, torch.from_numpy(labels)

    def _gather(self, rows: np.ndarray) -> Tensor:
        return self.bank.gather(rows[:, self.share].ravel(), pinned=self.device.type == "cuda")


def fits(bank: SegmentBank, device: torch.device, resident: str) -> bool:
    """Return whether a bank is to lie in a GPU's memory: as said, or with `auto` when it takes less than half of it."""
    if resident != "auto":
        return resident == "always"
    free, _ = torch.cuda.mem_get_info(device)
    return bank.n_bytes < free // 2


def read_ahead(items: Iterator[Anything], count: int) -> Iterator[Anything]:
    """Yield the items in their order, while a thread makes up to `count` of the next ones."""
    with ThreadPoolExecutor(1) as thread:
        waiting = deque(thread.submit(next, items, None) for _ in range(count))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(thread.submit(next, items, None))
            yield item
