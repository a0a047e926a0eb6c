"""The LightningModule of the student: near to the teacher's embedding of the bare voice, and singers apart.

The loss is the mean cosine distance between what the student gives of a voice over a band and what the teacher gives of
the bare voice, plus NT-Xent between singers, weighted. The statistics of batch normalisation stay the teacher's, so
that the student begins as the teacher, whatever the size of a batch. The teacher's embeddings are compared as they are,
without a projector, since they are what is compared later.

Source of the idea: Li et al., "Large-scale domain adaptation via teacher-student learning", Interspeech 2017,
https://arxiv.org/abs/1708.05466 (parallel data, clean for the teacher and noisy for the student).
"""

from copy import deepcopy

import torch
from torch import Tensor
from torch.nn import functional

from real_cloned.encoders.baselines.campplus import CampplusEncoder
from real_cloned.encoders.contrastive.augment import crop_batch
from real_cloned.encoders.contrastive.datamodule import Batch
from real_cloned.encoders.contrastive.draws import RandomDraws
from real_cloned.encoders.contrastive.pair_training import PairTraining
from real_cloned.encoders.student.inputs import Heard, student_inputs
from real_cloned.parameters.pretrain import StudentParameters
from real_cloned.training.losses import gather_processes, nt_xent_logits


class StudentTraining(PairTraining):
    """A teacher and its student, which begins as a copy.

    Args:
        teacher: CAM++; it is not trained.
        parameters: Of the variant.
    """

    settings: StudentParameters

    def __init__(self, teacher: CampplusEncoder, parameters: StudentParameters):
        super().__init__(parameters)
        self.encoder, self.teacher = deepcopy(teacher), teacher.requires_grad_(False)
        self.sample_rate_hz: int = teacher.front_end.sample_rate_hz
        self.train()

    def train(self, mode: bool = True) -> "StudentTraining":
        """Keep both networks in evaluation mode, in which batch normalisation has fixed statistics.

        Args:
            mode: Of the rest, which has nothing that depends on it.
        """
        super().train(mode)
        self.encoder.eval()
        self.teacher.eval()
        return self

    def crop(self, batch: Batch) -> Batch:
        """Return a random section of a batch, longer than what is heard by as much as the fastest speed takes away.

        Args:
            batch: Of either corpus.
        """
        if self.settings.crop_s is None:
            return batch
        n_samples = round(self.settings.crop_s * max(1.0, *self.settings.speeds) * self.sample_rate_hz)
        return crop_batch(batch, min(n_samples, batch.segments.shape[1]))

    def loss(self, batch: Batch, draws: RandomDraws | None = None) -> tuple[Tensor, Tensor]:
        """Return the loss of a batch, and for each segment whether the nearest one is the other of its pair.

        Args:
            batch: Of either corpus, cropped.
            draws: Random numbers of what the student hears; None: of the batch's seed.

        Returns:
            A scalar; and bool, shape (2 n_pairs,) over all processes.
        """
        embeddings, targets, heard = self.embed_both(batch, draws)
        with torch.autocast(embeddings.device.type, enabled=False):
            distance = 1 - functional.cosine_similarity(embeddings, targets).mean()
            first, second, labels = gather_processes(*embeddings.chunk(2), heard.labels)
            logits, positive = nt_xent_logits(first, second, labels, self.settings.temperature)
            loss = distance + self.settings.nt_xent_weight * functional.cross_entropy(logits, positive)
        return loss, logits.detach().argmax(dim=1) == positive

    def embed_both(self, batch: Batch, draws: RandomDraws | None = None) -> tuple[Tensor, Tensor, Heard]:
        """Return the student's embeddings of the mixes, the teacher's of the bare voices, and what they heard.

        Args:
            batch: Of either corpus, cropped.
            draws: As in `loss`.

        Returns:
            Two of shape (2 n_pairs, embedding_size), float32; and the inputs.
        """
        with torch.no_grad(), torch.autocast(batch.segments.device.type, enabled=False):
            heard = student_inputs(batch, self.settings, self.sample_rate_hz, draws)
            bare, mixed = (self.encoder.front_end(sounds[:, None] / 32768) for sounds in heard[:2])
        with torch.no_grad():
            targets = self.teacher.network(bare).float()
        return self.encoder.network(mixed).float(), targets, heard

    def embed_segments(self, segments: Tensor) -> Tensor:
        """Return the embeddings of segments as they are.

        Args:
            segments: As in `Batch.segments`.

        Returns:
            Shape (n, embedding_size).
        """
        embeddings: Tensor = self.encoder(segments.transpose(1, 2))
        return embeddings

    @torch.no_grad()
    def mean_cosine(self, batch: Batch) -> float:
        """Return the mean cosine between the student's embeddings of a batch and the teacher's of the bare voices.

        Args:
            batch: Of either corpus.
        """
        embeddings, targets, _ = self.embed_both(self.crop(batch))
        return float(functional.cosine_similarity(embeddings, targets).mean())
