"""Batches of pairs for Lightning: drawn on the fly, and read ahead of the training.

Each batch has a seed of its own, made of the parameters' seed, the epoch and the number of the batch. All that is
random in a batch is drawn from it, whatever was drawn before; only the singers of the fixed batches are drawn for all
batches at once, so that each singer is heard equally often.
"""

import platform
from collections.abc import Iterator
from typing import NamedTuple

import lightning
import numpy as np
import torch
from torch import Tensor

from real_cloned.audio.log_mel_bank import LogMelBank, log_mel_bytes
from real_cloned.audio.segment_bank import ResidentBank, SegmentBank
from real_cloned.core.errors import RealClonedError
from real_cloned.core.prefetch import prefetch
from real_cloned.core.runtime import fits_on_gpu
from real_cloned.encoders.contrastive.pairs import Indices, PairSource
from real_cloned.encoders.sampling import balanced_batches
from real_cloned.parameters.pretrain import PairTrainingParameters, PretrainParameters


class Batch(NamedTuple):
    """The pairs of one step.

    Attributes:
        segments: Int16, the first segments of all pairs, then the second ones. Shape: (2 n_pairs, n_samples,
            n_channels). Where log-mels are kept (`LogMelBank`), these, float16. Shape: (2 n_pairs, n_channels,
            n_mels, n_frames).
        accompaniment: What each segment is mixed with, of the same shape; None where nothing is mixed.
        labels: Int64; pairs of the same label are no negatives of each other. Shape: (n_pairs,).
        seed: Of the random numbers that are drawn on the device; the same in all processes that share the batch.
        rank: Number of the process that has these pairs.
        world_size: How many processes share the batch.
    """

    segments: Tensor
    accompaniment: Tensor | None
    labels: Tensor
    seed: int
    rank: int = 0
    world_size: int = 1


class Process(NamedTuple):
    """One of the processes that share each batch.

    Attributes:
        device: On which it trains.
        rank: Its number among the processes.
        world_size: How many processes there are.
    """

    device: torch.device
    rank: int = 0
    world_size: int = 1


CPU = Process(torch.device("cpu"))


