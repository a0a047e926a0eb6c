"""The losses of the two networks, and the ranks that the validation of the retrieval encoder counts."""

import torch
from torch import Tensor
from torch.nn import functional

from real_cloned.parameters.covers import CoverEncoderParameters
from real_cloned.training.losses import nt_xent


def encoder_loss(first: Tensor, second: Tensor, works: Tensor, parameters: CoverEncoderParameters) -> Tensor:
    """Return the loss of the encoder that the parameters name, a scalar.

    Args:
        first: Embeddings of one performance of each work. Shape: (n_works, size).
        second: Embeddings of another one. Shape: (n_works, size).
        works: Number of each work. Shape: (n_works,).
        parameters: Loss, temperature and margin.
    """
    if parameters.loss == "nt_xent":
        return nt_xent(first, second, works, parameters.temperature)
    return triplet_loss(first, second, works, parameters.margin)


def hard_pairs_loss(logits: Tensor, works: Tensor, n_hardest: int) -> Tensor:
    """Return the binary cross entropy of the pairs of one work and of the hardest pairs of two; each kind counts half.

    Args:
        logits: Of each pair being of one work. Shape: (n, n).
        works: Number of each performance's work. Shape: (n,).
        n_hardest: Pairs of two works that each performance is in: those with the highest logits.

    Returns:
        A scalar.
    """
    same_work = works[:, None] == works
    positive = logits[same_work & ~torch.eye(len(works), dtype=torch.bool, device=works.device)]
    hardest = logits.masked_fill(same_work, -torch.inf).topk(min(n_hardest, len(works)), dim=1).values
    return (functional.softplus(-positive).mean() + functional.softplus(hardest).mean()) / 2


def triplet_loss(first: Tensor, second: Tensor, works: Tensor, margin: float) -> Tensor:
    """Return the triplet loss with the hardest negative of the batch, a mean over all performances.

    The distance is 1 less the cosine.

    Args:
        first: As in `encoder_loss`. Shape: (n_works, size).
        second: As in `encoder_loss`. Shape: (n_works, size).
        works: Number of each work. Shape: (n_works,).
        margin: By which the hardest negative should be further away than the positive.

    Returns:
        A scalar.
    """
    cosines, same_work = _cosines(first, second, works)
    positive = functional.cosine_similarity(first, second).repeat(2)  # (2 n_works,)
    hardest = cosines.masked_fill(same_work, -torch.inf).amax(dim=1)  # (2 n_works,)
    return functional.relu(margin + hardest - positive).mean()


def partner_ranks(first: Tensor, second: Tensor, works: Tensor) -> Tensor:
    """Return the rank, from 1, of the other performance of its work for each performance of a batch.

    Args:
        first: As in `encoder_loss`. Shape: (n_works, size).
        second: As in `encoder_loss`. Shape: (n_works, size).
        works: Number of each work. Shape: (n_works,).

    Returns:
        Shape (2 n_works,).
    """
    cosines, same_work = _cosines(first, second, works)
    positive = functional.cosine_similarity(first, second).repeat(2)[:, None]  # (2 n_works, 1)
    return 1 + ((cosines >= positive) & ~same_work).sum(dim=1)


def _cosines(first: Tensor, second: Tensor, works: Tensor) -> tuple[Tensor, Tensor]:
    """Return cosines of all performances of a batch, and which are of one work, both (2 n_works, 2 n_works)."""
    unit = functional.normalize(torch.cat([first, second]), dim=1)
    both = works.repeat(2)
    return unit @ unit.T, both[:, None] == both
