"""Contrastive losses.

The generalised end-to-end loss: every utterance near the centre of its singer, far from those of all others.

Source: Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018, section 2.
"""

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_gather
from torch.nn import functional

from real_cloned.metrics.verification import equal_error_rate


def nt_xent(first: Tensor, second: Tensor, singers: Tensor, temperature: float) -> Tensor:
    """Return the mean normalised temperature-scaled cross entropy of a batch of pairs (a scalar).

    first, second : (n_pairs, size), the two sides of each pair, of any length
    singers : (n_pairs,) integers; a pair of the same singer as another is no negative of it, and is left out of its sum

    Where several processes train together, each gives its own pairs, and the loss is that of the pairs of all.

    Source: paper, section 3.2, equation 1; Chen et al., "A simple framework for contrastive learning", ICML 2020.
    """
    first, second, singers = of_all_processes(first, second, singers)
    return functional.cross_entropy(*contrast(first, second, singers, temperature))


def contrast(first: Tensor, second: Tensor, singers: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """Return each side's similarities to all sides, and which of them is its partner.

    first, second, singers : as `nt_xent` takes them

    (2 n_pairs, 2 n_pairs) of logits, -inf at itself and at other pairs of its singer; (2 n_pairs,) of int64.
    """
    sides = functional.normalize(torch.cat([first, second]), dim=1)  # (2 n_pairs, size)
    logits = sides @ sides.T / temperature  # (2 n_pairs, 2 n_pairs)
    n_pairs = len(first)
    partner = torch.arange(2 * n_pairs, device=first.device).roll(n_pairs)
    same_singer = singers.repeat(2)[:, None] == singers.repeat(2)
    same_singer[torch.arange(2 * n_pairs, device=first.device), partner] = False
    return logits.masked_fill(same_singer, -torch.inf), partner


def of_all_processes(*parts: Tensor) -> tuple[Tensor, ...]:
    """Return each tensor with the rows of all processes, in the order of their ranks; gradients flow back to each."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return parts
    return tuple(torch.cat(all_gather(part)) for part in parts)


GRADIENT_SCALE = 0.01
"""The similarity's own weight and bias learn this much slower (Wan et al., section 3.1, and the original)."""


class GE2E(nn.Module):
    """The softmax form of the loss, with similarity w cos + b; w is 10 and b is -5 at the start."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.tensor(10.0)), nn.Parameter(torch.tensor(-5.0))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return the mean over all utterances of -log softmax of the similarity to the own centroid (a scalar).

        embeddings : (n_singers, n_utterances, size), n_utterances at least 2. Wan et al., equation 6.
        """
        similarities = self.similarities(embeddings)  # (n_singers, n_utterances, n_singers)
        n_singers, n_utterances, _ = similarities.shape
        own = torch.arange(n_singers, device=embeddings.device).repeat_interleave(n_utterances)
        return functional.cross_entropy(similarities.flatten(0, 1), own)

    def similarities(self, embeddings: Tensor) -> Tensor:
        """Return w cos + b of every utterance and every centroid, (n_singers, n_utterances, n_singers)."""
        weight, bias = (_slower(parameter, GRADIENT_SCALE) for parameter in (self.weight, self.bias))
        return weight * centroid_cosines(embeddings) + bias


def centroid_cosines(embeddings: Tensor) -> Tensor:
    """Return the cosines of every utterance and every singer's centroid, (n_singers, n_utterances, n_singers).

    embeddings : (n_singers, n_utterances, size) of any length

    A centroid is the mean of a singer's embeddings; for its own singer's utterances, of the others than the one that is
    compared: with that one in, it could be near to itself alone (Wan et al., equations 8 and 9).
    """
    unit = functional.normalize(embeddings, dim=-1)
    centroids = functional.normalize(unit.mean(dim=1), dim=-1)  # (n_singers, size)
    without = functional.normalize(unit.sum(dim=1, keepdim=True) - unit, dim=-1)  # (n_singers, n_utterances, size)
    cosines = torch.einsum("smd,td->smt", unit, centroids)
    own = torch.eye(len(unit), dtype=torch.bool, device=unit.device)[:, None]  # (n_singers, 1, n_singers)
    return torch.where(own, (unit * without).sum(dim=-1, keepdim=True), cosines)


def in_batch_eer(embeddings: Tensor) -> float:
    """Return the equal error rate (0 to 1) that the original prints: of a batch's utterances against its own centroids.

    embeddings : (n_singers, n_utterances, size)

    It flatters: a centroid is an average over up to n_utterances clips, all others' centroids contain utterances that
    are themselves tested, and there are only as many singers to be confused with as the batch has. To be set beside
    the pairwise rate (`real_cloned.metrics.verification`), never in its place.
    """
    cosines = centroid_cosines(embeddings.detach())
    own = torch.eye(len(cosines), dtype=torch.bool)[:, None].expand(cosines.shape)
    return equal_error_rate(cosines.cpu().numpy(), own.numpy())


def _slower(parameter: Tensor, scale: float) -> Tensor:
    """Return the parameter as it is, with `scale` times its gradient."""
    return parameter.detach() + scale * (parameter - parameter.detach())