class PairData(lightning.LightningDataModule):
    """Pairs to train on, other ones in each epoch, and fixed pairs to validate with (paper: of 4096 singers).

    Args:
        train: Source of the pairs to train on.
        validation: Source of the pairs to validate with.
        parameters: Of the variant.

    Raises:
        RealClonedError: The devices cannot share the pairs of a batch equally.
    """

    def __init__(self, train: PairSource, validation: PairSource, parameters: PairTrainingParameters):
        super().__init__()
        self.train, self.validation, self.settings = train, validation, parameters
        if parameters.pairs_per_batch % parameters.devices:
            raise RealClonedError(
                f"pretrain.{parameters.name}: {parameters.devices} devices cannot share {parameters.pairs_per_batch} "
                f"pairs alike: make pairs_per_batch a multiple of devices"
            )

    def train_dataloader(self) -> "PairBatches":
        """Return an epoch's batches."""
        return PairBatches(self.train, self.settings, self.settings.steps_per_epoch, process=self._process())

    def val_dataloader(self) -> "PairBatches":
        """Return the fixed batches, as many as are needed for the number of validation pairs."""
        n_batches = -(-self.settings.n_validation_pairs // self.settings.pairs_per_batch)
        return PairBatches(self.validation, self.settings, n_batches, fixed=True, process=self._process())

    def check_access(self) -> None:
        """Make sure that this machine can read the audio, which was found by another one.

        Raises:
            RealClonedError: It cannot.
        """
        for bank in (self.train.bank, self.validation.bank):
            try:
                bank.gather(np.zeros(1, np.int64))
            except RealClonedError as error:
                file = bank.files[bank.clips[bank.clip_index[0], 0]]
                raise RealClonedError(
                    f"{platform.node()} cannot read {file}, which is to be trained on: put the folder of data on "
                    "storage that all machines share (`data` in conf/*/globals.yml)"
                ) from error

    def _process(self) -> Process:
        if self.trainer is None:
            return CPU
        return Process(self.trainer.strategy.root_device, self.trainer.global_rank, self.trainer.world_size)


class PairBatches:
    """An epoch of batches.

    All processes draw the same pairs, and each takes its share of them, so that a batch is the same on any number of
    processes. The fixed batches hear all singers equally often, each of them once where there are as many pairs
    (paper, table 1; authors' code), since their loss decides which weights are kept.

    Args:
        source: Where pairs are drawn from.
        parameters: Of the variant.
        n_batches: Batches of an epoch.
        fixed: Whether every epoch has the same batches.
        process: That takes its share of each batch.
    """

    def __init__(
        self,
        source: PairSource,
        parameters: PairTrainingParameters,
        n_batches: int,
        *,
        fixed: bool = False,
        process: Process = CPU,
    ):
        self.source, self.parameters, self.n_batches, self.fixed = source, parameters, n_batches, fixed
        self.process, self.share = process, slice(process.rank, None, process.world_size)
        self.bank = training_bank(source.bank, parameters, process.device)
        self.epoch = 0
        size, rng = parameters.pairs_per_batch, np.random.default_rng([parameters.seed, int(fixed)])
        groups = balanced_batches(source.sampler.n_groups, n_batches, size, rng) if fixed else None
        self.fixed_groups: Indices | None = groups

    def set_epoch(self, epoch: int) -> None:
        """Draw the batches of this epoch from now on.

        Args:
            epoch: Counted from 0.
        """
        self.epoch = epoch

    def __len__(self) -> int:
        """Return how many batches make an epoch."""
        return self.n_batches

    def __iter__(self) -> Iterator[Batch]:
        """Yield the batches of the epoch."""
        batches = (self.batch(number) for number in range(self.n_batches))
        return prefetch(batches) if isinstance(self.bank, SegmentBank) else batches

    def batch(self, number: int) -> Batch:
        """Return one batch of the epoch.

        Args:
            number: Of the batch in the epoch, counted from 0.
        """
        rng = np.random.default_rng([self.parameters.seed, int(self.fixed), 0 if self.fixed else self.epoch, number])
        rows, accompaniment, labels = self.draw(self.groups(number, rng), rng)
        return Batch(
            segments=self._gather(rows),
            accompaniment=None if accompaniment is None else self._gather(accompaniment),
            labels=labels[self.share],
            seed=int(rng.integers(2**62)),
            rank=self.process.rank,
            world_size=self.process.world_size,
        )

    def groups(self, number: int, rng: np.random.Generator) -> Indices:
        """Return the singers (or tracks) of a batch, (n_pairs,).

        Args:
            number: Of the batch in the epoch, counted from 0.
            rng: Of the batch.
        """
        if self.fixed_groups is not None:
            return self.fixed_groups[number]  # type: ignore[no-any-return]
        settings = self.parameters
        return self.source.sampler.draw_groups(settings.pairs_per_batch, rng, replacement=settings.replacement)

    def draw(self, groups: Indices, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None, Tensor]:
        """Return which rows of the bank make a batch.

        Args:
            groups: The singers (or tracks) of the batch. Shape: (n_pairs,).
            rng: Of the batch.

        Returns:
            Rows of the segments, (2, n_pairs); rows of their accompaniment, (2, n_pairs), or None; labels of the pairs,
            (n_pairs,).
        """
        sampler, settings = self.source.sampler, self.parameters
        pairs = sampler.draw_pairs(groups, rng)  # (2, n_pairs)
        rows = pairs + self.source.n_segments * rng.integers(0, len(settings.train_stems), pairs.shape)
        labels = np.arange(len(groups)) if settings.replacement else groups
        if settings.mix is None:
            return rows, None, torch.from_numpy(labels)
        others = sampler.draw_from_other_groups(np.stack([groups, groups]), rng)  # (2, n_pairs)
        return rows, others + self.source.n_segments * len(settings.train_stems), torch.from_numpy(labels)

    def _gather(self, rows: np.ndarray) -> Tensor:
        return self.bank.gather(rows[:, self.share].ravel(), pinned=self.process.device.type == "cuda")


def training_bank(
    bank: SegmentBank, parameters: PairTrainingParameters, device: torch.device
) -> SegmentBank | ResidentBank | LogMelBank:
    """Return where a training reads its segments from: a GPU's memory, as samples or as log-mels, or the files.

    Args:
        bank: All segments of a corpus.
        parameters: Of the variant; resident and resident_log_mel are used.
        device: That trains.
    """
    if device.type != "cuda":
        return bank
    if (
        isinstance(parameters, PretrainParameters)
        and keeps_log_mels(parameters)
        and fits_on_gpu(log_mel_bytes(bank, parameters.log_mel), device)
    ):
        return LogMelBank(bank, parameters.log_mel, device)
    return bank.to(device) if fits_in_memory(bank, device, parameters.resident) else bank


def keeps_log_mels(parameters: PretrainParameters) -> bool:
    """Tell whether log-mels can take the place of samples, since every step hears segments as they are.

    Args:
        parameters: Of the variant.
    """
    is_changed = parameters.mix is not None or parameters.augment is not None or parameters.crop_s is not None
    return parameters.resident_log_mel == "auto" and parameters.resident != "never" and not is_changed


def fits_in_memory(bank: SegmentBank, device: torch.device, resident: str) -> bool:
    """Return whether a bank is to be held in a GPU's memory.

    Args:
        bank: All segments of a corpus.
        device: A GPU.
        resident: `always`, `never`, or `auto`: where it takes less than half of the free memory.
    """
    return fits_on_gpu(bank.n_bytes, device) if resident == "auto" else resident == "always"
