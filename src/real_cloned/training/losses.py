"""Losses of trainings: NT-Xent on pairs, GE2E on singers by utterances.

Sources:
    NT-Xent: the paper, section 3.2, equation 1; Chen et al., "A simple framework for contrastive learning of visual
        representations", ICML 2020, https://arxiv.org/abs/2002.05709.
    GE2E: Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018, section 2,
        https://arxiv.org/abs/1710.10467.
"""

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_gather
from torch.nn import functional

from real_cloned.metrics.verification import equal_error_rate

GRADIENT_SCALE = 0.01
"""By which the gradients of GE2E's own weight and bias are multiplied (Wan et al., section 3.1; O'Connor et al.).

With plain gradient descent, as in Wan et al., they learn that much slower. Adam divides each gradient by its own size,
so that its steps stay the same (but for its epsilon). Under Adam, as here and in O'Connor et al., the scale only lowers
the share of the two in the norm that gradients are clipped by."""


def nt_xent(first: Tensor, second: Tensor, singers: Tensor, temperature: float) -> Tensor:
    """Return the normalised temperature-scaled cross entropy of a batch of pairs, the mean over all segments.

    Where several processes train together, each gives its own pairs, and the loss is that of the pairs of all.

    Args:
        first: Projections of one segment of each pair, of any length. Shape: (n_pairs, size).
        second: Projections of the other segment of each pair. Shape: (n_pairs, size).
        singers: Integer label of each pair; pairs of the same label are no negatives of each other. Shape: (n_pairs,).
        temperature: Divides the cosine similarities.

    Returns:
        A scalar.

    Example:
        >>> projections = torch.eye(3)  # three pairs of identical segments, orthogonal to each other
        >>> loss = nt_xent(projections, projections, singers=torch.arange(3), temperature=0.2)
        >>> round(loss.item(), 4)  # log(1 + 4 exp(-1 / 0.2))
        0.0266
    """
    first, second, singers = gather_processes(first, second, singers)
    return functional.cross_entropy(*nt_xent_logits(first, second, singers, temperature))


def nt_xent_logits(first: Tensor, second: Tensor, singers: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Return the logits of every segment against all segments, and the index of its positive.

    Args:
        first: As `nt_xent` takes it. Shape: (n_pairs, size).
        second: As `nt_xent` takes it. Shape: (n_pairs, size).
        singers: As `nt_xent` takes it. Shape: (n_pairs,).
        temperature: As `nt_xent` takes it.

    Returns:
        Logits, -inf at a segment itself and at other pairs of its singer, shape (2 n_pairs, 2 n_pairs); and the int64
        index of the other segment of the same pair, shape (2 n_pairs,).
    """
    projections = functional.normalize(torch.cat([first, second]), dim=1)  # (2 n_pairs, size)
    logits = projections @ projections.T / temperature  # (2 n_pairs, 2 n_pairs)
    n_pairs = len(first)
    positive = torch.arange(2 * n_pairs, device=first.device).roll(n_pairs)  # (2 n_pairs,)
    same_singer = singers.repeat(2)[:, None] == singers.repeat(2)  # (2 n_pairs, 2 n_pairs)
    same_singer[torch.arange(2 * n_pairs, device=first.device), positive] = False
    return logits.masked_fill(same_singer, -torch.inf), positive


def gather_processes(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Return each tensor with the rows of all processes, in the order of their ranks; gradients flow back to each.

    Args:
        *tensors: Of the same shape in every process. Shape: (n, ...).
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return tensors
    return tuple(torch.cat(all_gather(tensor)) for tensor in tensors)


class GE2E(nn.Module):
    """The softmax form of the generalised end-to-end loss, with similarity w cos + b; at first w is 10 and b is -5."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return the mean over all utterances of -log softmax of the similarity to their own singer's centroid.

        Wan et al., equation 6.

        Args:
            embeddings: Of any length, two utterances per singer or more. Shape: (n_singers, n_utterances, size).

        Returns:
            A scalar.
        """
        return functional.cross_entropy(*self.logits(embeddings))

    def logits(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Return the similarity of every utterance to all centroids, and the number of its own singer's.

        Args:
            embeddings: As `forward` takes them. Shape: (n_singers, n_utterances, size).

        Returns:
            Shapes (n_singers * n_utterances, n_singers) and (n_singers * n_utterances,) int64.
        """
        similarities = self.similarities(embeddings)  # (n_singers, n_utterances, n_singers)
        n_singers, n_utterances, _ = similarities.shape
        own = torch.arange(n_singers, device=embeddings.device).repeat_interleave(n_utterances)
        return similarities.flatten(0, 1), own

    def similarities(self, embeddings: Tensor) -> Tensor:
        """Return w cos + b of every utterance and every centroid (Wan et al., equation 5).

        Args:
            embeddings: As `forward` takes them. Shape: (n_singers, n_utterances, size).

        Returns:
            Shape (n_singers, n_utterances, n_singers).
        """
        weight, bias = (_scale_gradient(parameter, GRADIENT_SCALE) for parameter in (self.weight, self.bias))
        return weight * centroid_cosines(embeddings) + bias


def centroid_cosines(embeddings: Tensor) -> Tensor:
    """Return the cosines of every utterance and every singer's centroid (Wan et al., equations 8 and 9).

    A centroid is the mean of a singer's embeddings. For an utterance of that singer it is the mean of the others, since
    a centroid that contains the utterance would be near to it whatever the network does.

    Args:
        embeddings: Of any length. Shape: (n_singers, n_utterances, size).

    Returns:
        Shape (n_singers, n_utterances, n_singers).
    """
    unit = functional.normalize(embeddings, dim=-1)
    centroids = functional.normalize(unit.mean(dim=1), dim=-1)  # (n_singers, size)
    exclusive = functional.normalize(unit.sum(dim=1, keepdim=True) - unit, dim=-1)  # (n_singers, n_utterances, size)
    cosines = torch.einsum("smd,td->smt", unit, centroids)  # (n_singers, n_utterances, n_singers)
    is_own = torch.eye(len(unit), dtype=torch.bool, device=unit.device)[:, None]  # (n_singers, 1, n_singers)
    return torch.where(is_own, (unit * exclusive).sum(dim=-1, keepdim=True), cosines)


def in_batch_eer(embeddings: Tensor) -> float:
    """Return the equal error rate (0 to 1) of a batch's utterances against the centroids of the same batch.

    The code of O'Connor et al. prints it. It is too optimistic: a centroid is an average over up to n_utterances clips,
    the centroids contain utterances that are themselves tested, and a batch has few singers. Report it beside the
    pairwise rate (`real_cloned.metrics.verification`), never in its place.

    Args:
        embeddings: Of any length. Shape: (n_singers, n_utterances, size).
    """
    cosines = centroid_cosines(embeddings.detach())
    is_own = torch.eye(len(cosines), dtype=torch.bool)[:, None].expand(cosines.shape)
    return equal_error_rate(cosines.cpu().numpy(), is_own.numpy())


def _scale_gradient(parameter: Tensor, scale: float) -> Tensor:
    """Return the value of `parameter`, through which `scale` times the gradient flows back."""
    return parameter.detach() + scale * (parameter - parameter.detach())
