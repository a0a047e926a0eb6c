"""What distinguishes one singer or band from another: named numbers, drawn around a population's mean."""

from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor


class Trait(NamedTuple):
    """How one trait is spread over the population, at a spread of 1."""

    mean: float
    deviation: float
    size: int = 1
    lowest: float = -np.inf
    highest: float = np.inf

    def within(self, values: Tensor) -> Tensor:
        """Return `values` kept to what is possible."""
        return values.clamp(self.lowest, self.highest)


@dataclass(frozen=True)
class Traits:
    """One individual per row: each field is a tensor (batch, size of the trait)."""

    POPULATION: ClassVar[dict[str, Trait]]

    @classmethod
    def draw(cls, rng: np.random.Generator, spread: float) -> Self:
        """Return one individual, `spread` standard deviations wide."""
        return cls(**{name: _drawn(rng, trait, spread) for name, trait in cls.POPULATION.items()})

    @classmethod
    def stack(cls, individuals: list[Self]) -> Self:
        """Return all individuals as the rows of one."""
        return cls(**{name: torch.cat([getattr(one, name) for one in individuals]) for name in cls.POPULATION})

    def varied(self, rng: np.random.Generator, spread: float) -> Self:
        """Return the individual on another day: every trait moved by `spread` standard deviations of the population."""
        moves = type(self).draw(rng, spread)
        values = {
            name: getattr(self, name) + getattr(moves, name) - trait.mean for name, trait in self.POPULATION.items()
        }
        return type(self)(**{name: self.POPULATION[name].within(value) for name, value in values.items()})

    def blended(self, other: Self, weight: float) -> Self:
        """Return an individual that is `weight` of `other` and the rest of this one, in every trait."""
        pairs = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        return type(self)(**{name: torch.lerp(mine, theirs, weight) for name, (mine, theirs) in pairs.items()})


def _drawn(rng: np.random.Generator, trait: Trait, spread: float) -> Tensor:
    values = rng.normal(trait.mean, trait.deviation * spread, (1, trait.size))
    return trait.within(torch.from_numpy(values).float())
