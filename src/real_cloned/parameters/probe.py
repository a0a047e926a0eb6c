"""Parameters of the probe stage."""

from typing import Annotated, Literal

from pydantic import Field

from real_cloned.parameters.base import Count, Distinct, Factor, LearningRate, Name, Parameters, Seed, Size


class BaselineParameters(Parameters):
    """The classifiers of scikit-learn beside the probe, in the same runs, on embeddings of unit length."""

    methods: Annotated[list[Literal["centroid", "neighbours", "logistic"]], Field(min_length=1), Distinct]
    """Nearest centroid by cosine similarity, k nearest neighbours, and logistic regression."""
    segments_per_singer: Count
    """Training segments that they learn from: at most so many of each singer, drawn at random."""
    n_neighbours: Count
    inverse_regularisation: Annotated[float, Field(gt=0.0, le=1e9)]
    """`C` of the logistic regression."""
    max_iterations: Count
    """Of the logistic regression, which may be left before it has converged."""


class CalibrationParameters(Parameters):
    """How the temperature is fitted that divides the probe's logits (`metrics.temperature`)."""

    prior_deviation: Annotated[float, Field(gt=0.0, le=10.0)]
    """Standard deviation of the temperature's natural logarithm before any track is seen; its mean is 0. With 0.35, 95
    of 100 temperatures lie between 1/2 and 2: the probe keeps the weights of the best validation loss, and networks
    become overconfident mostly after that (Guo et al., section 3)."""
    temperature_range: tuple[Annotated[float, Field(ge=0.01, lt=1.0)], Annotated[float, Field(gt=1.0, le=100.0)]]
    """Bounds of the temperature. With 1/4 and 4 they are four deviations of 0.35 away."""


class ProbeParameters(Parameters):
    """The classifiers trained on frozen embeddings (paper, section 3.3)."""

    n_runs: Count
    n_singers: dict[Name, Annotated[list[Count], Distinct] | Literal["all"]]
    """Class counts by corpus; a count above what the corpus holds is left out, and so is a corpus that is not named."""
    hidden_sizes: list[Size]
    batch_size: Annotated[int, Field(ge=2, lt=2**31)]
    """Two at least: batch normalisation has no deviation of one."""
    balance: Literal["singers", "tracks"] = "singers"
    """What is sampled uniformly in a batch: singers (then one of the singer's tracks, then one of its segments;
    authors' code), or tracks. The paper does not say."""
    steps_per_epoch: Count
    n_validation_segments: Count
    max_epochs: Count
    learning_rate: LearningRate
    plateau_factor: Factor
    min_learning_rate_factor: Factor = 1e-3
    """The learning rate is never below the first one times this (authors' code; the paper names no bound)."""
    plateau_patience: Count
    stop_patience: Count
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """`bfloat16` keeps weights and losses in float32; auto: bfloat16 where the hardware computes with it."""
    calibration: CalibrationParameters
    baselines: BaselineParameters
    seed: Seed

    def class_counts(self, corpus: str, n_singers: int) -> list[int]:
        """Return the numbers of classes to probe a corpus with; none where the corpus is not named.

        Args:
            corpus: Name of the corpus.
            n_singers: How many singers it holds: the one class count where the parameters say `all`.
        """
        counts = self.n_singers.get(corpus, [])
        return [n_singers] if counts == "all" else counts
