"""The LightningModule of the contrastive pretraining: NT-Xent on pairs of segments (paper, section 3.2)."""

import torch
from torch import Tensor
from torch.nn import functional

from real_cloned.core.nn import mlp
from real_cloned.core.runtime import is_deterministic
from real_cloned.encoders.contrastive.augment import augmented_log_mel, crop_batch
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import RandomDraws
from real_cloned.encoders.contrastive.model import ContrastiveEncoder
from real_cloned.encoders.contrastive.pair_training import PairTraining
from real_cloned.parameters.pretrain import PretrainParameters
from real_cloned.training.losses import gather_processes, nt_xent_logits


class ContrastiveTraining(PairTraining):
    """An encoder, its projector and the loss.

    Args:
        encoder: That is trained.
        parameters: Of the variant.
    """

    settings: PretrainParameters

    def __init__(self, encoder: ContrastiveEncoder, parameters: PretrainParameters):
        super().__init__(parameters)
        self.encoder = encoder
        architecture = parameters.architecture
        self.projector = mlp([architecture.embedding_size, *architecture.projector_sizes], last_bias=False)

    def configure_optimizers(self) -> torch.optim.Adam:
        """Return Adam, after compiling the encoder where the parameters say so."""
        compile_encoder(self.encoder, self.device, self.settings.compile)
        return super().configure_optimizers()

    def crop(self, batch: Batch) -> Batch:
        """Return the section of a batch that a step hears: where the parameters say so, a random one.

        Args:
            batch: Of either corpus.
        """
        settings = self.settings
        if settings.crop_s is None:
            return batch
        return crop_batch(batch, round(settings.crop_s * settings.log_mel.sample_rate_hz))

    def embed_segments(self, segments: Tensor) -> Tensor:
        """Return the embeddings of segments as they are.

        Args:
            segments: As in `Batch.segments`.

        Returns:
            Shape (n, embedding_size).
        """
        return self.encoder.embed(self.plain_log_mel(segments))

    def loss(self, batch: Batch, draws: RandomDraws | None = None) -> tuple[Tensor, Tensor]:
        """Return NT-Xent of a batch, and for each segment whether the nearest one is the other of its pair.

        Args:
            batch: Of either corpus, cropped.
            draws: Random numbers of the augmentation; None: of the batch's seed.

        Returns:
            A scalar; and bool, shape (2 n_pairs,) over all processes.
        """
        projections = self.project(self.encoder.embed(self.log_mel(batch, draws))).float()  # (2 n_pairs, size)
        with torch.autocast(projections.device.type, enabled=False):
            first, second, labels = gather_processes(*projections.chunk(2), batch.labels)
            logits, positive = nt_xent_logits(first, second, labels, self.settings.temperature)
            loss = functional.cross_entropy(logits, positive)
        return loss, logits.detach().argmax(dim=1) == positive

    def log_mel(self, batch: Batch, draws: RandomDraws | None = None) -> Tensor:
        """Return the log-mels of a batch's segments, augmented as the parameters say.

        Args:
            batch: Of either corpus, cropped.
            draws: As in `loss`.

        Returns:
            Shape (2 n_pairs, n_channels, n_mels, n_frames).
        """
        settings = self.settings
        if settings.mix is None and settings.augment is None:
            return self.plain_log_mel(batch.segments)
        return augmented_log_mel(batch, settings.mix, settings.augment, self.encoder.log_mel, draws)

    def plain_log_mel(self, segments: Tensor) -> Tensor:
        """Return the log-mels of segments as they are.

        Args:
            segments: Of a batch (`Batch.segments`); log-mels that were kept are not computed again.

        Returns:
            Shape (n, n_channels, n_mels, n_frames), float32.
        """
        if segments.is_floating_point():
            return segments.float()
        return self.encoder.log_mel(segments.transpose(1, 2))  # type: ignore[no-any-return]

    def project(self, embeddings: Tensor) -> Tensor:
        """Return the projections of both sides of all pairs, normalised per side where the parameters say so.

        Args:
            embeddings: Those of the first segments of all pairs, then those of the second ones. Shape: (2 n_pairs,
                embedding_size).

        Returns:
            Shape (2 n_pairs, projection_size).
        """
        n_parts = 2 if self.settings.projector_batch_norm == "per_side" and self.training else 1
        return torch.cat([self.projector(part) for part in embeddings.chunk(n_parts)])


def compile_encoder(encoder: ContrastiveEncoder, device: torch.device, mode: str) -> ContrastiveEncoder:
    """Return the encoder, with its transformer compiled where the parameters say so; its weights keep their names.

    Args:
        encoder: Changed in place.
        device: That trains it.
        mode: `always`, `never`, or `auto`: on a GPU, unless deterministic algorithms are required.
    """
    if mode == "always" or (mode == "auto" and device.type == "cuda" and not is_deterministic()):
        encoder.trunk.compile()
    return encoder
