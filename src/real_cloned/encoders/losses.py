"""Contrastive losses."""

import torch
from torch import Tensor, distributed
from torch.distributed.nn.functional import all_gather
from torch.nn import functional


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
