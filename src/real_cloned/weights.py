"""Network weights as they travel between stages, never pickled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class Weights:
    """A network's tensors by name, and `made_from`: the parameters that made it, as JSON would hold them."""

    tensors: Mapping[str, Tensor]
    made_from: Mapping[str, Any]
