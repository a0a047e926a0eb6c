"""The batches of a training and of its validation, for Lightning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import lightning

from real_cloned.encoders.batches import PairBatches
from real_cloned.encoders.pairs import PairSource
from real_cloned.errors import RealClonedError

if TYPE_CHECKING:
    from real_cloned.encoder_parameters import PretrainParameters


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
