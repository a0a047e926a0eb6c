"""The generalised end-to-end loss: every utterance near the centre of its singer, far from those of all others.

Source: Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018, section 2.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from real_cloned.metrics import equal_error_rate

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
    the pairwise rate (`real_cloned.trials`), never in its place.
    """
    cosines = centroid_cosines(embeddings.detach())
    own = torch.eye(len(cosines), dtype=torch.bool)[:, None].expand(cosines.shape)
    return equal_error_rate(cosines.cpu().numpy(), own.numpy())


def _slower(parameter: Tensor, scale: float) -> Tensor:
    """Return the parameter as it is, with `scale` times its gradient."""
    return parameter.detach() + scale * (parameter - parameter.detach())
