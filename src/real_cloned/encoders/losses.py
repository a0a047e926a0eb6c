"""Contrastive losses."""

import torch
from torch import Tensor
from torch.nn import functional


def nt_xent(first: Tensor, second: Tensor, singers: Tensor, temperature: float) -> Tensor:
    """Return the mean normalised temperature-scaled cross entropy of a batch of pairs (a scalar).

    first, second : (n_pairs, size), the two sides of each pair, of any length
    singers : (n_pairs,) integers; a pair of the same singer as another is no negative of it, and is left out of its sum

    Source: paper, section 3.2, equation 1; Chen et al., "A simple framework for contrastive learning", ICML 2020.
    """
    sides = functional.normalize(torch.cat([first, second]), dim=1)  # (2 n_pairs, size)
    logits = sides @ sides.T / temperature  # (2 n_pairs, 2 n_pairs)
    n_pairs = len(first)
    partner = torch.arange(2 * n_pairs, device=first.device).roll(n_pairs)
    same_singer = singers.repeat(2)[:, None] == singers.repeat(2)
    same_singer[torch.arange(2 * n_pairs, device=first.device), partner] = False
    return functional.cross_entropy(logits.masked_fill(same_singer, -torch.inf), partner)
