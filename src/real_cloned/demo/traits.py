"""What distinguishes one singer or band from another: named numbers, normally distributed over a population."""

from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple, Self

import numpy as np
import torch
from torch import Tensor


class Trait(NamedTuple):
    """The distribution of one trait over the population.

    Attributes:
        mean: Mean of each of its values.
        deviation: Standard deviation at a spread of 1.
        size: Number of values.
        lowest: Values are clipped to at least this.
        highest: Values are clipped to at most this.
    """

    mean: float
    deviation: float
    size: int = 1
    lowest: float = -np.inf
    highest: float = np.inf

    def sample(self, rng: np.random.Generator, spread: float) -> Tensor:
        """Return the trait (1, size) of a random individual.

        Args:
            rng: Generator of which `size` normal values are drawn.
            spread: Factor of the deviation.
        """
        values = rng.normal(self.mean, self.deviation * spread, (1, self.size))
        return self.clip(torch.from_numpy(values).float())

    def clip(self, values: Tensor) -> Tensor:
        """Return values clipped to the range of the trait.

        Args:
            values: (batch, size) values of the trait.
        """
        return values.clamp(self.lowest, self.highest)


@dataclass(frozen=True)
class Traits:
    """A batch of individuals: each field of a subclass is a tensor (batch, size of the trait).

    Attributes:
        POPULATION: The distribution of each field, in the order in which they are drawn.
    """

    POPULATION: ClassVar[dict[str, Trait]]

    @classmethod
    def sample(cls, rng: np.random.Generator, spread: float) -> Self:
        """Return one random individual (a batch of 1).

        Args:
            rng: Generator from which all traits are drawn.
            spread: Factor of the deviations of the population.
        """
        return cls(**{name: trait.sample(rng, spread) for name, trait in cls.POPULATION.items()})

    @classmethod
    def stack(cls, individuals: list[Self]) -> Self:
        """Return all individuals as rows of one batch.

        Args:
            individuals: Batches of any size.
        """
        return cls(**{name: torch.cat([getattr(one, name) for one in individuals]) for name in cls.POPULATION})

    def row(self, index: int) -> Self:
        """Return one individual as a batch of 1.

        Args:
            index: Its row in the batch.
        """
        return type(self)(**{name: getattr(self, name)[index : index + 1] for name in self.POPULATION})

    def perturb(self, rng: np.random.Generator, spread: float) -> Self:
        """Return the individual moved at random, as a singer sounds on another song.

        Args:
            rng: Generator from which all moves are drawn.
            spread: Size of the moves, in standard deviations of the population.
        """
        moves = type(self).sample(rng, spread)
        values = {
            name: getattr(self, name) + getattr(moves, name) - trait.mean for name, trait in self.POPULATION.items()
        }
        return type(self)(**{name: self.POPULATION[name].clip(value) for name, value in values.items()})

    def interpolate(self, other: Self, weight: float) -> Self:
        """Return the linear interpolation between two individuals in every trait.

        Args:
            other: The individual at a weight of 1.
            weight: Weight of `other` in [0, 1]; the rest is this individual's.
        """
        pairs = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        return type(self)(**{name: torch.lerp(first, second, weight) for name, (first, second) in pairs.items()})
